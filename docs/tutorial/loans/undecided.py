"""The applications that are undecided so many days after their form: python undecided.py LOG earlier|later DAYS FOLDER.

Each one is moved in time so that its form stands at FORM. All of them can then be scored at one instant, FORM + DAYS.
Rows after that instant stay in the files: not to know them is the evaluator's duty.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

FORM = datetime(2012, 1, 1, tzinfo=UTC)


def part(leads: pl.DataFrame, which: str) -> pl.DataFrame:
    """The earlier two thirds of the leads by their form, or the later third."""
    ordered = leads.sort("created_at", "lead_id")
    earlier = ordered.height * 2 // 3
    return {"earlier": ordered.head(earlier), "later": ordered.tail(-earlier)}[which]


def undecided(log: Path, which: str, days: int) -> dict[str, pl.DataFrame]:
    """Leads, events and outcomes of this part, as if all had sent their form at FORM."""
    leads = part(pl.read_parquet(log / "leads.parquet"), which)
    outcomes = pl.read_parquet(log / "outcomes.parquet").join(leads.select("lead_id", "created_at"), on="lead_id")
    decided = outcomes.filter(pl.col("at") <= pl.col("created_at") + timedelta(days=days))
    leads = leads.join(decided, on="lead_id", how="anti", maintain_order="left")
    moved = (pl.col("at") - pl.col("created_at") + FORM).alias("at")
    own = leads.select("lead_id", "created_at")
    events = pl.read_parquet(log / "events.parquet").join(own, on="lead_id", maintain_order="left")
    return {
        "leads": leads.with_columns(created_at=pl.lit(FORM)),
        "events": events.with_columns(moved).drop("created_at"),
        "outcomes": outcomes.join(own.select("lead_id"), on="lead_id").with_columns(moved).drop("created_at"),
    }


if __name__ == "__main__":
    folder = Path(sys.argv[4])
    folder.mkdir()
    for name, table in undecided(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])).items():
        table.write_parquet(folder / f"{name}.parquet")
        print(f"{folder / name}.parquet: {table.height:,} rows")
