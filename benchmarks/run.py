"""Measure Ripeline beside the floor, and print the table: `run.py [--leads N --events M --rounds R]`.

Every job is a process of its own, and jobs take turns, so that a busy machine slows all of them alike. The figures are
medians. This program stays small on purpose: a child's peak of memory is never less than its parent's.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"
PLAYBOOK = HERE / "playbook.yaml"
RIPELINE = Path(sys.executable).with_name("ripeline")
COLUMNS = ("lead_id", "at", "event", "minutes", "fields", "funnel")  # those that the playbook speaks of


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: wall and CPU in seconds, peak of memory in megabytes."""

    wall: float
    cpu: float
    peak: float


def cost_of(command: list[str | Path]) -> Cost:
    """Run a command and say what it took; ends the program if it fails."""
    with tempfile.TemporaryFile() as said:
        start = perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        wall = perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            said.seek(0)
            sys.exit(f"{' '.join(map(str, command))}\n{said.read().decode(errors='replace')}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def median_cost(costs: list[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(median(c.wall for c in costs), median(c.cpu for c in costs), median(c.peak for c in costs))


def in_turns(jobs: dict[str, list[str | Path]], rounds: int) -> dict[str, Cost]:
    """Median costs of jobs that take turns, after one run that warms the caches."""
    costs: dict[str, list[Cost]] = {name: [] for name in jobs}
    for turn in range(rounds + 1):
        for name, command in jobs.items():
            cost = cost_of(command)
            if turn:
                costs[name].append(cost)
    return {name: median_cost(taken) for name, taken in costs.items()}


def prepared(leads: int, events: int) -> Path:
    """The folder of the made-up data, made if it is not there yet."""
    folder = DATA / f"{leads}x{events}"
    if not (folder / "outcomes.parquet").exists():
        cost_of([sys.executable, HERE / "generate.py", folder, "--leads", str(leads), "--events", str(events)])
    return folder


def scoring(leads: int, events: int, rounds: int) -> dict[str, Cost]:
    """The floor, the scoring and the backtest of one size, in turns."""
    folder = prepared(leads, events)
    inputs: list[str | Path] = ["--leads", folder / "leads.parquet", "--events", folder / "events.parquet"]
    jobs: dict[str, list[str | Path]] = {
        "floor": [sys.executable, HERE / "floor.py", folder / "events.parquet", *COLUMNS],
        "score": [RIPELINE, "score", PLAYBOOK, *inputs, "--explain", "--out", folder / "scores.parquet"],
        # Twice folded: once more without the attributes of which nobody knows since when they were known.
        "backtest": [RIPELINE, "backtest", PLAYBOOK, *inputs, "--outcomes", folder / "outcomes.parquet"],
    }
    return in_turns(jobs, rounds)


def print_costs(title: str, costs: dict[str, Cost]) -> None:
    """A line for each job, with its ratio to the floor."""
    floor = costs["floor"]
    for name, cost in costs.items():
        print(
            f"{title:<26} {name:<8} {cost.wall:8.2f} s {cost.cpu:8.2f} s {cost.peak:8.0f} MB"
            f" {cost.wall / floor.wall:6.1f} x wall {cost.cpu / floor.cpu:6.1f} x CPU"
        )


def print_starts(rounds: int) -> None:
    """How long it takes to begin."""
    starts: dict[str, list[str | Path]] = {
        "bare Python": [sys.executable, "-c", "pass"],
        "import ripeline": [sys.executable, "-c", "import ripeline"],
        "ripeline --help": [RIPELINE, "--help"],
    }
    for name, cost in in_turns(starts, rounds).items():
        print(f"{name:<35} {cost.wall * 1000:14.0f} ms {cost.peak:8.0f} MB")


def main() -> None:
    """Measure everything and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()

    print(f"{'job':<35} {'wall':>10} {'CPU':>10} {'peak':>11}   beside the floor")
    walls = []
    for share in (10, 1):
        leads, events = given.leads // share, given.events // share
        costs = scoring(leads, events, given.rounds)
        print_costs(f"{leads:,} x {events:,}", costs)
        walls.append(costs["score"].wall)
    print(f"{'ten times the events take':<35} {walls[1] / walls[0]:8.1f} x the time\n")
    print_starts(given.rounds)
    print(flush=True)
    sys.exit(subprocess.run([sys.executable, HERE / "live.py", PLAYBOOK], check=False).returncode)


if __name__ == "__main__":
    main()
