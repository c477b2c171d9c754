"""The evaluator: histories, playbook versions and an instant in; scores with reasons and stage moves out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise
from os import cpu_count
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

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
    Ints,
    Journal,
    Records,
    Rows,
    State,
    records,
)
from ripeline.core.lifecycle import Stage
from ripeline.core.ordering import in_ledger_order
from ripeline.core.timeline import event_names, lay_out, of_leads, spoken_of

if TYPE_CHECKING:
    from ripeline.core.playbook import Playbook
    from ripeline.core.tables import History

_A = TypeVar("_A")
_B = TypeVar("_B")

Progress = Callable[[int, int], None]
"""Told how much of how much has been done."""

_EVENTS_AT_A_TIME = 250_000
_LINES_PER_LEAD = 12


@dataclass(frozen=True, slots=True)
class Version:
    """A playbook, and from when on it decides: from the beginning, or from its publication (microseconds UTC)."""

    playbook: Playbook
    published_at: int | None = None
    retroactive: bool = False
    _compiled: dict[tuple[str, ...], Compiled] = field(default_factory=dict, repr=False, compare=False)

    def compiled(self, events: Sequence[str]) -> Compiled:
        """The playbook's numbers for these event names, kept for as long as the version is."""
        key = tuple(events)
        if key not in self._compiled:
            self._compiled[key] = compile_playbook(self.playbook, key)
        return self._compiled[key]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stretch of time with one version and one set of rows; it lasts until the next one begins.

    The leads of all chapters are the same, in the same order; a lead without rows and created in the far future is not
    there. From `since` on (None: from the beginning) all leads are looked at (`judges`), or each from its next row on.
    With `turned`, no version begins: those leads are looked at, and the others as they were before. `starts` gives the
    beginning by lead where it is not the same for all; leads that are evaluated together have the same.
    """

    version: Version
    history: History
    since: int | None = None
    judges: bool = False
    turned: frozenset[str] | None = None
    starts: Ints | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the evaluator found: arrays by lead, the contributions, and the journal of all looks.

    `history` holds no events any more. `compiled` is the version in force at `at`; an entry of the journal names its
    own by its place in `versions`.
    """

    at: int
    history: History
    versions: tuple[Compiled, ...]
    compiled: Compiled
    state: State
    answers: Answers
    lines: Records
    journal: Journal


class _Found(NamedTuple):
    """What was found of some leads."""

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
    chapters = chapters_of(versions, history)
    return evaluate_chapters(chapters, at, explain=explain, details=details, progress=progress)


def chapters_of(versions: Sequence[Version], history: History) -> list[Chapter]:
    """One chapter for each version, where the rows were always the same."""
    ordered = in_order(history)
    return [Chapter(v, ordered, v.published_at, v.retroactive) for v in versions]


def in_order(history: History) -> History:
    """The same history with its events in ledger order, as chapters have them."""
    return replace(history, events=in_ledger_order(history.events.get_columns(), history.leads.height))


def evaluate_chapters(
    chapters: Sequence[Chapter],
    at: int,
    *,
    explain: bool = True,
    details: bool = False,
    progress: Progress | None = None,
) -> Evaluation:
    """All leads as of `at`, of which not only the versions but the rows too may have been others at other times.

    Chapters are in order of time, their events in ledger order; what a lead has become lives on from one to the next.
    """
    used = [chapter for chapter in chapters if chapter.since is None or chapter.since <= at]
    books = [chapter.version.compiled(event_names(chapter.history)) for chapter in used]
    last = used[-1].history
    coupled = any(chapter.version.playbook.accounts for chapter in used)
    ranges = [(0, last.leads.height)] if coupled else list(_ranges(last))

    def find(span: tuple[int, int]) -> _Found:
        parts = used if len(ranges) == 1 else [_of_leads(chapter, *span) for chapter in used]
        return _numbered(_find(parts, books, at, explain=explain, details=details), span[0])

    # A thread costs more than what it would do for a few leads.
    is_small = len(ranges) == 1 and last.events.height <= _EVENTS_AT_A_TIME
    each = map(find, ranges) if is_small else _side_by_side(find, ranges)
    found = _joined(list(_told(each, len(ranges), progress)), len(books[-1].axes))
    told = replace(last, events=last.events.clear())
    return Evaluation(at, told, tuple(books), books[-1], *found)


def _ranges(history: History) -> Iterator[tuple[int, int]]:
    """Ranges of leads with about as many rows each."""
    leads, events = history.leads.height, history.events.height
    share = max(1, leads * _EVENTS_AT_A_TIME // max(1, events))
    # At least one range, though there be no lead.
    for first in range(0, max(1, leads), share):
        yield first, min(leads, first + share)


def _of_leads(chapter: Chapter, first: int, last: int) -> Chapter:
    """A chapter of some of its leads."""
    starts = None if chapter.starts is None else chapter.starts[first:last]
    return replace(chapter, history=of_leads(chapter.history, first, last), starts=starts)


def _side_by_side(run: Callable[[_A], _B], inputs: Sequence[_A]) -> Iterator[_B]:
    """`run` over the inputs on all processors, in order."""
    pool = ThreadPoolExecutor(cpu_count())
    try:
        yield from pool.map(run, inputs)
    finally:
        # Whoever interrupts is not kept waiting for what compiled code has begun.
        pool.shutdown(wait=False, cancel_futures=True)


def _told(results: Iterable[_A], count: int, progress: Progress | None) -> Iterator[_A]:
    """The results, told one by one."""
    for done, result in enumerate(results, start=1):
        if progress is not None:
            progress(done, count)
        yield result


def _find(chapters: Sequence[Chapter], books: Sequence[Compiled], at: int, *, explain: bool, details: bool) -> _Found:
    """The units one after the other: folded through each chapter in turn, then answered for."""
    leads = chapters[0].history.leads.height
    state, journals = first_state(leads), []
    begins = [*(_begin(chapter) for chapter in chapters), np.full(leads, at + 1)]
    for index, (chapter, compiled) in enumerate(zip(chapters, books, strict=True)):
        playbook = chapter.version.playbook
        rows = lay_out(spoken_of(chapter.history, playbook), compiled, couple=bool(playbook.accounts))
        if chapter.since is not None:
            _thaw(state, chapter)
        for stretch in _stretches(rows, begins[index], begins[index + 1]):
            for journal in _fold(compiled, rows, state, *stretch, judges=chapter.judges):
                journal.entries.version = index
                journals.append(journal)
    answers, lines = _answer(books[-1], rows, state, at, explain=explain, details=details)
    return _Found(state, answers, lines, _joined_journal(journals, len(books[-1].axes)))


def _begin(chapter: Chapter) -> Ints:
    """The instant at which a chapter begins, by lead."""
    if chapter.starts is not None:
        return chapter.starts
    return np.full(chapter.history.leads.height, NEVER if chapter.since is None else chapter.since)


def _stretches(rows: Rows, since: Ints, until: Ints) -> Iterator[tuple[int, int, int, int]]:
    """Ranges of units that begin and end alike: the first, the one after the last, from which instant to which."""
    lead = rows.unit_lead[rows.unit_start[:-1]]
    if lead.size:
        times = np.column_stack((since[lead], until[lead]))
        cuts = np.flatnonzero((times[1:] != times[:-1]).any(axis=1)) + 1
        for first, last in pairwise([0, *cuts.tolist(), lead.size]):
            yield first, last, *times[first].tolist()


def _thaw(state: State, chapter: Chapter) -> None:
    """Let the leads be looked at that a chapter judges, and all others not before their next row."""
    if chapter.turned is None:
        state.leads.frozen = not chapter.judges
    else:
        state.leads.frozen[chapter.history.leads["lead_id"].is_in(list(chapter.turned)).to_numpy()] = False


def first_state(leads: int) -> State:
    """The state in which every lead begins."""
    state = State(records(LEAD_STATE, leads), records(GATE_STATE, leads, 2))
    own = state.leads
    own.handoff_conversion = own.waiting_since = own.cool_until = own.override_until = NEVER
    own.ceiling = Stage.SQL
    state.gates.since = FOREVER
    return state


def _fold(
    compiled: Compiled, rows: Rows, state: State, first: int, last: int, since: int, until: int, *, judges: bool
) -> Iterator[Journal]:
    """Some units from one instant to another; the state moves on, the journal comes in pieces."""
    room, kept = 4 * (last - first) + 64, first_state(int(np.diff(rows.unit_start[first : last + 1]).max(initial=0)))
    while first < last:
        book = _empty_journal(room, len(compiled.axes))
        reached, count = kernel.fold(compiled.definition, rows, state, kept, book, first, last, since, until, judges)
        yield Journal(*(column[:count].copy() for column in book))
        room = room * 2 if reached == first else room
        first = reached


def _answer(
    compiled: Compiled, rows: Rows, state: State, at: int, *, explain: bool, details: bool
) -> tuple[Answers, Records]:
    """All leads as of `at`, and their contributions if `explain`."""
    d, leads, units = compiled.definition, rows.leads.size - 1, rows.unit_start.size - 1
    out = _empty_answers(leads, compiled, details=details)
    most = (2 * d.rules.size + d.groups.size + 2 * d.axes.size) * int(np.diff(rows.unit_start).max(initial=0))
    room = most + _LINES_PER_LEAD * leads if explain else 0
    pieces, first = [records(LINE, 0)], 0
    while first < units:
        lines = records(LINE, room)
        first, count = kernel.answer(d, rows, state, out, lines, first, units, at)
        pieces.append(lines[:count].copy())
    return out, np.concatenate(pieces).view(np.recarray)


def _numbered(found: _Found, first: int) -> _Found:
    """What was found, with the leads' numbers counted from the first lead of all."""
    found.lines.lead += first
    found.journal.entries.lead += first
    return found


def _joined(parts: list[_Found], axes: int) -> _Found:
    """What was found of all leads; the parts are used up, so that they do not stand there twice."""
    if len(parts) == 1:
        return parts[0]
    states, answers = [part.state for part in parts], [part.answers for part in parts]
    lines, journals = [part.lines for part in parts], [part.journal for part in parts]
    parts.clear()
    state, answer = State(*_columns(states)), Answers(*_columns(answers))
    return _Found(state, answer, _stacked(lines), _joined_journal(journals, axes))


def _columns(tuples: Sequence[tuple[np.ndarray, ...]]) -> Iterator[np.ndarray]:
    return (_stacked(list(column)) for column in zip(*tuples, strict=True))


def _stacked(arrays: list[np.ndarray]) -> Any:  # noqa: ANN401 - rows of numbers with named fields
    """Arrays below each other; the list is used up."""
    first, height = arrays[0], sum(len(array) for array in arrays)
    whole, place = np.empty((height, *first.shape[1:]), first.dtype).view(type(first)), 0
    while arrays:
        array = arrays.pop(0)
        whole[place : place + len(array)] = array
        place += len(array)
    return whole


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
