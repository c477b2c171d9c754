"""The evaluator: histories, playbook versions and an instant in; scores with reasons and stage moves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from ripeline.core import kernel
from ripeline.core.definition import Compiled, compile_playbook
from ripeline.core.layout import (
    ENTRY_ROW,
    FOREVER,
    GATE_STATE,
    LEAD_ANSWER,
    LEAD_STATE,
    LINE,
    NEVER,
    Answers,
    Journal,
    Records,
    Rows,
    State,
    records,
)
from ripeline.core.lifecycle import Stage
from ripeline.core.timeline import event_names, in_ledger_order, lay_out, spoken_of

if TYPE_CHECKING:
    from ripeline.core.playbook import Playbook
    from ripeline.core.tables import History

_T = TypeVar("_T")

Progress = Callable[[int, int], None]
"""Told how much of how much has been done."""

_EVENTS_AT_A_TIME = 200_000
_LINES_PER_LEAD = 12


@dataclass(frozen=True, slots=True)
class Version:
    """A playbook, and from when on it decides: from the beginning, or from its publication (microseconds UTC)."""

    playbook: Playbook
    published_at: int | None = None
    retroactive: bool = False


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the evaluator found: arrays by lead, the contributions, and the journal of all looks.

    `compiled` is the version in force at `at`; an entry of the journal names its own by its place in `versions`.
    """

    at: int
    history: History
    versions: tuple[Compiled, ...]
    compiled: Compiled
    rows: Rows
    state: State
    answers: Answers
    lines: Records
    journal: Journal


def evaluate(
    versions: Sequence[Version],
    history: History,
    at: int,
    *,
    explain: bool = True,
    details: bool = False,
    progress: Progress | None = None,
) -> Evaluation:
    """All leads of a history as of `at` (microseconds UTC), by the versions in force at each instant.

    `versions` are in order of publication, the first without one. With `explain`, every contribution is given; with
    `details`, the value of every test too.
    """
    ordered = in_ledger_order(history)
    names, leads = event_names(ordered), ordered.leads.height
    state, parts = first_state(leads), []
    used = [v for v in versions if v.published_at is None or v.published_at <= at]
    books = tuple(compile_playbook(version.playbook, names) for version in used)
    ends = [*(v.published_at for v in used[1:]), at + 1]
    for index, (version, compiled, until) in enumerate(zip(used, books, ends, strict=True)):
        own = spoken_of(ordered, version.playbook)
        rows = lay_out(own, compiled, couple=bool(version.playbook.accounts))
        since, judges = int(NEVER), False
        if version.published_at is not None:
            since, judges = version.published_at, version.retroactive
            state.leads.frozen = not judges
        pieces = fold(compiled, rows, state, since, until or 0, judges=judges, progress=progress)
        for piece in pieces:
            piece.entries.version = index
        parts += pieces
    answers, lines = answer(compiled, rows, state, at, explain=explain, details=details)
    journal = _joined_journal(parts, len(compiled.axes))
    return Evaluation(at, own, books, compiled, rows, state, answers, lines, journal)


def first_state(leads: int) -> State:
    """The state in which every lead begins."""
    state = State(records(LEAD_STATE, leads), records(GATE_STATE, leads, 2))
    own = state.leads
    own.handoff_conversion = own.waiting_since = own.cool_until = own.override_until = NEVER
    own.ceiling = Stage.SQL
    state.gates.since = FOREVER
    return state


def fold(
    compiled: Compiled, rows: Rows, state: State, since: int, until: int, *, judges: bool, progress: Progress | None
) -> list[Journal]:
    """All units from one instant to another; the state moves on, the journal is returned in pieces."""
    axes, largest = len(compiled.axes), int(np.diff(rows.unit_start).max(initial=0))

    def run(first: int, last: int) -> list[Journal]:
        pieces, room, kept = [], 4 * (last - first) + 64, first_state(largest)
        while first < last:
            book = _empty_journal(room, axes)
            reached, count = kernel.fold(
                compiled.definition, rows, state, kept, book, first, last, since, until, judges
            )
            pieces.append(Journal(*(column[:count] for column in book)))
            room = room * 2 if reached == first else room
            first = reached
        return pieces

    return [piece for pieces in _side_by_side(rows, run, progress) for piece in pieces]


def answer(
    compiled: Compiled, rows: Rows, state: State, at: int, *, explain: bool, details: bool
) -> tuple[Answers, Records]:
    """All leads as of `at`, and their contributions if `explain`."""
    d, leads = compiled.definition, rows.leads.size - 1
    out = _empty_answers(leads, compiled, details=details)
    most = (2 * d.rules.size + d.groups.size + 2 * d.axes.size) * int(np.diff(rows.unit_start).max(initial=0))

    def run(first: int, last: int) -> list[Records]:
        pieces = []
        room = most + _LINES_PER_LEAD * (last - first) if explain else 0
        while first < last:
            lines = records(LINE, room)
            first, count = kernel.answer(d, rows, state, out, lines, first, last, at)
            pieces.append(lines[:count].copy())
        return pieces

    pieces = [piece for part in _side_by_side(rows, run, None) for piece in part]
    return out, np.concatenate([records(LINE, 0), *pieces]).view(np.recarray)


def _side_by_side(rows: Rows, run: Callable[[int, int], _T], progress: Progress | None) -> Iterator[_T]:
    """`run` over ranges of units of similar size, in order, on all processors."""
    ranges = list(_ranges(rows))
    if len(ranges) == 1:
        yield run(*ranges[0])
        return
    with ThreadPoolExecutor(cpu_count()) as pool:
        for (_, last), result in zip(ranges, pool.map(lambda r: run(*r), ranges), strict=True):
            if progress is not None:
                progress(last, rows.unit_start.size - 1)
            yield result


def _ranges(rows: Rows) -> Iterator[tuple[int, int]]:
    units = rows.unit_start.size - 1
    if rows.at.size <= _EVENTS_AT_A_TIME:
        yield 0, units
        return
    share = max(1, units * _EVENTS_AT_A_TIME // rows.at.size)
    for first in range(0, units, share):
        yield first, min(units, first + share)


def _empty_journal(room: int, axes: int) -> Journal:
    return Journal(records(ENTRY_ROW, room), np.zeros((room, axes), np.int64), np.zeros((room, 2), np.int64))


def _joined_journal(parts: list[Journal], axes: int) -> Journal:
    widest = max((part.scores.shape[1] for part in parts), default=axes)
    same = [part._replace(scores=_widened(part.scores, widest)) for part in parts]
    entries, scores, progress = zip(*(same or [_empty_journal(0, axes)]), strict=True)
    return Journal(np.concatenate(entries).view(np.recarray), np.concatenate(scores), np.concatenate(progress))


def _widened(scores: np.ndarray, axes: int) -> np.ndarray:
    return np.pad(scores, ((0, 0), (0, axes - scores.shape[1])))


def _empty_answers(leads: int, compiled: Compiled, *, details: bool) -> Answers:
    tests = (leads if details else 0, compiled.definition.leaves.size)
    return Answers(
        leads=records(LEAD_ANSWER, leads),
        scores=np.zeros((leads, len(compiled.axes)), np.int64),
        band=np.zeros((leads, len(compiled.axes)), np.int8),
        progress=np.zeros((leads, 2), np.int64),
        account=np.zeros((leads, compiled.definition.rollups.size), np.int64),
        leaf_truth=np.zeros(tests, np.int8),
        leaf_value=np.zeros(tests, np.int64),
    )
