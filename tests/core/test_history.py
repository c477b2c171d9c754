"""Rows that a program holds become the same history as the rows of a file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from ripeline.core.columns import texts
from ripeline.core.needs import needs_of
from ripeline.core.playbook import Playbook
from ripeline.core.playbook_yaml import load
from ripeline.core.tables import DataProblem, History, history_from_rows, read_history
from small_playbook import BOOK, NINE, TEXT

if TYPE_CHECKING:
    from pathlib import Path

LEADS: list[dict[str, Any]] = [
    {
        "lead_id": "ada",
        "account_id": "a1",
        "created_at": NINE,
        "attributes": {"employees": 50, "founded": "2001-02-03"},
    },
    {"lead_id": "berta"},
]
ROWS: list[dict[str, Any]] = [
    {"lead_id": "berta", "at": NINE + 1, "event": "page_viewed", "properties": {"page": "/"}},
    {"lead_id": "ada", "at": NINE, "known_at": NINE + 5, "event": "form_sent", "event_id": "e1",
     "properties": {"fields": 3.0, "position": "ceo", "budget": "1000"}},
    {"lead_id": "ada", "at": NINE, "event": "logout"},
    {"lead_id": "ada", "at": NINE, "event": "verdict_given",
     "properties": {"verdict": "rejected", "reason": "misrouted"}},
    {"lead_id": "ada", "at": NINE + 2, "event": "attributes_changed", "properties": {"customer": True, "founded": ""}},
]  # fmt: skip


def as_file(rows: list[dict[str, Any]]) -> str:
    """Rows as a CSV with JSON properties."""
    frame = pl.DataFrame(
        {
            "lead_id": [row["lead_id"] for row in rows],
            "at": [row["at"] for row in rows],
            "known_at": [row.get("known_at", row["at"]) for row in rows],
            "event": [row["event"] for row in rows],
            "event_id": [row.get("event_id") for row in rows],
            "properties": [json.dumps(row.get("properties", {})) for row in rows],
        },
        schema_overrides={"event_id": pl.String},
    )
    times = pl.col("at", "known_at").cast(pl.Datetime("us", "UTC")).dt.to_string("iso:strict")
    return frame.with_columns(times).write_csv()


def same(one: History, other: History) -> None:
    """Both hold the same, whatever the types of properties."""
    assert one.leads.equals(other.leads)
    assert one.acts.equals(other.acts)
    assert one.changes.equals(other.changes)
    assert set(one.events.columns) == set(other.events.columns)
    for name in one.events.columns:
        left, right = (frame.events.select(texts(pl.col(name), frame.events.schema[name])) for frame in (one, other))
        assert left.equals(right), name


def test_rows_and_files_give_the_same_history(tmp_path: Path) -> None:
    """A live server that holds rows and a backtest that reads files see one thing."""
    leads, events = tmp_path / "leads.csv", tmp_path / "events.csv"
    ada, berta = "ada,a1,2026-01-31T08:00:00Z,50,2001-02-03", "berta,,,,"
    leads.write_text(f"lead_id,account_id,created_at,employees,founded\n{ada}\n{berta}\n", "utf-8")
    events.write_text(as_file(ROWS), "utf-8")
    from_files = read_history([BOOK], leads=leads, events=events)
    same(history_from_rows([BOOK], LEADS, ROWS), from_files)


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ({"lead_id": "eve"}, 'rows:2: lead_id: "eve" is not among the leads.'),
        ({"at": -1}, 'rows:2: at: "-1" is not a time from 1970 to 2199.'),
        ({"at": "2026-01-31"}, 'rows:2: at: "2026-01-31" is not a time from 1970 to 2199.'),
        ({"event": "verdict_given", "properties": {"verdict": "ok"}}, 'rows:2: verdict: "ok" is not one of'),
        ({"event": "attributes_changed", "properties": {"employees": float("nan")}}, 'rows:2: employees: "nan" is not'),
        (
            {"event": "points_adjusted", "properties": {"axis": "fit", "add": float("nan")}},
            'rows:2: add: "nan" is not a',
        ),
        ({"event_id": "e1"}, 'rows:2: event_id: "e1" stands in row 1 too, with other content.'),
    ],
)
def test_a_bad_row_is_told(row: dict[str, Any], line: str) -> None:
    """Rows of a program are checked as those of a file are."""
    sound = {"lead_id": "ada", "at": NINE, "event": "page_viewed"}
    with pytest.raises(DataProblem, match=re.escape(line)):
        history_from_rows([BOOK], LEADS, [sound | {"event_id": "e1", "properties": {"page": "/"}}, sound | row])


@pytest.mark.parametrize(
    ("leads", "line"),
    [
        ([{"lead_id": "ada"}, {"lead_id": "ada"}], 'leads:2: lead_id: "ada" stands in row 1 too.'),
        ([{"lead_id": "ada"}, {"lead_id": None}], "leads:2: lead_id: is empty."),
        ([{"lead_id": "ada", "attributes": {"founded": "soon"}}], 'leads:1: founded: "soon" is not a date.'),
        ([{"lead_id": "ada", "created_at": -1}], 'leads:1: created_at: "-1" is not a time'),
    ],
)
def test_a_bad_lead_is_told(leads: list[dict[str, Any]], line: str) -> None:
    """Leads of a program are checked as those of a file are."""
    with pytest.raises(DataProblem, match=re.escape(line)):
        history_from_rows([BOOK], leads, [])


def test_repeats_among_rows_are_one() -> None:
    """Delivered twice is done once."""
    history = history_from_rows([BOOK], LEADS, [ROWS[1], ROWS[0], ROWS[1]])
    assert (history.repeats, history.events["lead"].to_list()) == (1, [0, 1])


def test_playbooks_that_disagree_on_an_attribute_are_refused() -> None:
    """One file cannot be read as two types at once."""
    other = load(TEXT.replace("employees: {type: number}", "employees: {type: text}"), file="other.yaml")
    assert isinstance(other, Playbook)
    with pytest.raises(ValueError, match="disagree on attribute employees"):
        needs_of([BOOK, other])
