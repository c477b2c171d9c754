"""The export is the one copy that others read: it grows, is whole at any time, and belongs to one installation."""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import psycopg
import pytest
from django.db import connection

from command_line import PLAYBOOK
from installations import RIPELINE, Installation
from ledger_rows import all_rounds, happened, lead_of, said, signed
from ripeline.core.columns import DataProblem
from ripeline.core.exported import MANIFEST, Export
from ripeline.core.needs import needs_of
from ripeline.core.results import lead_results
from ripeline.server import installations, merges, playbooks
from ripeline.server.events import Event
from ripeline.server.export import parts, reading, tables
from ripeline.server.export import run as exporting
from ripeline.server.export.run import Written
from ripeline.server.instants import DAY, SECOND
from ripeline.server.leads import Unit
from ripeline.server.operation.failpoints import DIED
from ripeline.server.qualification import histories
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.rounds import Round
from ripeline.server.sources import Source
from ripeline.server.users import Role
from staff import member

if TYPE_CHECKING:
    from ripeline.core.results import LeadResult
    from set_clock import SetClock

WELL_FED = PLAYBOOK.replace("axes:\n", "axes:\n  interest: {}\n").replace(
    "rules:\n", "rules:\n  asks: {on: ask, axis: interest, points: 5}\n"
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The folder of an export."""
    return tmp_path / "copy"


def outcome(folder: Path, *, anew: bool = False, scores: bool = True, installation: str = "") -> Written | Refused:
    """What a run says."""
    return exporting.run(folder, installation=installation or installations.key(1), anew=anew, scores=scores)


def exported(folder: Path, *, anew: bool = False, scores: bool = True) -> Written:
    """A run that ends well."""
    done = outcome(folder, anew=anew, scores=scores)
    assert isinstance(done, Written), done
    return done


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    """All rows of a table of an export."""
    return Export.opened(folder).scan(table).collect().to_dicts()


def results(copy: Export, at: int) -> dict[str, LeadResult]:
    """What the evaluator finds on a copy."""
    found = (lead_results(each) for each in copy.evaluations(copy.versions(), at))
    return {result.lead_id: result for each in found for result in each}


def two_leads(source: Source, clock: SetClock, text: str = PLAYBOOK) -> None:
    """Ada and Bob have each read a paper."""
    signed(text, now=clock())
    for name in ("ada", "bob"):
        happened(source, "paper", clock.move(60), email=f"{name}@example.com", account="acme")
    all_rounds(clock)


# --- growing --------------------------------------------------------------------------------------


def test_what_is_new_is_added(source: Source, clock: SetClock, copy: Path) -> None:
    """The second run tells how much that is; a third one finds nothing."""
    two_leads(source, clock)
    first = exported(copy)
    assert (first.new_events, len(rows(copy, "events"))) == (2, 2)
    happened(source, "ask", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    second = exported(copy)
    assert (second.new_events, second.new_decisions) == (1, 2)
    assert not exported(copy).is_new
    assert [row["event"] for row in rows(copy, "events")] == ["paper", "paper", "ask"]
    stages = {row["lead_id"]: row["stage"] for row in rows(copy, "scores")}
    assert stages[str(lead_of("ada@example.com").pk)] == "mql"


def test_a_full_file_stands_for_ever(
    source: Source, clock: SetClock, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is not full is written again with what comes next; the one before it stands for one run more."""
    monkeypatch.setattr(parts, "FULL", 3)
    signed(PLAYBOOK, now=clock())
    seen: list[list[str]] = []
    for _ in range(4):
        for _ in range(2):
            happened(source, "paper", clock.move(60), email="ada@example.com")
            all_rounds(clock)
        exported(copy)
        seen.append([part.file for part in Export.opened(copy).manifest.tables["events"]])
    assert [len(files) for files in seen] == [1, 1, 2, 2]
    assert seen[1][0] != seen[0][0]
    assert seen[1][0] == seen[2][0] == seen[3][0]
    assert not (copy / seen[0][0]).exists()
    assert (copy / seen[2][1]).exists()
    assert len(rows(copy, "events")) == Event.objects.count()


def test_the_manifest_tells_size_rows_and_digest(source: Source, clock: SetClock, copy: Path) -> None:
    """So that a copy of the copy can be checked; all of it is for its owner alone."""
    two_leads(source, clock)
    exported(copy)
    told = json.loads((copy / MANIFEST).read_text("utf-8"))
    for part in (part for own in told["tables"].values() for part in own):
        content = (copy / part["file"]).read_bytes()
        assert (part["bytes"], part["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert part["rows"] == pl.read_parquet(copy / part["file"]).height
        assert (copy / part["file"]).stat().st_mode & 0o077 == 0
    assert told["upto"] == Round.objects.latest("at").at


def test_all_is_written_anew_on_demand(source: Source, clock: SetClock, copy: Path) -> None:
    """The same rows, and nothing of the files from before."""
    two_leads(source, clock)
    exported(copy)
    before, files = rows(copy, "events"), set(copy.rglob("*.parquet"))
    again = exported(copy, anew=True)
    assert (again.new_events, again.manifest.generation) == (2, 2)
    assert rows(copy, "events") == before
    assert not files & set(copy.rglob("*.parquet"))


def test_scores_can_be_left_out(source: Source, clock: SetClock, copy: Path) -> None:
    """Those of before stay, with their instant; the next run without that wish brings them up to date."""
    two_leads(source, clock)
    scored = exported(copy).manifest.scored_at
    happened(source, "paper", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    later = exported(copy, scores=False).manifest
    assert (later.scored_at, len(rows(copy, "scores"))) == (scored, 2)
    assert exported(copy).manifest.scored_at == later.upto


def test_before_the_first_publication_there_are_no_scores(source: Source, clock: SetClock, copy: Path) -> None:
    """And before the first round there is nothing."""
    exported(copy)
    assert rows(copy, "events") == []
    happened(source, "paper", clock(), email="ada@example.com")
    all_rounds(clock)
    done = exported(copy)
    assert (done.new_events, done.manifest.scored_at, rows(copy, "scores")) == (1, None, [])


# --- whole at any time ----------------------------------------------------------------------------

SMALL = f"from ripeline.server.export import parts; parts.FULL = 3; {RIPELINE}"
HAPPEN = """
import sys
from ripeline.cli.run import run
assert run(["import", "--events", sys.argv[1]]) == 0
from ripeline.server import instants
from ripeline.server.qualification import qualify
while qualify.run(instants.now) != (0, 0):
    pass
"""


@pytest.mark.timeout(900)
def test_a_killed_run_leaves_what_was_there(tmp_path: Path) -> None:
    """Wherever it dies; the next run takes what it had finished and goes on, and nothing is there twice."""
    installation, copy = Installation(tmp_path / "data"), tmp_path / "copy"
    lines = [f"ada,2026-03-{day:02d}T09:00:00+00:00,paper" for day in range(1, 29)]

    def happen(first: int, last: int) -> None:
        file = tmp_path / "events.csv"
        file.write_text("\n".join(["lead_id,at,event", *lines[first:last]]), "utf-8")
        command = [sys.executable, "-c", HAPPEN, str(file)]
        done = subprocess.run(command, env=installation.environment(), check=False, capture_output=True)
        assert done.returncode == 0, done.stderr

    def export(place: str = "") -> int:
        with installation.start(
            "export", str(copy), script=SMALL, environment={"RIPELINE_FAILPOINT": place}
        ) as running:
            return running.process.wait(timeout=120)

    happen(0, 4)
    assert export("before_manifest") == DIED
    assert rows(copy, "events") == []
    assert export() == 0
    for number, place in enumerate(("in_file", "after_file", "before_manifest", "after_manifest"), start=1):
        before = len(rows(copy, "events"))
        happen(4 * number, 4 * number + 4)
        assert export(place) == DIED
        assert len(rows(copy, "events")) == (4 * number + 4 if place == "after_manifest" else before)
    assert export() == 0
    ids = [row["event_id"] for row in rows(copy, "events")]
    assert len(ids) == len(set(ids)) == 20
    assert not list(copy.rglob(".*.part"))


def test_what_a_killed_run_finished_is_taken_as_it_is(
    source: Source, clock: SetClock, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Millions of rows are not read a second time."""
    two_leads(source, clock)
    exported(copy)
    manifest = (copy / MANIFEST).read_bytes()
    happened(source, "paper", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    exported(copy)
    (copy / MANIFEST).write_bytes(manifest)  # as if the run had died before its last step
    asked: list[tuple[int, int]] = []
    whole = reading.events

    def watched(after: int, upto: int) -> Any:  # noqa: ANN401 - pages of rows
        asked.append((after, upto))
        return whole(after, upto)

    monkeypatch.setattr(reading, "events", watched)
    exported(copy)
    upto = Export.opened(copy).manifest.upto
    assert asked == [(upto, upto)]
    assert len(rows(copy, "events")) == 3


def test_a_run_that_is_interrupted_lets_the_folder_go(
    source: Source, clock: SetClock, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one is not kept out."""
    two_leads(source, clock)
    exported(copy)
    happened(source, "paper", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    as_of = tables.as_of
    monkeypatch.setattr(tables, "as_of", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        exported(copy)
    assert len(rows(copy, "events")) == 2
    monkeypatch.setattr(tables, "as_of", as_of)
    assert exported(copy).new_events == 1


def test_a_copy_that_is_not_whole_is_not_read(source: Source, clock: SetClock, copy: Path) -> None:
    """The reader says which file is missing or cut, and how that is cured."""
    two_leads(source, clock)
    exported(copy)
    file = copy / Export.opened(copy).manifest.tables["leads"][0].file
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    with pytest.raises(DataProblem, match=r"leads.parquet: is not whole\. Write it anew"):
        Export.opened(copy)
    file.unlink()
    with pytest.raises(DataProblem, match="is not whole"):
        Export.opened(copy)
    with pytest.raises(DataProblem, match="is no export"):
        Export.opened(copy / "nowhere")
    (copy / MANIFEST).write_text("{}", "utf-8")
    with pytest.raises(DataProblem, match="is no manifest"):
        Export.opened(copy)


def test_no_round_is_parted(source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the size of a page: a file that ends within a round would leave the rest of it out."""
    for size in (3, 1, 5):
        for _ in range(size):
            happened(source, "paper", clock(), email="ada@example.com")
        clock.move(60)
        all_rounds(clock)
    for page in (1, 2, 3, 100):
        monkeypatch.setattr(reading, "PAGE", page)
        known = [[row[0] for row in rows] for rows in reading.events(0, reading.newest_round())]
        assert [len(set(page)) for page in known].count(0) == 0
        assert sum(len(set(page)) for page in known) == 3
        assert sum(map(len, known)) == 9


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
