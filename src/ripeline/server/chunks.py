"""Many values in portions that a database takes as parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

V = TypeVar("V")

CHUNK = 500


def chunks(values: Sequence[V], most: int = CHUNK) -> Iterator[Sequence[V]]:
    """The values in order, at most so many at a time."""
    return (values[first : first + most] for first in range(0, len(values), most))
