"""What came after an item: how many of its readers moved on within a month, and how many others did.

Others are leads of the same persona who read something else, because whoever reads nothing at all differs from readers
in more than the item. Counted once a day, from the newest readings of the catalogue as it is now.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from ripeline.core.lifecycle import Stage
from ripeline.server.chunks import CHUNK, chunks
from ripeline.server.content import catalogue
from ripeline.server.content.catalogue import ContentItem, ContentWorth
from ripeline.server.decisions import Decision, DecisionKind
from ripeline.server.events import Event
from ripeline.server.instants import DAY, FOREVER
from ripeline.server.leads import Attachment, Lead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MONTH = 30 * DAY
"""Whoever moves on so soon after reading has moved on after it."""
_LONGEST_AGO = 400 * DAY
_MOST = 20_000
"""So many readings are counted at most, the newest of each item, so that it is over in a second or two."""
_LEAST = 100
_WAY = tuple(stage.name.lower() for stage in (Stage.LEAD, Stage.MQL, Stage.SQL, Stage.OPPORTUNITY, Stage.CUSTOMER))


class _Reading(NamedTuple):
    """That a lead first read an item, and whether it moved on in the month after."""

    persona: str
    lead: int
    item: str
    at: int
    moved: bool


def count(at: int) -> None:
    """Count anew as of an instant; what was counted before is replaced."""
    rows = [ContentWorth(at=at, **one) for one in _counted(_readings(at))]
    with transaction.atomic():
        ContentWorth.objects.all().delete()
        ContentWorth.objects.bulk_create(rows, batch_size=CHUNK)


def _counted(readings: Iterable[_Reading]) -> Iterator[dict[str, str | int]]:
    by_persona: dict[str, list[_Reading]] = defaultdict(list)
    for reading in readings:
        by_persona[reading.persona].append(reading)
    for persona, own in sorted(by_persona.items()):
        first: dict[int, _Reading] = {}  # of all that a lead read
        for reading in sorted(own, key=lambda one: (-one.at, one.item)):
            first[reading.lead] = reading
        moved_first = sum(one.moved for one in first.values())
        by_item: dict[str, list[_Reading]] = defaultdict(list)
        for reading in own:
            by_item[reading.item].append(reading)
        for item, readers in sorted(by_item.items()):
            yield {
                "item": item,
                "persona": persona,
                "readers": len(readers),
                "moved": sum(one.moved for one in readers),
                "others": len(first) - len(readers),
                "others_moved": moved_first - sum(first[one.lead].moved for one in readers),
            }


def _readings(at: int) -> list[_Reading]:
    """Those of which a whole month is known, each item once for each lead."""
    seen = [(identifier, item, when) for identifier, item, when in _rows(at) if when <= at - MONTH]
    leads = _leads({identifier for identifier, _item, _when in seen})
    first: dict[tuple[int, str], int] = {}
    for identifier, item, when in seen:
        if identifier in leads:
            key = (leads[identifier], item)
            first[key] = min(when, first.get(key, when))
    numbers = {lead for lead, _item in first}
    personas, moves = _personas(numbers), _moves(numbers)
    return [
        _Reading(personas[lead], lead, item, when, any(when < each <= when + MONTH for each in moves.get(lead, ())))
        for (lead, item), when in first.items()
        if lead in personas
    ]


def _rows(at: int) -> Iterator[tuple[int, str, int]]:
    """The newest readings of each item that is in the catalogue: whose, of what, when."""
    versions: dict[str, list[int]] = defaultdict(list)
    items = catalogue.now_in_force().values("item")
    for pk, item in ContentItem.objects.filter(item__in=items).values_list("pk", "item"):
        versions[item].append(pk)
    most = max(_LEAST, _MOST // max(1, len(versions)))
    for item, own in versions.items():
        rows = Event.objects.filter(item__in=own, at__gte=at - _LONGEST_AGO, identifier__isnull=False).order_by("-pk")
        for identifier, when in rows.values_list("identifier", "at")[:most]:
            yield identifier, item, when


def _leads(identifiers: set[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for chunk in chunks(sorted(identifiers)):
        rows = Attachment.objects.filter(identifier__in=chunk, until=FOREVER)
        found.update(rows.values_list("identifier", "lead"))
    return found


def _personas(leads: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for chunk in chunks(sorted(leads)):
        found.update(Lead.objects.filter(pk__in=chunk, excluded="").values_list("pk", "persona"))
    return found


def _moves(leads: set[int]) -> Mapping[int, list[int]]:
    """By lead, when it moved on: nearer to a customer."""
    found: dict[int, list[int]] = defaultdict(list)
    for chunk in chunks(sorted(leads)):
        moves = Decision.objects.filter(lead__in=chunk, kind=DecisionKind.MOVE, old__in=_WAY, new__in=_WAY)
        for lead, when, old, new in moves.values_list("lead", "at", "old", "new"):
            if _WAY.index(new) > _WAY.index(old):
                found[lead].append(when)
    return found
