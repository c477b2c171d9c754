"""Instants as the evaluator counts them: whole microseconds since 1970, UTC."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import models

Clock = Callable[[], int]
"""Tells the present instant."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FOREVER = 2**62
"""The end of what has not ended."""

TOLD = 730 * DAY
"""Nothing that anybody tells is dated before this; the time before is for what Ripeline derives by rule.

Of an attribute the last word counts, so whatever anybody tells, whenever, goes before what is derived."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

InstantField = models.BigIntegerField
"""A column of instants: numbers and not timestamps, so that every database gives back what the evaluator was given."""


def now() -> int:
    """The present instant."""
    return time.time_ns() // 1_000


def moment(at: int) -> datetime:
    """An instant as a date and a time of day, in UTC."""
    return EPOCH + timedelta(microseconds=at)


def of_text(told: str) -> int:
    """The instant that `text` tells so; raises ValueError for what it does not write."""
    return (datetime.fromisoformat(told) - EPOCH) // timedelta(microseconds=1)


def text(at: int) -> str:
    """An instant as rows tell it: ISO 8601, in UTC, always with six digits, so that texts sort as instants do."""
    return moment(at).isoformat(timespec="microseconds")
