"""Qualification: what came is read, whose it is found out, and what follows from it decided.

One pass is a round. It first reads, in one short transaction: the rows that nobody has read get the round's instant,
their people and their units. Then it evaluates the units that are dirty or due, holding nothing. Then it writes what
was decided, in one short transaction, of the units that are still its own.

A round that dies after reading leaves its units dirty; one that is overtaken finds them claimed by another and writes
nothing of them. So every decision is made once, whoever makes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection, transaction
from django.db.models import Count, F, Q

from ripeline.core.results import HandoffChange, lead_results
from ripeline.server import handoffs, histories, outbox, playbooks, reading, shown
from ripeline.server.decisions import Decision, Round, evidence_of, message_of, open_round, said_by
from ripeline.server.events import Event
from ripeline.server.failpoints import failpoint
from ripeline.server.identity import chunks
from ripeline.server.instants import MINUTE, Clock
from ripeline.server.leads import Lead, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ripeline.core.results import LeadResult
    from ripeline.core.scoring import Evaluation

LEASE = MINUTE
"""So long a round has for its units before another one may take them."""
ROWS = 2_000
"""So many rows one round reads at most."""


class Done(NamedTuple):
    """What one round did: rows read, units decided on."""

    rows: int
    units: int


@dataclass(frozen=True, slots=True)
class Work:
    """What a round has taken on."""

    round: Round
    units: list[int]
    rows: int


def run(clock: Clock, limit: int = 500) -> Done:
    """One round: reads what came, decides on at most `limit` units; nothing to do is (0, 0)."""
    work = _take(clock, limit)
    if work is None:
        return Done(0, 0)
    decided = 0
    if work.units:
        at, versions = work.round.at, playbooks.core_versions(work.round.at)
        pasts = histories.pasts(work.units, at, versions)
        found = list(histories.evaluations(list(pasts.values()), at, versions, explain=True))
        failpoint("before_commit")
        decided = _write(work, found)
        failpoint("after_commit")
    return Done(work.rows, decided)


# --- reading --------------------------------------------------------------------------------------


def _take(clock: Clock, limit: int) -> Work | None:
    """Read and claim, as one; None if there is nothing to do."""
    if not _has_work(clock()):
        return None
    with transaction.atomic():
        round_ = open_round(clock())
        unread = Event.objects.filter(known_at=None).order_by("pk").select_for_update(skip_locked=True)[:ROWS]
        rows = reading.read(list(unread), round_.at)
        units = _claim(round_, limit) if playbooks.active() else []
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
    found = Unit.objects.filter(_open(round_.at)).order_by(F("dirty_at").asc(nulls_last=True), "pk")
    units = list(found.select_for_update(skip_locked=True).values_list("pk", flat=True)[:limit])
    for chunk in chunks(units):
        Unit.objects.filter(pk__in=chunk).update(claimed_by=round_.pk, claimed_until=round_.at + LEASE)
    return units


# --- deciding -------------------------------------------------------------------------------------


def _write(work: Work, found: Sequence[Evaluation]) -> int:
    """What was decided, of the units that are still this round's; how many those are."""
    at = work.round.at
    with transaction.atomic():
        own = _still_own(work)
        leads = {str(lead.pk): lead for chunk in chunks(sorted(own)) for lead in Lead.objects.filter(unit__in=chunk)}
        results = [one for each in found for one in lead_results(each) if one.lead_id in leads]
        _record(work.round, leads, results)
        now_shown = [(leads[one.lead_id], shown.shown_by(one)) for one in results if one.known]
        shown.save([(lead, columns) for lead, columns in now_shown if columns != shown.shown(lead)], at)
        _release(work, own, _next_looks(leads, results))
        Round.objects.filter(pk=work.round.pk).update(finished_at=at)
    return len(own)


def _still_own(work: Work) -> set[int]:
    """The units that nobody has taken over since."""
    own: set[int] = set()
    for chunk in chunks(work.units):
        mine = Unit.objects.select_for_update().filter(pk__in=chunk, claimed_by=work.round.pk)
        own |= set(mine.values_list("pk", flat=True))
    return own


def _record(round_: Round, leads: Mapping[str, Lead], results: Sequence[LeadResult]) -> None:
    """What the evaluator found beyond what had been decided: decisions, hand-offs, messages."""
    new = [
        (leads[result.lead_id], entry, result)
        for result in results
        for entry in result.journal
        if entry.at > leads[result.lead_id].decided_at
    ]
    if not new:
        return
    places = _places([lead.pk for lead, _, _ in new])
    publications = playbooks.in_force(round_.at)
    for lead, entry, result in new:
        publication = playbooks.deciding(publications, entry.at)
        decision = Decision.objects.create(
            lead=lead,
            round=round_,
            version_id=publication.version_id,
            at=entry.at,
            place=next(places[lead.pk]),
            evidence=evidence_of(entry, result.contributions if entry.at == result.at else ()),
            **said_by(entry),
        )
        if isinstance(entry, HandoffChange):
            handoffs.follow(lead, decision, entry, playbooks.playbook_of(publication.version))
        outbox.tell(f"lead.{decision.kind}", f"decision-{decision.pk}", message_of(decision), round_.at)


def _places(leads: Sequence[int]) -> dict[int, Iterator[int]]:
    """Where each lead's next decisions stand."""
    counts = dict.fromkeys(leads, 0)
    for chunk in chunks(sorted(counts)):
        counted = Decision.objects.filter(lead__in=chunk).values_list("lead").annotate(Count("pk"))
        counts |= dict(counted)
    return {lead: count(first) for lead, first in counts.items()}


def _next_looks(leads: Mapping[str, Lead], results: Sequence[LeadResult]) -> dict[int, int]:
    """By unit, the next instant at which something could change by itself."""
    looks: dict[int, int] = {}
    for result in results:
        if result.next_look_at is not None and result.known:
            unit = leads[result.lead_id].unit_id
            looks[unit] = min(looks.get(unit, result.next_look_at), result.next_look_at)
    return looks


def _release(work: Work, own: set[int], looks: Mapping[int, int]) -> None:
    """Decided up to the round's instant; a unit that became dirty since stays so."""
    at = work.round.at
    for chunk in chunks(sorted(own)):
        Lead.objects.filter(unit__in=chunk).update(decided_at=at)
        units = Unit.objects.filter(pk__in=chunk)
        units.filter(dirty_at__lte=at).update(dirty_at=None)
        units.update(claimed_until=0, next_look_at=None)
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE server_unit SET next_look_at = %s WHERE id = %s", [(look, unit) for unit, look in looks.items()]
        )
