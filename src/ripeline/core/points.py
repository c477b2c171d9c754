"""Points: awards and how they fade, rules, caps, scores (``docs/meaning.md`` section 6). Compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.core.codes import RepeatKind
from ripeline.core.compiling import compiled
from ripeline.core.decay import faded
from ripeline.core.facts import series_bounds, tree_truth
from ripeline.core.layout import NEVER, TRUE, Definition, Ints, Rows

if TYPE_CHECKING:
    from ripeline.core.space import Scratch


@compiled
def award_points(d: Definition, rows: Rows, v: int, r: int, row: int) -> int:
    """What one award of a rule is worth to a persona before it fades."""
    if d.priced[v, r].points != NEVER:
        return d.priced[v, r].points
    choice = 0 if d.rules[r].table < 0 else rows.choices[d.rules[r].table, row]
    return d.choice_points[d.rules[r].choices + choice]


@compiled
def blocked(repeat: int, gap: int, awarded: int, day: int, at: int, today: int) -> bool:
    """Whether `repeat` forbids an award at `at`, the last one having been at `awarded`."""
    if awarded == NEVER or repeat == RepeatKind.EVERY:
        return False
    if repeat == RepeatKind.ONCE_PER:
        return at - awarded < gap
    return repeat == RepeatKind.ONCE or today == day


@compiled
def day_of(rows: Rows, row: int) -> int:
    """The calendar day of an event, if days are kept at all."""
    return rows.day[row] if rows.day.size else 0


@compiled
def award_sums(
    d: Definition, rows: Rows, s: Scratch, j: int, v: int, r: int, t: int, whole: bool
) -> tuple[int, int, int, int]:
    """A rule's awards at t: the sums above and below zero, how many there are, and the last one's instant.

    Without `whole`, awards that give nothing any more are passed over.
    """
    above, below, count, last_at = 0, 0, 0, NEVER
    price, cut = d.priced[v, r], s.fixed[j, d.rules[r].axis].cut
    first, last = series_bounds(d, s, j, d.rules[r].series)
    awarded, day = NEVER, -1
    if not whole and s.leads[j].ran_for == v:
        run = s.runs[j, r]
        first, awarded, day = first + run.dead, run.dead_awarded, run.dead_day
    for i in range(first, last):
        row = s.series_row[i]
        at, today = rows.at[row], day_of(rows, row)
        if blocked(price.repeats, price.gap, awarded, day, at, today):
            continue
        awarded, day = at, today
        if at <= cut:
            continue
        count, last_at = count + 1, at
        points = award_points(d, rows, v, r, row)
        points = faded(points, max(0, t - at), price.decay, price.span, price.percent, price.window)
        if points > 0:
            above += points
        else:
            below += points
    return above, below, count, last_at


@compiled
def state_points(d: Definition, s: Scratch, j: int, r: int) -> int:
    """What a rule of state gives: the points of its first case that holds, while `when` holds."""
    if tree_truth(d, s, s.truth[j], d.rules[r].when) != TRUE:
        return 0
    changed = d.priced[s.leads[j].persona + 1, r].points
    if changed != NEVER:
        return changed
    for i in range(d.rules[r].cases, d.rules[r].cases_end):
        if tree_truth(d, s, s.truth[j], d.cases[i].tree) == TRUE:
            return d.cases[i].points
    return 0


@compiled
def held(x: int, least: int, most: int) -> int:
    """A number held between two caps."""
    return max(least, min(most, x))


@compiled
def add_up(d: Definition, s: Scratch, j: int, raw: Ints, into: Ints) -> None:
    """Rules' sums through their caps, groups and adjustments to the axes; every step only grows with its parts."""
    rules, prices, axes, groups = d.rules, d.priced, d.axes, d.groups
    v = s.leads[j].persona + 1
    sums = s.capped[2]
    for g in range(groups.size):
        sums[g] = 0
    for a in range(axes.size):
        into[a] = s.fixed[j, a].adjusted
    for r in range(rules.size):
        points = 0 if prices[v, r].off else held(raw[r], prices[v, r].least, prices[v, r].most)
        if rules[r].group >= 0:
            sums[rules[r].group] += points
        else:
            into[rules[r].axis] += points
    for g in range(groups.size):
        into[groups[g].axis] += held(sums[g], groups[g].least, groups[g].most)
    for a in range(axes.size):
        into[a] = held(into[a], axes[a].least, axes[a].most)


@compiled
def band_of(d: Definition, v: int, a: int, score: int) -> int:
    """The place of the band's label; -1 for none."""
    for b in range(d.axes[a].bands):
        if score >= d.band_from[v, a, b]:
            return b
    return d.axes[a].bands if d.axes[a].otherwise else -1
