"""Values are read alike one by one and by columns; the two ways are held against each other."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripeline.core.columns import DTYPES, as_text, read_value, texts, typed
from ripeline.core.json_columns import NO_OBJECT, json_properties

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


TEXTS = st.text(st.characters(codec="utf-8"), max_size=5)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(-1e9, 1e9, allow_subnormal=False)
    | st.sampled_from([1.0, -0.0, 1e-05, 1e22, 123456789012345678901234567890, "50.0", "1e3", "-0", "\U0001f600"])
    | TEXTS
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
NAMES = ("page", "it's", 'a"b', "a.b", "a\\b", "ü")


@given(
    st.lists(st.dictionaries(st.sampled_from(NAMES), SCALARS, max_size=3), max_size=4)
    | st.lists(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=3), max_size=4),
    st.booleans(),
)
def test_json_is_read_as_single_values_are(objects: list[dict[str, Any]], in_ascii: bool) -> None:  # noqa: FBT001
    """A property taken out of many JSON texts is what it is in each."""
    column = pl.Series([json.dumps(said, ensure_ascii=in_ascii) for said in objects], dtype=pl.String)
    read = json_properties(column, NAMES).struct.unnest()
    assert not read[NO_OBJECT].any()
    for name in NAMES:
        assert read[name].to_list() == [as_text(said.get(name)) for said in objects]


@pytest.mark.parametrize(
    "text", ["[1]", "5", '"page"', "null", '{"page": NaN}', '{"page": 1', '{"page": "\\ud800"}', "x"]
)
@pytest.mark.parametrize("names", [(), ("page",), NAMES])
def test_what_is_no_json_object_is_found(text: str, names: tuple[str, ...]) -> None:
    """One such text among good ones is found, whatever is asked for."""
    column = pl.Series(['{"page": 1}', text, "", None, '{"page": [1]}'], dtype=pl.String)
    for part in (column, column[:4]):
        assert json_properties(part, names).struct.field(NO_OBJECT).arg_true().to_list() == [1]
