"""The commands about messages that could not become events."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ripeline.server.intake import quarantine
from ripeline.server.operation.commands.answers import command, done
from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.server.events import Rejected
    from ripeline.server.operation.commands.answers import Answer


@command
def quarantine_list(*, now: int, limit: int) -> Answer:
    """The newest messages that nobody has settled, with why they are here; how many there are of each reason."""
    rows = quarantine.waiting()
    counts = Counter(rows.order_by().values_list("reason", flat=True))
    told = [
        {
            "id": row.pk,
            "source": row.source.name,
            "reason": row.reason,
            "detail": row.detail,
            "kind": row.kind,
            "received_at": row.received_at,
        }
        for row in rows[:limit]
    ]
    return {"counts": dict(counts), "messages": told}


@command
def quarantine_run_again(*, now: int, ids: Sequence[int], reason: str = "") -> Answer:
    """Messages read anew: those of the ids, or all of a reason; how many are events now, and why the others are not."""
    stored, still = 0, Counter[str]()
    for row in _rejected(ids, reason):
        found = quarantine.run_again(row, now=now)
        if isinstance(found, quarantine.Stored):
            stored += 1
        else:
            still[found.reason] += 1
    return {"stored": stored, "still": dict(still)}


@command
def quarantine_discard(*, now: int, ids: Sequence[int], reason: str = "") -> Answer:
    """Messages given up: those of the ids, or all of a reason."""
    rows = _rejected(ids, reason)
    return {"discarded": sum(not isinstance(quarantine.discard(row, now=now), Refused) for row in rows)}


def _rejected(ids: Sequence[int], reason: str) -> list[Rejected]:
    """The messages meant that are not settled; refused if there are none."""
    rows = quarantine.waiting()
    rows = rows.filter(pk__in=ids) if ids else rows.filter(reason=reason)
    return done(list(rows) or Refused(Refusal.NO_SUCH_MESSAGE), ", ".join(map(str, ids)) or reason)
