"""Instants as the evaluator counts them: whole microseconds since 1970, UTC."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import models

Clock = Callable[[], int]
"""Tells the present instant."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
FOREVER = 2**62
"""The end of what has not ended."""


InstantField = models.BigIntegerField
"""A column of instants: numbers and not timestamps, so that every database gives back what the evaluator was given."""


def now() -> int:
    """The present instant."""
    return time.time_ns() // 1_000
