"""A lead at rest: what may come without any gate, and so anything else, changing. Compiled.

Most events change nothing but points that no gate is waiting for. So after a look that changed nothing, it is written
down what holds the lead where it is: until when no test of facts turns by itself, and between which levels the scores
may move. As long as the next rows leave all this as it is, they need no look and no search for a turn. Whatever is not
sure ends the rest, and the lead is looked at. The leads of an account rest together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.core.codes import Leaf
from ripeline.core.compiling import compiled
from ripeline.core.evaluation import is_level, roll_up
from ripeline.core.facts import count_within, has_returned, series_bounds, tree_truth
from ripeline.core.layout import FALSE, FOREVER, NO_LIMIT, TRUE, UNKNOWN, Definition, Rows, State
from ripeline.core.points import add_up
from ripeline.core.running import NO_END, bound_scores, sum_rules, take_in
from ripeline.core.space import COOLING
from ripeline.core.turns import HORIZON, fact_turns, forced_until, state_turns

if TYPE_CHECKING:
    from ripeline.core.space import Scratch

# --- coming to rest -----------------------------------------------------------------------------


@compiled
def stir(s: Scratch) -> None:
    """No lead of the unit is at rest any more."""
    for j in range(s.leads.size):
        s.leads[j].calm = False


@compiled
def rest(d: Definition, rows: Rows, s: Scratch, state: State, at: int) -> None:
    """All leads of a unit have been looked at and nothing changed: what holds them there is written down."""
    stir(s)
    s.rests[0].since, s.rests[0].until, s.rests[0].floors, s.rests[0].floor_until = at, at + HORIZON, False, at
    for j in range(s.leads.size):
        own = s.leads[j]
        if not own.exists:
            continue
        if own.ahead or state.leads[own.lead].frozen:
            return
        for leaf in range(d.leaves.size):
            s.needed[j, leaf] = d.needed[own.persona + 1, leaf]
        own.waits = state.leads[own.lead].waiting == COOLING
        if not bar_levels(d, rows, s, state, j, at):
            return
        turns = min(fact_turns(d, rows, s, j, s.needed[j], at), state_turns(d, rows, state, s, j, at))
        s.rests[0].until = min(s.rests[0].until, turns, silence_begins(d, s, j, at))
    if is_below_ceilings(d, rows, s, at):
        for j in range(s.leads.size):
            s.leads[j].calm = s.leads[j].exists


@compiled
def is_below_ceilings(d: Definition, rows: Rows, s: Scratch, at: int) -> bool:
    """Whether no score can come to its ceiling before there is more to know; `peak` is how far they can come."""
    high = s.capped[1]
    sum_rules(d, rows, s, 0, at, False, NO_END)
    for j in range(s.leads.size):
        for r in range(d.rules.size):
            own = s.sums[0, j, r]
            # What was awarded below zero may be gone by then, a state lasts.
            high[r] = own.above + own.doubt + (own.below if d.rules[r].series < 0 else 0)
        add_up(d, s, j, high, s.peak[j])
    return are_below_ceilings(d, s)


@compiled
def are_below_ceilings(d: Definition, s: Scratch) -> bool:
    """Whether all peaks, and what they come to for the account, lie below the ceilings."""
    axes = d.axes.size
    roll_up(d, s, s.peak, s.rollup[2])
    for j in range(s.leads.size):
        for a in range(axes if s.leads[j].exists else 0):
            if s.peak[j, a] >= s.ceiling[j, a]:
                return False
        for q in range(d.rollups.size if s.leads[j].exists else 0):
            if s.rollup[2, q] >= s.ceiling[j, axes + q]:
                return False
    return True


@compiled
def silence_begins(d: Definition, s: Scratch, j: int, at: int) -> int:
    """Before when no test of silence that does not hold can come to hold, whatever comes."""
    soonest = FOREVER
    for leaf in range(d.leaves.size):
        if d.leaves[leaf].kind == Leaf.SILENT and s.needed[j, leaf] and s.truth[j, leaf] != TRUE:
            soonest = min(soonest, at + d.leaves[leaf].b)
    return soonest


@compiled
def bar_levels(d: Definition, rows: Rows, s: Scratch, state: State, j: int, at: int) -> bool:
    """What must stay for both gates to stay as they are: tests, and levels; False if that is not sure."""
    own = s.leads[j]
    for a in range(d.axes.size + d.rollups.size):
        s.ceiling[j, a], s.floor[j, a] = NO_LIMIT, -NO_LIMIT
    if own.shut:
        return True
    for g in range(2):
        gate, now = d.gates[own.persona + 1, g], state.gates[own.lead, g]
        if now.open and forced_until(d, rows, s, j, g) > at:
            continue
        tree, holds = gate.enter, now.since != FOREVER
        if now.open:
            leaving = gate.leave >= 0 and tree_truth(d, s, s.truth[j], gate.leave) != TRUE
            tree = gate.leave if leaving else (gate.eased if gate.leave < 0 else gate.enter)
            holds = not leaving
        # Where the tests of one kind are enough to keep the tree as it is, the others may turn as they like.
        by_acts = hangs_on(d, s, j, tree, holds, False)
        if by_acts:
            for leaf in range(d.leaves.size):
                s.needed[j, leaf] |= d.behind[tree, leaf]
        if (not by_acts or hangs_on(d, s, j, tree, holds, True)) and not bar(d, s, j, tree, holds):
            return False
    return True


@compiled
def hangs_on(d: Definition, s: Scratch, j: int, tree: int, holds: bool, on_levels: bool) -> bool:
    """Whether a tree might come to hold, or cease to, by tests of scores alone or by tests of acts alone."""
    for leaf in range(d.leaves.size):
        kind = d.leaves[leaf].kind
        acts = kind == Leaf.DID or kind == Leaf.SILENT or kind == Leaf.SURGE or kind == Leaf.RETURNING
        in_doubt = kind == Leaf.PHASE or (is_level(kind) if on_levels else acts)
        s.doubt[leaf] = UNKNOWN if in_doubt else s.truth[j, leaf]
    return tree_truth(d, s, s.doubt, tree) != (TRUE if holds else FALSE)


@compiled
def bar(d: Definition, s: Scratch, j: int, tree: int, holds: bool) -> bool:
    """The levels nearest to the scores at which a tree might come to hold, or cease to; False if one is in doubt."""
    axes, trees = d.axes.size, d.tree_start.size - 1
    at = int(s.leads[j].persona + 1) * trees + tree
    for i in range(d.level_start[at], d.level_start[at + 1]):
        a, points = d.levels[i].axis, d.levels[i].points
        low, high = (s.least[j, a], s.most[j, a]) if a < axes else (s.rollup[1, a - axes], s.rollup[2, a - axes])
        if low < points <= high:
            return False
        if points > high and (d.levels[i].falling if holds else d.levels[i].rising):
            s.ceiling[j, a] = min(s.ceiling[j, a], points)
        elif points <= low and (d.levels[i].rising if holds else d.levels[i].falling):
            s.floor[j, a], s.rests[0].floors = max(s.floor[j, a], points), True
    return True


# --- staying at rest ----------------------------------------------------------------------------


@compiled
def is_calm(s: Scratch) -> bool:
    """Whether all leads of a unit that exist are at rest."""
    calm = False
    for j in range(s.leads.size):
        if s.leads[j].exists and not s.leads[j].calm:
            return False
        calm = calm or s.leads[j].exists
    return calm


@compiled
def rests_upto(d: Definition, rows: Rows, s: Scratch, at: int, upto: int) -> bool:
    """Whether a unit at rest, of which nothing more has become known since `at`, stays so up to an instant."""
    if not is_calm(s) or s.rests[0].until <= upto:
        return False
    if not s.rests[0].floors or upto <= s.rests[0].floor_until:
        return True
    # What has lasted for a while is asked to last twice as long, so that it need not be asked at each event.
    s.rests[0].floor_until = upto + (upto - s.rests[0].since)
    if not is_above_floors(d, rows, s, at, s.rests[0].floor_until):
        s.rests[0].floor_until = upto
        return is_above_floors(d, rows, s, at, upto)
    return True


@compiled
def is_above_floors(d: Definition, rows: Rows, s: Scratch, first: int, last: int) -> bool:
    """Whether no score can fall below its floor from one instant to another."""
    sum_rules(d, rows, s, 0, first, False, NO_END)
    sum_rules(d, rows, s, 1, last, False, NO_END)
    for j in range(s.leads.size):
        bound_scores(d, s, j, 0, 1)
    roll_up(d, s, s.least, s.rollup[1])
    for j in range(s.leads.size):
        for a in range(d.axes.size + d.rollups.size if s.leads[j].exists else 0):
            if (s.least[j, a] if a < d.axes.size else s.rollup[1, a - d.axes.size]) < s.floor[j, a]:
                return False
    return True


@compiled
def stays_calm(d: Definition, rows: Rows, s: Scratch, at: int) -> bool:
    """Whether what has become known leaves a unit at rest; what has faded is taken off only where that may help."""
    return is_calm(s) and (are_below_ceilings(d, s) or is_below_ceilings(d, rows, s, at))


@compiled
def hear(d: Definition, rows: Rows, s: Scratch, j: int, series: int, row: int) -> None:
    """An event has joined a series of a lead at rest."""
    own, v = s.leads[j], s.leads[j].persona + 1
    forces = series == d.gates[v, 0].force or series == d.gates[v, 1].force
    if rows.at[row] != rows.known[row] or own.ran_for != v or forces or (own.waits and series == d.conversion_series):
        own.calm = False
        return
    for i in range(d.hearer_start[series], d.hearer_start[series + 1]):
        r, leaf = d.hearers[i].rule, d.hearers[i].leaf
        if r >= 0:
            own.calm = own.calm and (d.priced[v, r].off or hear_rule(d, rows, s, j, v, r))
        elif s.needed[j, leaf] and turns_test(d, rows, s, j, leaf, rows.at[row]):
            own.calm = False


@compiled
def hear_rule(d: Definition, rows: Rows, s: Scratch, j: int, v: int, r: int) -> bool:
    """The points that a rule may have gained; False if it may have lost some."""
    worst, best = s.runs[j, r].worst, s.runs[j, r].best
    take_in(d, rows, s, j, v, r)
    s.peak[j, d.rules[r].axis] += s.runs[j, r].best - best
    return s.runs[j, r].worst == worst


@compiled
def turns_test(d: Definition, rows: Rows, s: Scratch, j: int, leaf: int, t: int) -> bool:
    """Whether an event may have turned a test of facts."""
    kind, truth = d.leaves[leaf].kind, s.truth[j, leaf]
    if kind == Leaf.DID:
        first, last = series_bounds(d, s, j, d.leaves[leaf].a)
        count = count_within(rows, s, first, last, t, d.leaves[leaf].span)
        holds = count >= d.leaves[leaf].b and (d.leaves[leaf].c < 0 or count <= d.leaves[leaf].c)
        return holds != (truth == TRUE)
    if kind == Leaf.SILENT:
        return truth == TRUE
    if kind == Leaf.RETURNING:
        return truth == FALSE and has_returned(d, rows, s, j, d.leaves[leaf].a)
    return True
