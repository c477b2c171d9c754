"""What became of the leads: a file of outcomes, read as strictly as leads and events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ripeline.core.columns import (
    SPACE,
    DataProblem,
    did_you_mean,
    instants,
    no_time,
    quoted,
    texts,
    typed,
    unreadable,
    wrong_type,
)
from ripeline.core.files import TableFile
from ripeline.core.history import unknown_leads
from ripeline.core.phrases import phrase as _

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_WORDS = ("won", "lost")
_REQUIRED = ("lead_id", "outcome", "at")
_COLUMNS = (*_REQUIRED, "amount", "reason")
_NO_MAPPING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The first outcome of each lead that has one, and how many later ones of the same leads were left out.

    table: `lead` (row number in the leads' table), `won`, `at` (microseconds UTC), `amount`, `reason`.
    """

    table: pl.DataFrame
    later: int


def read_outcomes(
    path: Path,
    leads: pl.Series,
    *,
    mapping: Mapping[str, str] = _NO_MAPPING,
    common: Mapping[str, str] = _NO_MAPPING,
    timezone: str | None = None,
) -> Outcomes:
    """The outcomes in a file, of leads with these ids; of several outcomes of one lead the first counts.

    `mapping` gives the file's names of our columns, `common` those that hold if the file has them. A row with neither
    outcome nor time is of a lead that is still open. Raises DataProblem for the first thing that is not allowed.
    """
    file = TableFile.opened(path)
    _check_mapping(file, mapping)
    file = file.renamed({**common, **mapping})
    file.demand(*_REQUIRED)
    raw = file.collected(file.scan().select("position", *(name for name in _COLUMNS if name in file.schema)))
    raw = raw.filter(~raw.select(_blank(raw, "outcome") & _blank(raw, "at")).to_series())
    found = _typed(raw, timezone).join(_numbers(leads), on="lead_id", how="left", maintain_order="left")
    _check(file, raw, found, timezone)
    known = found.sort("lead", "at", "position")
    _check_twice(file, known)
    first = known.unique("lead", keep="first", maintain_order=True)
    table = first.select("lead", "at", "amount", "reason", won=pl.col("word") == "won")
    return Outcomes(table, known.height - first.height)


def _blank(raw: pl.DataFrame, name: str) -> pl.Expr:
    text = texts(pl.col(name), raw.schema[name])
    return text.is_null() | (text.str.strip_chars(SPACE) == "")


def _typed(raw: pl.DataFrame, zone: str | None) -> pl.DataFrame:
    """The rows as what they mean; null where a value is missing or is none."""
    schema = raw.schema
    word = texts(pl.col("outcome"), schema["outcome"]).str.strip_chars(SPACE).str.to_lowercase()
    amount = typed(pl.col("amount"), schema["amount"], "number") if "amount" in schema else pl.lit(None, pl.Float64)
    reason = texts(pl.col("reason"), schema["reason"]) if "reason" in schema else pl.lit(None, pl.String)
    return raw.select(
        "position",
        lead_id=texts(pl.col("lead_id"), schema["lead_id"]),
        word=pl.when(word.is_in(_WORDS)).then(word),
        at=instants(raw["at"], zone),
        amount=amount,
        reason=reason,
    )


def _numbers(leads: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"lead_id": leads.cast(pl.String)}).with_row_index("lead")


# --- what is wrong --------------------------------------------------------------------------------


def _check_mapping(file: TableFile, mapping: Mapping[str, str]) -> None:
    for ours, theirs in mapping.items():
        if theirs not in file.schema:
            cure = did_you_mean(theirs, file.schema) or _("There are {there}.", there=", ".join(file.schema))
            what = _("no file has the column {name} that {ours} is mapped to", name=quoted(theirs), ours=ours)
            raise DataProblem(what, cure=cure, file=file.path.name)


def _check(file: TableFile, raw: pl.DataFrame, found: pl.DataFrame, zone: str | None) -> None:
    """Raise DataProblem for the first row that is not whole, of a known lead and of the right types."""
    amount = unreadable(raw["amount"], found["amount"]) if "amount" in raw.columns else None
    bad = found.select(bad=pl.any_horizontal(pl.col("lead", "word", "at").is_null()))["bad"]
    place = bad.arg_max() if bad.any() else None
    if amount is not None and (place is None or amount < place):
        problem = wrong_type(raw.row(amount, named=True)["amount"], "amount", "number")
        raise file.problem(problem, raw["position"][amount])
    if place is not None:
        told = _told(raw.row(place, named=True), found.row(place, named=True), found, zone)
        raise file.problem(told, raw["position"][place])


def _told(raw: dict[str, object], row: dict[str, object], found: pl.DataFrame, zone: str | None) -> DataProblem:
    for name in _REQUIRED:
        if raw[name] is None or str(raw[name]).strip(SPACE) == "":
            return DataProblem(_("is empty"), cure=_("Every row needs it."), column=name)
    if row["lead"] is None:
        return unknown_leads(raw["lead_id"], found["lead"].null_count())
    if row["word"] is None:
        what = _("{value} is neither won nor lost", value=quoted(raw["outcome"]))
        return DataProblem(what, cure=_("Write won or lost; of open leads write no row."), column="outcome")
    return no_time(raw["at"], "at", zone)


def _check_twice(file: TableFile, known: pl.DataFrame) -> None:
    """Raise DataProblem for a lead that is won and lost at the same instant."""
    same = (pl.col("lead") == pl.col("lead").shift(1)) & (pl.col("at") == pl.col("at").shift(1))
    clash = known.with_columns(earlier=pl.col("position").shift(1)).filter(
        same & (pl.col("word") != pl.col("word").shift(1))
    )
    if not clash.is_empty():
        row = clash.row(0, named=True)
        place = file.place(row["earlier"])
        what = _("{value} is won and lost at the same time, see {place} too", value=quoted(row["lead_id"]), place=place)
        raise file.problem(DataProblem(what, cure=_("Keep one of them."), column="outcome"), row["position"])
