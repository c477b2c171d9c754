"""Which activities tell the outcome rather than foresee it: python near_outcome.py LOG.

Writes near_outcome.csv into the folder LOG: for each activity of the earlier two thirds, how often it occurred, and the
share of that which fell within the 24 hours before the outcome, or after it.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import polars as pl
from undecided import part


def near_outcome(log: Path) -> pl.DataFrame:
    """The activities, the nearest to the outcome first; of leads that have one."""
    leads = part(pl.read_parquet(log / "leads.parquet"), "earlier")
    ends = pl.read_parquet(log / "outcomes.parquet").select("lead_id", end="at")
    events = pl.read_parquet(log / "events.parquet").join(leads, on="lead_id", how="semi").join(ends, on="lead_id")
    near = pl.col("at") >= pl.col("end") - timedelta(hours=24)
    shares = events.group_by("event").agg(events=pl.len(), percent_near=(100 * near.mean()).round(1))
    return shares.sort("percent_near", "event", descending=[True, False])


if __name__ == "__main__":
    found = near_outcome(Path(sys.argv[1]))
    found.write_csv(Path(sys.argv[1], "near_outcome.csv"))
    for name, events, percent in found.iter_rows():
        print(f"{percent:5.1f} % of {events:6,}  {name}")
