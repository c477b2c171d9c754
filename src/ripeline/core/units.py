"""The scalars of the playbook language: points, durations, times of day, zones, names.

Points are held as integer micro-points (1 point = 1,000,000), durations as integer microseconds.
"""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core.core_schema import CoreSchema, no_info_before_validator_function

from ripeline.core.instants import DAY, HOUR, MINUTE
from ripeline.core.phrases import phrase as _
from ripeline.core.problems import nearest, refuse

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler

    from ripeline.core.phrases import Phrase

MICRO = 1_000_000
"""Micro-points in a point."""

MAX_POINTS = 10_000
MAX_DURATION = 10 * 365 * DAY

_LONGEST_NUMBER = 30

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
        refuse("PB025")
    microseconds = int(found[1]) * _UNITS[found[2]]
    if not 0 < microseconds <= MAX_DURATION:
        refuse("PB026")
    return microseconds


def parse_points(value: object) -> int:
    """Micro-points of a number with at most six decimals, from -10,000 to 10,000."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)) > _LONGEST_NUMBER:
        refuse("PB027")
    try:
        points = Decimal(str(value))
    except InvalidOperation:
        refuse("PB027")
    if not points.is_finite() or abs(points) > MAX_POINTS:
        refuse("PB028", limit=MAX_POINTS)
    micro = points * MICRO
    if micro != micro.to_integral_value():
        refuse("PB029")
    return int(micro)


def _parse_time(value: object) -> object:
    if isinstance(value, time):
        return value
    if not (isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value)):
        refuse("PB030")
    return time.fromisoformat(value)


def _parse_day(value: object) -> object:
    if isinstance(value, date):
        return value
    if not (isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)):
        refuse("PB035")
    try:
        return date.fromisoformat(value)
    except ValueError:
        refuse("PB035")


def _parse_zone(value: object) -> object:
    if not isinstance(value, str) or value not in available_timezones():
        refuse("PB031", name=str(value)[:100], near=nearest(str(value), sorted(available_timezones())))
    return value


def _parse_scalar(value: object) -> object:
    if not isinstance(value, str | int | float):
        refuse("PB020", given=kind_of(value), wanted=_("a text, a number, true or false"))
    return value


def one_or_many(value: object) -> object:
    """Return a list of the one value that stands alone, anything else as it is."""
    return [value] if isinstance(value, str | int | float) and not isinstance(value, bool) else value


def label_text(value: object) -> object:
    """Return the text of a label that was written as a number, anything else as it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def kind_of(value: object) -> Phrase:
    """How people call the kind of a value read from YAML."""
    if isinstance(value, bool):
        return _("true") if value else _("false")
    number = _("a number")
    kinds = {dict: _("keys with values"), list: _("a list"), str: _("text"), int: number, float: number}
    return kinds.get(type(value), _("empty"))


class _OneOrMany:
    """The mark of a list of which a single item may stand alone."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        return no_info_before_validator_function(one_or_many, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


MANY = _OneOrMany()
SOME = Field(min_length=1)

Duration = Annotated[
    int, BeforeValidator(parse_duration), WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN})
]
Points = Annotated[
    int,
    BeforeValidator(parse_points),
    WithJsonSchema({"type": "number", "minimum": -MAX_POINTS, "maximum": MAX_POINTS}),
]
TimeOfDay = Annotated[time, BeforeValidator(_parse_time), WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d$"})]
Day = Annotated[date, BeforeValidator(_parse_day), WithJsonSchema({"type": "string", "format": "date"})]
Zone = Annotated[str, BeforeValidator(_parse_zone), WithJsonSchema({"type": "string"})]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Label = Annotated[
    str,
    BeforeValidator(label_text),
    StringConstraints(min_length=1, max_length=100),
    WithJsonSchema({"type": ["string", "integer"]}),
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Flag = Annotated[bool, Field(strict=True)]
Percent = Annotated[int, Field(ge=1, le=100, strict=True)]
Count = Annotated[int, Field(ge=1, le=100_000, strict=True)]
CountOrNone = Annotated[int, Field(ge=0, le=100_000, strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Scalar = Annotated[Text | Number | Flag, BeforeValidator(_parse_scalar)]

Names = Annotated[tuple[Name, ...], SOME, MANY]
NamesIfAny = Annotated[tuple[Name, ...], MANY]
Texts = Annotated[tuple[Text, ...], SOME, MANY]
Scalars = Annotated[tuple[Scalar, ...], SOME, MANY]
Labels = Annotated[tuple[Label, ...], SOME, MANY]


class Frozen(BaseModel):
    """A part of a playbook: immutable, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
