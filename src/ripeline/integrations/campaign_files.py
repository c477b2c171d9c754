"""Campaigns and what they cost as tables of an office: CSV texts become rows, or every problem with its line and cure.

Commas or semicolons part the columns; amounts have a point or a comma before the cents.
"""

from __future__ import annotations

import csv
import re
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from babel.numbers import is_currency

from ripeline.core.columns import DataProblem, did_you_mean, quoted
from ripeline.core.phrases import phrase as _
from ripeline.integrations.arrivals import CHANNELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ripeline.core.phrases import Phrase

V = TypeVar("V")

MOST_ROWS = 10_000
LONGEST = 100
LONGEST_NOTE = 500

_CAMPAIGN = ("name", "source", "utm_campaign", "utm_source", "utm_medium", "starts_on", "ends_on")
_COST = ("campaign", "from", "to", "amount", "currency", "note")
_AMOUNT = re.compile(r"(-?)(\d{1,12})(?:[.,](\d{1,2}))?", re.ASCII)
_DAY_CURE = _("Write a day such as 2026-03-31.")


class NewCampaign(NamedTuple):
    """A campaign before it is stored; days as ISO texts, empty where there is none."""

    name: str
    source: str
    utm_campaign: str
    utm_source: str
    utm_medium: str
    starts_on: str
    ends_on: str


class NewCost(NamedTuple):
    """What was paid for a campaign in some days, the first and the last included."""

    campaign: str
    starts_on: str
    ends_on: str
    cents: int
    currency: str
    note: str


class Found(NamedTuple):
    """The rows of a file that are right, each with its line, and what is wrong with the others."""

    campaigns: Sequence[tuple[int, NewCampaign]]
    costs: Sequence[tuple[int, NewCost]]
    problems: Sequence[DataProblem]


def campaigns_in(text: str, file: str) -> Found:
    """The campaigns of a CSV with the columns `name` and `source`, each once."""
    rows: list[tuple[int, NewCampaign]] = []
    problems: list[DataProblem] = []
    lines: dict[str, int] = {}
    for line, given in _rows(text, file, _CAMPAIGN, _CAMPAIGN[:2], problems):
        found = _kept(given, line, file, problems, _campaign)
        if found is None:
            continue
        if found.name in lines:
            what = _("{value} stands in line {line} already", value=quoted(found.name), line=lines[found.name])
            problems.append(DataProblem(what, cure=_("Leave one of the two out."), column="name", file=file, row=line))
            continue
        lines[found.name] = line
        rows.append((line, found))
    return Found(rows, (), problems)


def costs_in(text: str, file: str) -> Found:
    """The costs of a CSV with the columns `campaign`, `from`, `to`, `amount`, `currency`."""
    problems: list[DataProblem] = []
    rows = [
        (line, found)
        for line, given in _rows(text, file, _COST, _COST[:5], problems)
        if (found := _kept(given, line, file, problems, cost)) is not None
    ]
    return Found((), rows, problems)


def cost(given: Mapping[str, str]) -> NewCost:
    """A cost as it was typed in; raises DataProblem for the first thing that is wrong with it."""
    starts_on, ends_on = _days(given, "from", "to")
    for column, value in (("from", starts_on), ("to", ends_on)):
        if not value:
            raise _problem(column, _("is empty"), _DAY_CURE)
    return NewCost(
        campaign=_text(given, "campaign", needed=True),
        starts_on=starts_on,
        ends_on=ends_on,
        cents=_cents(given["amount"]),
        currency=_currency(given["currency"]),
        note=_text(given, "note", longest=LONGEST_NOTE),
    )


def no_campaign(name: str, names: Sequence[str]) -> DataProblem:
    """The problem of a cost whose campaign is none of those that there are."""
    cure = did_you_mean(name, names) or _("Add it first: ripeline campaign put.")
    return _problem("campaign", _("{value} is no campaign", value=quoted(name)), cure)


def _campaign(given: Mapping[str, str]) -> NewCampaign:
    source = given["source"].lower()
    if source not in CHANNELS:
        what = _("{value} is not one of the allowed values", value=quoted(source))
        others = _("Write one of {allowed}.", allowed=", ".join(CHANNELS))
        raise _problem("source", what, did_you_mean(source, CHANNELS) or others)
    starts_on, ends_on = _days(given, "starts_on", "ends_on")
    marks = {name: _text(given, name) for name in _CAMPAIGN[2:5]}
    name = _text(given, "name", needed=True)
    return NewCampaign(name=name, source=source, starts_on=starts_on, ends_on=ends_on, **marks)


# --- the table ------------------------------------------------------------------------------------


def _rows(
    text: str, file: str, columns: Sequence[str], needed: Sequence[str], problems: list[DataProblem]
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows with their lines; what is wrong with the whole table ends it."""
    text = text.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        missing = [name for name in needed if name not in names]
        strange = [name for name in names if name and name not in columns]
        for name in missing:
            cure = _("A file of these has the columns {columns}.", columns=", ".join(columns))
            problems.append(DataProblem(_("is missing"), cure=cure, column=name, file=file, row=1))
        for name in strange:
            cure = did_you_mean(name, columns) or _("Leave it out.")
            problems.append(DataProblem(_("is no column of this table"), cure=cure, column=name, file=file, row=1))
        if missing or strange:
            return
        reader.fieldnames = names
        for count, given in enumerate(reader):
            if count == MOST_ROWS:
                what, cure = _("has more than {most} rows", most=MOST_ROWS), _("Split the file.")
                problems.append(DataProblem(what, cure=cure, file=file))
                return
            told = {name: (given.get(name) or "").strip() for name in columns}
            if any(told.values()):
                yield reader.line_num, told
    except csv.Error:
        what, cure = _("cannot be read as CSV"), _("Look for a quote that is not closed.")
        problems.append(DataProblem(what, cure=cure, file=file, row=reader.line_num))


def _kept(
    given: dict[str, str],
    line: int,
    file: str,
    problems: list[DataProblem],
    read: Callable[[Mapping[str, str]], V],
) -> V | None:
    try:
        return read(given)
    except DataProblem as problem:
        problems.append(problem.at(file, line))
        return None


# --- one cell -------------------------------------------------------------------------------------


def _problem(column: str, what: Phrase, cure: Phrase) -> DataProblem:
    return DataProblem(what, cure=cure, column=column)


def _text(given: Mapping[str, str], column: str, *, longest: int = LONGEST, needed: bool = False) -> str:
    text = given[column]
    if needed and not text:
        raise _problem(column, _("is empty"), _("Every row needs it."))
    if len(text) > longest or not text.isprintable():
        cure = _("Write at most {most} letters, digits and signs.", most=longest)
        raise _problem(column, _("{value} is too long, or has signs that nobody sees", value=quoted(text)), cure)
    return text


def _days(given: Mapping[str, str], first: str, last: str) -> tuple[str, str]:
    for column in (first, last):
        if given[column] and not _is_day(given[column]):
            raise _problem(column, _("{value} is no day", value=quoted(given[column])), _DAY_CURE)
    if given[first] and given[last] and given[last] < given[first]:
        what = _("{value} is before {first}", value=given[last], first=given[first])
        raise _problem(last, what, _("Exchange the two days."))
    return given[first], given[last]


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text and "1972" < text < "2200"
    except ValueError:
        return False


def _cents(text: str) -> int:
    found = _AMOUNT.fullmatch(text)
    if found is None:
        what = _("{value} is no amount", value=quoted(text))
        raise _problem("amount", what, _("Write it such as 1234.50, without the currency."))
    if found[1]:
        cure = _("Correct a cost with a row against it: ripeline campaign cost correct.")
        raise _problem("amount", _("{value} is below 0", value=quoted(text)), cure)
    return int(found[2]) * 100 + int((found[3] or "0").ljust(2, "0"))


def _currency(text: str) -> str:
    code = text.upper()
    if not (code.isascii() and is_currency(code)):
        raise _problem(
            "currency", _("{value} is no currency", value=quoted(text)), _("Write a code such as EUR or DKK.")
        )
    return code
