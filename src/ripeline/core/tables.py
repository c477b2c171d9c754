"""The open data format: leads and events as CSV or Parquet, read strictly into one value."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zoneinfo import available_timezones

import polars as pl
from polars import selectors as cs
from polars.exceptions import ComputeError

from ripeline.core.columns import (
    DTYPES,
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
from ripeline.core.event_files import EventFile
from ripeline.core.files import TableFile
from ripeline.core.history import History, history_from_rows, lead_twice, property_column
from ripeline.core.needs import LEAD_COLUMNS, Needs, needs_of
from ripeline.core.phrases import phrase as _
from ripeline.core.reserved import NO_ACTS, NO_CHANGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ripeline.core.playbook import Playbook

__all__ = [
    "DataProblem",
    "History",
    "Needs",
    "history_from_rows",
    "needs_of",
    "property_column",
    "read_history",
    "write_table",
]

# A sign before nothing but digits is a number to a spreadsheet, and harmless: +4930123456 stays as it is.
_FORMULA = r"(?s)^([=@\t\r\n]|[+-].*[^\d.])"
_NO_MAPPING: Mapping[str, str] = {}


def read_history(
    playbooks: Sequence[Playbook] | Needs,
    *,
    leads: Path | None = None,
    events: Path | None = None,
    mapping: Mapping[str, str] = _NO_MAPPING,
    timezone: str | None = None,
) -> History:
    """The history in a file of leads, a file of events, or both; without leads they are made from the events.

    `mapping` gives the files' names of our columns; times without an offset are read in `timezone`.
    Raises DataProblem for the first thing that the data format does not allow.
    """
    needs = playbooks if isinstance(playbooks, Needs) else needs_of(playbooks)
    lead_file, event_file = open_files(leads, events, mapping, timezone)
    if lead_file is not None:
        lead_frame = _leads_read(lead_file, needs, timezone)
    else:
        lead_frame = _leads_made(cast("TableFile", event_file), needs)
    if event_file is None:
        nothing = pl.DataFrame(schema={"lead": pl.UInt32, "at": pl.Int64, "event": pl.Enum(needs.events)})
        return History(lead_frame, nothing, NO_ACTS, NO_CHANGES, 0)
    return EventFile(event_file, needs, pl.Enum(lead_frame["lead_id"]), timezone).history(lead_frame)


def open_files(
    leads: Path | None, events: Path | None, mapping: Mapping[str, str], timezone: str | None
) -> tuple[TableFile | None, TableFile | None]:
    """The two files under our names, at least one of them; raises DataProblem, also for what `mapping` misses."""
    if timezone is not None and timezone not in available_timezones():
        cure = did_you_mean(timezone, sorted(available_timezones())) or _("Write one such as Europe/Berlin.")
        raise DataProblem(_("{value} is not a known time zone", value=quoted(timezone)), cure=cure)
    opened = [TableFile.opened(path) for path in (leads, events) if path is not None]
    if not opened:
        raise DataProblem(_("there is nothing to read"), cure=_("Give a file of leads, of events, or both."))
    _check_mapping(mapping, opened)
    files = [file.renamed(mapping) for file in opened]
    return files[0] if leads is not None else None, files[-1] if events is not None else None


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a CSV or Parquet file, by its name, at once: whoever reads it finds all of it or none.

    A text that a spreadsheet would take for a formula begins with an apostrophe in a CSV. Raises OSError.
    """
    if path.suffix not in (".csv", ".parquet"):
        raise DataProblem(_("is neither CSV nor Parquet"), cure=_("Name it .csv or .parquet."), file=path.name)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        beside = Path(folder) / path.name
        if path.suffix == ".csv":
            _without_formulas(frame).write_csv(beside)
        else:
            try:
                frame.write_parquet(beside)
            except ComputeError as error:  # so it tells of a full disk
                raise OSError(str(error)) from None
        beside.replace(path)


def _without_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """The table with an apostrophe before each text that a spreadsheet would calculate; numbers stay."""
    text = cs.string() | cs.categorical() | cs.enum()
    return frame.with_columns(text.cast(pl.String).str.replace(_FORMULA, "'$0"))


def _check_mapping(mapping: Mapping[str, str], files: Sequence[TableFile]) -> None:
    names = [name for file in files for name in file.schema]
    for ours, theirs in mapping.items():
        if theirs not in names:
            there = ", ".join(dict.fromkeys(names))
            cure = did_you_mean(theirs, names) or _("There are {there}.", there=there)
            what = _("no file has the column {name} that {ours} is mapped to", name=quoted(theirs), ours=ours)
            raise DataProblem(what, cure=cure, file=", ".join(file.path.name for file in files))


# --- leads ----------------------------------------------------------------------------------------


def _leads_made(events: TableFile, needs: Needs) -> pl.DataFrame:
    """The leads that a file of events speaks of, in order of their ids."""
    events.demand("lead_id")
    ids = texts(pl.col("lead_id"), events.schema["lead_id"]).alias("lead_id")
    found = events.collected(events.scan().select(ids).unique().drop_nulls()).sort("lead_id")
    unknown = {name: pl.lit(None, DTYPES[kind]) for name, kind in needs.attributes.items()}
    return found.with_columns(account_id=pl.lit(None, pl.String), created_at=pl.lit(None, pl.Int64), **unknown)


def _leads_read(file: TableFile, needs: Needs, zone: str | None) -> pl.DataFrame:
    file.demand("lead_id")
    columns = [name for name in (*LEAD_COLUMNS, *needs.attributes) if name in file.schema]
    raw = file.collected(file.scan().select("position", *columns))
    schema = raw.schema
    ids = raw.select(texts(pl.col("lead_id"), schema["lead_id"]))["lead_id"]
    _check_ids(file, ids, raw["position"])
    read = {name: pl.lit(None, DTYPES[kind]) for name, kind in needs.attributes.items()}
    read |= {
        name: typed(pl.col(name), schema[name], needs.attributes[name]) for name in needs.attributes if name in schema
    }
    account = texts(pl.col("account_id"), schema["account_id"]) if "account_id" in schema else pl.lit(None, pl.String)
    created = instants(raw["created_at"], zone) if "created_at" in schema else pl.lit(None, pl.Int64)
    frame = raw.select(ids, account_id=account, created_at=created, **read)
    for name in columns[1:]:
        lost = unreadable(raw[name], frame[name]) if name != "account_id" else None
        if lost is not None:
            value = raw[name][lost]
            problem = (
                no_time(value, name, zone) if name == "created_at" else wrong_type(value, name, needs.attributes[name])
            )
            raise file.problem(problem, raw["position"][lost])
    return frame


def _check_ids(file: TableFile, ids: pl.Series, position: pl.Series) -> None:
    if ids.null_count():
        problem = DataProblem(_("is empty"), cure=_("Give each lead an id."), column="lead_id")
        raise file.problem(problem, position[ids.is_null().arg_true()[0]])
    if ids.n_unique() < len(ids):
        second = ids.is_duplicated() & ~ids.is_first_distinct()
        place = int(second.arg_true()[0])
        first = position[(ids == ids[place]).arg_true()[0]]
        raise file.problem(lead_twice(ids[place], file.place(first)), position[place])
