"""What is known of a lead: each fact with its value, since when, from where, and who said so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ripeline.server import json_text
from ripeline.server.events import IN_FORCE, rows_of

if TYPE_CHECKING:
    from ripeline.server.leads import Lead

CHANGED = "attributes_changed"


@dataclass(frozen=True, slots=True)
class Fact:
    """One attribute as it is known now: its value, the instant of which it was told, its source, and by whom."""

    value: Any
    at: int
    source: str
    by: str | None


def of(lead: Lead) -> dict[str, Fact]:
    """All that rows have told of a lead, by attribute: of what was told twice the last word, as it is evaluated."""
    found: dict[str, Fact] = {}
    for row in rows_of(lead, CHANGED).select_related("source").order_by(IN_FORCE, "at", "key", "source"):
        said = json_text.read(row.properties)
        by = said.pop("by", None)
        told = by if isinstance(by, str) else None
        found |= {name: Fact(value, row.at, row.source.name, told) for name, value in said.items()}
    return {name: fact for name, fact in sorted(found.items()) if fact.value is not None}
