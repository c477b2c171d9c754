"""What is known of a lead: each fact with its value, since when, from where, and who said so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ripeline.server import json_text
from ripeline.server.events import IN_FORCE, OF_LEAD, rows_of_all

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from ripeline.server.events import Event
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
    return of_all([lead.pk]).get(lead.pk, {})


def of_all(leads: Iterable[int]) -> dict[int, dict[str, Fact]]:
    """The same of many leads, by their numbers; a lead of which nothing was told is left out. One query."""
    found: dict[int, dict[str, Fact]] = {}
    ordered = rows(leads)
    for lead, properties, at, source in ordered.values_list(OF_LEAD, "properties", "at", "source__name"):
        said = json_text.read(properties)
        by = said.pop("by", None)
        told = by if isinstance(by, str) else None
        found.setdefault(lead, {}).update({name: Fact(value, at, source, told) for name, value in said.items()})
    return {lead: _known(facts) for lead, facts in found.items()}


def rows(leads: Iterable[int]) -> QuerySet[Event]:
    """The rows that tell of these leads, in the order in which they are evaluated."""
    # Asked for by the one name that has an index of its own.
    return rows_of_all(leads).filter(name=CHANGED).order_by(IN_FORCE, "at", "key", "source")


def _known(facts: dict[str, Fact]) -> dict[str, Fact]:
    return {name: fact for name, fact in sorted(facts.items()) if fact.value is not None}


def told(leads: Iterable[int]) -> dict[int, list[tuple[int, dict[str, Any]]]]:
    """By lead, what its rows have told, each with the round that read it, in the order in which they are evaluated."""
    found: dict[int, list[tuple[int, dict[str, Any]]]] = {}
    ordered = rows(leads)
    for lead, known_at, properties in ordered.values_list(OF_LEAD, "known_at", "properties"):
        found.setdefault(lead, []).append((known_at, json_text.read(properties)))
    return found


def members(value: object) -> list[str]:
    """What a value of a set holds; sources write one as a list, or as a text with | between."""
    parts = value if isinstance(value, list) else str(value).split("|") if value is not None else []
    return [text for part in parts if (text := str(part).strip())]
