"""What an export holds: all as of one round, of one installation, as its page says."""

from __future__ import annotations

import fcntl
import json
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import psycopg
import pytest
from django.db import connection

from command_line import PLAYBOOK
from exports import exported, outcome, results, rows, two_leads
from ledger_rows import all_rounds, happened, lead_of, said, signed
from ripeline.core.columns import DataProblem
from ripeline.core.exported import MANIFEST, Export
from ripeline.core.needs import needs_of
from ripeline.core.results import lead_results
from ripeline.server import installations, instants, merges, playbooks
from ripeline.server.export import reading, tables
from ripeline.server.export.run import Written
from ripeline.server.instants import DAY, SECOND
from ripeline.server.leads import Unit
from ripeline.server.qualification import histories
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.rounds import Round
from ripeline.server.sources import Source
from ripeline.server.staff.users import Role
from staff import member

if TYPE_CHECKING:
    from set_clock import SetClock


WELL_FED = PLAYBOOK.replace("axes:\n", "axes:\n  interest: {}\n").replace(
    "rules:\n", "rules:\n  asks: {on: ask, axis: interest, points: 5}\n"
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The folder of an export."""
    return tmp_path / "copy"


# --- as of the newest round -----------------------------------------------------------------------


def test_what_happens_meanwhile_is_not_in_it(
    source: Source, clock: SetClock, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables that change are read after the newest round was looked up, and shown as they were at it."""
    two_leads(source, clock, PLAYBOOK.replace("gates:\n", "accounts: {engagement: {roll_up: sum}}\ngates:\n"))
    at = Round.objects.latest("at").at
    versions = playbooks.core_versions(at)
    units = list(Unit.objects.values_list("pk", flat=True))
    found = histories.evaluations(list(histories.pasts(units, at, versions).values()), at, versions)
    before = {result.lead_id: result for each in found for result in lead_results(each)}
    as_of = tables.as_of

    def late(table: str, upto: int, decided: int) -> pl.DataFrame:
        if not merges.Merge.objects.exists():
            clock.move(DAY // SECOND)
            mara = member("a manager", Role.MARKETING)
            happened(source, "ask", clock(), email="eve@example.com", account="acme")
            happened(source, "ask", clock(), email="ada@example.com", account="other")
            all_rounds(clock)
            merges.merge_by_hand(lead_of("ada@example.com"), lead_of("bob@example.com"), by=mara, now=clock.move(60))
            all_rounds(clock)
        return as_of(table, upto, decided)

    monkeypatch.setattr(reading, "reading_only", nullcontext)
    monkeypatch.setattr(tables, "as_of", late)
    exported(copy)
    assert Export.opened(copy).manifest.upto == at
    assert results(Export.opened(copy), at) == before
    assert rows(copy, "merges") == []
    assert {row["merged_into"] for row in rows(copy, "leads")} == {None}
    stretches = [row for table in ("attachments", "memberships") for row in rows(copy, table)]
    assert {row["until"] for row in stretches} == {None}
    assert max(row["since"] for row in stretches) <= instants.moment(at)
    accounts = {row["account_id"] for row in rows(copy, "accounts")}
    assert len(accounts) == 1
    assert {row["account_id"] for row in rows(copy, "leads")} == accounts


def test_an_export_writes_nothing(source: Source, clock: SetClock, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database itself sees to that."""
    two_leads(source, clock)
    refusals: list[str] = []
    as_of = tables.as_of

    def writing(table: str, upto: int, decided: int) -> pl.DataFrame:
        try:
            Source.objects.create(name=f"from {table}", kind="web", created_at=1)
        except Exception as error:  # noqa: BLE001 - each database has its own
            refusals.append(str(error))
        return as_of(table, upto, decided)

    monkeypatch.setattr(tables, "as_of", writing)
    exported(copy)
    assert len(refusals) == len(tables.asked())
    assert all("read" in refusal for refusal in refusals)
    assert Source.objects.create(name="after", kind="web", created_at=1).pk


def test_a_decision_that_is_being_written_is_waited_for(
    source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL draws numbers before the commit; SQLite has one writer, and nobody to wait for."""
    two_leads(source, clock)
    happened(source, "ask", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    newest = reading.newest_decision()
    assert newest > 0
    if connection.vendor == "postgresql":
        monkeypatch.setattr(reading, "_PATIENCE", 0.1)
        told = connection.get_connection_params()
        where = {name: told[name] for name in ("dbname", "user", "password", "host", "port") if told.get(name)}
        with psycopg.connect(**where) as other:
            other.execute("UPDATE server_decision SET place = place WHERE false")
            with pytest.raises(reading.StillWriting):
                reading.newest_decision()
            other.rollback()
    assert reading.newest_decision() == newest


# --- whose folder it is ---------------------------------------------------------------------------


def test_a_folder_of_something_else_is_refused(source: Source, clock: SetClock, copy: Path) -> None:
    """Nothing in it is touched."""
    two_leads(source, clock)
    copy.mkdir()
    (copy / "letters.txt").write_text("mine", "utf-8")
    assert outcome(copy) == Refused(Refusal.NO_EXPORT)
    assert [file.name for file in copy.iterdir()] == ["letters.txt"]
    (copy / MANIFEST).write_text("{}", "utf-8")
    assert outcome(copy) == Refused(Refusal.NO_EXPORT)


def test_a_folder_of_another_installation_is_refused(source: Source, clock: SetClock, copy: Path) -> None:
    """Even when all is to be written anew."""
    two_leads(source, clock)
    exported(copy)
    assert outcome(copy, installation="another") == Refused(Refusal.EXPORT_ELSEWHERE)
    assert outcome(copy, installation="another", anew=True) == Refused(Refusal.EXPORT_ELSEWHERE)
    assert len(rows(copy, "events")) == 2


def test_a_folder_with_rounds_that_never_were_is_refused(source: Source, clock: SetClock, copy: Path) -> None:
    """A backup was restored: what the copy holds beyond it would stay for ever."""
    two_leads(source, clock)
    exported(copy)
    last = Round.objects.latest("at")
    Round.objects.filter(pk=last.pk).update(at=last.at + 1)
    assert outcome(copy) == Refused(Refusal.EXPORT_AHEAD)
    assert exported(copy, anew=True).new_events == 2


def test_a_folder_of_another_release_is_refused(source: Source, clock: SetClock, copy: Path) -> None:
    """Until it is written anew."""
    two_leads(source, clock)
    exported(copy)
    told = json.loads((copy / MANIFEST).read_text("utf-8"))
    (copy / MANIFEST).write_text(json.dumps(told | {"schema": 99, "unheard_of": 1}), "utf-8")
    assert outcome(copy) == Refused(Refusal.EXPORT_OLD)
    with pytest.raises(DataProblem, match="no manifest"):
        Export.opened(copy)
    assert exported(copy, anew=True).new_events == 2


def test_two_at_once_are_refused(source: Source, clock: SetClock, copy: Path) -> None:
    """The second one, whatever the first one is doing."""
    two_leads(source, clock)
    exported(copy)
    with (copy / ".lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert outcome(copy) == Refused(Refusal.EXPORT_BUSY)
    assert isinstance(outcome(copy), Written)


def test_an_installation_has_one_key(db: None) -> None:
    """For ever."""
    del db
    assert installations.key(1) == installations.key(2)


# --- what it holds --------------------------------------------------------------------------------


def test_the_copy_is_as_its_page_says(source: Source, clock: SetClock, copy: Path) -> None:
    """Every table and every column with its type; scores have one more for each further axis."""
    two_leads(source, clock, WELL_FED)
    said(lead_of("ada@example.com"), "consent_given", clock.move(60), purpose="marketing", wording="w", proof="p")
    happened(source, "ask", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    exported(copy)
    opened = Export.opened(copy)
    found = {
        table: {name: _called(dtype) for name, dtype in opened.scan(table).collect_schema().items()}
        for table in opened.manifest.tables
    }
    page = (Path(__file__).parents[2] / "docs/reference/export.md").read_text("utf-8")
    documented = _documented(page)
    assert documented["scores"] | {"interest": "number"} == found["scores"]
    assert found | {"scores": documented["scores"]} == documented
    consent = {"purpose": "marketing", "wording": "w", "proof": "p", "is_given": True}
    assert consent.items() <= rows(copy, "consents")[0].items()


def _called(dtype: pl.DataType) -> str:
    names = {pl.String: "text", pl.Boolean: "yes or no", pl.Int64: "whole number", pl.Int32: "whole number"}
    return "time" if dtype == pl.Datetime("us", "UTC") else names.get(type(dtype), "number")


def _documented(page: str) -> dict[str, dict[str, str]]:
    """The tables of the page: a heading with the name, and a row for each column with its type."""
    found: dict[str, dict[str, str]] = {}
    for section in page.split("\n### `")[1:]:
        table = section.partition("`")[0]
        lines = [line.split("|") for line in section.splitlines() if line.startswith("| `")]
        found[table] = {cells[1].strip(" `"): cells[2].strip() for cells in lines}
    return found


def test_texts_stand_as_they_came(source: Source, clock: SetClock, copy: Path) -> None:
    """Signs of all languages, and what a spreadsheet would calculate."""
    two_leads(source, clock)
    text = '=1+1 \u0000 \U0001f600 "quoted" \\ ümlaut'
    happened(source, "paper", clock.move(60), said={"page": text}, email="ada@example.com")
    all_rounds(clock)
    exported(copy)
    last = rows(copy, "events")[-1]
    assert json.loads(last["properties"]) == {"page": text}
    assert (last["source"], last["at"]) == ("website", datetime.fromtimestamp(clock() / SECOND, UTC))


def test_what_was_imported_as_history_was_known_when_it_happened(source: Source, clock: SetClock, copy: Path) -> None:
    """To a backtest; replay and scores take it as known when it was imported."""
    signed(PLAYBOOK, now=clock())
    Source.objects.filter(pk=source.pk).update(is_history=True)
    long_ago = clock() - 90 * DAY
    happened(source, "ask", long_ago, email="ada@example.com")
    happened(source, "stage_set", long_ago + DAY, email="ada@example.com", said={"stage": "customer"})
    all_rounds(clock)
    exported(copy)
    opened = Export.opened(copy)
    needs, upto = needs_of([version.playbook for version in opened.versions()]), opened.manifest.upto
    assert opened.history(needs, upto, is_past=True).events["known_at"].to_list() == [long_ago]
    assert opened.history(needs, upto).events["known_at"].to_list() == [upto]
    outcomes = opened.outcomes(opened.history(needs, upto).leads["lead_id"], upto)
    assert outcomes.table.select("at", "won").rows() == [(long_ago + DAY, True)]
