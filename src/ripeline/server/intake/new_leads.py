"""A new lead by hand: what a person tells of somebody becomes rows of the ledger, as if it had come in by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction

from ripeline.core.columns import DataProblem
from ripeline.core.needs import needs_of
from ripeline.core.reserved import read_changes
from ripeline.integrations import claims
from ripeline.integrations.enrichment import of_phone
from ripeline.server import ledger, playbooks, visibility
from ripeline.server.consent.consents import GIVEN, Wording
from ripeline.server.digests import digest_of
from ripeline.server.intake import activities
from ripeline.server.leads import IdentifierKind, Lead
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff.users import Action, may
from ripeline.server.terms import Term, TermKind, folded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.server.staff.users import User


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of somebody; empty is unknown."""

    email: str = ""
    phone: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)  # name, company and whatever the playbook counts
    event: str = ""  # what happened, a kind of `activities.kinds`
    text: str = ""
    purpose: str = ""  # to what they said yes, in these words
    wording: str = ""
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who is a lead already; none if whoever asks may not see it."""

    lead: Lead | None


def known(told: Told, *, by: User) -> Known | None:
    """The lead that has this e-mail or number already."""
    email, number = claims.email(told.email), _number(told.phone)
    rows = Lead.objects.filter(merged_into=None)
    found = None
    if email:
        found = rows.filter(identifiers__kind=IdentifierKind.EMAIL, identifiers__value=email).first()
    if found is None and number:
        terms = Term.objects.filter(kind=TermKind.WORD, value__in=folded(number)).values("identifier__lead")
        found = rows.filter(pk__in=terms).first()
    if found is None:
        return None
    return Known(visibility.leads_of(by).filter(pk=found.pk).first())


def add(told: Told, *, once: str, by: User, now: int) -> str | Refused:
    """Write it down, all or nothing; tells by what the lead is found. A token of `activities.token` makes it once."""
    refusal = _refusal(told, by=by)
    if refusal is not None:
        return Refused(refusal)
    email = claims.email(told.email)
    whose = {"email": email} if email else {"external": f"by-hand-{by.pk}-{once}"}
    attributes = dict(told.attributes) | ({"phone": told.phone} if told.phone else {})
    rows: list[tuple[str, Mapping[str, Any]]] = [("attributes_changed", attributes)]
    if told.event:
        rows.append((told.event, {"text": told.text, "text_length": len(told.text)} if told.text else {}))
    with transaction.atomic():
        if told.purpose:
            digest = digest_of(told.wording)
            Wording.objects.get_or_create(digest=digest, defaults={"text": told.wording, "created_at": now})
            proof = {"proof": told.proof} if told.proof else {}
            rows.append((GIVEN, {"purpose": told.purpose, "wording": digest, **proof}))
        for name, said in rows:
            ledger.tell(whose, name, said, key=f"new {by.pk} {once} {name}", at=now, by=by.username, now=now)
    names = [attributes.get(name) for name in ("last_name", "name", "company")]
    return email or next((str(name) for name in names if name), told.phone)


def _refusal(told: Told, *, by: User) -> Refusal | None:
    refusal = None
    if not may(by, Action.ACT_ON_LEADS):
        refusal = Refusal.NOT_ALLOWED
    elif told.email and not claims.email(told.email):
        refusal = Refusal.NOT_AN_ADDRESS
    elif not (told.email or told.phone or told.attributes.get("last_name") or told.attributes.get("name")):
        refusal = Refusal.NO_WAY_TO_REACH
    elif told.event and told.event not in {kind.event for kind in activities.kinds()}:
        refusal = Refusal.NOT_OFFERED
    elif not _is_understood(told.attributes):
        refusal = Refusal.NOT_UNDERSTOOD
    elif known(told, by=by) is not None:
        refusal = Refusal.KNOWN_ALREADY
    return refusal


def _is_understood(attributes: Mapping[str, Any]) -> bool:
    """Whether the active definition can read what it counts of these."""
    playbook = playbooks.active_playbook()
    if playbook is None:
        return True
    try:
        list(read_changes(attributes, needs_of([playbook])))
    except DataProblem:
        return False
    return True


def _number(phone: str) -> str:
    """A number as it is kept to be found; empty if it is none that all the world can call."""
    return (of_phone(phone) or {}).get("phone_e164") or "" if phone else ""
