"""Enriching: what follows by rule from rows just read is added as rows of Ripeline's own, known from the same round on.

A derived row is dated before everything that anybody tells (`instants.TOLD`): of an attribute the last word counts, so
what a person, a form or a server tells always stands, whichever came first. Among themselves derived rows stand in the
order of the rows they follow from, the better kind of fact after the weaker one; how somebody came is told by the
earliest row that says so, so there the order is turned about. What is derived therefore depends on which rows are
known, and never on the order in which they came or on who turned out to be whom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Max

from ripeline.core.needs import RESERVED
from ripeline.integrations.arrivals import arrival
from ripeline.integrations.enrichment import KINDS, derived
from ripeline.server import json_text, sources, terms
from ripeline.server.chunks import chunks
from ripeline.server.events import Event
from ripeline.server.marketing import arrivals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ripeline.integrations.arrivals import Arrival

    _Read = tuple[Event, Mapping[str, Any]]
    _Found = tuple[Event, str, Mapping[str, Any], int]

_ADD = """
    INSERT INTO server_event (source_id, key, name, at, received_at, known_at, identifier_id, properties, body,
        claims, flag, content_digest)
    VALUES (%s, %s, 'attributes_changed', %s, %s, %s, %s, %s, %s, '{}', '', '')
    ON CONFLICT (source_id, key) DO NOTHING
"""
ARRIVALS = "came"
"""With this begins the key of a row that tells how somebody came."""


def enrich(events: Sequence[Event], at: int) -> None:
    """Add what follows from rows that have just got their people, in the caller's transaction."""
    read = [(event, json_text.read(event.properties)) for event in events]
    from_facts, from_arrivals = list(_from_facts(read)), list(_from_arrivals(read))
    terms.told((event.identifier_id, said) for event, said in read if event.name == "attributes_changed")
    terms.told((event.identifier_id, said) for event, _, said, _ in from_facts)
    terms.came((event.identifier_id, said) for event, _, said, _ in from_arrivals)
    found = [*from_facts, *from_arrivals]
    if not found:
        return
    source = sources.own(at).pk
    told = [(event, f"{kind} {event.pk}", since, json_text.written(said)) for event, kind, said, since in found]
    with connection.cursor() as cursor:
        cursor.executemany(
            _ADD, [(source, key, since, at, at, event.identifier_id, text, text) for event, key, since, text in told]
        )


def _from_facts(read: Iterable[_Read]) -> Iterator[_Found]:
    for event, said in read:
        if event.name == "attributes_changed":
            for kind, what in derived(said).items():
                yield event, kind, what, KINDS.index(kind) * arrivals.WIDTH + event.at // 1_000


def _from_arrivals(read: Iterable[_Read]) -> Iterator[_Found]:
    """For each identifier the earliest of these rows that says how it came, unless an earlier one is known."""
    earliest: dict[int, tuple[int, Event, Arrival]] = {}
    for event, told in read:
        came = arrival(event.name, told) if event.name not in RESERVED else None
        since = arrivals.dated(event.at)
        if came is not None and event.identifier_id and since > earliest.get(event.identifier_id, (-1,))[0]:
            earliest[event.identifier_id] = since, event, came
    known = _known_arrivals(list(earliest))
    for identifier, (since, event, came) in earliest.items():
        if since > known.get(identifier, -1):
            said = {"source": came.source, "campaign": came.marks.get("utm_campaign"), "marks": came.marks}
            yield event, ARRIVALS, said, since


def _known_arrivals(identifiers: Sequence[int]) -> dict[int, int]:
    """Since when, as derived rows count it, each of these identifiers is known to have come."""
    found: dict[int, int] = {}
    for chunk in chunks(identifiers):
        rows = Event.objects.filter(identifier__in=chunk, at__gte=arrivals.FIRST, at__lte=arrivals.LAST)
        found |= dict(rows.values_list("identifier").annotate(since=Max("at")))
    return found
