"""When something happened, by the clocks of senders that may be wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from ripeline.core.instants import DAY, MINUTE, SECOND, instant

Flag = Literal["", "future", "skewed", "no_time"]
"""What was wrong with a time: after its arrival, from a clock a day off, or not readable at all."""

_END = 7_258_118_400 * SECOND  # 2200
_LONGEST = 40
TOLERANCE = 5 * MINUTE
"""So far ahead a clock may be without a word."""


def micros(text: object) -> int | None:
    """The instant of an ISO 8601 text, UTC where it names no zone; none if there is no such time from 1970 to 2199."""
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    try:
        read = datetime.fromisoformat(text)
        at = instant(read if read.tzinfo else read.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
    return at if 0 <= at < _END else None


def happened_at(given: object, sent_at: int | None, received_at: int) -> tuple[int, Flag]:
    """When it happened, never after it arrived, and what was wrong with the time given.

    The sender's clock is set by the moment it sent: received_at - (sent_at - given). No time given, or none that can
    be read: when it arrived.
    """
    if given is None or given == "":
        return received_at, ""
    original = micros(given)
    if original is None:
        return received_at, "no_time"
    skew = 0 if sent_at is None else received_at - sent_at
    at = original + skew
    if at > received_at + TOLERANCE:
        return received_at, "future"
    return min(max(at, 0), received_at), "skewed" if abs(skew) > DAY else ""
