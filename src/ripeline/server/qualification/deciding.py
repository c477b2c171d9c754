"""What was decided is written: decisions with their evidence, hand-offs, messages, and how each lead is shown."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Count

from ripeline.core.explanation import miss_of
from ripeline.core.results import HandoffChange, lead_result
from ripeline.server import playbooks
from ripeline.server.chunks import CHUNK, chunks
from ripeline.server.decisions import Decision, evidence_of, message_of, said_by
from ripeline.server.delivery import outbox
from ripeline.server.delivery.topics import NOBODY
from ripeline.server.instruments.failpoints import failpoint
from ripeline.server.leads import Lead, Unit
from ripeline.server.nurture import enrollments
from ripeline.server.qualification import shown
from ripeline.server.rounds import Round
from ripeline.server.sales import handoffs, outcomes, tasks
from ripeline.server.sales.desk import Desk
from ripeline.server.sales.handoffs import OPEN, HandoffStatus, clock_of, message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ripeline.core.results import JournalEntry, LeadResult
    from ripeline.core.scoring import Evaluation
    from ripeline.server.delivery.outbox import Message
    from ripeline.server.playbooks import Publication
    from ripeline.server.sales.handoffs import Handoff

Found = tuple["Evaluation", list["LeadResult"]]
"""What an evaluation found of its leads."""


class New(NamedTuple):
    """An entry of a lead's journal on which nothing has been written."""

    lead: int
    entry: JournalEntry
    evidence: str
    publication: Publication


def write(round_: Round, units: Sequence[int], found: Sequence[Found], *, now: int) -> int:
    """Everything that follows from a round, in one transaction, of the units that are still its own; how many are."""
    new, at = list(_new(units, found, round_.at)), round_.at
    told_of = [pair for evaluation, each in found for pair in zip(each, shown.shown_by(evaluation, each), strict=True)]
    with transaction.atomic():
        own, parted = _still_own(round_, units)
        behind = Lead.objects.filter(decided_at__lt=at)  # one that joined meanwhile may be ahead of this round
        leads = {str(lead.pk): lead for chunk in chunks(sorted(own)) for lead in behind.filter(unit__in=chunk)}
        _record(round_, [one for one in new if str(one.lead) in leads])
        looked_at = [one for _, each in found for one in each if one.lead_id in leads]
        results = [one for one in looked_at if one.known]
        unfounded = [leads[one.lead_id] for one in results if one.handoff not in OPEN]
        handoffs.end_unfounded([lead.pk for lead in unfounded if lead.unit_id in parted], at=at)
        columns = [(leads[one.lead_id], told) for one, told in told_of if one.known and one.lead_id in leads]
        enrollments.awaken(_for_nurture(leads, new, columns), at)
        shown.save([(lead, told) for lead, told in columns if told != shown.shown(lead)], at)
        _release(round_, own, [leads[one.lead_id].pk for one in looked_at], _next_looks(leads, results))
        Round.objects.filter(pk=round_.pk).update(finished_at=now)
        failpoint("before_commit")
    return len(own)


def _for_nurture(
    leads: Mapping[str, Lead], new: Sequence[New], columns: Sequence[tuple[Lead, tuple[Any, ...]]]
) -> Iterator[int]:
    """The leads that nurture looks at: something was decided on them, or they stand where they did not stand before."""
    published = playbooks.published_at()
    yield from (one.lead for one in new if str(one.lead) in leads)
    for lead, told in columns:
        if lead.decided_at < published or shown.place_of(told) != shown.place(lead):
            yield lead.pk


def _new(units: Sequence[int], found: Sequence[Found], at: int) -> Iterator[New]:
    """What was found beyond what had been decided, with its evidence."""
    leads = Lead.objects.values_list("pk", "decided_at")
    decided = {str(lead): upto for chunk in chunks(units) for lead, upto in leads.filter(unit__in=chunk)}
    publications = playbooks.in_force(at)
    for evaluation, results in found:
        for result in results:
            entries = [entry for entry in result.journal if entry.at > decided.get(result.lead_id, at)]
            now = any(entry.at == at for entry in entries)
            lines = lead_result(evaluation, result.lead_id).contributions if now else ()
            miss = miss_of(evaluation, result) if now else None
            for entry in entries:
                evidence = evidence_of(entry, lines, miss) if entry.at == at else evidence_of(entry)
                yield New(int(result.lead_id), entry, evidence, playbooks.deciding(publications, entry.at))


def _still_own(round_: Round, units: Sequence[int]) -> tuple[set[int], set[int]]:
    """The units that nobody has taken over since, and those of them from which somebody was erased."""
    own: dict[int, int | None] = {}
    for chunk in chunks(units):
        mine = Unit.objects.select_for_update().filter(pk__in=chunk, claimed_by=round_.pk).order_by("pk")
        own |= dict(mine.values_list("pk", "parted_at"))
    return set(own), {unit for unit, parted_at in own.items() if parted_at is not None}


def _record(round_: Round, new: Sequence[New]) -> None:
    """Decisions, hand-offs, messages."""
    if not new:
        return
    places = _places({one.lead for one in new})
    decisions = [
        Decision(
            lead_id=one.lead,
            round=round_,
            version_id=one.publication.version_id,
            at=one.entry.at,
            place=next(places[one.lead]),
            evidence=one.evidence,
            **said_by(one.entry),
        )
        for one in new
    ]
    Decision.objects.bulk_create(decisions, batch_size=CHUNK)
    desk, handoffs = Desk(places, {one.lead for one in new if _is_offer(one.entry)}), []
    for decision, one in zip(decisions, new, strict=True):
        handoffs.append(desk.follow(decision, one.entry, playbooks.playbook_of(one.publication.version)))
    failpoint("before_handoffs")
    untaken = desk.save()
    failpoint("after_handoffs")
    outcomes.follow(decisions)
    tasks.follow(decisions)
    told = [_message(*each) for each in zip(decisions, new, handoffs, strict=True)]
    told += [message(one, NOBODY, at=one.offered_at, once="nobody") for one in untaken]
    outbox.tell(told, now=round_.at)


def _is_offer(entry: JournalEntry) -> bool:
    return isinstance(entry, HandoffChange) and entry.status == HandoffStatus.OFFERED


def _message(decision: Decision, one: New, handoff: Handoff | None) -> Message:
    if handoff is None:
        return message_of(decision)
    zone = playbooks.playbook_of(one.publication.version).timezone
    return message_of(decision, **clock_of(handoff, zone))


def _places(leads: set[int]) -> dict[int, Iterator[int]]:
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
        if result.next_look_at is not None:
            unit = leads[result.lead_id].unit_id
            looks[unit] = min(looks.get(unit, result.next_look_at), result.next_look_at)
    return looks


def _release(round_: Round, own: set[int], leads: Sequence[int], looks: Mapping[int, int]) -> None:
    """Decided up to the round's instant; a unit that became dirty since stays so.

    A lead that joined a unit meanwhile was not looked at, and is decided up to where it was.
    """
    for chunk in chunks(leads):
        Lead.objects.filter(pk__in=chunk).update(decided_at=round_.at)
    for chunk in chunks(sorted(own)):
        units = Unit.objects.filter(pk__in=chunk)
        units.filter(dirty_at__lte=round_.at).update(dirty_at=None)
        units.update(claimed_until=0, next_look_at=None, failures=0)
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE server_unit SET next_look_at = %s WHERE id = %s", [(look, unit) for unit, look in looks.items()]
        )
