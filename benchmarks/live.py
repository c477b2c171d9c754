"""Measure the library call, as the live server makes it: rows in, scores and moves out. `live.py PLAYBOOK`.

Each figure covers both steps: rows to history, and history to evaluation. The largest comes last, as it may take long.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from generate import EVENT_WEIGHTS, FUNNEL, SECONDS, START
from ripeline.core import playbook_yaml
from ripeline.core.playbook import Playbook
from ripeline.core.scoring import Version, evaluate
from ripeline.core.tables import history_from_rows

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Any]

FIRST = int(START.timestamp()) * 1_000_000
LAST = FIRST + SECONDS * 1_000_000


def load(path: Path) -> Playbook:
    """The playbook of a file; ends the program if it has problems."""
    playbook = playbook_yaml.load(path.read_text("utf-8"), file=path.name)
    if not isinstance(playbook, Playbook):
        sys.exit("\n".join(map(str, playbook)))
    return playbook


def made_up(leads: int, events_each: int, seed: int) -> tuple[list[Row], list[Row]]:
    """Leads, and the rows of their events in order of time."""
    chance = np.random.default_rng(seed)
    weights = np.array(tuple(EVENT_WEIGHTS.values()))
    n = leads * events_each
    names = np.array(tuple(EVENT_WEIGHTS))[chance.choice(len(weights), n, p=weights / weights.sum())].tolist()
    at = (FIRST + np.sort(chance.integers(0, SECONDS, n)) * 1_000_000).tolist()
    who = chance.integers(0, leads, n).tolist()
    minutes = chance.exponential(8, n).round(2).tolist()
    funnel = chance.choice(FUNNEL, n).tolist()
    facts = {"country": "DE", "title": "Head of Data", "size": 250, "email": "ada@company.example"}
    rows = [
        {"lead_id": f"L{w}", "at": t, "event": e, "properties": {"minutes": m, "fields": 6, "funnel": f}}
        for w, t, e, m, f in zip(who, at, names, minutes, funnel, strict=True)
    ]
    return [{"lead_id": f"L{i}", "attributes": facts} for i in range(leads)], rows


def measured(call: Callable[[], object], times: int) -> tuple[float, float]:
    """Median and 99th percentile of the call in milliseconds."""
    taken = []
    for _ in range(times):
        start = perf_counter()
        call()
        taken.append((perf_counter() - start) * 1000)
    cuts = quantiles(taken, n=100, method="inclusive")
    return cuts[49], cuts[98]


def main() -> None:
    """Print a line for each size."""
    playbook = load(Path(sys.argv[1]))

    version = Version(playbook)

    def judge(leads: list[Row], rows: list[Row]) -> object:
        return evaluate([version], history_from_rows([playbook], leads, rows), LAST)

    judge(*made_up(1, 10, seed=0))  # compiles
    for name, leads, events_each, times in (
        ("one lead, 200 events", 1, 200, 200),
        ("500 leads, 50 events each", 500, 50, 20),
        ("one lead, 10,000 events", 1, 10_000, 3),
        ("one lead, 100,000 events", 1, 100_000, 2),
    ):
        given = made_up(leads, events_each, seed=leads)
        p50, p99 = measured(partial(judge, *given), times)
        print(f"{name:<35} p50 {p50:10.2f} ms   p99 {p99:10.2f} ms", flush=True)


if __name__ == "__main__":
    main()
