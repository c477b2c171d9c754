"""Foreign columns made ours: times, numbers, texts, dates, sets and truth values, all or none of a column at once."""

from __future__ import annotations

import difflib
import json
import math
import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Self, cast

import polars as pl

from ripeline.core.phrases import gettext, phrase
from ripeline.core.phrases import phrase as _
from ripeline.core.problem_texts import DID_YOU_MEAN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ripeline.core.phrases import Phrase

Kind = Literal["text", "number", "date", "set", "yes_no"]

LATEST = 7_258_118_400_000_000 - 1
"""The last microsecond of 2199. Times are accepted from 1970 to here."""

DTYPES: Mapping[Kind, pl.DataType] = {
    "text": pl.String(),
    "number": pl.Float64(),
    "date": pl.Date(),
    "set": pl.List(pl.String()),
    "yes_no": pl.Boolean(),
}

TIME_CURE = gettext("Write ISO 8601 with an offset, such as 2026-01-31T09:00:00+01:00.")
CURES: Mapping[Kind, str] = {
    "text": gettext("Write a text."),
    "number": gettext("Write a decimal number such as 1200 or 12.5."),
    "date": gettext("Write a date such as 2026-01-31."),
    "set": gettext("Write texts separated by |."),
    "yes_no": gettext("Write true or false."),
}
_WRONG: Mapping[Kind, str] = {
    "text": gettext("{value} is not a text"),
    "number": gettext("{value} is not a number"),
    "date": gettext("{value} is not a date"),
    "set": gettext("{value} is not a set"),
    "yes_no": gettext("{value} is not true or false"),
}

SPACE = " \t\n\r\v\f\u00a0"
"""What is taken off around a value; said here, because languages differ in what they hold for white space."""

_ZONED = ("%+", "%Y-%m-%dT%H:%M%#z", "%Y-%m-%d %H:%M%#z")
_ZONELESS = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M")
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?", re.ASCII)
_EXACT = 1e15


class DataProblem(ValueError):
    """Input that is not what the data format asks for: where, what and the cure; as a string one English line."""

    def __init__(self, what: Phrase, *, cure: Phrase, column: str = "", file: str = "", row: int | None = None) -> None:
        super().__init__(what, cure, column, file, row)
        self.what = what
        self.cure = cure
        self.column = column
        self.file = file
        self.row = row

    def __str__(self) -> str:
        return self.told(str)

    def told(self, tell: Callable[[Phrase], str]) -> str:
        """The problem in one line, in the words of ``tell``."""
        place = self.file if self.row is None else f"{self.file}:{self.row}"
        line = ": ".join(part for part in (place, self.column, tell(self.what)) if part)
        return f"{line}. {tell(self.cure)}"

    def at(self, file: str, row: int | None) -> Self:
        """The same problem with its place."""
        return type(self)(self.what, cure=self.cure, column=self.column, file=file, row=row)


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one of the words that is probably meant; None if none is near."""
    return next(iter(difflib.get_close_matches(word, list(words), n=1)), None)


def did_you_mean(word: str, words: Iterable[str]) -> Phrase | None:
    """``Did you mean "at"?`` for the nearest of the words, or None if none is near."""
    near = nearest(word, words)
    return phrase(DID_YOU_MEAN, near=near) if near else None


def quoted(value: object) -> str:
    """A foreign value as a message shows it: on one line, in quotes, cut when long."""
    text = str(value)
    return json.dumps(text if len(text) <= 60 else text[:57] + "...", ensure_ascii=False)  # noqa: PLR2004 - a width


def wrong_type(value: object, column: str, kind: Kind) -> DataProblem:
    """The problem of a value of an attribute that cannot be read as its type."""
    return DataProblem(phrase(_WRONG[kind], value=quoted(value)), cure=phrase(CURES[kind]), column=column)


def as_text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """A JSON value as text: the shortest form of a number, a list as a set separated by `|`; None if it is unknown."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, list | tuple):
        return "|".join(filter(None, map(as_text, value))) or None
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value.isoformat() if isinstance(value, date) else str(value)


def _number_text(value: float) -> str | None:
    if not math.isfinite(value):
        return None
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    text = repr(value)
    # Polars, which writes the numbers of columns, begins exponents one decimal later and without a zero.
    return format(Decimal(text), "f") if text.endswith("e-05") else text.replace("e-0", "e-")


def read_value(value: Any, kind: Kind) -> Any:  # noqa: ANN401 - any JSON value in, a value of the kind out
    """A JSON value as an attribute of this kind; None if it is unknown. Raises ValueError if it cannot be read.

    ``typed`` reads whole columns alike.
    """
    text = as_text(value)
    if text is None and value is not None and isinstance(value, float):
        raise ValueError
    if text is None or kind == "text":
        return text
    text = text.strip(SPACE)
    return _SCALARS[kind](text) if text else None


def _scalar_set(text: str) -> list[str] | None:
    return [item for part in text.split("|") if (item := part.strip(SPACE))] or None


def _scalar_truth(text: str) -> bool:
    if text.lower() not in _TRUTH:
        raise ValueError
    return _TRUTH[text.lower()]


def _scalar_date(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise ValueError
    return date.fromisoformat(text[:10])


def _scalar_number(text: str) -> float:
    if not _NUMBER.fullmatch(text) or not math.isfinite(number := float(text)):
        raise ValueError
    return number


_SCALARS: Mapping[Kind, Callable[[str], Any]] = {
    "set": _scalar_set,
    "yes_no": _scalar_truth,
    "date": _scalar_date,
    "number": _scalar_number,
}


def values_of(values: list[Any], name: str = "") -> pl.Series:
    """JSON values as one column: of numbers or truth values if all known ones are, else of texts."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {str}:
        return pl.Series(name, values, dtype=pl.String)
    if kinds == {bool}:
        return pl.Series(name, values, dtype=pl.Boolean)
    if kinds and kinds <= {int, float}:
        numbers = pl.Series(name, values, dtype=pl.Float64)
        return numbers.set(~numbers.is_finite(), None) if float in kinds else numbers
    return pl.Series(name, list(map(as_text, values)), dtype=pl.String)


def texts(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Any column as text, as ``as_text`` reads single values; empty text is null."""
    if dtype == pl.String:
        text = column
    elif dtype.is_float() or dtype.is_decimal():
        number = column.cast(pl.Float64)
        whole = (number == number.floor()) & (number.abs() < _EXACT)
        exact = number.cast(pl.Int64, strict=False).cast(pl.String)
        text = pl.when(whole).then(exact).when(number.is_finite()).then(number.cast(pl.String))
    elif isinstance(dtype, pl.List):
        text = column.list.eval(texts(pl.element(), cast("pl.DataType", dtype.inner))).list.join("|", ignore_nulls=True)
    elif isinstance(dtype, pl.Array):
        return texts(column.arr.to_list(), pl.List(dtype.inner))
    elif isinstance(dtype, pl.Datetime):
        text = column.dt.to_string("iso:strict")
    elif isinstance(dtype, pl.Struct):
        text = column.struct.json_encode()
    elif isinstance(dtype, pl.Duration):
        text = column.dt.to_string("iso")
    else:
        text = column.cast(pl.String)
    return pl.when(text != "").then(text)


def typed(column: pl.Expr, dtype: pl.DataType, kind: Kind) -> pl.Expr:
    """The column as an attribute of this kind; null where a value is unknown or cannot be read."""
    return _READERS[kind](column, dtype).cast(DTYPES[kind])


def _sets(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    parts = column if isinstance(dtype, pl.List) else texts(column, dtype).str.split("|")
    item = pl.element().cast(pl.String).str.strip_chars(SPACE)
    items = parts.list.eval(item.filter(item != ""))
    return pl.when(items.list.len() > 0).then(items)


def _numbers(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype.is_numeric() or dtype.is_decimal():
        number = column.cast(pl.Float64)
    elif dtype in (pl.String, pl.Null, pl.Categorical, pl.Enum):
        text = column.cast(pl.String).str.strip_chars(SPACE)
        number = pl.when(text.str.contains(f"^{_NUMBER.pattern}$")).then(text.cast(pl.Float64, strict=False))
    else:
        number = _nothing(pl.Float64())
    return pl.when(number.is_finite()).then(number)


def _dates(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.Date:
        return column
    if isinstance(dtype, pl.Datetime):
        return column.dt.date()
    text = texts(column, dtype).str.strip_chars(SPACE)
    day = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    return pl.when(text.str.contains(f"^{_DATE.pattern}$")).then(day)


def _truths(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.Boolean:
        return column
    text = texts(column, dtype).str.strip_chars(SPACE).str.to_lowercase()
    return text.replace_strict(_TRUTH, default=None, return_dtype=pl.Boolean)


def _nothing(dtype: pl.DataType) -> pl.Expr:
    return pl.lit(None, dtype=dtype)


_READERS: Mapping[Kind, Callable[[pl.Expr, pl.DataType], pl.Expr]] = {
    "text": texts,
    "number": _numbers,
    "date": _dates,
    "set": _sets,
    "yes_no": _truths,
}


def instants(column: pl.Series, zone: str | None = None) -> pl.Series:
    """Microseconds UTC of times from 1970 to 2199; null for all else, and for zone-less times if no zone is given."""
    kind = column.dtype
    if kind in (pl.String, pl.Null):
        moment = _parsed(column.cast(pl.String), zone)
    elif isinstance(kind, pl.Datetime):
        moment = column.dt.cast_time_unit("us")
        if kind.time_zone is None:
            moment = _in_zone(moment, zone)
    elif kind == pl.Date:
        moment = _in_zone(column.cast(pl.Datetime("us")), zone)
    else:
        moment = pl.Series(column.name, [], dtype=pl.Datetime("us", "UTC")).extend_constant(None, len(column))
    micros = moment.dt.timestamp("us")
    return micros.set((micros < 0) | (micros > LATEST), None)


def _parsed(text: pl.Series, zone: str | None) -> pl.Series:
    text = text.str.strip_chars(SPACE)
    moment = _first_format(text, _ZONED, "UTC")
    if zone is None or moment.null_count() == text.null_count():
        return moment
    local = _first_format(text, _ZONELESS, None)
    days = text.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us"))
    return moment.zip_with(moment.is_not_null(), _in_zone(local.zip_with(local.is_not_null(), days), zone))


def _first_format(text: pl.Series, formats: tuple[str, ...], zone: str | None) -> pl.Series:
    moment = pl.Series(text.name, [None], dtype=pl.Datetime("us", zone)).new_from_index(0, len(text))
    for form in formats:
        if moment.null_count() > text.null_count():
            found = text.str.to_datetime(form, time_unit="us", time_zone=zone, strict=False)
            moment = moment.zip_with(moment.is_not_null(), found) if moment.null_count() < len(text) else found
    return moment


def _in_zone(local: pl.Series, zone: str | None) -> pl.Series:
    """Local times in a zone: of an hour that a clock change repeats the first, of one that it skips none."""
    if zone is None:
        return local.clear(len(local)).cast(pl.Datetime("us", "UTC"))
    return local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")


def unreadable(column: pl.Series, read: pl.Series) -> int | None:
    """The position of the first known value that was read as null; None if there is none."""
    if column.null_count() == read.null_count():
        return None
    lost = read.is_null() & column.is_not_null()
    if column.dtype == pl.String:
        lost &= column.str.strip_chars(SPACE) != ""
    elif isinstance(column.dtype, pl.List):
        lost &= column.list.drop_nulls().list.len() > 0
    return lost.arg_max() if lost.any() else None


def no_time(value: object, column: str, zone: str | None) -> DataProblem:
    """The problem of a value that cannot be read as a time in this zone."""
    text = pl.Series([value], strict=False)
    if instants(text, zone or "UTC")[0] is not None:
        cure = _("Write ISO 8601 with an offset, such as 2026-01-31T09:00:00+01:00, or pass --timezone.")
        return DataProblem(_("{value} has no offset from UTC", value=quoted(value)), cure=cure, column=column)
    what = _("{value} is not a time from 1970 to 2199", value=quoted(value))
    return DataProblem(what, cure=phrase(TIME_CURE), column=column)
