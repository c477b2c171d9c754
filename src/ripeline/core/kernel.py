"""The compiled fold over a timeline: looks at each unit in order of news, from the first row to the last.

`fold` takes one version of a playbook from one instant to another; the state lives on to the next version.
`answer` evaluates at the instant asked for. Both work on a range of units, without the interpreter's lock, so
that ranges run side by side; both stop before a unit for which their output has no room and say where.
"""

from __future__ import annotations

import numpy as np

from ripeline.core.codes import Act
from ripeline.core.evaluation import (
    FIXED,
    ITEM,
    KNOWN,
    STACK,
    SUMS,
    Scratch,
    award_sums,
    band_of,
    compiled,
    consent_at,
    entry,
    evaluate,
    held,
    tree_share,
)
from ripeline.core.layout import FOREVER, NEVER, TRUE, Answers, Bytes, Definition, Ints, Journal, Records, Rows, State
from ripeline.core.sharing import by_reference
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
        for row in range(rows.leads[leads[j]].events, rows.leads[leads[j] + 1].events):
            seen = -1
            for e in range(d.entry_start[rows.code[row]], d.entry_start[rows.code[row] + 1]):
                if d.entries[e].series != seen:
                    seen = d.entries[e].series
                    start[j * d.series_count + seen + 1] += 1
    for i in range(start.size - 1):
        start[i + 1] += start[i]
    return start


@compiled
def working_space(d: Definition, rows: Rows, unit: int) -> Scratch:
    """A unit about which nothing is known yet."""
    leads = rows.unit_lead[rows.unit_start[unit] : rows.unit_start[unit + 1]]
    n, rules, axes, leaves = leads.size, d.rules.size, d.axes.size, d.leaves.size
    start = series_room(d, rows, leads)
    known = np.zeros(n, KNOWN)
    for j in range(n):
        own = rows.leads[leads[j]]
        known[j].lead, known[j].persona, known[j].phase = leads[j], -1, -1
        known[j].event_next, known[j].act_next, known[j].act_first = own.events, own.acts, own.acts
        known[j].exists, known[j].snapshot = own.created == NEVER, own.first_snapshot
    fixed, items = np.zeros((n, axes), FIXED), np.zeros((n, d.item_count), ITEM)
    for j in range(n):
        for a in range(axes):
            fixed[j, a].cut = NEVER
        for i in range(d.item_count):
            items[j, i].rank = -1
    return by_reference(
        Scratch(
            known,
            start,
            np.zeros((n, d.series_count), np.int64),
            np.empty(start[-1], np.int64),
            items,
            fixed,
            np.zeros((n, leaves), np.int8),
            np.zeros((n, leaves), np.int64),
            np.zeros((n, rules), SUMS),
            np.zeros((n, axes), np.int64),
            np.zeros((n, axes), np.int64),
            np.zeros((n, axes), np.int64),
            np.zeros((3, max(rules, d.groups.size)), np.int64),
            np.zeros((3, d.rollups.size), np.int64),
            np.empty((STACK * 2, 2), np.int64),
        )
    )


# --- news ---------------------------------------------------------------------------------------


@compiled
def is_voided(rows: Rows, s: Scratch, j: int, row: int) -> bool:
    """Whether a known void takes an event back."""
    for i in range(rows.leads[s.leads[j].lead].acts, s.leads[j].act_next):
        if rows.acts[i].kind == Act.VOID and rows.acts[i].a == row:
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
    if s.leads[j].has_voids and is_voided(rows, s, j, row):
        return
    done = -1
    acts = rows.leads[s.leads[j].lead].acts
    for e in range(d.entry_start[rows.code[row]], d.entry_start[rows.code[row] + 1]):
        series, bit, purpose = d.entries[e].series, d.entries[e].bit, d.entries[e].purpose
        if series == done or (bit >= 0 and not (np.int64(rows.bits[row]) >> bit) & 1):
            continue
        if purpose >= 0 and consent_at(rows, acts, s.leads[j].act_next, purpose, rows.at[row]) != TRUE:
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
    for series in range(d.series_count):
        s.series_len[j, series] = 0
    for i in range(rows.leads[s.leads[j].lead].events, s.leads[j].event_next):
        learn_event(d, rows, s, j, news_row(rows, i))


@compiled
def adjust(rows: Rows, s: Scratch, j: int) -> None:
    """The adjustments in force: the last set or reset of each axis, and what was added after it."""
    for a in range(s.fixed.shape[1]):
        s.fixed[j, a].cut, s.fixed[j, a].adjusted = NEVER, 0
    first, last = rows.leads[s.leads[j].lead].acts, s.leads[j].act_next
    for axis in range(s.fixed.shape[1]):
        rank = np.int64(-1)
        for i in range(first, last):
            sets = rows.acts[i].kind == Act.ADJUSTMENT and rows.acts[i].a == axis and rows.acts[i].b == 1
            if sets and rows.acts[i].rank > rank:
                rank = rows.acts[i].rank
                s.fixed[j, axis].cut, s.fixed[j, axis].adjusted = rows.acts[i].at, rows.acts[i].c
        for i in range(first, last):
            adds = rows.acts[i].kind == Act.ADJUSTMENT and rows.acts[i].a == axis and rows.acts[i].b == 0
            if adds and rows.acts[i].rank > rank:
                s.fixed[j, axis].adjusted += rows.acts[i].c


@compiled
def learn_acts(d: Definition, rows: Rows, s: Scratch, j: int, upto: int) -> bool:
    """The acts known up to an instant, as far as they state facts; whether the events must be learnt anew."""
    lead = s.leads[j].lead
    s.leads[j].act_first = s.leads[j].act_next
    anew, adjusts = False, False
    while s.leads[j].act_next < rows.leads[lead + 1].acts and rows.acts[s.leads[j].act_next].known <= upto:
        i = s.leads[j].act_next
        kind, a, rank = rows.acts[i].kind, rows.acts[i].a, rows.acts[i].rank
        s.leads[j].act_next += 1
        s.leads[j].exists = True
        if kind in (Act.CREATED, Act.ATTRIBUTES):
            s.leads[j].snapshot = a
        elif kind == Act.BANT and rank > s.items[j, a].rank:
            s.items[j, a].rank, s.items[j, a].status = rank, rows.acts[i].b
        elif kind == Act.ADJUSTMENT:
            adjusts = True
        elif kind == Act.VOID:
            s.leads[j].has_voids, anew = True, True
        elif kind == Act.CONSENT:
            anew = True
    if adjusts:
        adjust(rows, s, j)
    return anew


@compiled
def learn(d: Definition, rows: Rows, s: Scratch, j: int, upto: int) -> None:
    """Everything about a lead that is known up to an instant."""
    anew = learn_acts(d, rows, s, j, upto)
    lead, first = s.leads[j].lead, s.leads[j].event_next
    while (
        s.leads[j].event_next < rows.leads[lead + 1].events
        and rows.known[news_row(rows, s.leads[j].event_next)] <= upto
    ):
        s.leads[j].event_next += 1
    if s.leads[j].event_next > first:
        s.leads[j].exists = True
    if anew:
        relearn(d, rows, s, j)
    else:
        for i in range(first, s.leads[j].event_next):
            learn_event(d, rows, s, j, news_row(rows, i))


@compiled
def next_news(rows: Rows, s: Scratch, j: int) -> int:
    """When the lead's next row becomes known; FOREVER if there is none."""
    lead, at = s.leads[j].lead, FOREVER
    if s.leads[j].event_next < rows.leads[lead + 1].events:
        at = rows.known[news_row(rows, s.leads[j].event_next)]
    if s.leads[j].act_next < rows.leads[lead + 1].acts:
        at = min(at, rows.acts[s.leads[j].act_next].known)
    return at


# --- the fold -----------------------------------------------------------------------------------


@compiled
def look_at(
    d: Definition, rows: Rows, s: Scratch, state: State, book: Journal, at: int, count: Ints, stack: Bytes
) -> None:
    """One look at all leads of a unit that exist and are awake."""
    evaluate(d, rows, s, at, stack)
    forced, entered = np.zeros(2, np.int8), np.zeros(2, np.int8)
    for j in range(s.leads.size):
        if s.leads[j].exists and not state.leads[s.leads[j].lead].frozen:
            look = by_reference(Look(j, s.leads[j].lead, at, forced, entered, count))
            take_step(d, rows, s, state, book, look, stack)


@compiled
def fold_unit(
    d: Definition, rows: Rows, state: State, book: Journal, unit: int, since: int, until: int, judge: bool, count: Ints
) -> None:
    """A unit's looks from `since` (if `judge`, one is then) until before `until`."""
    s, stack = working_space(d, rows, unit), np.empty(STACK, np.int8)
    for j in range(s.leads.size):
        learn(d, rows, s, j, since - 1 if since > NEVER else NEVER)
    looked, at = False, since
    if judge:
        for j in range(s.leads.size):
            learn(d, rows, s, j, since)
        look_at(d, rows, s, state, book, since, count, stack)
        looked = True
    while True:
        news = FOREVER
        for j in range(s.leads.size):
            news = min(news, next_news(rows, s, j))
        limit = min(news, until) - 1
        turn = next_turn(d, rows, state, s, at, limit, stack) if looked else FOREVER
        at = min(news, turn)
        if at >= until:
            return
        for j in range(s.leads.size):
            if next_news(rows, s, j) <= at:
                state.leads[s.leads[j].lead].frozen = False
            learn(d, rows, s, j, at)
        look_at(d, rows, s, state, book, at, count, stack)
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
        fold_unit(d, rows, state, book, unit, since, until, judge, count)
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
        raw, awards, last_at = s.sums[j, r].above + s.sums[j, r].below, 0, NEVER
        if d.rules[r].series >= 0 and not d.priced[v, r].off:
            _, _, awards, last_at = award_sums(d, rows, s, j, v, r, t)
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
def answer_units(
    d: Definition, rows: Rows, state: State, out: Answers, lines: Records, first: int, last: int, t: int
) -> tuple[int, int]:
    """Units `first` to `last` at t; returns the unit reached and the number of lines."""
    n, most = 0, 2 * d.rules.size + d.groups.size + 2 * d.axes.size
    stack = np.empty(STACK, np.int8)
    for unit in range(first, last):
        size = rows.unit_start[unit + 1] - rows.unit_start[unit]
        if lines.size and n + size * most > lines.size:
            return unit, n
        s = working_space(d, rows, unit)
        for j in range(size):
            learn(d, rows, s, j, t)
        evaluate(d, rows, s, t, stack)
        for j in range(size):
            write_answer(d, rows, s, j, out)
            if lines.size and s.leads[j].shut == 0:
                n = write_lines(d, rows, s, j, t, lines, n)
        turn = next_turn(d, rows, state, s, t, t + HORIZON, stack)
        for j in range(size):
            out.leads[s.leads[j].lead].next_look_at = turn
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
