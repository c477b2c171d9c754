"""The next turn: when a gate could change although no row comes (``docs/meaning.md`` section 9).

Compiled. Tests of events turn at instants that follow from the events. Scores glide, so the earliest instant at
which a test of a score turns is searched for: each rule's awards above and below zero only shrink with age, caps
and sums only grow with their parts, so the ends of a span bound the scores within it. A span whose bounds decide
every test is done; any other is halved, down to the microsecond.
"""

from __future__ import annotations

from ripeline.core.codes import Leaf
from ripeline.core.evaluation import (
    SURGE_WEEKS,
    WEEK,
    Scratch,
    add_up,
    compiled,
    is_level,
    is_regular,
    is_surging,
    roll_up,
    score_between,
    series_bounds,
    sum_rules,
)
from ripeline.core.layout import FOREVER, UNKNOWN, Bytes, Definition, Rows, State

HORIZON = 10 * 365 * 86_400_000_000
"""How far ahead a turn is looked for: ten years."""


@compiled
def forced_until(d: Definition, rows: Rows, s: Scratch, j: int, g: int) -> int:
    """Up to when a forcing event holds a gate open; the beginning of time if there is none."""
    v = s.leads[j].persona + 1
    if d.gates[v, g].force < 0:
        return -FOREVER
    first, last = series_bounds(d, s, j, d.gates[v, g].force)
    return rows.at[s.series_row[last - 1]] + d.gates[v, g].force_span if last > first else -FOREVER


@compiled
def earlier(best: int, candidate: int, after: int) -> int:
    """The earlier of two instants, the candidate only if it comes after `after`."""
    return candidate if after < candidate < best else best


@compiled
def did_turns(rows: Rows, s: Scratch, first: int, last: int, after: int, lowest: int, highest: int, span: int) -> int:
    """When a count within a span next enters or leaves its range, which it does by events growing too old."""
    count = last - first
    if span == FOREVER or count < lowest:
        return FOREVER
    enters = rows.at[s.series_row[last - highest - 1]] + span if 0 <= highest < count else -FOREVER
    leaves = rows.at[s.series_row[last - lowest]] + span if lowest > 0 else FOREVER
    if after < enters:
        return enters if enters < leaves else FOREVER
    return leaves if after < leaves else FOREVER


@compiled
def surge_turns(rows: Rows, s: Scratch, first: int, last: int, after: int, times: int, span: int) -> int:
    """When a surge next begins or ends."""
    now, t = is_surging(rows, s, first, last, after, times, span), after
    while True:
        best = FOREVER
        for i in range(last - 1, first - 1, -1):
            at = rows.at[s.series_row[i]]
            if at + span + SURGE_WEEKS * WEEK <= t:
                break
            for week in range(SURGE_WEEKS + 1):
                best = earlier(best, at + span + week * WEEK, t)
        if best == FOREVER or is_surging(rows, s, first, last, best, times, span) != now:
            return best
        t = best


@compiled
def fact_turns(d: Definition, rows: Rows, s: Scratch, j: int, after: int) -> int:
    """When a watched test of the lead that needs no score next turns."""
    best, v = FOREVER, s.leads[j].persona + 1
    for leaf in range(d.leaves.size):
        kind = d.leaves[leaf].kind
        if not d.watched[v, leaf] or kind not in (Leaf.DID, Leaf.SILENT, Leaf.SURGE):
            continue
        b, c, span = d.leaves[leaf].b, d.leaves[leaf].c, d.leaves[leaf].span
        first, last = series_bounds(d, s, j, d.leaves[leaf].a)
        if first == last:
            continue
        if kind == Leaf.DID:
            best = min(best, did_turns(rows, s, first, last, after, b, c, span))
        elif kind == Leaf.SURGE:
            best = min(best, surge_turns(rows, s, first, last, after, b, c))
        elif is_regular(rows, s, first, last):
            best = earlier(best, rows.at[s.series_row[last - 1]] + b, after)
    return best


@compiled
def state_turns(d: Definition, rows: Rows, state: State, s: Scratch, j: int, after: int) -> int:
    """When a dwell completes, a forced gate is no longer forced, a cool-down or an override ends."""
    best, lead, v = FOREVER, s.leads[j].lead, s.leads[j].persona + 1
    for g in range(2):
        best = earlier(best, forced_until(d, rows, s, j, g), after)
        if state.gates[lead, g].since != FOREVER and not state.gates[lead, g].open:
            best = earlier(best, state.gates[lead, g].since + d.gates[v, g].dwell, after)
    best = earlier(best, state.leads[lead].cool_until, after)
    return earlier(best, state.leads[lead].override_until, after)


@compiled
def bound_scores(d: Definition, rows: Rows, s: Scratch, first: int, last: int, stack: Bytes) -> None:
    """Bounds of all scores of the unit from one instant to another, both included."""
    for j in range(s.leads.size):
        low, high = s.capped[0], s.capped[1]
        sum_rules(d, rows, s, j, first, stack)
        for r in range(low.size):
            high[r], low[r] = s.sums[j, r].above, s.sums[j, r].below
        if last != first:
            sum_rules(d, rows, s, j, last, stack)
        for r in range(low.size):
            high[r], low[r] = high[r] + s.sums[j, r].below, low[r] + s.sums[j, r].above
        add_up(d, s, j, low, s.least[j])
        add_up(d, s, j, high, s.most[j])
    roll_up(d, s, s.least, s.rollup[1])
    roll_up(d, s, s.most, s.rollup[2])


UNCHANGED, CHANGED, OPEN = 0, 1, 2


@compiled
def compare_levels(d: Definition, state: State, s: Scratch) -> int:
    """Whether, within the bounds, no watched test of a score differs from its truth, one differs throughout, or neither is sure."""
    verdict = UNCHANGED
    for j in range(s.leads.size):
        if not s.leads[j].exists or state.leads[s.leads[j].lead].frozen:
            continue
        v = s.leads[j].persona + 1
        for leaf in range(d.leaves.size):
            if not d.watched[v, leaf] or not is_level(d.leaves[leaf].kind):
                continue
            truth = score_between(d, s, j, leaf, s.least[j], s.most[j], 1, 2)
            if truth == UNKNOWN:
                verdict = OPEN
            elif truth != s.truth[j, leaf]:
                return CHANGED
    return verdict


@compiled
def level_turn(d: Definition, rows: Rows, state: State, s: Scratch, after: int, limit: int, stack: Bytes) -> int:
    """The first instant after one and up to another at which a watched test of a score turns."""
    s.stack[0, 0], s.stack[0, 1], top = after + 1, limit, 1
    while top:
        top -= 1
        first, last = s.stack[top, 0], s.stack[top, 1]
        bound_scores(d, rows, s, first, last, stack)
        verdict = compare_levels(d, state, s)
        if verdict == CHANGED:
            return first
        if verdict == OPEN:
            middle = first + (last - first) // 2
            s.stack[top, 0], s.stack[top, 1] = middle + 1, last
            s.stack[top + 1, 0], s.stack[top + 1, 1] = first, middle
            top += 2
    return FOREVER


@compiled
def watches_levels(d: Definition) -> bool:
    """Whether any test of a score is watched at all."""
    for leaf in range(d.leaves.size):
        if is_level(d.leaves[leaf].kind) and d.watched[:, leaf].any():
            return True
    return False


@compiled
def next_turn(d: Definition, rows: Rows, state: State, s: Scratch, after: int, limit: int, stack: Bytes) -> int:
    """The next turn of the unit after an instant at which it was evaluated, up to `limit`; FOREVER if there is none."""
    best, awake = FOREVER, False
    for j in range(s.leads.size):
        if s.leads[j].exists and not state.leads[s.leads[j].lead].frozen:
            awake = True
            best = min(best, fact_turns(d, rows, s, j, after), state_turns(d, rows, state, s, j, after))
    if not awake:
        return FOREVER
    upto = min(limit, best - 1)
    if upto > after and watches_levels(d):
        best = min(best, level_turn(d, rows, state, s, after, upto, stack))
    return best if best <= limit else FOREVER


__all__ = ["HORIZON", "forced_until", "next_turn"]
