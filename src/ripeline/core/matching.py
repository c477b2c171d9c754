"""Conditions on columns: the only evaluator of tests of attributes and properties.

A compiled condition is a Polars expression over booleans in which null means *unknown*; Polars' ``&``, ``|``
and ``~`` on nulls are exactly the three-valued logic of ``docs/meaning.md`` section 4.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import polars as pl

from ripeline.core.conditions import All, Any_, AttributeTest, Condition, Not, PropertyTest, ValueTest
from ripeline.core.history import property_column

Schema = Mapping[str, pl.DataType]

_DECIMAL = r"^[+-]?(\d+\.?\d*|\.\d+)$"
_DATE = r"^\d{4}-\d{2}-\d{2}([T ].*)?$"
_MAX_EXACT = 2.0**53


def condition_expression(condition: Condition, schema: Schema) -> pl.Expr:
    """The condition as an expression over the columns of `schema`; null where it is unknown.

    Only tests of values (attributes, properties) and their combinations are columns' business;
    others raise TypeError. A column that is not in `schema` is unknown throughout.
    """
    match condition:
        case All(all=parts):
            return reduce(operator.and_, (condition_expression(part, schema) for part in parts))
        case Any_(any=parts):
            return reduce(operator.or_, (condition_expression(part, schema) for part in parts))
        case Not(not_=part):
            return ~condition_expression(part, schema)
        case AttributeTest(attribute=name):
            return value_expression(condition, name, schema)
        case PropertyTest(property=name):
            return value_expression(condition, property_column(name), schema)
        case _:
            message = f"{type(condition).__name__} is not a test of a value"
            raise TypeError(message)


def value_expression(test: ValueTest, column: str, schema: Schema) -> pl.Expr:
    """One test of one column; null where the value is unknown, unless the test says `or_unknown`."""
    value = _Value(column, schema[column]) if column in schema else _Value(column, pl.Null())
    if test.missing is not None:
        return value.is_unknown() if test.missing else ~value.is_unknown()
    held = _TESTS[test.operator](value, getattr(test, test.operator))
    return held.fill_null(value=True) if test.or_unknown else held


def unknown_expression(column: str, schema: Schema) -> pl.Expr:
    """True where the column's value is unknown."""
    return _Value(column, schema.get(column, pl.Null())).is_unknown()


class _Value:
    """A column read as what an operator compares; null where it cannot be read so."""

    def __init__(self, column: str, dtype: pl.DataType) -> None:
        self.column = pl.col(column) if dtype != pl.Null else pl.lit(None, dtype=pl.String)
        self.dtype = dtype if dtype != pl.Null else pl.String()

    def raw_text(self) -> pl.Expr:
        if self.dtype == pl.List:
            return pl.lit(None, dtype=pl.String)
        if self.dtype.is_float():
            whole = (self.column == self.column.floor()) & (self.column.abs() < _MAX_EXACT)
            number = self.column.fill_nan(None)
            text = (
                pl.when(whole)
                .then(number.cast(pl.Int64, strict=False).cast(pl.String))
                .otherwise(number.cast(pl.String))
            )
        else:
            text = self.column.cast(pl.String)
        stripped = text.str.strip_chars()
        return pl.when(stripped != "").then(stripped)

    def text(self) -> pl.Expr:
        return self.raw_text().str.to_lowercase()

    def number(self) -> pl.Expr:
        if self.dtype.is_numeric():
            return self.column.cast(pl.Float64).fill_nan(None)
        if self.dtype != pl.String:
            return pl.lit(None, dtype=pl.Float64)
        text = self.column.str.strip_chars()
        return pl.when(text.str.contains(_DECIMAL)).then(text).cast(pl.Float64, strict=False)

    def truth(self) -> pl.Expr:
        if self.dtype == pl.Boolean:
            return self.column
        if self.dtype != pl.String:
            return pl.lit(None, dtype=pl.Boolean)
        text = self.text()
        return pl.when(text.is_in(["true", "false"])).then(text == "true")

    def date(self) -> pl.Expr:
        if self.dtype == pl.Date:
            return self.column
        if self.dtype == pl.Datetime:
            return self.column.dt.date()
        if self.dtype != pl.String:
            return pl.lit(None, dtype=pl.Date)
        text = self.column.str.strip_chars()
        return pl.when(text.str.contains(_DATE)).then(text.str.head(10)).str.to_date("%Y-%m-%d", strict=False)

    def members(self) -> pl.Expr:
        # A number is a set of one: what its column is read as may depend on other rows, and must change nothing.
        parts = self.column if self.dtype == pl.List else self.raw_text().str.split("|")
        folded = parts.list.eval(pl.element().str.strip_chars().str.to_lowercase())
        kept = folded.list.eval(pl.element().filter(pl.element() != ""))
        return pl.when(kept.list.len() > 0).then(kept)

    def is_unknown(self) -> pl.Expr:
        if self.dtype == pl.List:
            return self.members().is_null()
        if self.dtype == pl.String:
            return self.column.str.strip_chars().fill_null("") == ""
        if self.dtype.is_float():
            return self.column.is_null() | self.column.is_nan()
        return self.column.is_null()


def _equals(value: _Value, operand: object) -> pl.Expr:
    if isinstance(operand, bool):
        return value.truth() == operand
    if isinstance(operand, int | float):
        return value.number() == float(operand)
    return value.text() == _fold(str(operand))


def _is_one_of(value: _Value, operands: tuple[object, ...]) -> pl.Expr:
    numbers = [float(o) for o in operands if isinstance(o, int | float) and not isinstance(o, bool)]
    texts = [_fold(o) for o in operands if isinstance(o, str)]
    parts = [_equals(value, o) for o in operands if isinstance(o, bool)]
    parts += [value.number().is_in(numbers)] if numbers else []
    parts += [value.text().is_in(texts)] if texts else []
    return reduce(operator.or_, parts)


def _any_text(found: Callable[[pl.Expr, str], pl.Expr]) -> Callable[[_Value, tuple[str, ...]], pl.Expr]:
    return lambda value, texts: reduce(operator.or_, (found(value.text(), _fold(text)) for text in texts))


def _at_domain(value: _Value, domains: tuple[str, ...]) -> pl.Expr:
    domain = value.text().str.extract(r"@([^@]+)$", 1)
    own = domain.is_in([_fold(d) for d in domains])
    return reduce(operator.or_, (domain.str.ends_with("." + _fold(d)) for d in domains), own)


def _has(value: _Value, texts: tuple[str, ...]) -> pl.Expr:
    members = value.members()
    return reduce(operator.or_, (members.list.contains(_fold(text)) for text in texts))


def _fold(text: str) -> str:
    return text.strip().lower()


# Each operator takes operands of the type that the model has checked.
_TESTS: dict[str, Callable[[_Value, Any], pl.Expr]] = {
    "is_": _equals,
    "is_not": lambda value, x: ~_equals(value, x),
    "in_": _is_one_of,
    "not_in": lambda value, xs: ~_is_one_of(value, xs),
    "contains": _any_text(lambda text, x: text.str.contains(x, literal=True)),
    "starts_with": _any_text(lambda text, x: text.str.starts_with(x)),
    "ends_with": _any_text(lambda text, x: text.str.ends_with(x)),
    "matches": lambda value, pattern: value.raw_text().str.contains(f"(?i:{pattern})"),
    "has": _has,
    "domain_in": _at_domain,
    "at_least": lambda value, x: value.number() >= x,
    "at_most": lambda value, x: value.number() <= x,
    "above": lambda value, x: value.number() > x,
    "below": lambda value, x: value.number() < x,
    "before": lambda value, day: value.date() < day,
    "after": lambda value, day: value.date() > day,
}
