"""The export on the command line: it is written, read by the other commands, and refused in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from command_line import PLAYBOOK, Capture, data, refusal
from ledger_rows import all_rounds, happened, lead_of, said, signed
from ripeline.cli import INTERRUPTED
from ripeline.cli.run import run
from ripeline.core.exported import Export
from ripeline.server import merges
from ripeline.server.export import tables
from ripeline.server.sources import Source, SourceKind
from ripeline.server.staff.users import Role
from set_clock import SetClock
from staff import member

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(folder: Path) -> SetClock:
    """Ada has read and asked, Bob was found to be her, Eve has read and bought; there is an export of it in `copy`."""
    clock = SetClock()
    source = Source.objects.create(name="shop", kind=SourceKind.SERVER, created_at=clock())
    signed(PLAYBOOK, now=clock())
    for name, event in (("ada", "paper"), ("bob", "paper"), ("eve", "paper"), ("ada", "ask"), ("bob", "paper")):
        happened(source, event, clock.move(3600), email=f"{name}@example.com")
        all_rounds(clock)
    merges.merge_by_hand(
        *(lead_of(f"{name}@example.com") for name in ("ada", "bob")),
        by=member("mara", Role.MARKETING),
        now=clock.move(3600),
    )
    for stage in ("sql", "opportunity", "customer"):
        said(lead_of("eve@example.com"), "stage_set", clock.move(3 * 86_400), stage=stage)
    said(lead_of("eve@example.com"), "attributes_changed", clock.move(60), relation="partner")
    all_rounds(clock)
    assert folder.is_dir()
    assert run(["export", "copy"]) == 0
    return clock


def test_a_run_says_what_is_new(clock: SetClock, folder: Path, capsys: Capture) -> None:
    """And for programs, which files there are."""
    assert run(["export", "another"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("another: 9 new rows, 5 new decisions, up to 2026-")
    assert told[1].startswith("The scores of 2 leads as of 2026-")
    assert run(["export", "copy"]) == 0
    assert capsys.readouterr().out.startswith("Nothing is new since 2026-")
    answer = data(capsys, "export", "copy", "--anew", "--no-scores")
    assert (answer["new_events"], answer["scored_at"]) == (9, None)
    assert (folder / "copy" / answer["tables"]["events"][0]["file"]).exists()
    assert answer["upto"] >= clock() - 10**6


def test_scores_of_the_export_are_those_of_the_server(clock: SetClock, folder: Path, capsys: Capture) -> None:
    """A playbook that decided from the beginning gives the same, for one who was merged too."""
    capsys.readouterr()
    scored = data(capsys, "score", "playbook.yaml", "--export", "copy")
    live = Export.opened(folder / "copy").scan("scores").sort("lead_id").collect()
    names = ["lead_id", "engagement", "fit", "cell"]
    assert sorted([row[name] for name in names] for row in scored["scores"]) == [
        list(row) for row in live.select(names).rows()
    ]
    assert live["engagement"].to_list() == [30.0, 10.0]
    earlier = data(capsys, "score", "playbook.yaml", "--export", "copy", "--at", "2026-01-05T12:30:00Z")
    assert [row["engagement"] for row in earlier["scores"]] == [10.0, 10.0, 10.0]
    assert clock()


def test_a_lead_of_the_export_is_explained(clock: SetClock, capsys: Capture) -> None:
    """By the number it has on the server."""
    capsys.readouterr()
    ada = str(lead_of("ada@example.com").pk)
    told = data(capsys, "explain", "playbook.yaml", "--export", "copy", "--lead", ada)
    assert told["lead_id"] == ada
    assert run(["explain", "playbook.yaml", "--export", "copy", "--lead", "777"]) == 2
    assert clock()


def test_a_definition_is_tried_on_the_export(clock: SetClock, folder: Path, capsys: Capture) -> None:
    """Who became a customer was won."""
    capsys.readouterr()
    told = data(capsys, "backtest", "playbook.yaml", "--export", "copy", "--out", "leads.parquet")
    assert (told["leads"], told["won"]) == (2, 1)
    eve = str(lead_of("eve@example.com").pk)
    table = pl.read_parquet(folder / "leads.parquet").filter(lead_id=eve)
    assert table["outcome"].to_list() == ["won"]
    assert clock()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["score", "playbook.yaml", "--export", "copy", "--events", "events.csv"], "goes without files"),
        (["score", "playbook.yaml", "--export", "nowhere"], "nowhere: is no export. Check the path"),
        (["backtest", "playbook.yaml", "--export", "copy", "--map", "at=t"], "goes without files"),
        (["backtest", "playbook.yaml", "--events", "events.csv"], "--outcomes is missing"),
        (["export", "."], "something else than an export"),
        (["export", "playbook.yaml"], "playbook.yaml is a file. Name a folder"),
    ],
)
def test_a_refusal_is_one_line(folder: Path, capsys: Capture, arguments: list[str], why: str) -> None:
    """And exit code 2."""
    assert run(["export", "copy"]) == 0
    capsys.readouterr()
    assert folder
    assert why in refusal(capsys, *arguments)


def test_an_interrupted_export_leaves_what_was_there(
    clock: SetClock, folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends it at once, without a trace; the next run goes on."""
    before = (folder / "copy" / "manifest.json").read_bytes()
    happened(Source.objects.get(name="shop"), "paper", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    with monkeypatch.context() as patched:
        patched.setattr(tables, "as_of", _interrupted)
        assert run(["export", "copy"]) == INTERRUPTED
    assert (folder / "copy" / "manifest.json").read_bytes() == before
    capsys.readouterr()
    assert run(["export", "copy"]) == 0
    assert capsys.readouterr().out.startswith("copy: 1 new row, ")


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_full_disk_is_told(clock: SetClock, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, and what was there before stands."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    capsys.readouterr()
    monkeypatch.setattr("ripeline.server.export.parts.write", full)
    assert "No space left on device" in refusal(capsys, "export", "copy", "--anew")
    assert clock()
