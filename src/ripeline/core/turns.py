"""The next turn: when a gate could change although no row comes (``docs/meaning.md`` section 9).

Compiled. Tests of events turn at instants that follow from the events. Scores glide, so the earliest instant at
which a test of a score turns is searched for: each rule's awards above and below zero only shrink with age, caps
and sums only grow with their parts, so the ends of a span bound the scores within it. A span whose bounds decide
every test is done; any other is halved, down to the microsecond.
"""

from __future__ import annotations


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
from ripeline.core.layout import FOREVER, UNKNOWN, Bytes, Definition, Leaf, Rows, State

HORIZON = 10 * 365 * 86_400_000_000
"""How far ahead a turn is looked for: ten years."""


@compiled
def forced_until(d: Definition, rows: Rows, s: Scratch, j: int, g: int) -> int:
    """Up to when a forcing event holds a gate open; the beginning of time if there is none."""
    v = s.persona[j] + 1
    if d.gate_force[v, g] < 0:
        return -FOREVER
    first, last = series_bounds(d, s, j, d.gate_force[v, g])
    return rows.at[s.series_row[last - 1]] + d.gate_force_span[v, g] if last > first else -FOREVER


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
    best, v = FOREVER, s.persona[j] + 1
    for leaf in range(d.leaf_kind.size):
        kind = d.leaf_kind[leaf]
        if not d.watched[v, leaf] or kind not in (Leaf.DID, Leaf.SILENT, Leaf.SURGE):
            continue
        b, c, span = d.leaf_args[leaf, 1], d.leaf_args[leaf, 2], d.leaf_args[leaf, 3]
        first, last = series_bounds(d, s, j, d.leaf_args[leaf, 0])
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
    best, lead, v = FOREVER, s.lead[j], s.persona[j] + 1
    for g in range(2):
        best = earlier(best, forced_until(d, rows, s, j, g), after)
        if state.since[lead, g] != FOREVER and not state.open[lead, g]:
            best = earlier(best, state.since[lead, g] + d.gate_dwell[v, g], after)
    best = earlier(best, state.cool_until[lead], after)
    return earlier(best, state.override_until[lead], after)


@compiled
def bound_scores(d: Definition, rows: Rows, s: Scratch, first: int, last: int, stack: Bytes) -> None:
    """Bounds of all scores of the unit from one instant to another, both included."""
    for j in range(s.lead.size):
        low, high = s.capped[0], s.capped[1]
        sum_rules(d, rows, s, j, first, stack)
        for r in range(low.size):
            high[r], low[r] = s.above[j, r], s.below[j, r]
        if last != first:
            sum_rules(d, rows, s, j, last, stack)
        for r in range(low.size):
            high[r], low[r] = high[r] + s.below[j, r], low[r] + s.above[j, r]
        add_up(d, s, j, low, s.least[j])
        add_up(d, s, j, high, s.most[j])
    roll_up(d, s, s.least, s.rollup[1])
    roll_up(d, s, s.most, s.rollup[2])


UNCHANGED, CHANGED, OPEN = 0, 1, 2


@compiled
def compare_levels(d: Definition, state: State, s: Scratch) -> int:
    """Whether, within the bounds, no watched test of a score differs from its truth, one differs throughout, or neither is sure."""
    verdict = UNCHANGED
    for j in range(s.lead.size):
        if not s.exists[j] or state.frozen[s.lead[j]]:
            continue
        v = s.persona[j] + 1
        for leaf in range(d.leaf_kind.size):
            if not d.watched[v, leaf] or not is_level(d.leaf_kind[leaf]):
                continue
            truth = score_between(d, s, j, leaf, s.least[j], s.most[j], s.rollup[1:])
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
    for leaf in range(d.leaf_kind.size):
        if is_level(d.leaf_kind[leaf]) and d.watched[:, leaf].any():
            return True
    return False


@compiled
def next_turn(d: Definition, rows: Rows, state: State, s: Scratch, after: int, limit: int, stack: Bytes) -> int:
    """The next turn of the unit after an instant at which it was evaluated, up to `limit`; FOREVER if there is none."""
    best, awake = FOREVER, False
    for j in range(s.lead.size):
        if s.exists[j] and not state.frozen[s.lead[j]]:
            awake = True
            best = min(best, fact_turns(d, rows, s, j, after), state_turns(d, rows, state, s, j, after))
    if not awake:
        return FOREVER
    upto = min(limit, best - 1)
    if upto > after and watches_levels(d):
        best = min(best, level_turn(d, rows, state, s, after, upto, stack))
    return best if best <= limit else FOREVER


__all__ = ["HORIZON", "forced_until", "next_turn"]
