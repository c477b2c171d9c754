"""Voids: counter-rows that take back what machines did, from the round on that noticed them."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.db.models import Count

from ripeline.integrations.machines import BURST, Click, scanned
from ripeline.integrations.segment import user_agent
from ripeline.server import json_text, sources
from ripeline.server.chunks import CHUNK
from ripeline.server.events import Event, consequence, event_id
from ripeline.server.leadmail import clicks as own_clicks
from ripeline.server.sources import PUBLIC, SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ripeline.server.sources import Source

CLICKED, DELIVERED = "email_clicked", "email_delivered"
_DELIVERY = ("delivery", "delivery_id", "message_id", "email_id", "campaign_id")
"""The properties that name the mail of a click, the closest first."""
_LINK = ("link", "link_url", "url", "href")

MOST_AROUND = 5_000
"""So many rows one round looks at around those it has read; the people with the most of them are judged without."""


def void_machines(events: Sequence[Event], at: int) -> int:
    """Take back what machines did among rows just read, and the clicks of before that now show themselves as theirs.

    In the caller's transaction; how many rows were taken back.
    """
    suspects = [event for event in events if event.name == CLICKED or _calls_itself(event)]
    if not suspects:
        return 0
    by_person: dict[int | None, list[Event]] = defaultdict(list)
    for event in chain(_around(suspects), (event for event in suspects if event.name != CLICKED)):
        by_person[event.identifier_id].append(event)
    found = [pair for own in by_person.values() for pair in _judged(own)]
    own_clicks.take_back(event for event, _reason in found)
    source = sources.own(at)
    rows = Event.objects.bulk_create(
        [_void(event, reason, source, at) for event, reason in found], batch_size=CHUNK, ignore_conflicts=True
    )
    return len(rows)


def _calls_itself(event: Event) -> bool:
    return event.source.kind in (SourceKind.WEB, SourceKind.OWN) and "userAgent" in event.body


def _around(suspects: Iterable[Event]) -> Iterator[Event]:
    """The clicks and deliveries of the same people that stand near the clicks among these rows."""
    clicks = [event for event in suspects if event.name == CLICKED]
    if not clicks:
        return
    first, last = min(event.at for event in clicks) - BURST, max(event.at for event in clicks) + BURST
    people = {event.identifier_id for event in clicks}
    near = Event.objects.filter(name__in=(CLICKED, DELIVERED), at__gte=first, at__lte=last)
    own = near.filter(identifier__in=people).values_list("identifier").annotate(rows=Count("pk"))
    seen, read = set(), 0
    for person, count in own.order_by("rows"):
        read += count
        if read > MOST_AROUND:
            break
        seen.add(person)
    yield from near.filter(identifier__in=seen).select_related("source")
    yield from (event for event in clicks if event.identifier_id not in seen)


def _judged(own: Sequence[Event]) -> Iterator[tuple[Event, str]]:
    """One person's rows that are a machine's. What came with a public key is anybody's, and says nothing of others."""
    secret = [event for event in own if event.source.kind not in PUBLIC]
    yield from _machines_among(secret)
    for source in {event.source_id for event in own if event.source.kind in PUBLIC}:
        told = [event for event in own if event.source_id == source]
        yield from (pair for pair in _machines_among([*secret, *told]) if pair[0].source_id == source)


def _machines_among(own: Sequence[Event]) -> Iterator[tuple[Event, str]]:
    said = [json_text.read(event.properties) for event in own]
    deliveries = {
        _named(each, _DELIVERY): event.at for event, each in zip(own, said, strict=True) if event.name == DELIVERED
    }
    acts = [(event, each) for event, each in zip(own, said, strict=True) if event.name != DELIVERED]
    clicks = [
        Click(
            at=event.at,
            link=_named(each, _LINK) or event.key,
            delivery=_named(each, _DELIVERY) if event.name == CLICKED else "",
            delivered_at=deliveries.get(_named(each, _DELIVERY)) if event.name == CLICKED else None,
            user_agent=user_agent(event.body) if _calls_itself(event) else "",
        )
        for event, each in acts
    ]
    for place, reason in scanned(clicks).items():
        yield acts[place][0], reason


def _named(said: Mapping[str, Any], names: Iterable[str]) -> str:
    return next((text for name in names if isinstance(text := said.get(name), str) and text), "")


def _void(event: Event, reason: str, source: Source, at: int) -> Event:
    said = {"voids": event_id(event.source_id, event.key), "reason": reason}
    return consequence(source, event.identifier_id, "event_voided", said, key=f"void {event.pk}", at=at)
