"""A real log of loan applications: scored as a whole, alone, as of then, and without what followed the outcome."""

from __future__ import annotations

import csv
import gzip
import json
import math
import random
import subprocess
import sys
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pytest

from agreement import differences
from generated import EPOCH, Case, Edition
from ripeline.core.yaml_tree import read_tree

if TYPE_CHECKING:
    from generated import Tree

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

PLAYBOOK = Path(__file__).with_name("loans.yaml")
MAPPING = {"lead_id": "case_id", "created_at": "reg_date", "at": "timestamp", "event": "activity"}
THEN = "2011-12-15T00:00:00+01:00"
END = "2012-03-15T00:00:00+01:00"
AXES = ("engagement", "fit")

Rows = list[dict[str, str]]


class Log(NamedTuple):
    """The leads and the events of the log, as the files have them, in the files' order."""

    leads: Rows
    events: Rows


class Scored(NamedTuple):
    """What one run of the command said and wrote."""

    summary: dict[str, Any]
    scores: bytes
    reasons: bytes

    @property
    def leads(self) -> dict[str, dict[str, str]]:
        """The scores by lead."""
        return {row["lead_id"]: row for row in table(self.scores)}


def table(text: bytes) -> Rows:
    """The rows of a CSV."""
    return list(csv.DictReader(text.decode().splitlines()))


def instant(text: str) -> int:
    """ISO 8601 as microseconds UTC since 1970."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def ripeline(*arguments: str | Path) -> str:
    """What the command prints; the test fails with its errors if it does."""
    command = [sys.executable, "-c", "from ripeline.cli import main; main()", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def data(leads: Path, events: Path) -> list[str]:
    """The options that name the files and their columns."""
    names = [part for ours, theirs in MAPPING.items() for part in ("--map", f"{ours}={theirs}")]
    return ["--leads", str(leads), "--events", str(events), *names]


def score(options: list[str], at: str, folder: Path) -> Scored:
    """One run of ``ripeline score`` into a folder."""
    out = folder / "scores.csv"
    told = ripeline("score", PLAYBOOK, *options, "--at", at, "--explain", "--out", out, "--json")
    return Scored(json.loads(told), out.read_bytes(), (folder / "scores.reasons.csv").read_bytes())


def written(folder: Path, log: Log) -> list[str]:
    """The options for a log that is written to a folder."""
    files = (folder / "leads.csv", folder / "events.csv")
    for file, rows in zip(files, log, strict=True):
        with file.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    return data(*files)


def read(file: Path) -> Rows:
    """The rows of a packed CSV."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def folder(real_data: Path) -> Path:
    """The folder of the log."""
    return real_data / "bpi2012_loans"


@pytest.fixture(scope="module")
def options(folder: Path) -> list[str]:
    """The options for the whole log as it is published."""
    return data(folder / "leads.csv.gz", folder / "events.csv.gz")


@pytest.fixture(scope="module")
def log(folder: Path) -> Log:
    """The whole log."""
    return Log(read(folder / "leads.csv.gz"), read(folder / "events.csv.gz"))


@pytest.fixture(scope="module")
def whole(options: list[str], tmp_path_factory: pytest.TempPathFactory) -> Scored:
    """The whole log, scored at its end."""
    return score(options, END, tmp_path_factory.mktemp("whole"))


def test_the_playbook_is_sound() -> None:
    """The check finds no problem, and every scenario comes out as it says."""
    ripeline("check", PLAYBOOK)


def test_every_lead_is_scored(whole: Scored, log: Log) -> None:
    """The output holds each lead of the log once, and the stages in the summary are those in the file."""
    assert [row["lead_id"] for row in table(whole.scores)] == [row["case_id"] for row in log.leads]
    assert whole.summary["leads"] == len(log.leads)
    counts: dict[str, int] = defaultdict(int)
    for lead in whole.leads.values():
        counts[lead["stage"]] += 1
    assert whole.summary["stage"] == counts
    assert counts.keys() == {"lead", "mql"}


def test_contributions_add_up_to_the_scores(whole: Scored) -> None:
    """For every lead and axis the lines make the score, to the micro-point."""
    lines: dict[tuple[str, str], list[float]] = defaultdict(list)
    for line in table(whole.reasons):
        lines[line["lead_id"], line["axis"]].append(float(line["points"]))
    for name, lead in whole.leads.items():
        for axis in AXES:
            assert round(math.fsum(lines[name, axis]), 6) == round(float(lead[axis]), 6), name


def test_scoring_twice_is_equal(options: list[str], whole: Scored, tmp_path: Path) -> None:
    """Rows at one instant keep the order of the file, so a second run writes the same bytes."""
    assert score(options, END, tmp_path)[1:] == whole[1:]


def test_a_lead_alone_is_as_in_the_batch(whole: Scored, log: Log, tmp_path: Path) -> None:
    """Explained from a log that holds nothing else, a lead has its scores, lines and stage of the batch."""
    lines: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for line in table(whole.reasons):
        lines[line["lead_id"]].append((line["rule"], float(line["points"])))
    longest = sorted(log.leads, key=lambda lead: -int(lead["events"]))[:3]
    for lead in [log.leads[0], *longest, log.leads[-1]]:
        name = lead["case_id"]
        alone = Log([lead], [row for row in log.events if row["case_id"] == name])
        explained = json.loads(
            ripeline("explain", PLAYBOOK, *written(tmp_path, alone), "--lead", name, "--at", END, "--json")
        )
        batch = whole.leads[name]
        assert explained["scores"] == {axis: float(batch[axis]) for axis in AXES}
        assert (explained["stage"], explained["cell"]) == (batch["stage"], batch["cell"])
        told = {line["name"]: line["points"] for line in explained["contributions"] if line["kind"] == "rule"}
        assert told == {rule: points for rule, points in lines[name] if not rule.startswith("cap ")}


def test_as_of_then_is_the_log_cut_off_then(options: list[str], log: Log, tmp_path: Path) -> None:
    """Scores as of an instant do not know what the log holds of the time after it."""
    past = Log(log.leads, [row for row in log.events if instant(row["timestamp"]) <= instant(THEN)])
    assert len(past.events) < len(log.events)
    then = score(options, THEN, tmp_path)
    assert 0 < len(then.leads) < len(log.leads)
    assert score(written(tmp_path, past), THEN, tmp_path)[1:] == then[1:]


def test_nothing_after_the_outcome_matters(whole: Scored, log: Log, tmp_path: Path) -> None:
    """Without the events at or after its outcome, every lead has the same scores, lines and stage."""
    ends = {lead["case_id"]: instant(lead["outcome_at"] or END) for lead in log.leads}
    undecided = Log(log.leads, [row for row in log.events if instant(row["timestamp"]) < ends[row["case_id"]]])
    assert len(undecided.events) < len(log.events)
    assert score(written(tmp_path, undecided), END, tmp_path)[1:] == whole[1:]


def test_leads_at_random_are_as_the_oracle_says(log: Log) -> None:
    """The second evaluator agrees on 150 leads: scores, lines, stage, journal, and all else that is shown."""
    chosen = random.Random(2012).sample(log.leads, 150)
    names = {lead["case_id"] for lead in chosen}
    leads = [
        {
            "lead_id": lead["case_id"],
            "account_id": None,
            "created_at": instant(lead["reg_date"]),
            "attributes": {"amount_req": float(lead["amount_req"])},
        }
        for lead in chosen
    ]
    rows = [
        {
            "lead_id": row["case_id"],
            "at": instant(row["timestamp"]),
            "event": row["activity"],
            "properties": {"transition": row["transition"], "resource": row["resource"]},
        }
        for row in log.events
        if row["case_id"] in names
    ]
    playbook = cast("Tree", read_tree(PLAYBOOK.read_bytes()).root.plain)
    assert differences(Case([Edition(playbook)], leads, rows, instant(END))) == []
