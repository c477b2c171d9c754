"""How leads came to us: of each the earliest row that says so, as Ripeline derived it when it was read."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from ripeline.core.columns import LATEST
from ripeline.integrations.enrichment import KINDS
from ripeline.server import json_text
from ripeline.server.leads import Identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WIDTH = LATEST // 1_000 + 1
"""So much time one kind of derived rows has for itself: a microsecond for each millisecond until the last instant."""
FIRST = len(KINDS) * WIDTH
LAST = FIRST + WIDTH - 1
"""Between these two are the rows that tell how somebody came; the earlier, the later they stand."""


class Arrival(NamedTuple):
    """How one lead came, and when, to the millisecond."""

    lead: int
    at: int
    source: str
    marks: Mapping[str, str]


def dated(at: int) -> int:
    """The instant of a derived row that tells of an arrival at an instant."""
    return LAST - at // 1_000


def first() -> Iterator[Arrival]:
    """The first arrival of each lead of which one is known, by lead."""
    rows = (
        Identifier.objects.filter(lead__isnull=False, events__at__gte=FIRST, events__at__lte=LAST)
        .order_by("lead", "-events__at", "events__pk")
        .values_list("lead", "events__at", "events__properties")
    )
    for lead, own in groupby(rows.iterator(), key=lambda row: row[0]):
        _, since, properties = next(own)
        said = json_text.read(properties)
        yield Arrival(lead, (LAST - since) * 1_000, said["source"], said["marks"])
