"""Bounds of rules' sums that are kept up to date, so that most looks need not add up every award again.

Compiled. Awards that never fade are kept as a sum, those that halve as a sum of what is left, in floating point:
each award's value is rounded by at most half a micro-point, so the exact sum lies within half a micro-point per award
of the sum of unrounded values. Other kinds are added up from the first award that still gives something.
A decision is taken on bounds only where they leave no doubt; else, and for all that is shown, points are exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ripeline.core.codes import DecayKind
from ripeline.core.compiling import compiled
from ripeline.core.decay import share_left
from ripeline.core.facts import series_bounds
from ripeline.core.layout import FOREVER, NEVER, Bytes, Definition, Rows
from ripeline.core.points import add_up, award_points, award_sums, blocked, day_of, state_points

if TYPE_CHECKING:
    from ripeline.core.space import Scratch

DOUBT = 2.0
"""Micro-points by which bounds are wider than rounding makes them, for the errors of floating point."""


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
        run.as_of, run.above, run.below, run.count, run.best = NEVER, 0.0, 0.0, 0, 0


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
def rule_between(
    d: Definition, rows: Rows, s: Scratch, j: int, v: int, r: int, first: int, last: int
) -> tuple[int, int]:
    """Bounds of a rule's sum, before its caps, from one instant to another."""
    run, price = s.runs[j, r], d.priced[v, r]
    if not is_kept(d, v, r) or s.leads[j].ahead:
        above, below, _, _ = award_sums(d, rows, s, j, v, r, first, False)
        if first == last:
            return above + below, above + below
        later_above, later_below, _, _ = award_sums(d, rows, s, j, v, r, last, False)
        return later_above + below, above + later_below
    if run.count == 0:
        return 0, 0
    if price.decay == DecayKind.NONE:
        return int(run.above + run.below), int(run.above + run.below)
    now = share_left(price.span, max(0, first - run.as_of))
    later = now if first == last else share_left(price.span, max(0, last - run.as_of))
    doubt = DOUBT + 0.5 * run.count
    low, high = run.above * later + run.below * now - doubt, run.above * now + run.below * later + doubt
    return int(np.floor(low)), int(np.ceil(high))


@compiled
def bound_rules(d: Definition, rows: Rows, s: Scratch, j: int, first: int, last: int, stack: Bytes) -> None:
    """Bounds of a lead's scores from one instant to another, as long as tests of facts stay what they are."""
    rules, prices, lengths = d.rules, d.priced, s.series_len
    low, high, v = s.capped[0], s.capped[1], s.leads[j].persona + 1
    for r in range(rules.size):
        series = rules[r].series
        if prices[v, r].off or (series >= 0 and lengths[j, series] == 0):
            low[r], high[r] = 0, 0
        elif series < 0:
            low[r] = state_points(d, s, j, r, stack)
            high[r] = low[r]
        else:
            low[r], high[r] = rule_between(d, rows, s, j, v, r, first, last)
    add_up(d, s, j, low, s.least[j])
    add_up(d, s, j, high, s.most[j])
