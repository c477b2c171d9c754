"""Keeping one thing that fails from holding up the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db import InterfaceError, OperationalError, ProgrammingError

from ripeline.server.instruments import logs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

OUTAGES = (OperationalError, InterfaceError, ProgrammingError)
"""The database is away or full, or its tables are not ours: no row's fault, and over when that is mended."""


def spared(work: Callable[[Sequence[T]], int], items: Sequence[T], give_up: Callable[[T], None]) -> int:
    """Work on all at once; where that fails, on halves, until what fails is found and given up.

    Returns the sum of what `work` returned. Raises OUTAGES.
    """
    if not items:
        return 0
    try:
        return work(items)
    except OUTAGES:
        raise
    except Exception:  # noqa: BLE001 - whatever one of them can cause
        logs.logger().error("failed_together", count=len(items), exc_info=True)
    if len(items) == 1:
        give_up(items[0])
        return 0
    middle = len(items) // 2
    return spared(work, items[:middle], give_up) + spared(work, items[middle:], give_up)
