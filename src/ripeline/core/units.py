"""The scalars of the playbook language: points, durations, times of day, zones, names.

Points are held as integer micro-points (1 point = 1,000,000), durations as integer microseconds.
"""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

MICRO = 1_000_000
"""Micro-points in a point."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

MAX_POINTS = 10_000
MAX_DURATION = 10 * 365 * DAY

_UNITS = {
    "min": MINUTE,
    "minute": MINUTE,
    "minutes": MINUTE,
    "h": HOUR,
    "hour": HOUR,
    "hours": HOUR,
    "d": DAY,
    "day": DAY,
    "days": DAY,
    "w": 7 * DAY,
    "week": 7 * DAY,
    "weeks": 7 * DAY,
}
_DURATION = re.compile(r"(\d{1,6})\s*([a-z]+)")
DURATION_PATTERN = r"^\d{1,6}\s*(min|minutes?|h|hours?|d|days?|w|weeks?)$"


def parse_duration(value: object) -> int:
    """Microseconds of a duration such as ``30 days``, ``24h`` or ``15 min``.

    Raises ValueError for anything else, for zero, and for more than ten years.
    """
    found = _DURATION.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found is None or found[2] not in _UNITS:
        message = "is not a duration: write a whole number and a unit, such as 30 days, 24 h or 15 min"
        raise ValueError(message)
    microseconds = int(found[1]) * _UNITS[found[2]]
    if not 0 < microseconds <= MAX_DURATION:
        message = "is not a usable duration: it must be more than nothing and at most ten years"
        raise ValueError(message)
    return microseconds


def parse_points(value: object) -> int:
    """Micro-points of a number with at most six decimals, from -10,000 to 10,000."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        message = "is not a number of points"
        raise ValueError(message)  # noqa: TRY004 - pydantic reports ValueError with its place
    try:
        points = Decimal(str(value))
    except InvalidOperation:
        message = "is not a number of points"
        raise ValueError(message) from None
    if not points.is_finite() or abs(points) > MAX_POINTS:
        message = f"is not a usable number of points: it must lie between -{MAX_POINTS:,} and {MAX_POINTS:,}"
        raise ValueError(message)
    micro = points * MICRO
    if micro != micro.to_integral_value():
        message = "has more than six decimals: points are counted in millionths"
        raise ValueError(message)
    return int(micro)


def _parse_time(value: object) -> time:
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        return time.fromisoformat(value)
    message = 'is not a time of day: write it in quotes, such as "06:00"'
    raise ValueError(message)


def _parse_zone(value: object) -> str:
    if isinstance(value, str) and value in available_timezones():
        return value
    message = "is not a known time zone: write one such as Europe/Berlin"
    raise ValueError(message)


def one_or_many(value: object) -> object:
    return [value] if isinstance(value, str | int | float) and not isinstance(value, bool) else value


Duration = Annotated[
    int, BeforeValidator(parse_duration), WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN})
]
Points = Annotated[
    int,
    BeforeValidator(parse_points),
    WithJsonSchema({"type": "number", "minimum": -MAX_POINTS, "maximum": MAX_POINTS, "multipleOf": 1e-6}),
]
TimeOfDay = Annotated[time, BeforeValidator(_parse_time), WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d$"})]
Zone = Annotated[str, BeforeValidator(_parse_zone), WithJsonSchema({"type": "string"})]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Label = Annotated[str, BeforeValidator(lambda v: str(v) if isinstance(v, int) and not isinstance(v, bool) else v)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Percent = Annotated[int, Field(ge=1, le=100, strict=True)]
Count = Annotated[int, Field(ge=1, le=100_000, strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def listed(item: Any) -> Any:  # noqa: ANN401 - builds a type
    return Annotated[
        tuple[item, ...],
        BeforeValidator(one_or_many),
        Field(min_length=1),
    ]


Names = listed(Name)
Texts = listed(Text)
Scalars = listed(Text | Number)


class Frozen(BaseModel):
    """A part of a playbook: immutable, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
