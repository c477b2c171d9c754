"""Replay: the ledger evaluated anew and laid beside what was recorded. The two are equal, or something is broken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ripeline.core.handoff import acceptance_clock, response_clock
from ripeline.core.results import HandoffChange, lead_results
from ripeline.server import playbooks
from ripeline.server.chunks import chunks
from ripeline.server.decisions import Decision, evidence_of, said_by
from ripeline.server.leads import Lead, Unit
from ripeline.server.qualification import histories
from ripeline.server.qualification.shown import shown, shown_by
from ripeline.server.sales.handoffs import OPEN, Handoff, HandoffStatus
from ripeline.server.staff import calendars

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ripeline.core.results import JournalEntry, LeadResult
    from ripeline.core.scoring import Evaluation, Version
    from ripeline.server.playbooks import Publication

Progress = Callable[[int, int], None]
"""Told how many of how many units are done."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the record and the replay differ for one lead."""

    lead: int
    what: str
    recorded: object
    replayed: object


@dataclass(slots=True)
class Replayed:
    """What was replayed, and where it differs from the record."""

    leads: int = 0
    decisions: int = 0
    parted: int = 0  # leads that are left out, because a colleague on whose rows their record rests was erased
    differences: list[Difference] = field(default_factory=list)


def replay(progress: Progress | None = None) -> Replayed:
    """Every lead from its first row to the instant up to which it is decided, by the versions of the time."""
    found = Replayed()
    units = list(Unit.objects.filter(leads__decided_at__gt=0).distinct().order_by("pk").values_list("pk", flat=True))
    done = 0
    for chunk in chunks(units):
        _replay_units(chunk, found)
        done += len(chunk)
        if progress is not None:
            progress(done, len(units))
    return found


def _replay_units(units: Sequence[int], found: Replayed) -> None:
    known = Lead.objects.filter(unit__in=units, decided_at__gt=0)
    found.parted += known.filter(unit__parted_at__isnull=False).count()
    leads = {str(lead.pk): lead for lead in known.filter(unit__parted_at=None)}
    if not leads:
        return
    at = max(lead.decided_at for lead in leads.values())
    publications = playbooks.in_force(at)
    recorded = _recorded(leads)
    for result in _results(units, at):
        lead = leads.get(result.lead_id)
        if lead is None:
            continue
        journal = [entry for entry in result.journal if entry.at <= lead.decided_at]
        found.leads += 1
        found.decisions += len(journal)
        found.differences += _compared(lead, "decision", recorded[lead.pk], _decisions(journal, publications))
        found.differences += _compared(lead, "hand-off", *_handoffs(lead, journal, publications))
    found.differences += _compare_shown(leads)


def _results(units: Sequence[int], at: int) -> Iterator[LeadResult]:
    for evaluation in _evaluations(units, at):
        yield from lead_results(evaluation, lines=False)


def _evaluations(units: Sequence[int], at: int) -> Iterator[Evaluation]:
    versions: Sequence[Version] = playbooks.core_versions(at)
    pasts = histories.pasts(units, at, versions)
    return histories.evaluations(list(pasts.values()), at, versions)


def _compared(lead: Lead, what: str, recorded: Sequence[object], replayed: Sequence[object]) -> Iterator[Difference]:
    if list(recorded) == list(replayed):
        return
    for place in range(max(len(recorded), len(replayed))):
        mine = recorded[place] if place < len(recorded) else None
        other = replayed[place] if place < len(replayed) else None
        if mine != other:
            yield Difference(lead.pk, f"{what} {place}", mine, other)
            return


# --- decisions ------------------------------------------------------------------------------------

_COLUMNS = ("at", "version_id", "kind", "old", "new", "reason", "gate")


def _recorded(leads: dict[str, Lead]) -> dict[int, list[tuple[Any, ...]]]:
    """What was decided on each lead, in order, with how the lead stood."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    decided = Decision.objects.filter(lead__in=[lead.pk for lead in leads.values()]).order_by("lead", "place")
    for decision in decided:
        found[decision.lead_id].append((*(getattr(decision, column) for column in _COLUMNS), decision.standing()))
    return found


def _decisions(journal: Sequence[JournalEntry], publications: Sequence[Publication]) -> list[tuple[Any, ...]]:
    empty = dict.fromkeys(_COLUMNS, "")
    rows = []
    for entry in journal:
        version = playbooks.deciding(publications, entry.at).version_id
        said = empty | {"at": entry.at, "version_id": version} | said_by(entry)
        rows.append((*(said[column] for column in _COLUMNS), evidence_of(entry)))
    return rows


# --- hand-offs ------------------------------------------------------------------------------------


_CLOCK = ("offered_at", "status", "first_accept_by", "due_at", "calendar", "touched_at", "ended_at")


def _handoffs(
    lead: Lead, journal: Sequence[JournalEntry], publications: Sequence[Publication]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The hand-offs as they are recorded, and as the journal has them.

    Who got one hangs on who was there that day, and is no matter of the ledger. So each clock is asked what it runs by.
    """
    rows = list(Handoff.objects.filter(lead=lead).order_by("offered_at", "pk").values_list("clock", *_CLOCK))
    return [row[1:] for row in rows], _clocked(journal, publications, [row[0] for row in rows])


def _clocked(
    journal: Sequence[JournalEntry], publications: Sequence[Publication], clocks: Sequence[str]
) -> list[tuple[Any, ...]]:
    """The hand-offs of a journal, with their clocks; `clocks` are the reps' calendars by which they ran."""
    found: list[list[Any]] = []
    for entry in journal:
        if not isinstance(entry, HandoffChange):
            continue
        if entry.status == HandoffStatus.OFFERED:
            playbook = playbooks.playbook_of(playbooks.deciding(publications, entry.at).version)
            own = clocks[len(found)] if len(found) < len(clocks) else ""
            rules, zone = calendars.rules(playbook, own), playbook.timezone
            due = response_clock(rules, zone, offered_at=entry.at, conversion_at=entry.conversion_at)
            accept = acceptance_clock(rules, zone, offered_at=entry.at)
            found.append([entry.at, entry.status, accept.due_at, due.due_at, due.calendar, None, None])
        elif entry.status == "touched":
            found[-1][5] = entry.at
        else:
            found[-1][1] = entry.status
            found[-1][6] = None if entry.status in OPEN else entry.at
    return [tuple(row) for row in found]


# --- what is shown --------------------------------------------------------------------------------


def _compare_shown(leads: dict[str, Lead]) -> Iterator[Difference]:
    """What is shown of each lead, as of the instant at which it was computed."""
    instants = defaultdict(set)
    for lead in leads.values():
        if lead.computed_at is not None and lead.merged_into_id is None:
            instants[lead.computed_at].add(lead.unit_id)
    for at, of_units in instants.items():
        for evaluation in _evaluations(sorted(of_units), at):
            results = list(lead_results(evaluation, lines=False))
            for result, told in zip(results, shown_by(evaluation, results), strict=True):
                lead = leads[result.lead_id]
                if lead.computed_at == at and lead.merged_into_id is None:
                    yield from _compared(lead, "shown", [shown(lead)], [told])
