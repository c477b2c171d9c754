"""The rows of many leads as typed columns, and how they are made from rows that a program already holds."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ripeline.core.columns import CURES, DTYPES, LATEST, NOUNS, DataProblem, as_text, quoted, typed, unreadable, values_of
from ripeline.core.needs import RESERVED, Needs, needs_of
from ripeline.core.reserved import NO_ACTS, NO_CHANGES, read_reserved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ripeline.core.columns import Kind
    from ripeline.core.playbook import Playbook

OWN_COLUMNS = ("lead", "at", "known_at", "event", "event_id", "position")


@dataclass(frozen=True, slots=True)
class History:
    """The rows of many leads, typed and checked, ready to be laid out as a timeline.

    leads: `lead_id`, `account_id`, `created_at` (microseconds UTC, may be null), one column per declared attribute.
    events: `lead` (row number in leads), `at`, `known_at` if it differs, `event`, `event_id` if given, `position` if
        there are acts or changes, and one column per property that the playbooks speak of. In the order of the input.
    acts: the reserved rows but attributes_changed; `add` and `set` in micro-points.
    changes: one row per attribute that an attributes_changed names; a null value makes it unknown.
    repeats: how many rows were left out as exact repeats of another row of the same event_id.
    """

    leads: pl.DataFrame
    events: pl.DataFrame
    acts: pl.DataFrame
    changes: pl.DataFrame
    repeats: int


def property_column(name: str) -> str:
    """The column of `History.events` that holds a property: its name, unless that is a column of our own."""
    return f"properties.{name}" if name in OWN_COLUMNS else name


def history_from_rows(
    playbooks: Sequence[Playbook] | Needs, leads: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]
) -> History:
    """The history in Python rows, such as scenarios and the live server hold.

    Each lead has `lead_id`, and may have `account_id`, `created_at` and `attributes`; each row has `lead_id`, `at` and
    `event`, and may have `known_at`, `event_id` and `properties`. Times are microseconds UTC. Raises DataProblem.
    """
    needs = playbooks if isinstance(playbooks, Needs) else needs_of(playbooks)
    number = {lead["lead_id"]: place for place, lead in enumerate(leads)}
    if len(number) < len(leads) or None in number:
        raise _lead_problem(leads)
    rows, positions, repeats = _without_repeats(*_spoken_of(rows, needs))
    frame = _rows_frame(rows, positions, number)
    reserved = np.fromiter(map(frozenset(RESERVED).__contains__, map(itemgetter("event"), rows)), bool, len(rows))
    acts, changes = NO_ACTS, NO_CHANGES
    if reserved.any():
        own = np.flatnonzero(reserved)
        told = [(rows[i]["event"], rows[i].get("properties") or {}) for i in own]
        said = frame[own].with_columns(said=pl.int_range(len(own), dtype=pl.UInt32))
        acts, changes = read_reserved(said, told, needs, lambda problem, i: problem.at("rows", positions[own[i]] + 1))
        rows = [row for row, own_kind in zip(rows, reserved.tolist(), strict=True) if not own_kind]
        frame = frame.filter(~reserved)
    return History(_leads_frame(leads, needs), _plain(frame, rows, needs, with_position=bool(reserved.any())), acts, changes, repeats)


def _spoken_of(rows: Sequence[Mapping[str, Any]], needs: Needs) -> tuple[list[Mapping[str, Any]], list[int]]:
    names = {*needs.events, *RESERVED}
    kept = [(place, row) for place, row in enumerate(rows) if row["event"] in names]
    return [row for _, row in kept], [place for place, _ in kept]


def _without_repeats(
    rows: list[Mapping[str, Any]], positions: list[int]
) -> tuple[list[Mapping[str, Any]], list[int], int]:
    """The rows without exact repeats of an event_id of the same lead, and how many those are."""
    first: dict[tuple[Any, Any], int] = {}
    repeated = set()
    for place, row in enumerate(rows):
        event_id = row.get("event_id")
        if event_id is None:
            continue
        earlier = first.setdefault((row["lead_id"], event_id), place)
        if earlier != place:
            if _told(rows[earlier]) != _told(row):
                what = f"{quoted(event_id)} stands in row {positions[earlier] + 1} too, with other content"
                raise DataProblem(what, cure="Give each event its own event_id", column="event_id", file="rows", row=positions[place] + 1)
            repeated.add(place)
    if not repeated:
        return rows, positions, 0
    kept = [place for place in range(len(rows)) if place not in repeated]
    return [rows[place] for place in kept], [positions[place] for place in kept], len(repeated)


def _told(row: Mapping[str, Any]) -> tuple[Any, ...]:
    known_at = row.get("known_at")
    return row["at"], row["at"] if known_at is None else known_at, row["event"], row.get("properties") or {}


def _rows_frame(rows: list[Mapping[str, Any]], positions: list[int], number: Mapping[Any, int]) -> pl.DataFrame:
    try:
        lead = np.fromiter((number[row["lead_id"]] for row in rows), np.uint32, len(rows))
    except KeyError:
        raise _unknown_lead(rows, positions, number) from None
    at = _micros([row["at"] for row in rows], "at", positions)
    known = [row.get("known_at") for row in rows]
    ids = [row.get("event_id") for row in rows]
    known_at = at if not any(map(_given, known)) else _micros(
        [instant if given is None else given for given, instant in zip(known, at.tolist(), strict=True)], "known_at", positions
    )
    return pl.DataFrame(
        {
            "lead": lead,
            "at": at,
            "known_at": known_at,
            "event_id": pl.Series(list(map(as_text, ids)), dtype=pl.String),
            "event": pl.Series([row["event"] for row in rows], dtype=pl.String),
            "position": np.array(positions, np.uint32),
        }
    )


def _given(value: object) -> bool:
    return value is not None


def _micros(values: list[Any], column: str, positions: list[int]) -> np.ndarray:
    """Instants as microseconds; raises DataProblem for one that is none, or outside of 1970 to 2199."""
    bad = next((place for place, value in enumerate(values) if type(value) is not int or not 0 <= value <= LATEST), None)
    if bad is not None:
        what = f"{quoted(values[bad])} is not a time from 1970 to 2199"
        raise DataProblem(what, cure="Give microseconds UTC", column=column, file="rows", row=positions[bad] + 1)
    return np.array(values, np.int64)


def _plain(frame: pl.DataFrame, rows: Sequence[Mapping[str, Any]], needs: Needs, *, with_position: bool) -> pl.DataFrame:
    columns = [frame["lead"], frame["at"], frame["event"].cast(pl.Enum(needs.events))]
    if not frame["at"].equals(frame["known_at"]):
        columns.append(frame["known_at"])
    if frame["event_id"].null_count() < frame.height:
        columns.append(frame["event_id"])
    if with_position:
        columns.append(frame["position"])
    properties = [row.get("properties") or {} for row in rows]
    used = set().union(*map(dict.keys, properties))
    for name in needs.properties:
        if name in used:
            columns.append(values_of([said.get(name) for said in properties], property_column(name)))
    return pl.DataFrame(columns)


def _leads_frame(leads: Sequence[Mapping[str, Any]], needs: Needs) -> pl.DataFrame:
    columns = [
        pl.Series("lead_id", [lead["lead_id"] for lead in leads], dtype=pl.String),
        pl.Series("account_id", [as_text(lead.get("account_id")) for lead in leads], dtype=pl.String),
        pl.Series("created_at", [lead.get("created_at") for lead in leads], dtype=pl.Int64),
    ]
    said = [lead.get("attributes") or {} for lead in leads]
    for name, kind in needs.attributes.items():
        values = [attributes.get(name) for attributes in said]
        columns.append(attribute_column(values_of(values, name), kind, lambda problem, row: problem.at("leads", row + 1)))
    return pl.DataFrame(columns)


def _lead_problem(leads: Sequence[Mapping[str, Any]]) -> DataProblem:
    first: dict[Any, int] = {}
    for place, lead in enumerate(leads):
        if lead["lead_id"] is None:
            return DataProblem("is empty", cure="Give each lead an id", column="lead_id", file="leads", row=place + 1)
        earlier = first.setdefault(lead["lead_id"], place)
        if earlier != place:
            break
    what = f"{quoted(lead['lead_id'])} stands in row {earlier + 1} too"
    return DataProblem(what, cure="Keep one row per lead", column="lead_id", file="leads", row=place + 1)


def _unknown_lead(rows: Iterable[Mapping[str, Any]], positions: list[int], number: Mapping[Any, int]) -> DataProblem:
    unknown = [(row["lead_id"], place) for row, place in zip(rows, positions, strict=True) if row["lead_id"] not in number]
    lead_id, place = unknown[0]
    return unknown_leads(lead_id, len(unknown)).at("rows", place + 1)


# --- shared with the reading of files -------------------------------------------------------------


def unknown_leads(lead_id: object, rows: int) -> DataProblem:
    """The problem of rows that belong to no lead in the leads' table."""
    more = "" if rows == 1 else f" ({rows:,} such rows)"
    cure = "Add it to the leads, or leave the leads out so that they are made from the events"
    return DataProblem(f"{quoted(lead_id)} is not among the leads{more}", cure=cure, column="lead_id")


def attribute_column(column: pl.Series, kind: Kind, place: Callable[[DataProblem, int], DataProblem]) -> pl.Series:
    """A column of an attribute, typed; raises DataProblem, placed by `place(problem, row)`, for a value of another type."""
    if column.dtype == pl.Null or column.null_count() == len(column):
        return pl.Series(column.name, [None], dtype=DTYPES[kind]).new_from_index(0, len(column))
    read = typed(column, kind)
    lost = unreadable(column, read)
    if lost is not None:
        problem = DataProblem(f"{quoted(column[lost])} is not {NOUNS[kind]}", cure=CURES[kind], column=column.name)
        raise place(problem, lost)
    return read
