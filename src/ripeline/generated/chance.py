"""Chance by columns: the same draws for the same seed on every machine.

NumPy's own `exp`, `log` and normal draws may differ in the last bit from processor to processor. Here everything is
made of whole numbers, uniform draws, and the four operations that IEEE 754 fixes to the last bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt

from ripeline.generated.rhythm import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]

_HALVINGS = 6
_TERMS = 14
_LARGEST = 30.0
_HALF_ROOT = 0.7071067811865476
_LN_2 = 0.6931471805599453
_SMALLEST = 2.0**-53
_DICE = 12


def exp(power: Floats) -> Floats:
    """The exponential function, for powers from -30 to 30, beyond which they are held."""
    part = np.clip(power, -_LARGEST, _LARGEST) / 2**_HALVINGS
    result: Floats = np.ones_like(part)
    for term in range(_TERMS, 0, -1):
        result = 1.0 + result * part / term
    for _ in range(_HALVINGS):
        result = result * result
    return result


def log(number: Floats) -> Floats:
    """The natural logarithm of positive numbers."""
    part, power = np.frexp(number)
    low = part < _HALF_ROOT
    part, power = np.where(low, part * 2, part), power - low
    ratio = (part - 1) / (part + 1)
    square = ratio * ratio
    result = np.zeros_like(ratio)
    for odd in range(21, 0, -2):
        result = result * square + 1.0 / odd
    whole: Floats = 2 * ratio * result + power * _LN_2
    return whole


def share_of(log_odds: Floats) -> Floats:
    """The share of 1 that log odds stand for."""
    return 1 / (1 + exp(-log_odds))


def mean(numbers: Floats) -> float:
    """The mean, added from the first to the last because order changes the last bit; 0 of none."""
    return float(np.cumsum(numbers)[-1]) / len(numbers) if len(numbers) else 0.0


def intercept_of(share: float, log_odds: Floats) -> float:
    """The intercept, to four decimals, with which these log odds stand for this share in the mean."""
    low, high = -_LARGEST, _LARGEST
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if mean(share_of(middle + log_odds)) < share else (low, middle)
    return round(high, 4)


class Chance:
    """A stream of draws of its own for each seed and name, so that a new part changes no other."""

    def __init__(self, seed: int, *names: str) -> None:
        self._bits = np.random.Generator(np.random.PCG64([seed, *(crc32(name.encode()) for name in names)]))

    def uniform(self, size: int, low: float = 0.0, high: float = 1.0) -> Floats:
        """Numbers from low to high, high not included."""
        return low + (high - low) * self._bits.random(size)

    def normal(self, size: int) -> Floats:
        """Numbers of mean 0 and deviation 1, none beyond 6: the sum of twelve dice."""
        total = np.full(size, -_DICE / 2)
        for _ in range(_DICE):
            total += self._bits.random(size)
        return total

    def exponential(self, size: int) -> Floats:
        """Waiting times of mean 1."""
        return -log(self._bits.random(size) + _SMALLEST)

    def hours(self, size: int, low: float, high: float) -> Ints:
        """Times from low to high hours, in whole seconds."""
        return (self.uniform(size, low, high) * HOUR).astype(np.int64)

    def waits(self, size: int, days: float) -> Ints:
        """Waiting times of so many days in the mean, in whole seconds."""
        return (self.exponential(size) * days * DAY).astype(np.int64)

    def counts(self, size: int, means: Floats | float) -> Ints:
        """Whole numbers with a long tail (geometric) and this mean, or one for each."""
        chances = np.asarray(means / (1 + means) + _SMALLEST)
        return np.floor(log(self._bits.random(size) + _SMALLEST) / log(chances)).astype(np.int64)

    def holds(self, size: int, shares: Floats | float) -> Bools:
        """Whether it comes true for each, with this share of 1 or with one for each."""
        return self._bits.random(size) < shares

    def whole(self, size: int, below: int) -> Ints:
        """Whole numbers from 0 to below `below`."""
        return np.floor(self._bits.random(size) * below).astype(np.int64)

    def pick(self, size: int, weights: Sequence[float]) -> Ints:
        """Places in the weights, each as often as its weight asks."""
        bounds = np.cumsum(np.array(weights, np.float64))
        found = np.searchsorted(bounds, self._bits.random(size) * bounds[-1], side="right").astype(np.int64)
        return np.asarray(np.minimum(found, len(weights) - 1), np.int64)
