"""The commands about sources: from where events come, and with which key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.server import sources
from ripeline.server.operation.commands.answers import command, done
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sources import Source, SourceKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.server.operation.commands.answers import Answer


@command
def source_add(*, now: int, name: str, kind: str, origins: Sequence[str] = (), events_per_second: int = 0) -> Answer:
    """A new source with its write key."""
    limit = events_per_second
    made = done(sources.add(name, SourceKind(kind), origins=origins, events_per_second=limit, now=now), name)
    return {"name": name, "write_key": made.key}


@command
def source_list(*, now: int) -> Answer:
    """All sources, without their keys."""
    names = ("name", "kind", "origins", "events_per_second", "is_history", "created_at", "closed_at")
    return {"sources": list(Source.objects.order_by("name").values(*names))}


@command
def source_close(*, now: int, name: str) -> Answer:
    """Nothing more is taken from the source."""
    return {"name": name, "closed_at": done(sources.close(_source(name), now=now), name).closed_at}


@command
def source_renew(*, now: int, name: str) -> Answer:
    """A new write key in place of the old one."""
    return {"name": name, "write_key": done(sources.renew_key(_source(name)), name).key}


def _source(name: str) -> Source:
    return done(Source.objects.filter(name=name).first() or Refused(Refusal.NO_SUCH_SOURCE), name)
