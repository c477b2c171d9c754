"""Is a playbook better than a simple order? python judge.py FOLDER DAYS, with FOLDER as undecided.py writes it.

Reads FOLDER/scores.parquet of `ripeline score`, prints a table and writes FOLDER/judged.json. Lift at 10 % is the share
of won leads among the first tenth of an order, divided by the share among all. Leads without outcome are not judged.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from undecided import FORM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

CUTS = (0.1, 0.2, 0.3)
SAMPLES, SEED = 4000, 2012


def lifts(weights: Numbers, won: Numbers, order: Numbers, cut: float) -> Numbers:
    """The lift of the highest in an order, one for each row of weights; of equals, the expected one of a random choice.

    A row of weights says how often each lead counts: once, or as often as a sample drew it.
    """
    best_first = np.argsort(-order, kind="stable")
    starts = np.flatnonzero(np.diff(order[best_first], prepend=np.inf))
    leads = np.add.reduceat(weights[:, best_first], starts, axis=1)
    wins = np.add.reduceat((weights * won)[:, best_first], starts, axis=1)
    offers = round(cut * won.size)
    taken = np.clip(offers - (np.cumsum(leads, axis=1) - leads), 0, leads)
    found = (wins * taken / np.maximum(leads, 1)).sum(axis=1)
    return np.asarray(found / offers / (weights @ won / won.size))


def samples(leads: int) -> Numbers:
    """So many samples of the leads, each as large as they are, drawn with replacement; always the same."""
    drawn = np.random.default_rng(SEED).multinomial(leads, np.full(leads, 1 / leads), size=SAMPLES)
    return drawn.astype(np.float64)


def with_limits(values: Numbers, drawn: Numbers) -> dict[str, float]:
    """A value and the limits between which 95 of 100 samples lie."""
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"value": round(float(values[0]), 3), "low": round(float(low), 3), "high": round(float(high), 3)}


def orders(folder: Path, days: int) -> pl.DataFrame:
    """Each lead with `won` (null while open), its place by the playbook, and the simple measures at FORM + days."""
    now = FORM + timedelta(days=days)
    past = pl.read_parquet(folder / "events.parquet").filter(pl.col("at") <= now)
    latest = (now - pl.col("at").max()).dt.total_seconds()
    simple = past.group_by("lead_id").agg(events=pl.len(), silence=latest)
    outcomes = pl.read_parquet(folder / "outcomes.parquet").select("lead_id", won=pl.col("outcome") == "won")
    leads = pl.read_parquet(folder / "leads.parquet").select("lead_id", "amount_req")
    scores = pl.read_parquet(folder / "scores.parquet").select("lead_id", "engagement", "fit")
    table = leads.join(scores, on="lead_id", maintain_order="left").join(simple, on="lead_id", maintain_order="left")
    pairs = table.select("engagement", "fit").to_numpy()
    place = np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)  # by engagement, and among equals by fit
    return table.with_columns(playbook=place).join(outcomes, on="lead_id", how="left", maintain_order="left")


def simple_orders(table: pl.DataFrame) -> dict[str, Numbers]:
    """What a list can be sorted by without a playbook, both ways."""
    most, silence, amount = (table[name].to_numpy().astype(float) for name in ("events", "silence", "amount_req"))
    return {
        "most events": most,
        "fewest events": -most,
        "latest event first": -silence,
        "latest event last": silence,
        "largest amount": amount,
        "smallest amount": -amount,
    }


def at_cut(table: pl.DataFrame, cut: float, drawn: Numbers) -> dict[str, object]:
    """The playbook, the simple order that turned out best, and their difference on the same samples."""
    won, once = table["won"].to_numpy().astype(float), np.ones((1, table.height))
    simple = simple_orders(table)
    reached = {name: float(lifts(once, won, order, cut)[0]) for name, order in simple.items()}
    best = max(reached, key=lambda name: reached[name])
    ours, theirs = table["playbook"].to_numpy().astype(float), simple[best]
    values = [lifts(once, won, order, cut) for order in (ours, theirs)]
    ranges = [lifts(drawn, won, order, cut) for order in (ours, theirs)]
    return {
        "cut": cut,
        "offers": round(cut * table.height),
        "playbook": with_limits(values[0], ranges[0]),
        "best": {"name": best, **with_limits(values[1], ranges[1])},
        "difference": with_limits(values[0] - values[1], ranges[0] - ranges[1]),
        "simple": {name: round(value, 3) for name, value in reached.items()},
    }


def judged(table: pl.DataFrame) -> dict[str, object]:
    """All that is said of one part at one age: as known, and if all open leads had ended one way or the other."""
    known = table.drop_nulls("won")
    if_open = {word: table.with_columns(pl.col("won").fill_null(word == "won")) for word in ("lost", "won")}
    return {
        "judged": known.height,
        "open": table.height - known.height,
        "percent_won": round(100 * float(known["won"].to_numpy().astype(float).mean()), 1),
        "cuts": [at_cut(known, cut, samples(known.height)) for cut in CUTS],
        "if_open": {
            word: [at_cut(all_known, cut, samples(table.height)) for cut in CUTS] for word, all_known in if_open.items()
        },
    }


def text(estimate: dict[str, Any]) -> str:
    """A value with its limits."""
    return f"{estimate['value']:.2f} ({estimate['low']:.2f} to {estimate['high']:.2f})"


def lines(found: dict[str, Any]) -> Iterator[str]:
    """What is found, for people."""
    yield f"{found['judged']:,} leads judged, {found['percent_won']} % of them won; {found['open']:,} still open"
    for row in found["cuts"]:
        yield f"{row['cut']:.0%}, {row['offers']} offers: lift of the playbook {text(row['playbook'])}"
        yield f"    {row['best']['name']}: {text(row['best'])}; difference {text(row['difference'])}"
    for word, rows in found["if_open"].items():
        told = "; ".join(f"{row['cut']:.0%} {text(row['difference'])}" for row in rows)
        yield f"Differences if all open leads had been {word}: {told}"


if __name__ == "__main__":
    place = Path(sys.argv[1])
    result = judged(orders(place, int(sys.argv[2])))
    (place / "judged.json").write_text(json.dumps(result, indent=1), "utf-8")
    print("\n".join(lines(result)))
