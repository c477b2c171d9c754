"""Rows of the ledger as tests write them: who, what, when."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec

from ripeline.server import playbooks, sources
from ripeline.server.events import Event
from ripeline.server.leads import Lead
from ripeline.server.playbooks import Mode, PlaybookVersion, Publication, Side
from ripeline.server.qualification import qualify
from ripeline.server.staff.users import Role
from staff import member

if TYPE_CHECKING:
    from ripeline.server.instants import Clock
    from ripeline.server.sources import Source

_numbers = count(1)


def happened(source: Source, name: str, at: int, *, key: str | None = None, said: Any = None, **who: str) -> Event:  # noqa: ANN401
    """One row that nobody has read yet."""
    text = msgspec.json.encode(said or {}).decode()
    return Event.objects.create(
        source=source,
        key=key or f"row-{next(_numbers):06d}",
        name=name,
        at=at,
        received_at=at,
        claims=msgspec.json.encode(who).decode(),
        properties=text,
        body=text,
    )


def said(lead: Lead, name: str, at: int, **properties: object) -> Event:
    """What a person of ours says of a lead."""
    return happened(sources.own(at), name, at, said=properties, lead=str(lead.pk))


def signed(text: str, *, now: int, mode: Mode = Mode.RETROACTIVE, reps: bool = True) -> Publication:
    """The publication of a text that both sides have signed; without `reps`, whoever signed for sales is no rep."""
    version = playbooks.propose(text, now=now)
    assert isinstance(version, PlaybookVersion), version
    mara, simon = (
        member(f"mara {version.digest[:8]}", Role.MARKETING),
        member(f"simon {version.digest[:8]}", Role.SALES),
    )
    playbooks.sign(version, Side.MARKETING, user=mara, now=now)
    playbooks.sign(version, Side.SALES, user=simon, now=now)
    publication = playbooks.publish(version, mode=mode, by=mara, now=now)
    assert isinstance(publication, Publication), publication
    simon.is_active = reps
    simon.save()
    return publication


def all_rounds(clock: Clock) -> int:
    """Rounds until there is nothing more to do; how many there were."""
    for number in count():
        if qualify.run(clock) == (0, 0):
            return number
    raise AssertionError


def lead_of(email: str) -> Lead:
    """The lead with an e-mail."""
    return Lead.objects.get(identifiers__kind="email", identifiers__value=email)
