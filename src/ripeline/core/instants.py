"""Instants: whole microseconds since 1970, UTC; as dates with a time of day, and as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """An instant as a date and a time of day, in UTC."""
    return _EPOCH + at * _MICROSECOND


def instant(moment: datetime) -> int:
    """The instant of a date and a time of day in any zone; raises TypeError without a zone."""
    return (moment - _EPOCH) // _MICROSECOND


def iso(at: int | None) -> str | None:
    """An instant in ISO 8601, UTC, with fractions of a second only where there are any; none of none."""
    return None if at is None else moment(at).isoformat()
