"""Properties in a column of JSON objects: single values taken out of many texts at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ripeline.core.columns import as_text

if TYPE_CHECKING:
    import polars as pl

_ODD = r"^(\[|\{|-?\d+(\.\d*0|(\.\d+)?[eE].*)$)"
"""Values that the quick way does not write as ``as_text`` does: lists, objects, numbers not in the shortest form."""

_FRACTION = r"^-?\d+\."
_LONG = r"[\d.]{17,}"
"""Fractions of more than fifteen digits, which the quick way rounds."""


def json_object(text: str | None) -> dict[str, Any] | None:
    """The object in a text, empty for no text; None if there is no object in it."""
    try:
        value = json.loads(text, parse_constant=_refuse) if text else {}
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse(constant: str) -> None:
    message = f"{constant} is not JSON"
    raise ValueError(message)


def json_texts(column: pl.Series, name: str) -> pl.Series:
    """One property of each object, as text; null where it is missing, null, empty, or where there is no object."""
    found = column.str.json_path_match(f"$[{json.dumps(name, ensure_ascii=False)}]")
    odd = found.str.contains(_ODD) | (found.str.contains(_FRACTION) & column.str.contains(_LONG))
    odd = column.is_not_null() if "\\" in name else odd.fill_null(value=False)
    if odd.any():
        places = odd.arg_true()
        found = found.scatter(places, [as_text((json_object(text) or {}).get(name)) for text in column.gather(places)])
    return found.set(found == "", None)


def is_no_object(column: pl.Series) -> pl.Series:
    """Where there is a text that is no JSON object."""
    return (
        column.is_not_null()
        & (column != "")
        & ~column.str.json_path_match("$").str.starts_with("{").fill_null(value=False)
    )
