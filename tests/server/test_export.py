"""The export is the one copy that others read: it grows, and is whole at any time."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from command_line import PLAYBOOK
from exports import exported, rows, two_leads
from installations import RIPELINE, Installation
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.core.columns import DataProblem
from ripeline.core.exported import MANIFEST, Export
from ripeline.server.events import Event
from ripeline.server.export import parts, reading, tables
from ripeline.server.instruments.failpoints import DIED
from ripeline.server.rounds import Round

if TYPE_CHECKING:
    from pathlib import Path

    from ripeline.server.sources import Source
    from set_clock import SetClock


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The folder of an export."""
    return tmp_path / "copy"


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
