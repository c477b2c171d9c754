"""Consents as a program, a person and a file tell them, of somebody whom we would like to write to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from ledger_rows import happened, lead_of
from ripeline.server import instants, sources
from ripeline.server.consent import consents
from ripeline.server.consent.consents import Yes
from ripeline.server.sources import Source

if TYPE_CHECKING:
    from ripeline.core.consent import Permission
    from ripeline.core.playbook_consent import Channel
    from ripeline.server.events import Event
    from set_clock import SetClock

ADA, BOB = "ada@example.com", "bob@example.com"


def crm(clock: SetClock, name: str = "crm") -> Source:
    """A program whose word counts."""
    source = sources.of_import(name, is_history=False, now=clock())
    assert isinstance(source, Source)
    return source


def told(clock: SetClock, name: str, *, who: str = ADA, source: Source | None = None, **said_of: object) -> Event:
    """A row that a program sends, of a moment later."""
    clock.move(60)
    return happened(source or crm(clock), name, clock(), said={"purpose": "email"} | said_of, email=who)


def proof(clock: SetClock) -> dict[str, Any]:
    """What makes a yes of another system a confirmed one."""
    return {"wording": "Yes, write to me.", "proof": "newsletter list of 2024", "confirmed_at": instants.text(clock())}


def answer(clock: SetClock, who: str = ADA, channel: Channel = "email") -> Permission:
    """Whether we may write to somebody now."""
    return consents.may_contact(lead_of(who), channel, now=clock())


def code(clock: SetClock, who: str = ADA, channel: Channel = "email") -> str:
    """Why."""
    return answer(clock, who, channel).reason.code


def own_yes(clock: SetClock, who: str = ADA, purpose: str = "email") -> None:
    """The person confirms by the link of a mail."""
    clock.move(60)
    yes = Yes(purpose, "Yes, write to me.", "form newsletter", beside={"mail": "confirm 1"})
    with transaction.atomic():
        consents.accept(lead_of(who), yes, address=who, once=str(clock()), now=clock())


def own_no(clock: SetClock, who: str = ADA, *purposes: str) -> None:
    """The person says no by the link of a mail."""
    clock.move(60)
    with transaction.atomic():
        consents.refuse(lead_of(who), purposes or ["email"], proof="preferences", now=clock())
