"""Intervals: published examples, the limits of nothing and of all, and how often they hold a known truth."""

from __future__ import annotations

from math import isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripeline.core.instants import DAY
from ripeline.core.intervals import (
    Estimate,
    correlation_of_shares,
    difference,
    incidence,
    lift,
    quantile,
    rate,
    share,
)

DRAWS = 600


def about(estimate: Estimate | None, low: float, high: float, places: int = 4) -> bool:
    """Whether the limits are these."""
    assert estimate is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return round(estimate.low, places) == low and round(estimate.high, places) == high


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_a_share_has_the_limits_that_newcombe_printed(hits: int, of: int, low: float, high: float) -> None:
    """The four examples of Newcombe, Statistics in Medicine 17 (1998), 857, method 3."""
    assert about(share(hits, of), low, high)


def test_a_difference_has_the_limits_that_newcombe_printed() -> None:
    """56 of 70 against 48 of 80, Statistics in Medicine 17 (1998), 873, method 10: other leads, no correlation."""
    assert about(difference(share(56, 70), share(48, 80), 0.0), 0.0524, 0.3339)


def test_a_count_of_ten_has_byars_limits() -> None:
    """From 4.79 to 18.39, against the exact 4.80 and 18.39."""
    assert about(rate(np.ones(10, np.int64), 1.0), 4.79, 18.39, places=2)


def test_leads_that_count_twice_make_a_rate_less_sure() -> None:
    """Ten offers to five leads say no more than five to five."""
    once, twice = rate(np.full(5, 1), 1.0), rate(np.full(5, 2), 1.0)
    assert once is not None
    assert twice is not None
    assert twice.high == pytest.approx(2 * (once.high or 0))


def test_without_leads_there_is_no_number() -> None:
    """And not a zero, which would be one."""
    assert share(0, 0) is None
    assert lift(0, 0, 3, 10) is None
    assert lift(0, 3, 0, 10) is None
    assert quantile(np.empty(0), 0.5) is None
    assert rate(np.zeros(3, np.int64), 0.0) is None
    assert difference(share(1, 2), None, 0.0) is None


def test_nothing_found_is_not_nothing_there() -> None:
    """The upper limits of none: about three of the size asked for."""
    assert lift(0, 10, 5, 50) == Estimate(0.0, 0.0, (share(0, 10) or Estimate(0, 0, 0)).high / 0.1)  # type: ignore[operator]
    none = rate(np.zeros(4, np.int64), 2.0)
    assert none is not None
    assert none.high == pytest.approx(3.689 / 2, abs=0.001)


def test_few_values_have_a_median_without_limits() -> None:
    """Five values cannot say between which two of them the median lies, ten can."""
    few, more = quantile(np.arange(5.0), 0.5), quantile(np.arange(10.0), 0.5)
    assert few == Estimate(2.0, None, None)
    assert more == Estimate(4.5, 0.0, 9.0)


def test_the_share_by_time_is_the_share_when_nothing_is_open() -> None:
    """Without censored leads the method of Aalen and Johansen counts."""
    watched = np.array([10, 20, 30, 40, 50]) * DAY
    cause = np.array([1, 2, 1, 2, 1], np.int8)
    (found,) = incidence(watched, cause, [30 * DAY], least=1)
    assert isclose(found.share.value, 2 / 5)
    assert found.watched == 3


def test_an_open_lead_counts_as_long_as_it_was_watched() -> None:
    """Of four one is won at 10, one leaves unwatched at 15, one is won at 20: a quarter, then 3/4 of a half."""
    watched, cause = np.array([10, 15, 20, 30]) * DAY, np.array([1, 0, 1, 0], np.int8)
    early, late = incidence(watched, cause, [12 * DAY, 25 * DAY], least=1)
    assert isclose(early.share.value, 1 / 4)
    assert isclose(late.share.value, 1 / 4 + 3 / 4 * 1 / 2)


def test_a_lost_lead_can_no_longer_be_won() -> None:
    """Taken for open, the lost would raise the share of the others; they do not."""
    watched = np.array([10, 20, 30, 40]) * DAY
    lost, open_ = np.array([2, 2, 1, 0], np.int8), np.array([0, 0, 1, 0], np.int8)
    assert isclose(incidence(watched, lost, [35 * DAY], least=1)[0].share.value, 1 / 4)
    assert isclose(incidence(watched, open_, [35 * DAY], least=1)[0].share.value, 1 / 2)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_a_number_lies_between_its_limits(hit: int, miss: int, missed: int, rest: int) -> None:
    """Whatever the counts."""
    everyone = hit + miss + missed + rest
    told = [share(hit, hit + miss), lift(hit, hit + miss, hit + missed, everyone)]
    told.append(difference(share(hit, hit + miss), share(hit + missed, everyone), 0.5))
    for estimate in filter(None, told):
        assert (estimate.low or -1) <= estimate.value + 1e-12
        assert estimate.high is None or estimate.value <= estimate.high + 1e-12


def test_the_limits_hold_the_truth_in_95_of_100_draws() -> None:
    """Four kinds of leads drawn 600 times by known shares: share, lift, and two overlapping selections apart."""
    lots = np.random.default_rng(95)
    kinds = np.array([0.05, 0.10, 0.04, 0.06, 0.03, 0.07, 0.05, 0.60])  # won or lost, within first, other, both, none
    won, first = np.array([1, 0, 1, 0, 1, 0, 1, 0], bool), np.array([1, 1, 0, 0, 1, 1, 0, 0], bool)
    other = np.array([0, 0, 1, 1, 1, 1, 0, 0], bool)
    precision = [kinds[which & won].sum() / kinds[which].sum() for which in (first, other)]
    held = np.zeros(3)
    for _ in range(DRAWS):
        drawn = lots.choice(8, size=1000, p=kinds)
        w, a, b = won[drawn], first[drawn], other[drawn]
        counts = [int((w & which).sum()) for which in (a, b)] + [int(which.sum()) for which in (a, b)]
        told = (
            (share(counts[0], counts[2]), precision[0]),
            (lift(counts[0], counts[2], int(w.sum()), 1000), precision[0] / kinds[won].sum()),
            (
                difference(share(counts[0], counts[2]), share(counts[1], counts[3]), correlation_of_shares(w, a, w, b)),
                precision[0] - precision[1],
            ),
        )
        held += [of is not None and (of.low or 0) <= truth <= (of.high or 0) for of, truth in told]
    assert (held / DRAWS).min() > 0.92
    assert (held / DRAWS).max() < 0.98


def test_the_share_by_time_holds_the_truth_in_95_of_100_draws() -> None:
    """Leads are won or lost at random times, and watched for random times."""
    lots = np.random.default_rng(96)
    held = 0
    truth = 0.3 * (1 - np.exp(-2.0))
    for _ in range(DRAWS):
        wins = lots.random(400) < 0.3
        ends, seen = lots.exponential(30, 400), lots.uniform(0, 120, 400)
        watched = (np.minimum(ends, seen) * DAY).astype(np.int64)
        cause = np.where(ends < seen, np.where(wins, 1, 2), 0).astype(np.int8)
        of = incidence(watched, cause, [60 * DAY])[0].share
        held += (of.low or 0) <= truth <= (of.high or 0)
    assert 0.92 < held / DRAWS < 0.98
