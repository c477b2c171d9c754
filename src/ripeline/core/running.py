"""Bounds of rules' sums that are kept up to date, so that most looks need not add up every award again.

Compiled. Awards that never fade are kept as a sum, those that halve as a sum of what is left, in floating point:
each award's value is rounded by at most half a micro-point, so the exact sum lies within half a micro-point per award
of the sum of unrounded values. Other kinds are added up from the first award that still gives something.
A decision is taken on bounds only where they leave no doubt; else, and for all that is shown, points are exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.core.codes import DecayKind
from ripeline.core.compiling import compiled
from ripeline.core.decay import share_left
from ripeline.core.facts import series_bounds
from ripeline.core.layout import FOREVER, NEVER, Definition, Records, Rows
from ripeline.core.points import add_up, award_points, award_sums, blocked, day_of, state_points

if TYPE_CHECKING:
    from ripeline.core.space import Scratch

NO_END = -1

DOUBT = 4
"""Micro-points by which bounds are wider than rounding awards makes them, for the errors of floating point."""


@compiled
def is_kept(d: Definition, v: int, r: int) -> bool:
    """Whether the sum of a rule's awards can be kept up to date by itself."""
    kind = d.priced[v, r].decay
    return d.priced[v, r].window == FOREVER and (kind == DecayKind.NONE or kind == DecayKind.HALF_LIFE)


@compiled
def start_runs(d: Definition, s: Scratch, j: int) -> None:
    """Nothing taken in yet, for the lead's persona."""
    s.leads[j].ran_for = s.leads[j].persona + 1
    for r in range(d.rules.size):
        run = s.runs[j, r]
        run.done, run.awarded, run.day = 0, NEVER, -1
        run.dead, run.dead_awarded, run.dead_day = 0, NEVER, -1
        run.as_of, run.above, run.below, run.count = NEVER, 0.0, 0.0, 0
        run.best, run.worst = 0, 0


@compiled
def take_in(d: Definition, rows: Rows, s: Scratch, j: int, v: int, r: int) -> None:
    """The events of a rule that have come since the last time."""
    run, price, cut = s.runs[j, r], d.priced[v, r], s.fixed[j, d.rules[r].axis].cut
    first, last = series_bounds(d, s, j, d.rules[r].series)
    for i in range(first + run.done, last):
        row = s.series_row[i]
        at, today = rows.at[row], day_of(rows, row)
        if blocked(price.repeats, price.gap, run.awarded, run.day, at, today):
            continue
        run.awarded, run.day = at, today
        if at <= cut:
            continue
        run.count += 1
        if price.decay == DecayKind.HALF_LIFE and run.as_of != NEVER and at > run.as_of:
            left = share_left(price.span, at - run.as_of)
            run.above, run.below = run.above * left, run.below * left
        run.as_of = max(run.as_of, at)
        points = award_points(d, rows, v, r, row)
        run.above += max(points, 0)
        run.below += min(points, 0)
        run.best += max(points, 0)
        run.worst += min(points, 0)
    run.done = last - first


@compiled
def bury(d: Definition, rows: Rows, s: Scratch, j: int, v: int, r: int, t: int) -> None:
    """Awards that have come to give nothing by t are passed over from now on."""
    run, price = s.runs[j, r], d.priced[v, r]
    first, last = series_bounds(d, s, j, d.rules[r].series)
    while run.dead < last - first:
        row = s.series_row[first + run.dead]
        at, today = rows.at[row], day_of(rows, row)
        if t - at < price.life:
            return
        if not blocked(price.repeats, price.gap, run.dead_awarded, run.dead_day, at, today):
            run.dead_awarded, run.dead_day = at, today
        run.dead += 1


@compiled
def run_rules(d: Definition, rows: Rows, s: Scratch, j: int, t: int) -> None:
    """All rules of a lead brought up to t."""
    rules, prices, lengths = d.rules, d.priced, s.series_len
    v = s.leads[j].persona + 1
    if s.leads[j].ran_for != v:
        start_runs(d, s, j)
    for r in range(rules.size):
        series = rules[r].series
        if series < 0 or lengths[j, series] == 0 or prices[v, r].off:
            continue
        take_in(d, rows, s, j, v, r)
        if not is_kept(d, v, r):
            bury(d, rows, s, j, v, r, t)


@compiled
def rule_sums(
    d: Definition, rows: Rows, s: Scratch, j: int, v: int, r: int, t: int, exact: bool
) -> tuple[int, int, int]:
    """What a rule's awards give at t above and below zero, and by how much the sum of both may be wrong."""
    run, price = s.runs[j, r], d.priced[v, r]
    if exact or s.leads[j].ahead or not is_kept(d, v, r):
        above, below, _, _ = award_sums(d, rows, s, j, v, r, t, False)
        return above, below, 0
    if price.decay == DecayKind.NONE or run.count == 0:
        return int(run.above), int(run.below), 0
    left = share_left(price.span, max(0, t - run.as_of))
    return int(run.above * left), int(run.below * left), DOUBT + run.count // 2


@compiled
def are_equal(one: Records, other: Records) -> bool:
    """Whether two sums of a rule are the same."""
    return one.above == other.above and one.below == other.below and one.doubt == other.doubt


@compiled
def sum_rules(d: Definition, rows: Rows, s: Scratch, end: int, t: int, exact: bool, beyond: int) -> None:
    """What all rules give at t to all leads of a unit, by award if `exact`; kept as one end of a span.

    If t lies between end 0 and the end `beyond`, what is the same at both is the same at t.
    """
    rules, prices, lengths = d.rules, d.priced, s.series_len
    s.ends[end].at, s.ends[end].exact = t, exact
    for j in range(s.leads.size):
        v = s.leads[j].persona + 1
        for r in range(rules.size):
            series, own = rules[r].series, s.sums[end, j, r]
            own.above, own.below, own.doubt = 0, 0, 0
            if prices[v, r].off or (series >= 0 and lengths[j, series] == 0):
                continue
            if beyond >= 0 and are_equal(s.sums[0, j, r], s.sums[beyond, j, r]):
                s.sums[end, j, r] = s.sums[0, j, r]
            elif series >= 0:
                own.above, own.below, own.doubt = rule_sums(d, rows, s, j, v, r, t, exact)
            else:
                points = state_points(d, s, j, r)
                own.above, own.below = max(points, 0), min(points, 0)


@compiled
def bound_scores(d: Definition, s: Scratch, j: int, first: int, last: int) -> None:
    """Bounds of a lead's scores from one end of a span to the other, as long as tests of facts stay what they are.

    Between them, what is above zero only falls and what is below only rises.
    """
    low, high = s.capped[0], s.capped[1]
    for r in range(d.rules.size):
        before, after = s.sums[first, j, r], s.sums[last, j, r]
        doubt = max(before.doubt, after.doubt)
        low[r], high[r] = after.above + before.below - doubt, before.above + after.below + doubt
        # Doubt does not reach beyond zero, else a level that a fading sum nears is in doubt for years.
        if doubt and s.runs[j, r].worst == 0:
            low[r] = max(low[r], 0)
        if doubt and s.runs[j, r].best == 0:
            high[r] = min(high[r], 0)
    add_up(d, s, j, low, s.least[j])
    add_up(d, s, j, high, s.most[j])
