"""Who has read what: from the rows of the ledger, which name the items of the catalogue."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from django.db.models import Count

from ripeline.core.needs import RESERVED
from ripeline.server.content import catalogue
from ripeline.server.content.catalogue import ContentItem
from ripeline.server.events import OF_LEAD, Event, event_id, rows_of_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

VOIDED = "event_voided"
_SHOWN = 50


class _Naming(msgspec.Struct):
    """What of a row's properties can name an item, or a row that is taken back."""

    content_id: Any = None
    path: Any = None
    item: Any = None
    voids: Any = None


_naming = msgspec.json.Decoder(_Naming).decode


@dataclass(slots=True)
class Readings:
    """What a lead has read: each item by name, and how often something about each topic."""

    items: set[str] = field(default_factory=set)
    topics: Counter[str] = field(default_factory=Counter)


class Reader(NamedTuple):
    """A lead that read an item, and when."""

    lead: int
    at: int


def of_all(leads: Iterable[int], topics: Mapping[str, str]) -> dict[int, Readings]:
    """By lead, what it has read; without what was taken back. One query, which reads their own rows.

    A row that was read before the catalogue held its item names it all the same. `topics` tells the topic of each
    class, for items that have none of their own.
    """
    found: dict[int, Readings] = {}
    rows = rows_of_all(leads).exclude(name__in=[name for name in RESERVED if name != VOIDED])
    columns = (OF_LEAD, "source", "key", "name", "properties", "item__item", "item__topic", "item__content")
    told = [(*row, _naming(row[4])) for row in rows.values_list(*columns).iterator()]
    voided = {str(row[-1].voids) for row in told if row[3] == VOIDED}
    for lead, source, key, name, _text, item, topic, content, naming in told:
        if name == VOIDED or event_id(source, key) in voided:
            continue
        own = found.setdefault(lead, Readings())
        named = [item] if item else [getattr(naming, each) for each in catalogue.NAMED_BY]
        own.items.update(text for text in named if isinstance(text, str))
        if about := topic or topics.get(content or "", ""):
            own.topics[about] += 1
    return found


def readers_of(item: str, among: Any) -> list[Reader]:  # noqa: ANN401 - a query of leads
    """Who of these leads has read an item last, each once, newest first, and when; a few dozen."""
    versions = ContentItem.objects.filter(item=item).values_list("pk", flat=True)
    rows = Event.objects.filter(item__in=list(versions), identifier__lead__in=among).order_by("-pk")
    newest: dict[int, int] = {}
    for lead, at in rows.values_list("identifier__lead", "at")[: 4 * _SHOWN]:
        newest[lead] = max(at, newest.get(lead, at))
    return [Reader(lead, at) for lead, at in sorted(newest.items(), key=lambda pair: -pair[1])[:_SHOWN]]


def count_of(items: Sequence[str]) -> dict[str, int]:
    """How often each of these items was read; two queries, by an index that holds readings only."""
    found: dict[str, int] = dict.fromkeys(items, 0)
    versions = dict(ContentItem.objects.filter(item__in=items).values_list("pk", "item"))
    rows = Event.objects.filter(item__in=list(versions)).values_list("item").annotate(Count("pk")).order_by()
    for pk, count in rows:
        found[versions[pk]] += count
    return found
