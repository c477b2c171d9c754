"""How sure a number is: 95 % intervals in closed form, with leads as what varies.

No interval here is drawn by lot, so the same leads give the same limits.

- Shares: Wilson (1927), recommended for all sizes by Brown, Cai and DasGupta, *Statistical Science* 16 (2001).
- Lift: the logarithm by the delta method over the four kinds of leads: Agresti, *Categorical Data Analysis*, 16.1; the
  interval of Katz et al., *Biometrics* 34 (1978), for a group that is part of the whole.
- Quantiles: ranks of the ordered values: Conover, *Practical Nonparametric Statistics*, 3.2.
- Rates: Byar's limits of a count (Breslow and Day, *Statistical Methods in Cancer Research* II, 1987), with the
  effective count of Dobson et al., *Statistics in Medicine* 10 (1991), when a lead counts more than once.
- Differences: square-and-add of both intervals with their correlation: Newcombe, *Statistics in Medicine* 17 (1998),
  2635 (method 10 for shares), Zou and Donner, same journal 27 (2008), for any two estimates.
- Shares by time since a decision, with leads whose time is not over: Aalen and Johansen, *Scandinavian Journal of
  Statistics* 5 (1978); variance and log-log limits as in Choudhury, *Statistics in Medicine* 21 (2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, floor, log, sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Z = 1.959963984540054
"""Of a normal distribution 95 % lie within this many deviations."""

_MOST_OF_NONE = 3.6888794541139363  # -log(0.025): a count of 0 does not rule out a mean up to this


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with the limits between which the truth lies in 95 of 100 such cases; None: no limit can be told."""

    value: float
    low: float | None
    high: float | None


def share(hits: int, of: int) -> Estimate | None:
    """The share of hits among so many leads, by Wilson; None of no leads."""
    if of == 0:
        return None
    middle = (hits + Z * Z / 2) / (of + Z * Z)
    half = Z / (of + Z * Z) * sqrt(hits * (of - hits) / of + Z * Z / 4)
    return Estimate(hits / of, 0.0 if hits == 0 else middle - half, 1.0 if hits == of else middle + half)


def lift(hits: int, chosen: int, all_hits: int, of: int) -> Estimate | None:
    """How many times the share of hits among the chosen is that among all; None if one of them has no leads."""
    if chosen == 0 or all_hits == 0:
        return None
    base = all_hits / of
    if hits == 0:
        most = share(0, chosen)
        return Estimate(0.0, 0.0, most.high / base if most and most.high is not None else None)
    value = hits / chosen / base
    variance = 1 / hits - 1 / chosen - 1 / all_hits + 2 * hits / chosen / all_hits - 1 / of
    spread = exp(Z * sqrt(max(variance, 0.0)))
    return Estimate(value, value / spread, value * spread)


def quantile(values: NDArray[np.float64], part: float) -> Estimate | None:
    """The value below which this part of them lies; None of none. A limit that the values do not reach is None."""
    if values.size == 0:
        return None
    ordered, count = np.sort(values), values.size
    half = Z * sqrt(count * part * (1 - part))
    low, high = floor(count * part - half), floor(count * part + half) + 2  # ranks from 1, rounded outward
    return Estimate(
        float(np.quantile(ordered, part)),
        float(ordered[low - 1]) if low >= 1 else None,
        float(ordered[high - 1]) if high <= count else None,
    )


def rate(counts: NDArray[np.int64], spans: float) -> Estimate | None:
    """How many in one span of time, of so much by each lead over so many spans; None over no time."""
    total, squares = int(counts.sum()), float(np.square(counts.astype(np.float64)).sum())
    if spans <= 0:
        return None
    if total == 0:
        return Estimate(0.0, 0.0, _MOST_OF_NONE / spans)
    effective = total * total / squares
    low = effective * (1 - 1 / (9 * effective) - Z / (3 * sqrt(effective))) ** 3
    above = effective + 1
    high = above * (1 - 1 / (9 * above) + Z / (3 * sqrt(above))) ** 3
    scale = total / effective / spans
    return Estimate(total / spans, max(low, 0.0) * scale, high * scale)


def difference(first: Estimate | None, other: Estimate | None, correlation: float) -> Estimate | None:
    """The first minus the other, of estimates from the same leads that vary together by this correlation."""
    if first is None or other is None:
        return None
    value = first.value - other.value
    if first.low is None or first.high is None or other.low is None or other.high is None:
        return Estimate(value, None, None)
    below, above = first.value - first.low, first.high - first.value
    other_below, other_above = other.value - other.low, other.high - other.value
    down = below**2 - 2 * correlation * below * other_above + other_above**2
    up = above**2 - 2 * correlation * above * other_below + other_below**2
    return Estimate(value, value - sqrt(max(down, 0.0)), value + sqrt(max(up, 0.0)))


def correlation_of_shares(
    hit: NDArray[np.bool_], of: NDArray[np.bool_], other_hit: NDArray[np.bool_], other_of: NDArray[np.bool_]
) -> float:
    """How much two shares vary together, of hits among some leads and of other hits among others; from -1 to 1."""
    if not of.any() or not other_of.any():
        return 0.0
    # To first order (delta method) a lead moves a share by its distance from that share, and only if it counts there.
    own = of * (hit - hit[of].mean())
    others = other_of * (other_hit - other_hit[other_of].mean())
    spread = sqrt(float(np.square(own).sum() * np.square(others).sum()))
    return float((own * others).sum()) / spread if spread > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Incidence:
    """The share of leads to which it has happened within so long, and how many were still watched then."""

    within: int
    share: Estimate
    watched: int


def incidence(
    watched: NDArray[np.int64], cause: NDArray[np.int8], horizons: Sequence[int], *, least: int = 10
) -> tuple[Incidence, ...]:
    """The share to which cause 1 has happened by each horizon, where others (2) rule it out and 0 is not over yet.

    `watched` says how long each lead was watched until its cause, or until the end. A horizon that fewer than `least`
    leads reached is left out.
    """
    ends, place = np.unique(watched[cause > 0], return_inverse=True)
    ordered = np.sort(watched)
    at_risk = (watched.size - np.searchsorted(ordered, ends, side="left")).astype(np.float64)
    every = np.bincount(place, minlength=ends.size).astype(np.float64)
    ours = np.bincount(place, weights=cause[cause > 0] == 1, minlength=ends.size).astype(np.float64)
    free = np.cumprod(np.concatenate([[1.0], 1 - every / at_risk]))[: ends.size]
    grown = np.cumsum(free * ours / at_risk)
    found = []
    for within in horizons:
        still = int(watched.size - np.searchsorted(ordered, within, side="left"))
        if still < least:
            continue
        upto = int(np.searchsorted(ends, within, side="right"))
        value = float(grown[upto - 1]) if upto else 0.0
        rest = value - grown[:upto]
        found.append(Incidence(within, _limited(value, (rest, at_risk, every, ours, free), watched.size), still))
    return tuple(found)


def _limited(value: float, steps: tuple[NDArray[np.float64], ...], leads: int) -> Estimate:
    """An incidence with its limits, from what is still to come of it after each step."""
    upto = steps[0].size
    rest, risk, every, ours, free = (column[:upto] for column in steps)
    if value <= 0.0:
        return share(0, leads) or Estimate(0.0, None, None)
    if value >= 1.0:
        return share(leads, leads) or Estimate(1.0, None, None)
    left = risk * (risk - every)
    gone = np.divide(rest**2 * every, left, out=np.zeros(upto), where=left > 0)
    variance = gone.sum() + (free**2 * (risk - ours) * ours / risk**3).sum() - 2 * (rest * free * ours / risk**2).sum()
    power = exp(Z * sqrt(max(float(variance), 0.0)) / (value * -log(value)))
    return Estimate(value, value**power, value ** (1 / power))
