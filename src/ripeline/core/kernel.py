"""The compiled fold over a timeline: looks at each unit in order of news, from the first row to the last.

`fold` takes one version of a playbook from one instant to another; the state lives on to the next version.
`answer` evaluates at the instant asked for. Both work on a range of units, without the interpreter's lock, so
that ranges run side by side; both stop before a unit for which their output has no room and say where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ripeline.core.calm import rest, rests_upto, stays_calm, stir
from ripeline.core.compiling import compiled, entry
from ripeline.core.evaluation import evaluate, evaluate_scores, judge, tree_share
from ripeline.core.layout import FOREVER, NEVER, Answers, Definition, Ints, Journal, Records, Rows, State
from ripeline.core.news import learn, next_news, working_space
from ripeline.core.points import award_sums, band_of, held
from ripeline.core.running import run_rules
from ripeline.core.sharing import by_reference
from ripeline.core.steps import Look, take_step
from ripeline.core.turns import HORIZON, next_turn

if TYPE_CHECKING:
    from ripeline.core.space import Scratch

RULE, CAP_RULE, CAP_GROUP, ADJUSTED, CAP_AXIS = range(5)
"""The kinds of contribution lines."""


# --- the fold -----------------------------------------------------------------------------------


@compiled
def look_at(d: Definition, rows: Rows, s: Scratch, state: State, book: Journal, at: int, count: Ints) -> None:
    """One look at all leads of a unit that exist and are awake."""
    judge(d, rows, s, at)
    forced, entered = np.zeros(2, np.int8), np.zeros(2, np.int8)
    moved = False
    for j in range(s.leads.size):
        lead = s.leads[j].lead
        if s.leads[j].exists and not state.leads[lead].frozen:
            before, stood = count[0], standing(state, lead)
            look = by_reference(Look(j, lead, at, forced, entered, count))
            take_step(d, rows, s, state, book, look)
            if count[0] > before:
                evaluate_scores(d, rows, s, at)
                for n in range(before, min(count[0], book.entries.size)):
                    stand(d, s, j, book, n)
            moved = moved or count[0] > before or standing(state, lead) != stood
    if moved:
        stir(s)
    else:
        rest(d, rows, s, state, at)


@compiled
def standing(state: State, lead: int) -> tuple[bool, bool, int, int, bool, bool]:
    """What a look may change without an entry in the journal."""
    gates, own = state.gates[lead], state.leads[lead]
    return gates[0].open, gates[1].open, gates[0].since, gates[1].since, own.was_ready, own.was_worked


@compiled
def stand(d: Definition, s: Scratch, j: int, book: Journal, n: int) -> None:
    """How the lead stood at the look of an entry."""
    own, row = s.leads[j], book.entries[n]
    row.persona, row.phase, row.shut = own.persona, own.phase, own.shut
    for a in range(d.axes.size):
        book.scores[n, a] = s.score[j, a]
    for g in range(2):
        book.progress[n, g] = -1 if own.shut else tree_share(d, s, j, d.gates[own.persona + 1, g].enter)


@compiled
def fold_unit(
    d: Definition,
    rows: Rows,
    state: State,
    book: Journal,
    space: Scratch,
    since: int,
    until: int,
    judges: bool,
    count: Ints,
) -> None:
    """A unit's looks from `since` (if `judges`, one is then) until before `until`."""
    s = by_reference(space)
    for j in range(s.leads.size):
        learn(d, rows, s, j, since - 1 if since > NEVER else NEVER)
    looked, at = False, since
    if judges:
        for j in range(s.leads.size):
            if next_news(rows, s, j) <= since:
                state.leads[s.leads[j].lead].frozen = False
            learn(d, rows, s, j, since)
        look_at(d, rows, s, state, book, since, count)
        looked = True
    while True:
        news = FOREVER
        for j in range(s.leads.size):
            news = min(news, next_news(rows, s, j))
        calm = rests_upto(d, rows, s, at, min(news, until - 1))
        turn = FOREVER
        if looked and not calm:
            turn = next_turn(d, rows, state, s, at, min(news, until) - 1, False)
        at = min(news, turn)
        if at >= until:
            return
        for j in range(s.leads.size):
            if next_news(rows, s, j) <= at:
                state.leads[s.leads[j].lead].frozen = False
            learn(d, rows, s, j, at)
        if not (calm and stays_calm(d, rows, s, at)):
            look_at(d, rows, s, state, book, at, count)
            looked = True


@compiled
def fold_units(
    d: Definition,
    rows: Rows,
    state: State,
    kept: State,
    book: Journal,
    first: int,
    last: int,
    since: int,
    until: int,
    judge: bool,
) -> tuple[int, int]:
    """Units `first` to `last`; returns the unit reached and the journal's length.

    A unit whose entries do not fit into the journal is undone: `kept` has room for the state of the largest unit.
    """
    count = np.zeros(1, np.int64)
    for unit in range(first, last):
        before, start = count[0], rows.unit_start[unit]
        size = rows.unit_start[unit + 1] - start
        for k in range(size):
            lead = rows.unit_lead[start + k]
            kept.leads[k], kept.gates[k] = state.leads[lead], state.gates[lead]
        fold_unit(d, rows, state, book, working_space(d, rows, unit), since, until, judge, count)
        if count[0] > book.entries.size:
            for k in range(size):
                lead = rows.unit_lead[start + k]
                state.leads[lead], state.gates[lead] = kept.leads[k], kept.gates[k]
            return unit, before
    return last, count[0]


# --- the answer ---------------------------------------------------------------------------------


@compiled
def put(lines: Records, n: int, lead: int, kind: int, index: int, points: int, awards: int, last_at: int) -> int:
    """One line, unless it is nothing; the new length."""
    if points == 0 and awards == 0:
        return n
    lines[n].lead, lines[n].kind, lines[n].index = lead, kind, index
    lines[n].points, lines[n].awards, lines[n].last_at = points, awards, last_at
    return n + 1


@compiled
def write_lines(d: Definition, rows: Rows, s: Scratch, j: int, t: int, lines: Records, n: int) -> int:
    """A lead's contributions, each cap a line of its own; the lines' new length."""
    v, lead = s.leads[j].persona + 1, s.leads[j].lead
    groups, axes = np.zeros(d.groups.size, np.int64), np.zeros(d.axes.size, np.int64)
    for r in range(d.rules.size):
        raw, awards, last_at = s.sums[0, j, r].above + s.sums[0, j, r].below, 0, NEVER
        if d.rules[r].series >= 0 and not d.priced[v, r].off:
            _, _, awards, last_at = award_sums(d, rows, s, j, v, r, t, True)
        capped = 0 if d.priced[v, r].off else held(raw, d.priced[v, r].least, d.priced[v, r].most)
        n = put(lines, n, lead, RULE, r, raw, awards, last_at)
        n = put(lines, n, lead, CAP_RULE, r, capped - raw, 0, NEVER)
        if d.rules[r].group >= 0:
            groups[d.rules[r].group] += capped
        else:
            axes[d.rules[r].axis] += capped
    for g in range(d.groups.size):
        capped = held(groups[g], d.groups[g].least, d.groups[g].most)
        n = put(lines, n, lead, CAP_GROUP, g, capped - groups[g], 0, NEVER)
        axes[d.groups[g].axis] += capped
    for a in range(axes.size):
        n = put(lines, n, lead, ADJUSTED, a, s.fixed[j, a].adjusted, 0, NEVER)
        n = put(lines, n, lead, CAP_AXIS, a, s.score[j, a] - axes[a] - s.fixed[j, a].adjusted, 0, NEVER)
    return n


@compiled
def write_answer(d: Definition, rows: Rows, s: Scratch, j: int, out: Answers) -> None:
    """What is shown of a lead that has been evaluated."""
    lead, v, shown = s.leads[j].lead, s.leads[j].persona + 1, out.leads[s.leads[j].lead]
    for a in range(d.axes.size):
        out.scores[lead, a] = s.score[j, a]
        out.band[lead, a] = band_of(d, v, a, s.score[j, a])
    shown.known, shown.shut, shown.persona = s.leads[j].exists, s.leads[j].shut, s.leads[j].persona
    shown.personas, shown.phase = s.leads[j].personas, s.leads[j].phase
    shown.plain = s.series_len[j, d.acting_series] == 0
    for g in range(2):
        out.progress[lead, g] = -1 if shown.shut else tree_share(d, s, j, d.gates[v, g].enter)
    for q in range(d.rollups.size):
        out.account[lead, q] = s.rollup[0, q]
    shown.last_at = NEVER
    for series in range(d.series_count):
        if s.series_len[j, series]:
            last = s.series_start[j * d.series_count + series] + s.series_len[j, series] - 1
            shown.last_at = max(shown.last_at, rows.at[s.series_row[last]])
    if out.leaf_truth.shape[0]:
        for leaf in range(d.leaves.size):
            out.leaf_truth[lead, leaf], out.leaf_value[lead, leaf] = s.truth[j, leaf], s.value[j, leaf]


@compiled
def answer_unit(
    d: Definition, rows: Rows, state: State, out: Answers, lines: Records, space: Scratch, n: int, t: int
) -> int:
    """One unit at t; the lines' new length."""
    s = by_reference(space)
    for j in range(s.leads.size):
        learn(d, rows, s, j, t)
    evaluate(d, rows, s, t)
    for j in range(s.leads.size):
        write_answer(d, rows, s, j, out)
        if lines.size and s.leads[j].shut == 0:
            n = write_lines(d, rows, s, j, t, lines, n)
    for j in range(s.leads.size):
        run_rules(d, rows, s, j, t)
    turn = next_turn(d, rows, state, s, t, t + HORIZON, True)
    for j in range(s.leads.size):
        out.leads[s.leads[j].lead].next_look_at = turn
    return n


@compiled
def answer_units(
    d: Definition, rows: Rows, state: State, out: Answers, lines: Records, first: int, last: int, t: int
) -> tuple[int, int]:
    """Units `first` to `last` at t; returns the unit reached and the number of lines."""
    n, most = 0, 2 * d.rules.size + d.groups.size + 2 * d.axes.size
    for unit in range(first, last):
        size = rows.unit_start[unit + 1] - rows.unit_start[unit]
        if lines.size and n + size * most > lines.size:
            return unit, n
        n = answer_unit(d, rows, state, out, lines, working_space(d, rows, unit), n, t)
    return last, n


@entry
def fold(
    d: Definition,
    rows: Rows,
    state: State,
    kept: State,
    book: Journal,
    first: int,
    last: int,
    since: int,
    until: int,
    judge: bool,
) -> tuple[int, int]:
    """`fold_units`, for callers with tuples."""
    d2, rows2, state2 = by_reference(d), by_reference(rows), by_reference(state)
    return fold_units(d2, rows2, state2, by_reference(kept), by_reference(book), first, last, since, until, judge)


@entry
def answer(
    d: Definition, rows: Rows, state: State, out: Answers, lines: Records, first: int, last: int, t: int
) -> tuple[int, int]:
    """`answer_units`, for callers with tuples."""
    return answer_units(
        by_reference(d), by_reference(rows), by_reference(state), by_reference(out), lines, first, last, t
    )


__all__ = ["answer", "fold"]
