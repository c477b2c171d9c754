"""The next turn: when a gate could change although no row comes (``docs/meaning.md`` section 9).

Compiled. Tests of events turn at instants that follow from the events. Scores glide, so the earliest instant at
which a test of a score turns is searched for: each rule's awards above and below zero only shrink with age, caps
and sums only grow with their parts, so the ends of a span bound the scores within it. A span whose bounds decide
every test is done; any other is halved, down to the microsecond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.core.codes import Leaf, Op
from ripeline.core.compiling import compiled
from ripeline.core.evaluation import is_level, roll_up, score_between
from ripeline.core.facts import SURGE_WEEKS, WEEK, do_surge, is_regular, series_bounds, weeks_of
from ripeline.core.layout import FOREVER, UNKNOWN, Definition, Flags, Rows, State
from ripeline.core.running import NO_END, bound_scores, sum_rules

if TYPE_CHECKING:
    from ripeline.core.space import Scratch

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
    """When a surge next begins or ends, which it does where an event leaves one of the weeks."""
    begins = weeks_of(rows, s, first, last, after, span)
    now = do_surge(begins, last, times, span)
    while True:
        best = FOREVER
        for week in range(SURGE_WEEKS + 1):
            if begins[week] < last:
                best = min(best, rows.at[s.series_row[begins[week]]] + span + week * WEEK)
        if best == FOREVER:
            return best
        for week in range(SURGE_WEEKS + 1):
            while begins[week] < last and rows.at[s.series_row[begins[week]]] + span + week * WEEK <= best:
                begins[week] += 1
        if do_surge(begins, last, times, span) != now:
            return best


@compiled
def fact_turns(d: Definition, rows: Rows, s: Scratch, j: int, watched: Flags, after: int) -> int:
    """When one of the watched tests of the lead that need no score next turns."""
    leaves, best = d.leaves, FOREVER
    for leaf in range(leaves.size):
        kind = leaves[leaf].kind
        if not watched[leaf] or kind not in (Leaf.DID, Leaf.SILENT, Leaf.SURGE):
            continue
        b, c, span = leaves[leaf].b, leaves[leaf].c, leaves[leaf].span
        first, last = series_bounds(d, s, j, leaves[leaf].a)
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


UNCHANGED, CHANGED, OPEN = 0, 1, 2
FALSE_SET, TRUE_SET, UNKNOWN_SET = 1, 2, 4
"""Sets of values that a test may have within bounds, as bits."""

ANY_LEVEL = FALSE_SET | TRUE_SET

ROUGH_SPAN = 2**22
"""A span in microseconds (four seconds) below which bounds come from each award, because rough ones leave doubt."""


@compiled
def test_set(d: Definition, s: Scratch, j: int, leaf: int, phases: int) -> int:
    """The values that a test may have within the bounds of the scores, and in one of the phases."""
    if is_level(d.leaves[leaf].kind):
        truth = score_between(d, s, j, leaf, s.least[j], s.most[j], 1, 2)
        return ANY_LEVEL if truth == UNKNOWN else 1 << truth
    if d.leaves[leaf].kind == Leaf.PHASE:
        wanted = d.leaves[leaf].a
        return (TRUE_SET if phases & wanted else 0) | (FALSE_SET if phases & ~wanted else 0)
    return 1 << s.truth[j, leaf]


@compiled
def tree_set(d: Definition, s: Scratch, j: int, tree: int, phases: int) -> int:
    """The values that a tree may have within the bounds of the scores."""
    steps, stack = d.steps, s.stack
    top = 0
    for i in range(d.tree_start[tree], d.tree_start[tree + 1]):
        op, arg = steps[i].op, steps[i].arg
        if op == Op.LEAF:
            stack[top] = test_set(d, s, j, arg, phases)
            top += 1
            continue
        if op != Op.ALL:
            for k in range(top - arg, top):
                stack[k] = swapped(stack[k])
        both = TRUE_SET
        for k in range(top - arg, top):
            both = conjoined(both, stack[k])
        top -= arg - 1
        stack[top - 1] = swapped(both) if op == Op.ANY else both
    return stack[0]


@compiled
def swapped(values: int) -> int:
    """The set of the negated values."""
    return (values & UNKNOWN_SET) | ((values & FALSE_SET) << 1) | ((values & TRUE_SET) >> 1)


@compiled
def conjoined(a: int, b: int) -> int:
    """The set of `all` of two values."""
    result = (a | b) & FALSE_SET
    if a & b & TRUE_SET:
        result |= TRUE_SET
    if (a & UNKNOWN_SET and b & (TRUE_SET | UNKNOWN_SET)) or (b & UNKNOWN_SET and a & TRUE_SET):
        result |= UNKNOWN_SET
    return result


@compiled
def phase_set(d: Definition, s: Scratch, j: int) -> int:
    """The phases that the lead may be in within the bounds, as bits; the bit after the last for none."""
    phases = 0
    for phase in range(d.phase_tree.size):
        if d.phase_tree[phase] >= 0:
            values = tree_set(d, s, j, d.phase_tree[phase], 0)
            if values & TRUE_SET:
                phases |= 1 << phase
            if values == TRUE_SET:
                return phases
    return phases | 1 << d.phase_tree.size


@compiled
def compare_gate(d: Definition, state: State, s: Scratch, j: int, g: int) -> int:
    """Whether, within the bounds, a gate's state stays, changes throughout, or may do either."""
    gate, own = d.gates[s.leads[j].persona + 1, g], state.gates[s.leads[j].lead, g]
    phases = phase_set(d, s, j)
    if not own.open:
        held, values = own.since != FOREVER, tree_set(d, s, j, gate.enter, phases)
    elif gate.leave < 0:
        held, values = True, tree_set(d, s, j, gate.eased, phases)
    else:
        entered = tree_set(d, s, j, gate.enter, phases)
        held, values = False, conjoined(tree_set(d, s, j, gate.leave, phases), negligible(entered))
    if values == TRUE_SET:
        return UNCHANGED if held else CHANGED
    if not values & TRUE_SET:
        return CHANGED if held else UNCHANGED
    return OPEN


@compiled
def negligible(values: int) -> int:
    """The set of `does not hold`: true unless the value is true."""
    result = TRUE_SET if values & (FALSE_SET | UNKNOWN_SET) else 0
    return result | (FALSE_SET if values & TRUE_SET else 0)


@compiled
def compare_gates(d: Definition, rows: Rows, state: State, s: Scratch, at: int) -> int:
    """Whether, within the bounds, all gates' states stay, one changes throughout, or neither is sure."""
    verdict = UNCHANGED
    for j in range(s.leads.size):
        if not s.leads[j].exists or state.leads[s.leads[j].lead].frozen or s.leads[j].shut:
            continue
        for g in range(2):
            # A forced gate is open whatever its tests say, and the end of that is a turn of its own.
            if state.gates[s.leads[j].lead, g].open and forced_until(d, rows, s, j, g) > at:
                continue
            found = compare_gate(d, state, s, j, g)
            if found == CHANGED:
                return CHANGED
            if found == OPEN:
                verdict = OPEN
    return verdict


@compiled
def compare_tests(d: Definition, state: State, s: Scratch) -> int:
    """The same for all watched tests of scores, whether a gate hangs on them or not."""
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
def compare(d: Definition, rows: Rows, state: State, s: Scratch, first: int, last: int, every: bool) -> int:
    """What becomes of tests (`every`) or gates from one end of a span to the other."""
    for j in range(s.leads.size):
        bound_scores(d, s, j, first, last)
    roll_up(d, s, s.least, s.rollup[1])
    roll_up(d, s, s.most, s.rollup[2])
    return compare_tests(d, state, s) if every else compare_gates(d, rows, state, s, s.ends[first].at)


@compiled
def is_mostly_doubt(d: Definition, s: Scratch, first: int, last: int) -> bool:
    """Whether bounds are wide by rounding rather than by what changes, as where a fading score nears a level."""
    doubt, change = 0, 0
    for j in range(s.leads.size):
        for r in range(d.rules.size):
            before, after = s.sums[first, j, r], s.sums[last, j, r]
            doubt += max(before.doubt, after.doubt)
            change += before.above - after.above + after.below - before.below
    return doubt >= change


@compiled
def level_turn(d: Definition, rows: Rows, state: State, s: Scratch, after: int, limit: int, every: bool) -> int:
    """The first instant after one and up to another at which a watched test of a score turns.

    End 0 is an instant up to which nothing turns; the ends above are later ones, the nearest on top.
    """
    sum_rules(d, rows, s, 0, after, False, NO_END)
    sum_rules(d, rows, s, 1, limit, False, NO_END)
    top = 1
    while top:
        first, last = s.ends[0].at, s.ends[top].at
        verdict = compare(d, rows, state, s, 0 if last - first > 1 else top, top, every)
        if verdict == CHANGED:
            return first + 1
        if verdict == UNCHANGED:
            s.ends[0] = s.ends[top]
            s.sums[0] = s.sums[top]
            top -= 1
        elif not (s.ends[0].exact and s.ends[top].exact) and (
            last - first <= ROUGH_SPAN or is_mostly_doubt(d, s, 0, top)
        ):
            sum_rules(d, rows, s, 0, first, True, NO_END)
            sum_rules(d, rows, s, top, last, True, NO_END)
        else:
            # The end on top stays below, and the middle comes on top of it.
            top += 1
            exact = s.ends[0].exact and s.ends[top - 1].exact
            sum_rules(d, rows, s, top, first + (last - first) // 2, exact, top - 1)
    return FOREVER


@compiled
def watches_levels(d: Definition) -> bool:
    """Whether any test of a score is watched at all."""
    for leaf in range(d.leaves.size):
        if is_level(d.leaves[leaf].kind) and d.watched[:, leaf].any():
            return True
    return False


@compiled
def next_turn(d: Definition, rows: Rows, state: State, s: Scratch, after: int, limit: int, every: bool) -> int:
    """The next turn of the unit after an instant at which it was judged, up to `limit`; FOREVER if there is none.

    With `every`, whichever test turns; without, of tests of scores only those on which a gate hangs.
    """
    best, awake = FOREVER, False
    for j in range(s.leads.size):
        if s.leads[j].exists and not state.leads[s.leads[j].lead].frozen:
            awake = True
            facts = fact_turns(d, rows, s, j, d.watched[s.leads[j].persona + 1], after)
            best = min(best, facts, state_turns(d, rows, state, s, j, after))
    if not awake:
        return FOREVER
    upto = min(limit, best - 1)
    if upto > after and watches_levels(d):
        best = min(best, level_turn(d, rows, state, s, after, upto, every))
    return best if best <= limit else FOREVER


__all__ = ["HORIZON", "forced_until", "next_turn"]
