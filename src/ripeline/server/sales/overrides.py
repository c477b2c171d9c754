"""The override or hold that is in force: a person's word that automation does not undo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ripeline.core.acts import OVERRIDE_LASTS
from ripeline.server import instants, json_text
from ripeline.server.events import said_of

if TYPE_CHECKING:
    from ripeline.server.leads import Lead

LASTS = OVERRIDE_LASTS
"""So long one holds for which no end is told."""


@dataclass(frozen=True, slots=True)
class Override:
    """What was said, by whom, when, and until when it holds; without a stage it is a hold."""

    stage: str
    reason: str
    by: str
    at: int
    until: int


def in_force(lead: Lead, at: int) -> Override | None:
    """The last word of people on a lead that holds at an instant; None if none does."""
    rows = said_of(lead, "override_set", "override_ended")
    if not rows or rows[-1].name == "override_ended":
        return None
    row, said = rows[-1], json_text.read(rows[-1].properties)
    since = min(row.at, row.known_at or row.at)
    until = _until(said.get("until"), since)
    words = [text if isinstance(text := said.get(name), str) else "" for name in ("stage", "reason", "by")]
    return Override(words[0], words[1], words[2], since, until) if until > at else None


def _until(told: object, since: int) -> int:
    try:
        return instants.of_text(str(told))
    except (ValueError, OverflowError):
        return since + LASTS
