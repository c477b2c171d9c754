"""What the command writes, and what it says and leaves behind when it cannot write."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import DATA, Capture, data, refusal
from ripeline.cli.run import run

CODE = "from ripeline.cli import main; main()"


def ended(*arguments: str, stdout: int) -> tuple[int, list[str]]:
    """The exit code and the lines on standard error of a command in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    done = subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env=environment,
    )
    return done.returncode, done.stderr.splitlines()


@pytest.mark.parametrize("arguments", [["init", "-"], ["--help"]])
def test_a_full_disk_is_told_in_one_line(arguments: list[str]) -> None:
    """As every other failure: exit code 2, and no trace. Ripeline runs on Linux, where one disk is always full."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        code, lines = ended(*arguments, stdout=full.fileno())
    assert (code, lines) == (2, ["The output cannot be written: No space left on device."])


def test_a_closed_output_is_told_in_one_line() -> None:
    """As with `ripeline init - >&-`."""
    closing = f"import os, sys; os.close(1); os.execv(sys.executable, [sys.executable, '-c', {CODE!r}, 'init', '-'])"
    done = subprocess.run([sys.executable, "-c", closing], stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.usefixtures("folder")
def test_a_file_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """What Parquet calls an error of computing is a full disk to people, and nothing is left behind."""
    monkeypatch.setattr("polars.DataFrame.write_parquet", _full)
    assert run(["score", *DATA, "--out", "scores.parquet"]) == 2
    assert capsys.readouterr().err == "scores.parquet cannot be written: No space left on device.\n"
    assert sorted(path.name for path in Path().iterdir()) == ["events.csv", "leads.csv", "playbook.yaml"]


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.usefixtures("folder")
def test_rows_are_printed_some_at_a_time(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """However many slices there are, the whole is one JSON object."""
    whole = data(capsys, "score", *DATA)
    monkeypatch.setattr("ripeline.cli.score._ROWS", 2)
    assert data(capsys, "score", *DATA) == whole
    assert [row["lead_id"] for row in whole["scores"]] == ["ada", "bob", "eve"]


@pytest.mark.usefixtures("folder")
def test_an_interrupted_init_leaves_no_half_playbook(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next try finds its place free."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ripeline.cli.init._fill", interrupted)
    assert run(["init", "new.yaml"]) == 130
    assert not Path("new.yaml").exists()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["x" * 300 + ".csv", "/proc/scores.csv"])
def test_where_nothing_can_be_written_is_told_before_the_work(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, name: str
) -> None:
    """A name too long, a folder that takes no file: nothing is read before."""
    monkeypatch.setattr("ripeline.core.tables.read_history", lambda *_, **__: pytest.fail("read"))
    for command in (["score", *DATA], ["backtest", *DATA, "--outcomes", "outcomes.csv"]):
        told = refusal(capsys, *command, "--out", name)
        assert told.startswith(f"{name} cannot be written: ")


STOPPED = """
import os, pathlib, signal, sys, threading, time
from ripeline.cli import main, run

def working(_):
    threading.Thread(target=time.sleep, args=(600,)).start()
    try:
        os.kill(os.getpid(), {number})
    finally:
        os.kill(os.getpid(), {number})
        pathlib.Path(sys.argv[1]).touch()

run.run = working
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_stops_it_need_not_wait_and_finds_all_cleared_away(tmp_path: Path, number: signal.Signals) -> None:
    """Not for threads that still compute, though a second signal comes while it clears away; Polars sends one too."""
    cleared = tmp_path / "cleared"
    code = STOPPED.format(number=int(number))
    done = subprocess.run([sys.executable, "-c", code, cleared], stderr=subprocess.PIPE, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (130, b"")
    assert cleared.exists()
