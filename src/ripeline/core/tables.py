"""The open data format: leads and events as CSV or Parquet, read strictly into one value."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

import polars as pl

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
    if timezone is not None and timezone not in available_timezones():
        raise DataProblem(f"{quoted(timezone)} is not a known time zone", cure="Write one such as Europe/Berlin")
    opened = [TableFile.opened(path) for path in (leads, events) if path is not None]
    if not opened:
        raise DataProblem("there is nothing to read", cure="Give a file of leads, of events, or both")
    _check_mapping(mapping, opened)
    files = [file.renamed(mapping) for file in opened]
    lead_file = files[0] if leads is not None else None
    lead_frame = _leads_made(files[0], needs) if lead_file is None else _leads_read(lead_file, needs, timezone)
    if events is None:
        nothing = pl.DataFrame(schema={"lead": pl.UInt32, "at": pl.Int64, "event": pl.Enum(needs.events)})
        return History(lead_frame, nothing, NO_ACTS, NO_CHANGES, 0)
    return EventFile(files[-1], needs, pl.Enum(lead_frame["lead_id"]), timezone).history(lead_frame)


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a CSV or Parquet file, by its name, at once: whoever reads it finds all of it or none."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    beside = Path(name)
    try:
        if path.suffix == ".parquet":
            frame.write_parquet(beside)
        elif path.suffix == ".csv":
            frame.write_csv(beside)
        else:
            raise DataProblem("is neither CSV nor Parquet", cure="Name it .csv or .parquet", file=path.name)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _check_mapping(mapping: Mapping[str, str], files: Sequence[TableFile]) -> None:
    names = [name for file in files for name in file.schema]
    for ours, theirs in mapping.items():
        if theirs not in names:
            cure = did_you_mean(theirs, names) or f"They have {', '.join(dict.fromkeys(names))}"
            what = f"no file has the column {quoted(theirs)} that {ours} is mapped to"
            raise DataProblem(what, cure=cure, file=" and ".join(file.path.name for file in files))


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
        problem = DataProblem("is empty", cure="Give each lead an id", column="lead_id")
        raise file.problem(problem, position[ids.is_null().arg_true()[0]])
    if ids.n_unique() < len(ids):
        second = ids.is_duplicated() & ~ids.is_first_distinct()
        place = int(second.arg_true()[0])
        first = position[(ids == ids[place]).arg_true()[0]]
        raise file.problem(lead_twice(ids[place], file.place(first)), position[place])
