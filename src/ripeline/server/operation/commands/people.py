"""The commands about what a person may ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import override

from ripeline.server.consent import objections, suppressions
from ripeline.server.leads import Identifier, IdentifierKind, Lead
from ripeline.server.names import NAMES
from ripeline.server.operation.commands.answers import command, done
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.rights import erasures, person_requests, processing
from ripeline.server.rights.copies import files
from ripeline.server.rights.erasing import finishing
from ripeline.server.rights.person_requests import Wish

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ripeline.server.operation.commands.answers import Answer


@command
def person_erase(*, now: int, who: str, dry_run: bool = False, language: str = "en") -> Answer:
    """Erase a person, by an e-mail, another identifier or a lead's number; how many rows go of each table."""
    lead = lead_of(who)
    if dry_run:
        rows = dict(done(erasures.preview(lead, now=now), who))
        return {"lead": lead.pk, "rows": rows, "called": _called(rows, language), "erased": False}
    erased = done(erasures.erase(lead, None, now=now), who)
    is_done, called = finishing.finish(now), _called(erased.rows, language)
    return {"lead": lead.pk, "rows": dict(erased.rows), "called": called, "erased": True, "is_done": is_done}


def _called(tables: Iterable[str], language: str) -> dict[str, str]:
    """What the rows of tables are called."""
    with override(language):
        return {table: str(NAMES[table][1]) if table in NAMES else table for table in tables}


def lead_of(who: str) -> Lead:
    """The lead that has this number, or else is known by this e-mail or id; refused if there is none.

    A number is a lead's and nothing else, so that nobody else goes whose id elsewhere is the same.
    """
    asked = who.strip()
    ids = (IdentifierKind.EMAIL, IdentifierKind.USER_ID, IdentifierKind.EXTERNAL)
    for kind in (IdentifierKind.LEAD,) if asked.isdigit() else ids:
        value = asked.lower() if kind == IdentifierKind.EMAIL else asked
        known = Identifier.objects.filter(kind=kind, value=value, lead__isnull=False)
        if (one := known.select_related("lead").first()) is not None and one.lead is not None:
            return one.lead
    return done(Refused(Refusal.NO_SUCH_LEAD), who)


@command
def person_export(*, now: int, who: str, language: str = "") -> Answer:
    """All that is known of a person, as files by their names; in its own language unless another one is named."""
    lead = lead_of(who)
    held = files.files(lead, now=now, language=language)
    with transaction.atomic():
        person_requests.settle_all(lead, Wish.COPY, by=None, now=now)
    return {"lead": lead.pk, "files": held}


@command
def person_object(*, now: int, who: str, how: str = "") -> Answer:
    """A person has objected: scores and advertising end; the purposes that do."""
    lead = lead_of(who)
    with transaction.atomic():
        ended = objections.take(lead, way=how, now=now)
        person_requests.settle_all(lead, Wish.OBJECT, by=None, now=now)
    return {"lead": lead.pk, "purposes": list(ended)}


@command
def person_never_call(*, now: int, number: str) -> Answer:
    """Nobody with a number is called any more by ourselves, whether we know it or not."""
    with transaction.atomic():
        if not suppressions.suppress_number(number, since=now):
            done(Refused(Refusal.NO_NUMBER), number)
    return {"number": number}


@command
def processing_record(*, now: int, language: str, as_page: bool = False) -> Answer:
    """The record of processing, as Markdown or as a page."""
    return {"text": (processing.page if as_page else processing.text)(language, now=now)}


@command
def person_requests_list(*, now: int, language: str) -> Answer:
    """What people asked for and is open, the most urgent first."""
    with override(language):
        return {
            "requests": [
                {
                    "number": one.pk,
                    "lead": one.lead_id,
                    "wish": one.wish,
                    "text": str(Wish(one.wish).label),
                    "asked_at": one.asked_at,
                    "due_at": one.due_at,
                    "address": one.address.value if one.address else None,
                    "has_link": person_requests.waits_for_person(one),
                    "no_link": person_requests.no_link(one),
                }
                for one in person_requests.open_ones(now)
            ]
        }
