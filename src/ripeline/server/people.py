"""How the people behind leads are called wherever a page shows a lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F

from ripeline.server import profiles
from ripeline.server.leads import Identifier, IdentifierKind, Lead

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ripeline.server.profiles import Fact

NAMES = (("name",), ("first_name", "last_name"), ("firstName", "lastName"))
COMPANIES, TITLES = ("company", "company_name"), ("job_title", "title")
"""The attributes that tell these, as playbooks, forms and Segment's clients write them; the first one known counts."""


@dataclass(frozen=True, slots=True)
class Called:
    """A lead's name, and the company and job title if they are known."""

    name: str
    company: str = ""
    job_title: str = ""


def called(leads: Iterable[Lead | int]) -> dict[int, Called]:
    """By a lead's number, how the person is called: by name, else by e-mail, else #12. Two queries for any number."""
    numbers = [lead.pk if isinstance(lead, Lead) else lead for lead in leads]
    facts, addresses = profiles.of_all(numbers), emails(numbers)
    return {number: called_by(number, facts.get(number, {}), addresses.get(number)) for number in numbers}


def emails(leads: Iterable[int]) -> dict[int, str]:
    """By a lead's number, its first e-mail at which mails arrive; those without one are left out. One query.

    Of a lead at whose e-mails none arrives the first one.
    """
    known = Identifier.objects.filter(kind=IdentifierKind.EMAIL, lead__in=leads)
    known = known.order_by(F("bounced_at").asc(nulls_last=True), "-pk")
    return {one.lead_id: one.value for one in known if one.lead_id is not None}


def called_by(lead: int, facts: Mapping[str, Fact], email: str | None) -> Called:
    """The same from what is known of a lead already."""
    names = (" ".join(filter(None, (text_of(facts, part) for part in parts))) for parts in NAMES)
    name = next(filter(None, names), None) or email or f"#{lead}"
    return Called(name, first_text(facts, COMPANIES), first_text(facts, TITLES))


def first_text(facts: Mapping[str, Fact], attributes: Iterable[str]) -> str:
    """The first of these attributes that is known, on one line; empty if none is."""
    return next(filter(None, (text_of(facts, name) for name in attributes)), "")


def text_of(facts: Mapping[str, Fact], attribute: str) -> str:
    """An attribute on one line; empty if it is unknown, or no text or number: other systems may write anything."""
    value = facts[attribute].value if attribute in facts else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split()) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
