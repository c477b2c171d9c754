"""The commands about what is kept for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from ripeline.server.operation.commands.answers import command, done
from ripeline.server.rights import retention
from ripeline.server.rights.erasing import finishing

if TYPE_CHECKING:
    from ripeline.server.operation.commands.answers import Answer


@command
def retention_due(*, now: int) -> Answer:
    """What would go now, by kind, with the instant before which it is too old, and how much stays although it is."""
    found = done(retention.due(now), "")
    told = [{"kind": one.kind, "count": one.number, "before": one.before, "kept": one.kept} for one in found]
    return {"due": told, "is_daily": settings.RETENTION_DAILY}


@command
def retention_apply(*, now: int) -> Answer:
    """What is too old is let go; how many of each kind."""
    gone = done(retention.apply(now), "")
    return {"gone": dict(gone), "is_done": finishing.finish(now)}
