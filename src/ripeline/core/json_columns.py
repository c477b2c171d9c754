"""Properties in a column of JSON objects: values taken out of many texts at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
from polars.exceptions import PolarsError

from ripeline.core.columns import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

NO_OBJECT = "\x00no object"
"""The field that says where there is a text that is no JSON object."""

# Texts in which the quick ways write a number otherwise than `as_text` does, so that each is read by itself.
_ODD_TEXT = r"[\d.]{16,}|\d[eE][+-]?\d|-0"
_SURROGATE = r"\\u[dD]"

_ODD_VALUE = r"^(\[|\{|-?\d+(\.\d*0|(\.\d+)?[eE].*)$)"
_FRACTION = r"^-?\d+\."


def json_object(text: str | None) -> dict[str, Any] | None:
    """The object in a text, empty for no text; None if there is no object in it."""
    try:
        value = json.loads(text, parse_constant=_refuse) if text else {}
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def json_properties(column: pl.Series, names: Sequence[str]) -> pl.Series:
    """These properties of each object as a struct of texts, and ``NO_OBJECT``.

    A property is null where it is missing, null or empty. Of keys that stand twice in an object either may count.
    """
    column = column.set(column == "", None)
    fields = _decoded(column, names) or {name: _taken(column, name) for name in names} | {NO_OBJECT: _no_object(column)}
    return pl.DataFrame(fields).to_struct(column.name)


def _decoded(column: pl.Series, names: Sequence[str]) -> dict[str, pl.Series] | None:
    """The quick way, for objects of nothing but texts, numbers and truth values; None if some are of another kind."""
    if not names or column.str.contains(_SURROGATE).any():
        return None
    try:
        decoded = column.str.json_decode(pl.Struct(dict.fromkeys(names, pl.String())))
    except PolarsError:
        return None
    odd = column.str.contains(_ODD_TEXT).fill_null(value=False)
    fields = {name: _corrected(decoded.struct.field(name), column, odd, name) for name in names}
    is_object = column.str.strip_chars().str.starts_with("{")
    return fields | {NO_OBJECT: ~is_object.fill_null(value=True)}


def _taken(column: pl.Series, name: str) -> pl.Series:
    """One property by its path, whatever the objects hold."""
    found = column.str.json_path_match(f"$[{json.dumps(name, ensure_ascii=False)}]")
    odd = found.str.contains(_ODD_VALUE) | (found.str.contains(_FRACTION) & column.str.contains(_ODD_TEXT))
    # The path language cannot name a key with a backslash.
    odd = column.is_not_null() if "\\" in name else odd.fill_null(value=False)
    return _corrected(found, column, odd, name)


def _corrected(found: pl.Series, column: pl.Series, odd: pl.Series, name: str) -> pl.Series:
    """The values found, but those of the odd texts read one by one."""
    if odd.any():
        places = odd.arg_true()
        found = found.scatter(places, [as_text((json_object(text) or {}).get(name)) for text in column.gather(places)])
    return found.set(found == "", None)


def _no_object(column: pl.Series) -> pl.Series:
    whole = column.str.json_path_match("$").str.starts_with("{").fill_null(value=False)
    return column.is_not_null() & ~whole


def _refuse(constant: str) -> None:
    message = f"{constant} is not JSON"
    raise ValueError(message)
