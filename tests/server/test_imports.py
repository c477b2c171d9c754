"""Files come into the ledger whole, portion by portion, once, however often they are imported."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from ripeline.core.tables import DataProblem
from ripeline.integrations import own_files
from ripeline.integrations.own_files import Checked, OwnFiles, Row
from ripeline.server import digests, installations
from ripeline.server.events import Event
from ripeline.server.intake import imports
from ripeline.server.intake.imports import Imported
from ripeline.server.refusals import Refused
from ripeline.server.rights import forgotten
from ripeline.server.sources import Source, SourceKind

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

NOW = 1_767_603_600_000_000
MONTH = 30 * 86_400 * 1_000_000
LEADS = "lead_id,account_id,created_at,email,employees\nada,acme,2026-01-02T09:00Z, Ada@Example.com ,120\nbo,,,,\n"
EVENTS = """\
lead_id,at,event,event_id,page,properties
ada,2026-01-03T10:00+01:00,page_viewed,v1,/pricing,
ada,2026-01-03T10:00+01:00,page_viewed,,/a,
ada,2026-01-03T10:00+01:00,page_viewed,,/a,
bo,2026-01-04T10:00+01:00,form_sent,v1,,"{""fields"": 7, ""page"": ""/form"", ""none"": null}"
ada,2026-01-04T11:00+01:00,event_voided,,,"{""voids"": ""v1""}"
"""


def files(folder: Path, leads: str = LEADS, events: str = EVENTS, **options: Any) -> OwnFiles:  # noqa: ANN401
    """The two files, opened."""
    paths = {}
    for name, text in (("leads", leads), ("events", events)):
        path = folder / f"{name}.csv"
        path.write_text(text, "utf-8")
        paths[name] = path if text else None
    asked = {"mapping": {}, "timezone": None, "is_history": False} | options
    return OwnFiles(leads=paths["leads"], events=paths["events"], **asked)


def rows(opened: OwnFiles) -> list[Row]:
    """All rows of files without a problem."""
    assert opened.check().problems == []
    return list(opened.rows())


def added(portion: list[Row], *, is_history: bool = False, dry_run: bool = False, now: int = NOW) -> Imported:
    """What became of rows."""
    done = imports.add(portion, source="crm", is_history=is_history, dry_run=dry_run, now=now)
    assert isinstance(done, Imported)
    return done


def test_rows_of_files_become_rows_of_the_ledger(tmp_path: Path) -> None:
    """Leads as changed attributes with their claims, events with their properties, each at its instant."""
    assert added(rows(files(tmp_path)), now=NOW + MONTH) == Imported(7, 0, 0)
    stored = list(Event.objects.order_by("pk"))
    assert [(event.name, json.loads(event.claims)) for event in stored[:3]] == [
        ("attributes_changed", {"external": "ada", "email": "ada@example.com", "account": "acme"}),
        ("attributes_changed", {"external": "bo"}),
        ("page_viewed", {"external": "ada"}),
    ]
    assert json.loads(stored[0].properties)["employees"] == "120"
    assert stored[0].at == 1_767_344_400_000_000
    assert stored[1].at == NOW + MONTH
    assert json.loads(stored[5].properties) == {"fields": 7, "page": "/form", "none": None}
    assert {event.known_at for event in stored} == {None}
    assert Source.objects.get().kind == SourceKind.SERVER


def test_a_lead_of_the_past_without_an_instant_was_always_so(tmp_path: Path) -> None:
    """As in files that are scored; what is imported as of now counts from now."""
    past = rows(files(tmp_path, is_history=True))
    assert [row.at for row in past[:2]] == [1_767_344_400_000_000, 0]
    added(past, is_history=True)
    assert Source.objects.get().is_history


def test_an_import_can_be_repeated_and_broken_off(tmp_path: Path) -> None:
    """Equal rows of one file are as many as they are; the same file again is none."""
    all_rows = rows(files(tmp_path))
    assert len({row.key for row in all_rows}) == len(all_rows)
    assert added(all_rows[:4]) == Imported(4, 0, 0)
    assert added(rows(files(tmp_path)), now=NOW + 5) == Imported(3, 4, 0)
    assert added(rows(files(tmp_path)), now=NOW + 9) == Imported(0, 7, 0)


def test_the_order_of_lines_does_not_matter(tmp_path: Path) -> None:
    """A file that was sorted anew holds the same rows."""
    first = {row.key for row in rows(files(tmp_path))}
    lines = EVENTS.splitlines(keepends=True)
    assert {row.key for row in rows(files(tmp_path, events="".join([lines[0], *reversed(lines[1:])])))} == first


def test_an_event_id_is_the_leads_own(tmp_path: Path) -> None:
    """Two leads may have an event of one id; what is voided is the lead's own."""
    all_rows = rows(files(tmp_path))
    added(all_rows)
    source = Source.objects.get()
    keys = [event.key for event in Event.objects.filter(key__contains="v1")]
    assert sorted(keys) == ["ada/v1", "bo/v1"]
    void = json.loads(Event.objects.get(name="event_voided").properties)
    assert void == {"voids": f"ada/v1@{source.pk}"}


def test_another_row_under_the_same_id_is_counted_and_the_first_stays(tmp_path: Path) -> None:
    """Nothing of the ledger is overwritten."""
    added(rows(files(tmp_path)))
    changed = rows(files(tmp_path, events=EVENTS.replace("/pricing", "/prices")))
    assert added(changed) == Imported(0, 7, 1)
    assert "/pricing" in Event.objects.get(key="ada/v1").properties


def test_a_dry_run_tells_the_same_and_writes_nothing(tmp_path: Path) -> None:
    """Not even the source."""
    assert added(rows(files(tmp_path)), dry_run=True) == Imported(7, 0, 0)
    assert not Event.objects.exists()
    assert not Source.objects.exists()


def test_rows_of_people_who_were_erased_are_left_out_and_counted(tmp_path: Path) -> None:
    """Until they come again by themselves; the file still has them then."""
    forgotten.remember([digests.keyed("external", "bo", key=installations.hash_key(NOW))], at=NOW - 1)
    portion = rows(files(tmp_path))
    first = added(portion, now=NOW + MONTH)
    of_bo = sum('"bo"' in row.claims for row in portion)
    assert of_bo
    assert first == Imported(len(portion) - of_bo, 0, 0, of_bo)
    assert not Event.objects.filter(claims__contains='"bo"').exists()
    forgotten.let_in({"external": "bo"}, now=NOW)
    second = added(portion, now=NOW + MONTH)
    assert (second.stored + second.erased, second.repeated) == (of_bo, first.stored)
    assert second.stored


def test_what_lies_ahead_counts_from_its_arrival_and_is_flagged(tmp_path: Path) -> None:
    """Nobody jumps a queue by a date."""
    added(rows(files(tmp_path, leads="", events="lead_id,at,event\nada,2199-01-01T00:00Z,paper\n")))
    event = Event.objects.get()
    assert (event.at, event.flag) == (NOW, "future")


def test_an_import_takes_no_other_sources_name(tmp_path: Path) -> None:
    """A website's rows stay the website's."""
    Source.objects.create(name="crm", kind=SourceKind.WEB, write_key_digest="x", created_at=NOW)
    refused = imports.add(rows(files(tmp_path)), source="crm", is_history=False, dry_run=False, now=NOW)
    assert isinstance(refused, Refused)
    assert not Event.objects.exists()


def test_gzip_and_parquet_hold_the_same_rows(tmp_path: Path) -> None:
    """The format of the file changes no key."""
    expected = {row.key for row in rows(files(tmp_path, leads=""))}
    packed = tmp_path / "events.csv.gz"
    packed.write_bytes(gzip.compress(EVENTS.encode()))
    table = tmp_path / "events.parquet"
    pl.read_csv(tmp_path / "events.csv", infer_schema=False).write_parquet(table)
    for path in (packed, table):
        opened = OwnFiles(leads=None, events=path, mapping={}, timezone=None, is_history=False)
        assert {row.key for row in rows(opened)} == expected


def test_foreign_names_and_zones_are_understood(tmp_path: Path) -> None:
    """The same options as everywhere."""
    text = "case,when,what\nada,2026-01-03 10:00,paper\n"
    mapping = {"lead_id": "case", "at": "when", "event": "what"}
    found = rows(files(tmp_path, leads="", events=text, mapping=mapping, timezone="Europe/Berlin"))
    assert [(row.name, row.at) for row in found] == [("paper", 1_767_430_800_000_000)]


@pytest.mark.parametrize(
    ("leads", "events", "told"),
    [
        ("lead_id\nada\n\nada\n", "", ["leads.csv:4: lead_id"]),
        ("lead_id,created_at\nada,yesterday\n,\n", "", ["leads.csv:2: created_at", "leads.csv:3: lead_id"]),
        (LEADS, "lead_id,at,event\neve,2026-01-01T00:00Z,paper\n", ["events.csv:2: lead_id"]),
        ("", "lead_id,at,event\nada,,paper\nada,soon,paper\n", ["events.csv:2: at", "events.csv:3: at"]),
        ("", "lead_id,at,event\nada,2026-01-01T00:00Z,\n", ["events.csv:2: event"]),
        ("", 'lead_id,at,event,properties\nada,2026-01-01T00:00Z,a,"[1]"\n', ["events.csv:2: properties"]),
        ("", f"lead_id,at,event,page\nada,2026-01-01T00:00Z,a,{'x' * 33_000}\n", ["events.csv:2: properties"]),
        (
            "",
            f'lead_id,at,event,properties\nada,2026-01-01T00:00Z,a,"{{""a"": {"[" * 40}{"]" * 40}}}"\n',
            ["events.csv:2: properties"],
        ),
        ("", f"lead_id,at,event\n{'x' * 255},2026-01-01T00:00Z,a\n", ["events.csv:2: lead_id"]),
        ("", f"lead_id,at,event\nada,2026-01-01T00:00Z,{'x' * 101}\n", ["events.csv:2: event"]),
        ("", "lead_id,at,event,verdict\nada,2026-01-01T00:00Z,verdict_given,perhaps\n", ["events.csv:2: verdict"]),
    ],
)
def test_all_that_is_wrong_is_told_with_its_place(tmp_path: Path, leads: str, events: str, told: list[str]) -> None:
    """Before anything is added."""
    found: Checked = files(tmp_path, leads, events).check()
    assert found.problem_count == len(told)
    assert [str(problem).startswith(start) for problem, start in zip(found.problems, told, strict=True)] == [
        True for _ in told
    ], [str(problem) for problem in found.problems]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"lead_id,at,event,{','.join(f'c{n}' for n in range(1000))}\n", "columns"),
        (f"lead_id,at,event,note\nada,2026-01-01T00:00Z,a,{'x' * 1_100_000}\n", "1 MB"),
        ("lead_id,at\n", "event"),
        ("", "nothing to read"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_at_once(tmp_path: Path, text: str, told: str) -> None:
    """Too wide, too long, or without what every row needs."""
    with pytest.raises(DataProblem, match=told):
        files(tmp_path, leads="", events=text).check()


def test_many_problems_are_counted_and_some_are_kept(tmp_path: Path) -> None:
    """A broken file of a million lines does not fill the memory with complaints."""
    found = files(tmp_path, leads="", events="lead_id,at,event\n" + "ada,soon,paper\n" * 200).check()
    assert (found.problem_count, len(found.problems)) == (200, own_files.PROBLEMS_KEPT)


def test_what_is_checked_is_counted(tmp_path: Path) -> None:
    """People see what they are about to import."""
    found = files(tmp_path).check()
    assert (found.leads, found.rows) == (2, 7)
    assert found.events.most_common() == [("page_viewed", 3), ("form_sent", 1), ("event_voided", 1)]
