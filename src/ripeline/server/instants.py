"""Instants as the evaluator counts them: whole microseconds since 1970, UTC."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from django.db import models

from ripeline.core.instants import DAY, HOUR, MINUTE, SECOND, instant, moment

__all__ = [
    "DAY",
    "FOREVER",
    "HOUR",
    "MINUTE",
    "SECOND",
    "TOLD",
    "Clock",
    "InstantField",
    "moment",
    "now",
    "of_text",
    "text",
]

Clock = Callable[[], int]
"""Tells the present instant."""

FOREVER = 2**62
"""The end of what has not ended."""

TOLD = 730 * DAY
"""Nothing that anybody tells is dated before this; the time before is for what Ripeline derives by rule.

Of an attribute the last word counts, so whatever anybody tells, whenever, goes before what is derived."""

InstantField = models.BigIntegerField
"""A column of instants: numbers and not timestamps, so that every database gives back what the evaluator was given."""


def now() -> int:
    """The present instant."""
    return time.time_ns() // 1_000


def of_text(told: str) -> int:
    """The instant that `text` tells so; raises ValueError for what it does not write."""
    return instant(datetime.fromisoformat(told))


def text(at: int) -> str:
    """An instant as rows tell it: ISO 8601, in UTC, always with six digits, so that texts sort as instants do."""
    return moment(at).isoformat(timespec="microseconds")
