"""What is true of a lead at an instant before any points: consent, and tests of what it is and did.

Compiled (``docs/meaning.md`` sections 3 to 5). j is a lead's place in its unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ripeline.core.codes import Act, Leaf, Op
from ripeline.core.compiling import compiled
from ripeline.core.instants import DAY
from ripeline.core.layout import FALSE, FOREVER, NEVER, TRUE, UNKNOWN, Bytes, Definition, Rows

if TYPE_CHECKING:
    from ripeline.core.layout import Ints
    from ripeline.core.space import Scratch

WEEK = 7 * DAY
SURGE_WEEKS = 8
SURGE_ACTIVE = 3
SILENT_WEEKS = 6
SILENT_ACTIVE = 4
ITEM_MET = 1
THOUSANDTHS = 1000
MINUTE = 60_000_000


# --- consent ------------------------------------------------------------------------------------


@compiled
def consent_at(rows: Rows, first: int, last: int, purpose: int, instant: int) -> int:
    """FALSE or TRUE as the last word on a purpose up to an instant says, UNKNOWN if there is none."""
    latest, granted = NEVER, UNKNOWN
    for i in range(first, last):
        if rows.acts[i].kind != Act.CONSENT or rows.acts[i].a != purpose or rows.acts[i].at > instant:
            continue
        given = TRUE if rows.acts[i].b == 1 else FALSE
        if rows.acts[i].at > latest or granted == UNKNOWN:
            latest, granted = rows.acts[i].at, given
        elif rows.acts[i].at == latest and given == FALSE:
            granted = FALSE
    return granted


@compiled
def may_score(d: Definition, rows: Rows, s: Scratch, j: int, t: int) -> bool:
    """Whether the lead may be scored at t."""
    if d.scoring_purpose < 0:
        return True
    granted = consent_at(rows, rows.leads[s.leads[j].lead].acts, s.leads[j].act_next, d.scoring_purpose, t)
    return granted == TRUE if d.scoring_needs_grant else granted != FALSE


# --- tests --------------------------------------------------------------------------------------


@compiled
def tree_truth(d: Definition, s: Scratch, truth: Bytes, tree: int) -> int:
    """The value of a tree over the leaves' values; TRUE for no tree."""
    steps, stack = d.steps, s.stack
    if tree < 0:
        return TRUE
    top = 0
    for i in range(d.tree_start[tree], d.tree_start[tree + 1]):
        op, arg = steps[i].op, steps[i].arg
        if op == Op.LEAF:
            stack[top] = truth[arg]
            top += 1
        elif op == Op.NOT:
            if stack[top - 1] != UNKNOWN:
                stack[top - 1] = TRUE - stack[top - 1]
        else:
            decides = FALSE if op == Op.ALL else TRUE
            value = TRUE - decides
            for k in range(top - arg, top):
                if stack[k] == decides:
                    value = decides
                elif stack[k] == UNKNOWN and value != decides:
                    value = UNKNOWN
            top -= arg - 1
            stack[top - 1] = value
    return stack[0]


@compiled
def series_bounds(d: Definition, s: Scratch, j: int, series: int) -> tuple[int, int]:
    """The places of a series' events in `series_row`."""
    first = s.series_start[j * d.series_count + series]
    return first, first + s.series_len[j, series]


@compiled
def count_since(rows: Rows, s: Scratch, first: int, last: int, instant: int) -> int:
    """How many of the events from `first` to `last` lie after an instant."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if rows.at[s.series_row[middle]] > instant:
            high = middle
        else:
            low = middle + 1
    return last - low


@compiled
def count_within(rows: Rows, s: Scratch, first: int, last: int, t: int, span: int) -> int:
    """How many of the events have an age below `span` at t."""
    return last - first if span == FOREVER else count_since(rows, s, first, last, t - span)


@compiled
def is_regular(rows: Rows, s: Scratch, first: int, last: int) -> bool:
    """Whether at least four of the six weeks that end with the last event hold one."""
    latest = rows.at[s.series_row[last - 1]]
    active, week = 0, -1
    for i in range(last - 1, first - 1, -1):
        back = (latest - rows.at[s.series_row[i]]) // WEEK
        if back >= SILENT_WEEKS:
            break
        if back != week:
            active, week = active + 1, back
    return active >= SILENT_ACTIVE


@compiled
def is_surging(rows: Rows, s: Scratch, first: int, last: int, t: int, times: int, span: int) -> bool:
    """Whether the last `span` holds `times` thousandths of the mean of the eight weeks before."""
    return do_surge(weeks_of(rows, s, first, last, t, span), last, times, span)


@compiled
def weeks_of(rows: Rows, s: Scratch, first: int, last: int, t: int, span: int) -> Ints:
    """The first event in the last `span` at t, and then in that with each of the eight weeks before."""
    begins = np.empty(SURGE_WEEKS + 1, np.int64)
    for week in range(SURGE_WEEKS + 1):
        begins[week] = last - count_since(rows, s, first, last, t - span - week * WEEK)
    return begins


@compiled
def do_surge(begins: Ints, last: int, times: int, span: int) -> bool:
    """The same from where the weeks begin."""
    recent, before, active = last - begins[0], begins[0] - begins[SURGE_WEEKS], 0
    for week in range(SURGE_WEEKS):
        active += 1 if begins[week] > begins[week + 1] else 0
    enough = recent * (SURGE_WEEKS * WEEK // MINUTE) * THOUSANDTHS >= times * before * (span // MINUTE)
    return active >= SURGE_ACTIVE and recent >= 1 and enough


@compiled
def has_returned(d: Definition, rows: Rows, s: Scratch, j: int, key_pages: int) -> bool:
    """Whether the lead came back for a visit; with `key_pages`, whether it saw one since."""
    first, last = series_bounds(d, s, j, d.visit_series)
    for i in range(first + 1, last):
        at = rows.at[s.series_row[i]]
        if at - rows.at[s.series_row[i - 1]] >= d.visit_gap:
            if not key_pages:
                return True
            if d.key_series < 0:
                return False
            low, high = series_bounds(d, s, j, d.key_series)
            return count_since(rows, s, low, high, at - 1) > 0
    return False


@compiled
def met_items(d: Definition, s: Scratch, j: int, required: int) -> tuple[int, int, int]:
    """How many items are met, how many of the required ones, and how many are required."""
    met, met_required, count = 0, 0, 0
    for item in range(d.item_count):
        held = 1 if s.items[j, item].status == ITEM_MET else 0
        asked = (required >> item) & 1
        met += held
        met_required += held * asked
        count += asked
    return met, met_required, count


@compiled
def test_facts(d: Definition, rows: Rows, s: Scratch, j: int, t: int) -> None:
    """The truths of all tests that need no score."""
    leaves, truths, values = d.leaves, s.truth, s.value
    for leaf in range(leaves.size):
        kind = leaves[leaf].kind
        a, b, c, span = leaves[leaf].a, leaves[leaf].b, leaves[leaf].c, leaves[leaf].span
        value, truth = 0, FALSE
        if kind == Leaf.ATTRIBUTE:
            truth = rows.snapshot_truth[s.leads[j].snapshot, a]
        elif kind == Leaf.DID:
            first, last = series_bounds(d, s, j, a)
            value = count_within(rows, s, first, last, t, span)
            truth = TRUE if value >= b and (c < 0 or value <= c) else FALSE
        elif kind == Leaf.SILENT:
            first, last = series_bounds(d, s, j, a)
            if last > first:
                value = t - rows.at[s.series_row[last - 1]]
                truth = TRUE if value >= b and is_regular(rows, s, first, last) else FALSE
        elif kind == Leaf.SURGE:
            first, last = series_bounds(d, s, j, a)
            truth = TRUE if last > first and is_surging(rows, s, first, last, t, b, c) else FALSE
        elif kind == Leaf.RETURNING:
            truth = TRUE if d.visit_series >= 0 and has_returned(d, rows, s, j, a) else FALSE
        elif kind == Leaf.COMPLETENESS:
            value = rows.snapshot_known[s.leads[j].snapshot]
            truth = TRUE if value * 100 >= a * d.attribute_total else FALSE
        elif kind == Leaf.BANT:
            value, met_required, count = met_items(d, s, j, b)
            truth = TRUE if value >= a and met_required == count else FALSE
        truths[j, leaf] = truth
        values[j, leaf] = value
