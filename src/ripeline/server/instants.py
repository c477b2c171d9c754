"""Instants as the evaluator counts them: whole microseconds since 1970, UTC."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import models

from ripeline.core.instants import DAY, HOUR, MINUTE, SECOND, instant, moment

__all__ = [
    "DAY",
    "FOREVER",
    "HOUR",
    "LATEST",
    "MINUTE",
    "SECOND",
    "TOLD",
    "Clock",
    "InstantField",
    "is_plan",
    "moment",
    "now",
    "of_text",
    "text",
]

Clock = Callable[[], int]
"""Tells the present instant."""

FOREVER = 2**62
"""The end of what has not ended."""

LATEST = instant(datetime(2200, 1, 1, tzinfo=UTC))
"""Nothing that people plan lies at this instant or after it, so that every calendar can tell it and add to it."""

TOLD = 730 * DAY
"""Nothing that anybody tells is dated before this; the time before is for what Ripeline derives by rule.

Of an attribute the last word counts, so whatever anybody tells, whenever, goes before what is derived."""

InstantField = models.BigIntegerField
"""A column of instants: numbers and not timestamps, so that every database gives back what the evaluator was given."""


def now() -> int:
    """The present instant."""
    return time.time_ns() // 1_000


def is_plan(at: int) -> bool:
    """Whether people may plan for an instant: from 1970 to 2199."""
    return 0 <= at < LATEST


def of_text(told: str) -> int:
    """The instant that `text` tells so; raises ValueError for what it does not write."""
    return instant(datetime.fromisoformat(told))


def text(at: int) -> str:
    """An instant as rows tell it: ISO 8601, in UTC, always with six digits, so that texts sort as instants do."""
    return moment(at).isoformat(timespec="microseconds")
