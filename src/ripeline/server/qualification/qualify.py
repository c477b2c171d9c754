"""Qualification: what came is read, whose it is found out, and what follows from it decided.

One pass is a round. It first reads, in one short transaction: the rows that nobody has read get the round's instant,
their people and their units. Then it evaluates the units that are dirty or due, holding nothing, and writes what
was decided, in short transactions, of the units that are still its own.

A round that dies after reading leaves its units dirty; one that is overtaken finds them claimed by another and writes
nothing of them. So every decision is made once, whoever makes it. A row or a unit that fails holds up no other.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.db.models import Q

from ripeline.core.results import lead_results
from ripeline.server import playbooks
from ripeline.server.chunks import chunks
from ripeline.server.events import Event
from ripeline.server.instants import FOREVER, MINUTE, Clock
from ripeline.server.instruments.failpoints import failpoint
from ripeline.server.leads import Unit
from ripeline.server.qualification import deciding, histories, reading, reviews
from ripeline.server.qualification.sparing import spared
from ripeline.server.rounds import Round, open_round

if TYPE_CHECKING:
    from collections.abc import Sequence

LEASE = MINUTE
"""So long a round has for its units before another one may take them."""
TRIES = 5
"""So often a unit is tried on which a decision fails; each time it rests longer before."""
UNREADABLE = "unreadable"
"""The flag of a row that could not be read."""
ROWS = 150
"""So many rows one round reads at most, so that whoever else writes need not wait."""
WRITES = 150
"""So many units one transaction decides on at most, for the same reason."""
LOOKS = 200
"""So many units that time alone has made due one round takes, so that whoever brings something new need not wait."""
READS_ON = 30
"""While there is more to read, one round in so many decides."""


class Done(NamedTuple):
    """What one round did: rows read, units decided on."""

    rows: int
    units: int


class Work(NamedTuple):
    """What a round has taken on."""

    round: Round
    units: list[int]
    rows: int


def run(clock: Clock, limit: int = 500) -> Done:
    """One round: reads what came, decides on at most `limit` units; nothing to do is (0, 0)."""
    reviews.begin(clock())
    work = _take(clock, limit)
    if work is None:
        return Done(0, 0)
    decide, set_aside = partial(_decide, clock, work.round), partial(_set_aside, work.round)
    decided = sum(spared(decide, part, set_aside) for part in chunks(work.units, WRITES))
    failpoint("after_commit")
    return Done(work.rows, decided)


def _decide(clock: Clock, round_: Round, units: Sequence[int]) -> int:
    """Units as of the round's instant; how many were decided on."""
    versions = playbooks.core_versions(round_.at)
    pasts = histories.pasts(units, round_.at, versions)
    found = histories.evaluations(list(pasts.values()), round_.at, versions)
    results = [(each, list(lead_results(each, lines=False))) for each in found]
    return deciding.write(round_, units, results, now=clock())


def _set_aside(round_: Round, unit: int) -> None:
    """Let a unit rest on which a decision failed: longer each time, and in the end until somebody looks at it."""
    with transaction.atomic():
        failing = Unit.objects.select_for_update().get(pk=unit)
        failing.failures += 1
        failing.claimed_until = FOREVER if failing.failures >= TRIES else round_.at + LEASE * 4**failing.failures
        failing.claimed_by = 0
        failing.save(update_fields=["failures", "claimed_until", "claimed_by"])


# --- reading --------------------------------------------------------------------------------------


def _take(clock: Clock, limit: int) -> Work | None:
    """Read and claim, as one; None if there is nothing to do."""
    if not _has_work(clock()):
        return None
    with transaction.atomic():
        round_ = open_round(clock())
        unread = Event.objects.filter(known_at=None).select_related("source").order_by("pk")
        unread = unread.select_for_update(skip_locked=True, of=("self",))[:ROWS]
        rows = spared(partial(_read, round_.at), list(unread), partial(_leave_unread, round_.at))
        # Whoever is behind reads on first, because the same leads would be decided on again and again.
        reads_on = rows == ROWS and round_.pk % READS_ON != 0
        units = _claim(round_, limit) if playbooks.active() and not reads_on else []
        round_.rows = rows
        if not units:
            round_.finished_at = round_.at
        round_.save(update_fields=["rows", "finished_at"])
    return Work(round_, units, rows)


def _has_work(now: int) -> bool:
    """Whether a round would find anything; asked without holding anything."""
    if Event.objects.filter(known_at=None).exists():
        return True
    return playbooks.active() is not None and Unit.objects.filter(_open(now)).exists()


def _open(now: int) -> Q:
    """The units on which somebody should decide, and nobody is about to."""
    return (Q(dirty_at__isnull=False) | Q(next_look_at__lte=now)) & Q(claimed_until__lt=now)


def _claim(round_: Round, limit: int) -> list[int]:
    """Take units for a round; those that others are taking at this moment are left to them."""
    free = Unit.objects.select_for_update(skip_locked=True).filter(claimed_until__lt=round_.at)
    dirty = free.filter(dirty_at__isnull=False).order_by("dirty_at", "pk")
    units = list(dirty.values_list("pk", flat=True)[:limit])
    # Two questions, because each has an index that holds its answer in order however many units wait.
    due = free.filter(dirty_at=None, next_look_at__lte=round_.at).order_by("next_look_at", "pk")
    units += due.values_list("pk", flat=True)[: min(LOOKS, limit - len(units))]
    for chunk in chunks(units):
        Unit.objects.filter(pk__in=chunk).update(claimed_by=round_.pk, claimed_until=round_.at + LEASE)
    return units


def _read(at: int, events: Sequence[Event]) -> int:
    with transaction.atomic():
        return reading.read(events, at)


def _leave_unread(at: int, event: Event) -> None:
    """A row that cannot be read is nobody's; it stays in the ledger, marked, and waits for nothing."""
    Event.objects.filter(pk=event.pk).update(known_at=at, flag=UNREADABLE)
