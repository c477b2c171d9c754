"""Everything that happened to a lead, newest first: its rows of the ledger, what was decided on it, and its merges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from ripeline.server import json_text
from ripeline.server.decisions import Decision
from ripeline.server.events import Event, event_id, fresh_of, rows_of
from ripeline.server.instants import FOREVER
from ripeline.server.merges import Merge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model, QuerySet

    from ripeline.server.leads import Lead

VOIDED = "event_voided"
_OF_EVENTS, _OF_DECISIONS, _OF_MERGES = range(3)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a row stands in a timeline; of one instant, what was decided on a row stands after it."""

    at: int
    kind: int
    number: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a timeline: what happened, and why it was taken back, if it was."""

    place: Place
    row: Event | Decision | Merge
    said: dict[str, Any]
    voided: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows, newest first, and where the part after them begins; none after the last."""

    entries: tuple[Entry, ...]
    next: Place | None


def of(lead: Lead, *, count: int, before: Place | None = None) -> Part:
    """So many rows of a lead that lie before a place, or the newest; six queries, however many there are."""
    read = Event.objects.filter(identifier__in=lead.attachments.filter(until=FOREVER).values("identifier"))
    decisions = Decision.objects.filter(lead=lead).select_related("version")
    merges = Merge.objects.filter(Q(kept=lead) | Q(absorbed=lead)).select_related("by")
    # What nobody has read is asked for apart, as one question with an OR would read the whole ledger; and first, as a
    # round that reads it between the two makes it come twice, not never.
    fresh = _part(_events(fresh_of(lead)), _OF_EVENTS, count, before) if before is None else []
    rows = [
        *fresh,
        *_part(_events(read), _OF_EVENTS, count, before),
        *_part(decisions, _OF_DECISIONS, count, before),
        *_part(merges, _OF_MERGES, count, before),
    ]
    found = sorted(dict(rows).items(), key=lambda pair: pair[0], reverse=True)
    shown = found[:count]
    why = _voided(lead, [row for _place, row in shown])
    entries = tuple(Entry(place, row, _said(row), why.get(_id(row), "")) for place, row in shown)
    return Part(entries, shown[-1][0] if len(found) > count else None)


def _events(rows: QuerySet[Event]) -> QuerySet[Event]:
    return rows.exclude(name=VOIDED).select_related("source")


def _part(rows: QuerySet[Any], kind: int, count: int, before: Place | None) -> list[tuple[Place, Any]]:
    if before is not None:
        earlier = Q(at__lt=before.at)
        if kind < before.kind:
            earlier |= Q(at=before.at)
        elif kind == before.kind:
            earlier |= Q(at=before.at, pk__lt=before.number)
        rows = rows.filter(earlier)
    return [(Place(row.at, kind, row.pk), row) for row in rows.order_by("-at", "-pk")[: count + 1]]


def _voided(lead: Lead, rows: Iterable[Model]) -> dict[str, str]:
    """Of these rows those that were taken back, by their id, with the reason."""
    if not any(isinstance(row, Event) for row in rows):
        return {}
    told = (json_text.read(text) for text in rows_of(lead, VOIDED).values_list("properties", flat=True))
    return {str(said.get("voids", "")): str(said.get("reason", "")) or VOIDED for said in told}


def _id(row: Model) -> str:
    return event_id(row.source_id, row.key) if isinstance(row, Event) else ""


def _said(row: Event | Decision | Merge) -> dict[str, Any]:
    if isinstance(row, Merge):
        return {}
    return json_text.read(row.properties if isinstance(row, Event) else row.evidence)
