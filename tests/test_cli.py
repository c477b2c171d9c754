"""The command line as people and scripts meet it: results, refusals in one line, exit codes, two languages."""

from __future__ import annotations

import csv
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from command_line import DATA, EVENTS, PLAYBOOK, Capture, data, refusal
from ripeline.cli.run import run

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATES = ["agency", "car_dealer", "consultancy", "fitness_app", "software", "web_shop"]


def test_it_is_also_run_as_a_module() -> None:
    """Where the command is not on the path."""
    told = subprocess.run([sys.executable, "-m", "ripeline", "--version"], capture_output=True, text=True, check=True)
    assert told.stdout.startswith("ripeline ")


# --- init and check -------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_starter_playbook_is_written_and_holds(capsys: Capture, template: str) -> None:
    """From nothing to a checked definition in two commands."""
    assert run(["init", "--template", template, "new.yaml"]) == 0
    assert "new.yaml is written" in capsys.readouterr().out
    assert run(["check", "new.yaml"]) == 0
    assert "scenarios come out as they say" in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_nothing_is_overwritten(capsys: Capture) -> None:
    """A second `init` refuses; the file stays."""
    assert "nothing is overwritten" in refusal(capsys, "init", "playbook.yaml")
    assert 'no template "x"' in refusal(capsys, "init", "--template", "x")


@pytest.mark.usefixtures("folder")
def test_all_starter_playbooks_are_offered(capsys: Capture) -> None:
    """The help names them, and so does the answer to a wrong name."""
    assert run(["init", "--help"]) == 0
    assert "|".join(TEMPLATES) in capsys.readouterr().out
    assert ", ".join(TEMPLATES) in refusal(capsys, "init", "--template", "x")


def test_all_problems_are_told_with_line_code_and_cure(folder: Path, capsys: Capture) -> None:
    """Each on a line of its own, as compilers do it."""
    (folder / "playbook.yaml").write_text(PLAYBOOK.replace("points: 10", "ponts: 10").replace("[{score:", "[{scor:"))
    assert run(["check", "playbook.yaml"]) == 2
    told = capsys.readouterr().err
    assert "playbook.yaml:13: rules.papers.ponts: unknown key (PB003)" in told
    assert 'Did you mean "points"?' in told
    assert len(told.splitlines()) >= 3


def test_a_failing_scenario_says_what_differs(folder: Path, capsys: Capture) -> None:
    """Exit code 1, and the field with both values."""
    (folder / "playbook.yaml").write_text(PLAYBOOK.replace("engagement: 10}, stage", "engagement: 12}, stage"))
    assert run(["check", "playbook.yaml"]) == 1
    assert "scores.engagement: expected 12, got 10" in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_check_speaks_json(capsys: Capture) -> None:
    """Programs read the scenarios and their differences."""
    found = data(capsys, "check", "playbook.yaml")
    assert found == {"problems": [], "scenarios": [{"name": "A paper is ten points.", "differences": []}]}


# --- score ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
def test_scores_are_summed_up_for_people(capsys: Capture) -> None:
    """Counts by stage and cell, who is left out, and that consent is assumed; nothing wider than the terminal."""
    assert run(["score", *DATA]) == 0
    told = capsys.readouterr().out
    assert "As of Wed 4 Mar 2026, 11:00 (Europe/Berlin)." in told
    assert "assumes all consents" in told
    assert "Competitor" in told
    assert max(map(len, told.splitlines())) <= 80


@pytest.mark.usefixtures("folder")
def test_that_no_events_were_read_is_said(capsys: Capture) -> None:
    """Else whoever forgot them takes the zeros for the truth."""
    hint = "No events were read, so only attributes count. Give their file with --events."
    assert run(["score", "playbook.yaml", "--leads", "leads.csv", "--at", "2026-03-04"]) == 0
    assert hint in capsys.readouterr().out.splitlines()
    assert run(["score", *DATA]) == 0
    assert hint not in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_scores_speak_german(capsys: Capture) -> None:
    """Words, months and decimal commas."""
    assert run(["--lang", "de", "score", *DATA]) == 0
    told = capsys.readouterr().out
    assert "Stand: Mi. 4. März 2026, 11:00" in told
    assert "20,0" in told


def test_scores_and_reasons_are_written(folder: Path, capsys: Capture) -> None:
    """Two files, whose points add up."""
    assert run(["score", *DATA, "--explain", "--out", "scores.csv"]) == 0
    assert "scores.reasons.csv is written" in capsys.readouterr().out
    with (folder / "scores.csv").open() as file:
        scores = {row["lead_id"]: row for row in csv.DictReader(file)}
    assert (scores["ada"]["engagement"], scores["eve"]["stage"]) == ("20.0", "mql")
    assert scores["bob"]["excluded"] == "competitor"
    with (folder / "scores.reasons.csv").open() as file:
        points = [float(row["points"]) for row in csv.DictReader(file) if row["lead_id"] == "ada"]
    assert sum(points) == 20


@pytest.mark.usefixtures("folder")
def test_the_instant_can_be_asked_for(capsys: Capture) -> None:
    """A day means its end; what came later is not known."""
    assert data(capsys, "score", *DATA, "--at", "2026-03-02")["at"] == "2026-03-02T22:59:59.999999+00:00"
    assert data(capsys, "score", *DATA, "--at", "2026-03-02")["stage"] == {"lead": 3}


def test_foreign_columns_are_mapped(folder: Path, capsys: Capture) -> None:
    """A log of another system is read as it is."""
    (folder / "events.csv").write_text(EVENTS.replace("lead_id,at", "case,when"))
    arguments = ["playbook.yaml", "--events", "events.csv", "--map", "lead_id=case", "--map", "at=when"]
    assert data(capsys, "score", *arguments)["leads"] == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["score", "no.yaml", "--events", "events.csv"], "no.yaml is not there"),
        (["score", "playbook.yaml", "--events", "no.csv"], "no.csv: is not there"),
        (["score", "playbook.yaml"], "there is nothing to read"),
        (["score", *DATA, "--at", "soon"], '"soon" is not a time'),
        (["score", *DATA, "--at", "9999-12-31"], '"9999-12-31" is not a time'),
        (["score", *DATA, "--at", "9999-12-31T23:59:59-12:00"], "is not a time"),
        (["score", *DATA, "--at", "1969-12-30"], "is not a time"),
        (["score", *DATA, "--map", "lead_id"], "is not OURS=THEIRS"),
        (["score", *DATA, "--timezone", "Mars"], "Mars"),
        (["score", *DATA, "--out", "scores.xls"], "neither CSV nor Parquet"),
        (["score", *DATA, "--out", "no/scores.csv"], "folder"),
        (["score", *DATA, "--out", "./events.csv"], "events.csv is read as an input. Name another file with --out."),
        (["explain", *DATA, "--lead", "a\nb\x1b[2J"], 'no lead "a b\ufffd[2J"'),
        (["score", *DATA, "--explain"], "--out"),
        (["score", "playbook.yaml", "--leads", "leads.csv"], "no instant"),
        (["score", *DATA, "--wrong"], "--wrong"),
        (["score"], "PLAYBOOK"),
        (["explain", *DATA, "--lead", "zoe"], 'no lead "zoe"'),
        (["--lang", "fr", "check", "playbook.yaml"], "no messages in fr"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_bad_input_is_told_in_one_line(capsys: Capture, arguments: list[str], told: str) -> None:
    """Exit code 2, nothing on standard output, no trace."""
    assert told in refusal(capsys, *arguments)


def test_a_bad_row_leaves_nothing_half_written(folder: Path, capsys: Capture) -> None:
    """The row is named, and no file is made."""
    (folder / "events.csv").write_text(EVENTS.replace("2026-03-03T10:00:00+00:00", "yesterday"))
    assert "events.csv:4: at:" in refusal(capsys, "score", *DATA, "--out", "scores.csv")
    assert sorted(path.name for path in folder.iterdir()) == ["events.csv", "leads.csv", "playbook.yaml"]


# --- explain --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
def test_a_lead_is_explained(capsys: Capture) -> None:
    """Score, stage, what is missing, what would change it, on eighty columns."""
    assert run(["explain", *DATA, "--lead", "ada"]) == 0
    told = capsys.readouterr().out
    assert "of 20.0 given" not in told
    assert "2 times, last on 3 Mar 2026" in told
    assert "10.0 points of Engagement or 1 \u00d7 Demo request short of MQL." in told
    assert "1 \u00d7 Paper" in told
    assert max(map(len, told.splitlines())) <= 80


@pytest.mark.usefixtures("folder")
def test_a_lead_is_explained_in_german(capsys: Capture) -> None:
    """The same in another language."""
    assert run(["explain", *DATA, "--lead", "eve", "--lang=de"]) == 0
    told = capsys.readouterr().out
    assert "Lead → MQL: Die Bedingungen für MQL waren erfüllt." in told
    assert "Unser erster Kontakt ist fällig bis Do. 5. März 2026, 11:00 (rund um die Uhr)." in told


@pytest.mark.usefixtures("folder")
def test_an_excluded_lead_is_explained(capsys: Capture) -> None:
    """By what it is excluded, with the fact."""
    assert run(["explain", *DATA, "--lead", "bob"]) == 0
    assert "Relation is competitor\n" in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_an_explanation_is_data_too(capsys: Capture) -> None:
    """Programs get codes."""
    found = data(capsys, "explain", *DATA, "--lead", "ada")
    assert found["missing"]["ways"][0][0]["short"]["code"] == "short_points"


@pytest.mark.parametrize("verb", [["score"], ["explain", "--lead", "a\x1b[2J"]])
def test_names_do_not_command_the_terminal(folder: Path, capsys: Capture, verb: list[str]) -> None:
    """Escapes in foreign names are shown as signs."""
    (folder / "events.csv").write_text(EVENTS.replace("ada,", "a\x1b[2J,"), "utf-8")
    assert run([*verb, "playbook.yaml", "--events", "events.csv"]) == 0
    told = capsys.readouterr().out
    assert "a\ufffd[2J" in told
    assert "\x1b[2J" not in told


def test_a_folder_in_the_way_leaves_no_reasons_behind(folder: Path, capsys: Capture) -> None:
    """Both files are written, or none."""
    (folder / "scores.csv").mkdir()
    assert "cannot be written" in refusal(capsys, "score", *DATA, "--explain", "--out", "scores.csv")
    assert not (folder / "scores.reasons.csv").exists()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_who_stops_reading_causes_no_error(form: list[str]) -> None:
    """As with `ripeline explain … | head -1`: no trace, and exit code 0."""
    code = "import sys; from ripeline.cli import main; sys.stdin.read(); main()"
    arguments = [sys.executable, "-c", code, "explain", *DATA, "--lead", "ada", *form]
    pipe = subprocess.PIPE
    with subprocess.Popen(arguments, stdin=pipe, stdout=pipe, stderr=pipe) as running:
        assert running.stdin
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        running.stdin.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0


# --- the whole ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
def test_an_interrupt_is_not_an_error(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Control-C ends with the code that shells expect, and without a trace."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ripeline.core.playbook_yaml.load", interrupted)
    assert run(["check", "playbook.yaml"]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("folder")
def test_the_unexpected_is_one_line_too(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """The trace is for who asks for it."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a\nb")

    monkeypatch.setattr("ripeline.core.playbook_yaml.load", broken)
    assert run(["check", "playbook.yaml"]) == 70
    assert "RuntimeError: a b" in capsys.readouterr().err
    with pytest.raises(RuntimeError):
        run(["check", "playbook.yaml", "--debug"])


def test_the_command_starts_quickly() -> None:
    """Help needs neither tables nor the compiler."""
    code = "import sys, ripeline.cli.run; print({'numba', 'polars', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_lead_of_the_readme_is_as_the_readme_says(tmp_path: Path, capsys: Capture) -> None:
    """What `make demo` makes up and explains is always the same."""
    demo = tmp_path / "demo"
    run(["generate", str(demo), "--template", "consultancy", "--leads", "400", "--years", "1"])
    run(["init", str(tmp_path / "playbook.yaml")])
    capsys.readouterr()
    files = ["--leads", str(demo / "leads.csv"), "--events", str(demo / "events.csv")]
    found = data(capsys, "explain", str(tmp_path / "playbook.yaml"), *files, "--lead", "generated-337")
    assert (found["stage"], found["cell"]) == ("mql", "A3")
