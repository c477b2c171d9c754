"""What an award is worth at an age, in whole micro-points, the same on every machine.

Only integer arithmetic and IEEE additions and multiplications are used, in a fixed order and without library
functions, so that one lead scored alone, in a batch of a million, compiled or not, agrees to the last bit.
"""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np

from ripeline.core.codes import DecayKind
from ripeline.core.compiling import compiled

_PARTS = 256
with localcontext() as _context:
    _context.prec = 40
    _ROOTS = np.array([float(Decimal(2) ** (Decimal(-i) / _PARTS)) for i in range(_PARTS)])
    _LN2 = float(Decimal(2).ln())
_HALVES = np.array([0.5**n for n in range(48)])
GONE = 48
"""After so many half-lives the largest award is less than half a micro-point."""

_CHUNK = 7
"""Bits taken at a time in `scaled`, so that no intermediate passes 63 bits."""

_EVERY_PERCENT = 100


@compiled
def share_left(half_life: int, age: int) -> float:
    """2^-(age / half-life), nothing after 48 half-lives.

    The exponent is taken apart into whole halves, 256ths from a table, and a Taylor series of the rest (below 1/256,
    where the sixth term is less than 1e-18).
    """
    whole = age // half_life
    if whole >= GONE:
        return 0.0
    x = (age - whole * half_life) / half_life * _PARTS
    part = int(x)
    z = (x - part) / _PARTS * -_LN2
    rest = 1.0 + z * (1.0 + z / 2.0 * (1.0 + z / 3.0 * (1.0 + z / 4.0 * (1.0 + z / 5.0))))
    return float(_HALVES[whole] * (_ROOTS[part] * rest))


@compiled
def halved(size: int, half_life: int, age: int) -> int:
    """`size` micro-points (not negative) after `age`, halved every `half_life`, rounded half up."""
    return int(np.floor(size * share_left(half_life, age) + 0.5))


@compiled
def scaled(size: int, share: int, whole: int) -> int:
    """`size` x `share` / `whole`, rounded half up, exactly; 0 <= share <= whole < 2**55, 0 <= size < 2**35."""
    quotient, rest = 0, 0
    for shift in range(28, -1, -_CHUNK):
        rest = (rest << _CHUNK) + ((size >> shift) & 127) * share
        step = rest // whole
        quotient = (quotient << _CHUNK) + step
        rest -= step * whole
    return quotient + (1 if 2 * rest >= whole else 0)


@compiled
def faded(points: int, age: int, kind: int, span: int, percent: int, window: int) -> int:
    """An award of `points` micro-points at `age` microseconds; halves are rounded away from zero."""
    if age >= window:
        return 0
    if kind == DecayKind.NONE:
        return points
    size = abs(points)
    if kind == DecayKind.HALF_LIFE:
        left = halved(size, span, age)
    elif kind == DecayKind.STEP:
        left = scaled(size, max(0, _EVERY_PERCENT - percent * (age // span)), _EVERY_PERCENT)
    else:
        whole = _EVERY_PERCENT * span
        # Past this age nothing is left, and percent x age could overflow.
        left = 0 if age >= whole // percent + 1 else scaled(size, max(0, whole - percent * age), whole)
    return left if points >= 0 else -left
