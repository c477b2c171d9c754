"""Values are read alike one by one and by columns; the two ways are held against each other."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from ripeline.core.columns import DTYPES, as_text, read_value, texts, typed
from ripeline.core.json_columns import json_texts

VALUES = st.one_of(
    st.sampled_from(
        ["", " ", "50", " 1.5 ", "-.5", "+7.", "1e3", "1e999", "NaN", "inf", "0x1", "1_0", "abc", "true", "No"]
    ),
    st.sampled_from(["2026-01-31", "2026-13-01", "2026-01-31T09:00", "31.01.2026", "2026-1-3", "a|b", " a | |b", "|"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
)


@given(st.lists(VALUES, max_size=5), st.sampled_from(sorted(DTYPES)))
def test_columns_are_read_as_single_values_are(values: list[str], kind: Any) -> None:  # noqa: ANN401 - a Kind
    """What is read by columns from files and by values from programs is the same."""
    column = pl.Series("value", values, dtype=pl.String)

    def read(value: str) -> object:
        try:
            return read_value(value, kind)
        except ValueError:
            return None

    assert column.to_frame().select(typed(pl.col("value"), pl.String(), kind))["value"].to_list() == list(
        map(read, values)
    )


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_have_one_shortest_form(numbers: list[float | None]) -> None:
    """A number becomes the same text alone and in a column."""
    column = pl.Series("value", numbers, dtype=pl.Float64)
    assert column.to_frame().select(texts(pl.col("value"), pl.Float64()))["value"].to_list() == list(
        map(as_text, numbers)
    )


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(-1e9, 1e9, allow_subnormal=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["page", "it's", 'a"b', "a.b", "a\\b", "ü"]), JSON, max_size=3), max_size=4
    )
)
def test_json_is_read_as_single_values_are(objects: list[dict[str, Any]]) -> None:
    """A property taken out of many JSON texts is what it is in each."""
    column = pl.Series(list(map(json.dumps, objects)), dtype=pl.String)
    for name in ("page", "it's", 'a"b', "a.b", "a\\b", "ü"):
        assert json_texts(column, name).to_list() == [as_text(said.get(name)) for said in objects]
