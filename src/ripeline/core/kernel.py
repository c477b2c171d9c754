"""The compiled fold over a timeline: looks at each unit in order of news, from the first row to the last.

`fold` takes one version of a playbook from one instant to another; the state lives on to the next version.
`answer` evaluates at the instant asked for. Both work on a range of units, without the interpreter's lock, so
that ranges run side by side; both stop before a unit for which their output has no room and say where.
"""

from __future__ import annotations

import numpy as np

from ripeline.core.evaluation import (
    STACK,
    Scratch,
    award_sums,
    band_of,
    compiled,
    consent_at,
    evaluate,
    held,
    tree_share,
)
from ripeline.core.layout import FOREVER, NEVER, TRUE, Answers, Bytes, Definition, Ints, Journal, Lines, Rows, State
from ripeline.core.lifecycle import Act
from ripeline.core.steps import Look, take_step
from ripeline.core.turns import HORIZON, next_turn

RULE, CAP_RULE, CAP_GROUP, ADJUSTED, CAP_AXIS = range(5)
"""The kinds of contribution lines."""


# --- a unit's working space ---------------------------------------------------------------------


@compiled
def series_room(d: Definition, rows: Rows, leads: Ints) -> Ints:
    """Where each series of each lead of a unit begins, with room for every event that could belong to it."""
    start = np.zeros(leads.size * d.series_count + 1, np.int64)
    for j in range(leads.size):
        for row in range(rows.event_start[leads[j]], rows.event_start[leads[j] + 1]):
            seen = -1
            for e in range(d.entry_start[rows.code[row]], d.entry_start[rows.code[row] + 1]):
                if d.entry_series[e] != seen:
                    seen = d.entry_series[e]
                    start[j * d.series_count + seen + 1] += 1
    for i in range(start.size - 1):
        start[i + 1] += start[i]
    return start


@compiled
def working_space(d: Definition, rows: Rows, unit: int) -> Scratch:
    """A unit about which nothing is known yet."""
    leads = rows.unit_lead[rows.unit_start[unit] : rows.unit_start[unit + 1]]
    n, rules, axes, leaves = leads.size, d.rule_series.size, d.axis_min.size, d.leaf_kind.size
    start = series_room(d, rows, leads)
    events, acts = np.empty(n, np.int64), np.empty(n, np.int64)
    exists, snapshot = np.empty(n, np.bool_), np.empty(n, np.int64)
    for j in range(n):
        events[j], acts[j] = rows.event_start[leads[j]], rows.act_start[leads[j]]
        exists[j], snapshot[j] = rows.created[leads[j]] == NEVER, rows.first_snapshot[leads[j]]
    return Scratch(
        leads,
        start,
        np.zeros((n, d.series_count), np.int64),
        np.empty(start[-1], np.int64),
        events,
        acts,
        acts.copy(),
        exists,
        np.zeros(n, np.bool_),
        snapshot,
        np.zeros((n, d.item_count), np.int8),
        np.full((n, d.item_count), -1, np.int64),
        np.full((n, axes), NEVER, np.int64),
        np.zeros((n, axes), np.int64),
        np.zeros((n, leaves), np.int8),
        np.zeros((n, leaves), np.int64),
        np.zeros((n, rules), np.int64),
        np.zeros((n, rules), np.int64),
        np.zeros((n, axes), np.int64),
        np.zeros((n, axes), np.int64),
        np.zeros((n, axes), np.int64),
        np.zeros((3, max(rules, d.group_axis.size)), np.int64),
        np.zeros((3, d.rollup_axis.size), np.int64),
        np.full(n, -1, np.int8),
        np.zeros(n, np.uint64),
        np.full(n, -1, np.int8),
        np.zeros(n, np.int8),
        np.empty((STACK * 2, 2), np.int64),
    )


# --- news ---------------------------------------------------------------------------------------


@compiled
def is_voided(rows: Rows, s: Scratch, j: int, row: int) -> bool:
    """Whether a known void takes an event back."""
    for i in range(rows.act_start[s.lead[j]], s.act_next[j]):
        if rows.act_kind[i] == Act.VOID and rows.act_args[i, 0] == row:
            return True
    return False


@compiled
def insert(rows: Rows, s: Scratch, first: int, length: int, row: int) -> None:
    """An event takes its place in a series, in ledger order."""
    i = first + length
    while i > first and s.series_row[i - 1] > row:
        s.series_row[i] = s.series_row[i - 1]
        i -= 1
    s.series_row[i] = row


@compiled
def learn_event(d: Definition, rows: Rows, s: Scratch, j: int, row: int) -> None:
    """An event joins the series that it belongs to: by name, conditions on properties, and consent at its instant."""
    if s.has_voids[j] and is_voided(rows, s, j, row):
        return
    done = -1
    acts = rows.act_start[s.lead[j]]
    for e in range(d.entry_start[rows.code[row]], d.entry_start[rows.code[row] + 1]):
        series, bit, purpose = d.entry_series[e], d.entry_bit[e], d.entry_purpose[e]
        if series == done or (bit >= 0 and not (np.int64(rows.bits[row]) >> bit) & 1):
            continue
        if purpose >= 0 and consent_at(rows, acts, s.act_next[j], purpose, rows.at[row]) != TRUE:
            continue
        done = series
        insert(rows, s, s.series_start[j * d.series_count + series], s.series_len[j, series], row)
        s.series_len[j, series] += 1


@compiled
def news_row(rows: Rows, i: int) -> int:
    """The event that is i-th in order of news."""
    return rows.news[i] if rows.news.size else i


@compiled
def relearn(d: Definition, rows: Rows, s: Scratch, j: int) -> None:
    """All known events anew, because what counts among them has changed."""
    s.series_len[j] = 0
    for i in range(rows.event_start[s.lead[j]], s.event_next[j]):
        learn_event(d, rows, s, j, news_row(rows, i))


@compiled
def adjust(rows: Rows, s: Scratch, j: int) -> None:
    """The adjustments in force: the last set or reset of each axis, and what was added after it."""
    s.cut[j], s.adjusted[j] = NEVER, 0
    first, last = rows.act_start[s.lead[j]], s.act_next[j]
    for axis in range(s.cut.shape[1]):
        rank = np.int64(-1)
        for i in range(first, last):
            sets = rows.act_kind[i] == Act.ADJUSTMENT and rows.act_args[i, 0] == axis and rows.act_args[i, 1] == 1
            if sets and rows.act_args[i, 3] > rank:
                rank = rows.act_args[i, 3]
                s.cut[j, axis], s.adjusted[j, axis] = rows.act_at[i], rows.act_args[i, 2]
        for i in range(first, last):
            adds = rows.act_kind[i] == Act.ADJUSTMENT and rows.act_args[i, 0] == axis and rows.act_args[i, 1] == 0
            if adds and rows.act_args[i, 3] > rank:
                s.adjusted[j, axis] += rows.act_args[i, 2]


@compiled
def learn_acts(d: Definition, rows: Rows, s: Scratch, j: int, upto: int) -> bool:
    """The acts known up to an instant, as far as they state facts; whether the events must be learnt anew."""
    lead = s.lead[j]
    s.act_first[j] = s.act_next[j]
    anew, adjusts = False, False
    while s.act_next[j] < rows.act_start[lead + 1] and rows.act_known[s.act_next[j]] <= upto:
        i = s.act_next[j]
        kind, a, rank = rows.act_kind[i], rows.act_args[i, 0], rows.act_args[i, 3]
        s.act_next[j] += 1
        s.exists[j] = True
        if kind in (Act.CREATED, Act.ATTRIBUTES):
            s.snapshot[j] = a
        elif kind == Act.BANT and rank > s.item_rank[j, a]:
            s.item_rank[j, a], s.item_status[j, a] = rank, rows.act_args[i, 1]
        elif kind == Act.ADJUSTMENT:
            adjusts = True
        elif kind == Act.VOID:
            s.has_voids[j], anew = True, True
        elif kind == Act.CONSENT:
            anew = True
    if adjusts:
        adjust(rows, s, j)
    return anew


@compiled
def learn(d: Definition, rows: Rows, s: Scratch, j: int, upto: int) -> None:
    """Everything about a lead that is known up to an instant."""
    anew = learn_acts(d, rows, s, j, upto)
    lead, first = s.lead[j], s.event_next[j]
    while s.event_next[j] < rows.event_start[lead + 1] and rows.known[news_row(rows, s.event_next[j])] <= upto:
        s.event_next[j] += 1
    if s.event_next[j] > first:
        s.exists[j] = True
    if anew:
        relearn(d, rows, s, j)
    else:
        for i in range(first, s.event_next[j]):
            learn_event(d, rows, s, j, news_row(rows, i))


@compiled
def next_news(rows: Rows, s: Scratch, j: int) -> int:
    """When the lead's next row becomes known; FOREVER if there is none."""
    lead, at = s.lead[j], FOREVER
    if s.event_next[j] < rows.event_start[lead + 1]:
        at = rows.known[news_row(rows, s.event_next[j])]
    if s.act_next[j] < rows.act_start[lead + 1]:
        at = min(at, rows.act_known[s.act_next[j]])
    return at


# --- the fold -----------------------------------------------------------------------------------


@compiled
def look_at(
    d: Definition, rows: Rows, s: Scratch, state: State, book: Journal, at: int, count: Ints, stack: Bytes
) -> None:
    """One look at all leads of a unit that exist and are awake."""
    evaluate(d, rows, s, at, stack)
    forced, entered = np.zeros(2, np.int8), np.zeros(2, np.int8)
    for j in range(s.lead.size):
        if s.exists[j] and not state.frozen[s.lead[j]]:
            take_step(d, rows, s, state, book, Look(j, s.lead[j], at, forced, entered, count), stack)


@compiled
def fold_unit(
    d: Definition, rows: Rows, state: State, book: Journal, unit: int, since: int, until: int, judge: bool, count: Ints
) -> None:
    """A unit's looks from `since` (if `judge`, one is then) until before `until`."""
    s, stack = working_space(d, rows, unit), np.empty(STACK, np.int8)
    for j in range(s.lead.size):
        learn(d, rows, s, j, since - 1 if since > NEVER else NEVER)
    looked, at = False, since
    if judge:
        for j in range(s.lead.size):
            learn(d, rows, s, j, since)
        look_at(d, rows, s, state, book, since, count, stack)
        looked = True
    while True:
        news = FOREVER
        for j in range(s.lead.size):
            news = min(news, next_news(rows, s, j))
        limit = min(news, until) - 1
        turn = next_turn(d, rows, state, s, at, limit, stack) if looked else FOREVER
        at = min(news, turn)
        if at >= until:
            return
        for j in range(s.lead.size):
            if next_news(rows, s, j) <= at:
                state.frozen[s.lead[j]] = False
            learn(d, rows, s, j, at)
        look_at(d, rows, s, state, book, at, count, stack)
        looked = True


@compiled
def copy_state(source: State, i: int, target: State, k: int) -> None:
    """One lead's state from one place to another."""
    target.stage[k], target.handoff[k] = source.stage[i], source.handoff[i]
    target.open[k], target.since[k] = source.open[i], source.since[i]
    target.handoff_conversion[k], target.touched[k] = source.handoff_conversion[i], source.touched[i]
    target.waiting[k], target.waiting_since[k] = source.waiting[i], source.waiting_since[i]
    target.cool_until[k], target.hold[k] = source.cool_until[i], source.hold[i]
    target.floor[k], target.ceiling[k] = source.floor[i], source.ceiling[i]
    target.override_until[k], target.was_ready[k] = source.override_until[i], source.was_ready[i]
    target.frozen[k] = source.frozen[i]


@compiled
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
    """Units `first` to `last`; returns the unit reached and the journal's length.

    A unit whose entries do not fit into the journal is undone: `kept` has room for the state of the largest unit.
    """
    count = np.zeros(1, np.int64)
    for unit in range(first, last):
        before, start = count[0], rows.unit_start[unit]
        size = rows.unit_start[unit + 1] - start
        for k in range(size):
            copy_state(state, rows.unit_lead[start + k], kept, k)
        fold_unit(d, rows, state, book, unit, since, until, judge, count)
        if count[0] > book.lead.size:
            for k in range(size):
                copy_state(kept, k, state, rows.unit_lead[start + k])
            return unit, before
    return last, count[0]


# --- the answer ---------------------------------------------------------------------------------


@compiled
def put(lines: Lines, n: int, lead: int, kind: int, index: int, points: int, awards: int, last_at: int) -> int:
    """One line, unless it is nothing; the new length."""
    if points == 0 and awards == 0:
        return n
    lines.lead[n], lines.kind[n], lines.index[n] = lead, kind, index
    lines.points[n], lines.awards[n], lines.last_at[n] = points, awards, last_at
    return n + 1


@compiled
def write_lines(d: Definition, rows: Rows, s: Scratch, j: int, t: int, lines: Lines, n: int) -> int:
    """A lead's contributions, each cap a line of its own; the lines' new length."""
    v, lead = s.persona[j] + 1, s.lead[j]
    groups, axes = s.capped[2], np.zeros(d.axis_min.size, np.int64)
    groups[: d.group_axis.size] = 0
    for r in range(d.rule_series.size):
        raw, awards, last_at = s.above[j, r] + s.below[j, r], 0, NEVER
        if d.rule_series[r] >= 0 and not d.rule_off[v, r]:
            _, _, awards, last_at = award_sums(d, rows, s, j, v, r, t)
        capped = 0 if d.rule_off[v, r] else held(raw, d.rule_min[v, r], d.rule_max[v, r])
        n = put(lines, n, lead, RULE, r, raw, awards, last_at)
        n = put(lines, n, lead, CAP_RULE, r, capped - raw, 0, NEVER)
        if d.rule_group[r] >= 0:
            groups[d.rule_group[r]] += capped
        else:
            axes[d.rule_axis[r]] += capped
    for g in range(d.group_axis.size):
        capped = held(groups[g], d.group_min[g], d.group_max[g])
        n = put(lines, n, lead, CAP_GROUP, g, capped - groups[g], 0, NEVER)
        axes[d.group_axis[g]] += capped
    for a in range(axes.size):
        n = put(lines, n, lead, ADJUSTED, a, s.adjusted[j, a], 0, NEVER)
        n = put(lines, n, lead, CAP_AXIS, a, s.score[j, a] - axes[a] - s.adjusted[j, a], 0, NEVER)
    return n


@compiled
def write_answer(d: Definition, rows: Rows, s: Scratch, j: int, out: Answers) -> None:
    """What is shown of a lead that has been evaluated."""
    lead, v = s.lead[j], s.persona[j] + 1
    out.scores[lead], out.shut[lead] = s.score[j], s.shut[j]
    for a in range(d.axis_min.size):
        out.band[lead, a] = band_of(d, v, a, s.score[j, a])
    out.persona[lead], out.personas[lead], out.phase[lead] = s.persona[j], s.personas[j], s.phase[j]
    out.plain[lead] = s.series_len[j, d.acting_series] == 0
    for g in range(2):
        out.progress[lead, g] = -1 if s.shut[j] else tree_share(d, s, j, d.gate_enter[v, g])
    out.account[lead] = s.rollup[0]
    out.last_at[lead] = NEVER
    for series in range(d.series_count):
        if s.series_len[j, series]:
            last = s.series_start[j * d.series_count + series] + s.series_len[j, series] - 1
            out.last_at[lead] = max(out.last_at[lead], rows.at[s.series_row[last]])
    if out.leaf_truth.shape[0]:
        out.leaf_truth[lead], out.leaf_value[lead] = s.truth[j], s.value[j]


@compiled
def answer(
    d: Definition, rows: Rows, state: State, out: Answers, lines: Lines, first: int, last: int, t: int
) -> tuple[int, int]:
    """Units `first` to `last` at t; returns the unit reached and the number of lines."""
    n, most = 0, 2 * d.rule_series.size + d.group_axis.size + 2 * d.axis_min.size
    stack = np.empty(STACK, np.int8)
    for unit in range(first, last):
        size = rows.unit_start[unit + 1] - rows.unit_start[unit]
        if lines.lead.size and n + size * most > lines.lead.size:
            return unit, n
        s = working_space(d, rows, unit)
        for j in range(size):
            learn(d, rows, s, j, t)
        evaluate(d, rows, s, t, stack)
        for j in range(size):
            write_answer(d, rows, s, j, out)
            if lines.lead.size and s.shut[j] == 0:
                n = write_lines(d, rows, s, j, t, lines, n)
        turn = next_turn(d, rows, state, s, t, t + HORIZON, stack)
        for j in range(size):
            out.next_look_at[s.lead[j]] = turn
    return last, n


__all__ = ["answer", "fold"]
