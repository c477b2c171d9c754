"""Leads and events in files become one checked value, or one line that says where they are wrong and how to cure it."""

from __future__ import annotations

import gzip
import re
import signal
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from ripeline.core.columns import instants
from ripeline.core.tables import DataProblem, property_column, read_history, write_table
from small_playbook import BOOK, NINE

if TYPE_CHECKING:
    from collections.abc import Callable

    Save = Callable[[str, str | bytes], Path]

BROKEN = Path(__file__).parent / "broken_data"
EXPECTED = {line.partition(":")[0]: line for line in (BROKEN / "expected.txt").read_text("utf-8").splitlines()}
HEAD = "lead_id,at,event,page\n"
ROW = "ada,2026-01-31T09:00:00+01:00,page_viewed,/pricing\n"


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write a file and tell its path."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def problem_of(**files: Any) -> str:  # noqa: ANN401 - the arguments of read_history
    """The one line that reading ends in."""
    with pytest.raises(DataProblem) as caught:
        read_history([BOOK], **files)
    return str(caught.value)


# --- broken files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_broken_file_is_told_in_one_line_with_place_and_cure(name: str) -> None:
    """Each broken file has its one line, in expected.txt beside it."""
    leads = BROKEN / name if name.startswith("leads") else BROKEN / "sound_leads.csv"
    events = BROKEN / name if name.startswith("events") else None
    assert problem_of(leads=leads, events=events) == EXPECTED[name]


def test_every_broken_file_is_tried() -> None:
    """No file lies there without its line, and the other way about."""
    assert {path.name for path in BROKEN.glob("*.csv")} == {*EXPECTED, "sound_leads.csv"}


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("events.csv", HEAD.encode() + b"ada,2026-01-31,\xff,/\n", "events.csv:2: is not UTF-8. "),
        ("events.csv", "\ufeff".join(["", HEAD + ROW]).encode("utf-16"), "events.csv:1: is not UTF-8. "),
        ("events.csv", HEAD + ROW + "ada,2026-01-31,\0,/\n", "events.csv:3: holds a NUL byte, so it is not text. "),
        ("events.csv.gz", HEAD + ROW, "events.csv.gz: cannot be read: Not a gzipped file"),
        ("events.csv.gz", gzip.compress((HEAD + ROW * 9).encode(), mtime=0)[:-20], "events.csv.gz: cannot be read: "),
        ("events.parquet", HEAD + ROW, "events.parquet: is not a Parquet file. "),
        ("events.xlsx", HEAD + ROW, "events.xlsx: is neither CSV nor Parquet. Name it .csv, .csv.gz or .parquet."),
    ],
)
def test_bytes_that_are_no_table_are_told(save: Save, name: str, content: str | bytes, line: str) -> None:
    """Files that a text file in the repository cannot show."""
    found = problem_of(events=save(name, content))
    assert found.startswith(line)
    assert "\n" not in found


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """A path that leads nowhere is said with the whole path."""
    path = tmp_path / "none.csv"
    assert problem_of(events=path) == f"{path}: is not there. Check the path."


def test_an_unknown_zone_and_no_file_at_all_are_told(save: Save) -> None:
    """What is wrong with the call itself is told in the same way."""
    assert problem_of(events=save("e.csv", HEAD), timezone="Europe/Berlon").startswith('"Europe/Berlon" is not a known')
    assert problem_of() == "there is nothing to read. Give a file of leads, of events, or both."


def test_a_mapped_column_that_no_file_has_is_told(save: Save) -> None:
    """The nearest column is offered."""
    path = save("log.csv", "case_id,timestamp,activity\n")
    mapping = {"lead_id": "caseid", "at": "timestamp", "event": "activity"}
    line = 'log.csv: no file has the column "caseid" that lead_id is mapped to. Did you mean "case_id"?'
    assert problem_of(events=path, mapping=mapping) == line


def test_a_number_as_time_in_parquet_is_told(tmp_path: Path) -> None:
    """A whole number says nothing of its unit, so it is no time."""
    path = tmp_path / "events.parquet"
    pl.DataFrame({"lead_id": ["ada"], "at": [NINE], "event": ["page_viewed"]}).write_parquet(path)
    assert problem_of(events=path).startswith(
        'events.parquet:1: at: "1769846400000000" is not a time from 1970 to 2199'
    )


# --- sound files ----------------------------------------------------------------------------------


def test_the_example_of_the_reference_is_sound(save: Save) -> None:
    """The page on the data shows two files; they are read as it says."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "data.md").read_text("utf-8")
    shown = re.findall(r"`(leads|events)\.csv`\n\n((?: {4}.*\n)+)", page)
    files = {name: save(f"{name}.csv", re.sub(r"^ {4}", "", text, flags=re.MULTILINE)) for name, text in shown}
    history = read_history([BOOK], leads=files["leads"], events=files["events"])
    assert history.leads["employees"].to_list() == [120.0, None]
    assert history.events["event"].to_list() == ["page_viewed", "form_sent"]
    assert history.acts["verdict"].to_list() == ["accepted"]
    assert history.changes.select("attribute", "value").rows() == [("employees", "40"), ("industry", None)]


def test_leads_alone_have_no_events(save: Save) -> None:
    """A file of leads is enough; attributes that it lacks are unknown."""
    history = read_history([BOOK], leads=save("leads.csv", "lead_id,employees\nada,50\nberta,\n"))
    assert history.leads["employees"].to_list() == [50.0, None]
    assert history.leads.schema == {
        "lead_id": pl.String, "account_id": pl.String, "created_at": pl.Int64,
        "industry": pl.String, "employees": pl.Float64, "founded": pl.Date,
        "interests": pl.List(pl.String), "customer": pl.Boolean,
    }  # fmt: skip
    assert history.events.is_empty()
    assert history.acts.is_empty()


def test_events_alone_make_their_leads(save: Save) -> None:
    """Also a lead whose events the playbook does not speak of is a lead."""
    events = HEAD + ROW.replace("ada", "berta") + ROW.replace("page_viewed", "logout")
    history = read_history([BOOK], events=save("events.csv", events))
    assert history.leads["lead_id"].to_list() == ["ada", "berta"]
    assert history.events.to_dicts() == [{"lead": 1, "at": NINE, "event": "page_viewed", "page": "/pricing"}]


def test_headers_alone_are_fine(save: Save) -> None:
    """No leads and no events are an empty history, not a problem."""
    history = read_history([BOOK], leads=save("leads.csv", "lead_id\n"), events=save("events.csv", HEAD))
    assert (history.leads.height, history.events.height) == (0, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T09:00:00+01:00", NINE),
        ("2026-01-31T08:00:00Z", NINE),
        ("2026-01-31 08:00Z", NINE),
        ("2026-01-31T03:00:00-0500", NINE),
        ("2026-01-31T08:00:00.000001Z", NINE + 1),
        ("1970-01-01T00:00:00Z", 0),
        ("2199-12-31T23:59:59.999999Z", 7_258_118_399_999_999),
        ("2200-01-01T00:00:00Z", None),
        ("1969-12-31T23:59:59Z", None),
        ("2026-01-31T09:00:00", None),
        ("2026-02-30T09:00:00Z", None),
        ("", None),
    ],
)
def test_times_are_read_with_their_offset(text: str, expected: int | None) -> None:
    """One column may mix offsets; what has none is no time."""
    assert instants(pl.Series([text, "2026-01-31T09:00:00+01:00"])).to_list() == [expected, NINE]


def test_times_without_offset_are_read_in_the_zone_given() -> None:
    """Of an hour that comes twice the first is meant; one that is skipped is no time; a day is its midnight."""
    written = ["2026-01-31T09:00", "2026-01-31 08:00:00Z", "2026-10-25T02:30:00", "2026-03-29T02:30:00", "2026-01-31"]
    twice = int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp() * 1e6)
    assert instants(pl.Series(written), "Europe/Berlin").to_list() == [
        NINE,
        NINE,
        twice,
        None,
        NINE - 9 * 3_600_000_000,
    ]


def test_foreign_names_are_mapped(save: Save) -> None:
    """An event log from elsewhere is read as it is; its own column of our name gives way."""
    log = save("log.csv.gz", gzip.compress(b"case_id,when,activity,event\n7,2026-01-31T08:00:00Z,page_viewed,9\n"))
    history = read_history([BOOK], events=log, mapping={"lead_id": "case_id", "at": "when", "event": "activity"})
    assert history.leads["lead_id"].to_list() == ["7"]
    assert history.events.to_dicts() == [{"lead": 0, "at": NINE, "event": "page_viewed"}]


def test_repeats_are_one_row_and_counted(save: Save) -> None:
    """Equal rows of one event_id are one, in whatever order their JSON is; other leads have ids of their own."""
    rows = [
        ("ada", "e1", '{"page": "/", "x": 1}'),
        ("ada", "e1", '{"x": 1, "page": "/"}'),
        ("berta", "e1", ""),
        ("ada", "", ""),
        ("ada", "", ""),
    ]
    frame = pl.DataFrame(rows, schema=["lead_id", "event_id", "properties"], orient="row")
    frame = frame.with_columns(at=pl.lit("2026-01-31T08:00:00Z"), event=pl.lit("page_viewed"))
    history = read_history([BOOK], events=save("events.csv", frame.write_csv()))
    assert history.repeats == 1
    assert history.events["lead"].to_list() == [0, 0, 0, 1]
    assert history.events["event_id"].to_list() == [None, None, "e1", "e1"]
    assert history.events["page"].to_list() == [None, None, "/", None]


def test_known_at_is_kept_where_it_differs(save: Save) -> None:
    """It is `at` where it is not given, and no column at all if it never differs."""
    head, row = "lead_id,at,event,known_at\n", "ada,2026-01-31T08:00:00Z,page_viewed,"
    same = read_history([BOOK], events=save("same.csv", f"{head}{row}\n{row}2026-01-31T09:00:00+01:00\n"))
    assert "known_at" not in same.events.columns
    later = read_history([BOOK], events=save("later.csv", f"{head}{row}\n{row}2026-01-31T09:00:00Z\n"))
    assert later.events["known_at"].to_list() == [NINE, NINE + 3_600_000_000]


def test_reserved_rows_are_acts_and_changes(save: Save) -> None:
    """Acts keep what they say in columns; a change has one row per declared attribute."""
    frame = pl.DataFrame(
        {
            "lead_id": "ada",
            "at": "2026-01-31T08:00:00Z",
            "event": ["attributes_changed", "page_viewed", "points_adjusted", "override_set", "touch_logged"],
            "axis": [None, None, "fit", None, None],
            "properties": [
                '{"employees": 50.0, "industry": null, "interests": ["a", "b"], "shoe_size": 43}',
                None,
                '{"add": -2.5, "by": "rosa"}',
                '{"hold": true, "until": "2026-01-31T09:00:00+01:00"}',
                None,
            ],
        }
    )
    history = read_history([BOOK], events=save("events.csv", frame.write_csv()))
    changes = history.changes.select("attribute", "value", "position").rows()
    assert changes == [("employees", "50", 0), ("industry", None, 0), ("interests", "a|b", 0)]
    assert history.events["position"].to_list() == [1]
    assert history.acts["known_at"].to_list() == [NINE] * 3
    added, held, touched = history.acts.drop("lead", "at", "known_at").to_dicts()
    assert {name: value for name, value in added.items() if value is not None} == {
        "event": "points_adjusted", "position": 2, "axis": "fit", "add": -2_500_000, "by": "rosa",
    }  # fmt: skip
    assert (held["hold"], held["until"]) == (True, NINE)
    assert touched["event"] == "touch_logged"


def test_an_empty_cell_of_a_change_says_nothing(save: Save) -> None:
    """Only null in the JSON makes an attribute unknown; a column of its own is empty in most rows."""
    text = "lead_id,at,event,employees,industry\nada,2026-01-31T08:00:00Z,attributes_changed,70,\n"
    history = read_history([BOOK], events=save("events.csv", text))
    assert history.changes.select("attribute", "value").rows() == [("employees", "70")]


def test_a_struct_of_properties_is_read_like_columns(tmp_path: Path) -> None:
    """Parquet keeps the types of properties; a property that is named like a column of ours has a column beside it."""
    path = tmp_path / "events.parquet"
    properties = [{"fields": 4, "position": "ceo"}, {"fields": None, "position": None}]
    at = [datetime(2026, 1, 31, 8, tzinfo=UTC)] * 2
    frame = pl.DataFrame({"lead_id": [7, 7], "at": at, "event": ["form_sent"] * 2, "properties": properties})
    write_table(frame, path)
    history = read_history([BOOK], events=path)
    assert history.leads["lead_id"].to_list() == ["7"]
    assert history.events["fields"].to_list() == [4, None]
    assert history.events[property_column("position")].to_list() == ["ceo", None]


def test_blank_lines_are_no_rows(save: Save) -> None:
    """They are left out, and lines are still counted with them."""
    history = read_history([BOOK], events=save("events.csv", f"{HEAD}{ROW}\n{ROW}\n"))
    assert history.events.height == 2
    assert problem_of(events=save("bad.csv", f"{HEAD}\n{ROW}\nada,soon,page_viewed,/\n")).startswith("bad.csv:5: at:")


def test_semicolons_part_columns_where_the_first_line_has_no_comma(save: Save) -> None:
    """As spreadsheets of many countries write it; the rows are those of the same file with commas."""
    head, row = HEAD.replace(",", ";"), 'ada;2026-01-31T09:00:00+01:00;page_viewed;"/a,b;c\nd"\n\n'
    semicolons = read_history([BOOK], events=save("semicolons.csv", head + row))
    commas = 'ada,2026-01-31T09:00:00+01:00,page_viewed,"/a,b;c\nd"\n\n'
    assert semicolons.events.equals(read_history([BOOK], events=save("commas.csv", HEAD + commas)).events)
    ragged = save("ragged.csv", head + row.replace('"', ""))
    assert problem_of(leads=None, events=ragged).startswith("ragged.csv:2: has 5 fields, but the header has 4")


def test_the_first_bad_row_of_many_is_told(save: Save) -> None:
    """Rows are read in blocks; the line is that of the first bad one."""
    text = HEAD + ROW * 50_000 + ROW.replace("09:00:00", "29:00:00") + ROW.replace("ada", "")
    assert problem_of(events=save("events.csv", text)).startswith(
        'events.csv:50002: at: "2026-01-31T29:00:00+01:00" is'
    )


# --- writing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_a_table_is_written_whole(tmp_path: Path, name: str) -> None:
    """What is written can be read, and nothing else is left beside it."""
    write_table(pl.DataFrame({"lead_id": ["ada"], "founded": [date(2026, 1, 31)]}), tmp_path / name)
    history = read_history([BOOK], leads=tmp_path / name)
    assert history.leads["founded"].to_list() == [date(2026, 1, 31)]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_failed_write_leaves_what_was_there(save: Save) -> None:
    """Half a table is never seen."""
    path = save("out.csv", "as it was\n")
    with pytest.raises(pl.exceptions.PolarsError):
        write_table(pl.DataFrame({"lists": [[1]]}), path)
    assert path.read_text("utf-8") == "as it was\n"
    assert [found.name for found in path.parent.iterdir()] == ["out.csv"]


def test_a_text_never_becomes_a_formula(tmp_path: Path) -> None:
    """What a spreadsheet would calculate begins with an apostrophe in a CSV; numbers and Parquet stay as they are."""
    texts = ["=1+1", "@sum", "+1 or more", "-cmd", "\tx", "ada", "+4930123456", "-5", None]
    frame = pl.DataFrame({"lead_id": texts, "points": [-1.5] * len(texts)})
    write_table(frame, tmp_path / "out.csv")
    read = pl.read_csv(tmp_path / "out.csv", schema={"lead_id": pl.String, "points": pl.Float64})
    shown = ["'=1+1", "'@sum", "'+1 or more", "'-cmd", "'\tx", "ada", "+4930123456", "-5", None]
    assert (read["lead_id"].to_list(), read["points"].to_list()) == (shown, frame["points"].to_list())
    write_table(frame, tmp_path / "out.parquet")
    assert pl.read_parquet(tmp_path / "out.parquet").equals(frame)


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_an_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Control-C in the middle of a write: neither half a table nor what it was written to."""

    def interrupted(_frame: pl.DataFrame, path: Path) -> None:
        path.write_text("half", "utf-8")
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(pl.DataFrame, "write_csv", interrupted)
    monkeypatch.setattr(pl.DataFrame, "write_parquet", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_table(pl.DataFrame({"lead_id": ["ada"]}), tmp_path / name)
    assert list(tmp_path.iterdir()) == []
