"""Objections to profiling and to direct marketing (art. 21(2) GDPR): both end within a round.

An objection needs no reason and is weighed against nothing. It is a no to every purpose that we have, so it stands like
each of them: nothing lifts it but the person, purpose by purpose, on the page of preferences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from ripeline.core.consent import purposes_of, scoring_of
from ripeline.server import playbooks
from ripeline.server.consent import consents, suppressions
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff.users import Action, may

if TYPE_CHECKING:
    from ripeline.server.leads import Lead
    from ripeline.server.staff.users import User

PROOF = "objection"
"""What the rows of an objection say of how it came; behind it stands by which way."""


def record(lead: Lead, *, by: User, now: int, how: str = "") -> tuple[str, ...] | Refused:
    """Write down that a person has objected, to one of our people; the purposes that end."""
    if not may(by, Action.SERVE_RIGHTS):
        return Refused(Refusal.NOT_ALLOWED)
    return take(lead, way=how, now=now, by=by.username)


def take(lead: Lead, *, way: str, now: int, by: str | None = None) -> tuple[str, ...]:
    """Write down the person's objection; `way` tells by which way it came. The purposes that end."""
    asked = purposes()
    with transaction.atomic():
        consents.refuse(lead, asked, proof=f"{PROOF}, {way}" if way else PROOF, now=now, by=by)
    return asked


def since(lead: Lead, *, now: int) -> int | None:
    """Since when an objection to profiling stands; None if none does."""
    kept = suppressions.of_all([lead.pk], now=now).get(lead.pk, {})
    return kept.get(scoring_purpose())


def scoring_purpose() -> str:
    """What is asked for to be scored."""
    return scoring_of(playbooks.current()).purpose


def purposes() -> tuple[str, ...]:
    """All purposes that an objection ends."""
    return purposes_of(playbooks.current())
