"""Turn the log of the BPI Challenge 2012 into leads, events and outcomes: python read_log.py LOG.xes.gz FOLDER."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, str]

OUTCOMES = {
    "A_APPROVED": ("won", "approved"),
    "A_REGISTERED": ("won", "approved"),
    "A_ACTIVATED": ("won", "approved"),
    "A_DECLINED": ("lost", "declined by the bank"),
    "A_CANCELLED": ("lost", "cancelled by the customer"),
}


def applications(log: Path) -> Iterator[tuple[Row, list[Row]]]:
    """Each application's own values, and its events in the order of the file."""
    with gzip.open(log) as file:
        for _, element in ET.iterparse(file):  # noqa: S314 - a file that the reader chose
            if element.tag.endswith("trace"):
                events = [values(part) for part in element if part.tag.endswith("event")]
                yield values(element), events
                element.clear()


def values(element: ET.Element) -> Row:
    """The values that stand right below an element, by their keys."""
    return {part.get("key", ""): part.get("value", "") for part in element if part.get("key")}


def instant(column: str) -> pl.Expr:
    """ISO 8601 with offset as an instant."""
    return pl.col(column).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", time_unit="us", time_zone="UTC")


def tables(log: Path) -> dict[str, pl.DataFrame]:
    """Leads, events and outcomes, as Ripeline reads them."""
    leads, events = [], []
    for application, its_events in applications(log):
        name = application["concept:name"]
        leads.append((name, application["REG_DATE"], application["AMOUNT_REQ"]))
        for each in its_events:
            what = (each["concept:name"], each["lifecycle:transition"], each.get("org:resource"))
            events.append((name, each["time:timestamp"], *what))
    lead = pl.DataFrame(leads, ["lead_id", "created_at", "amount_req"], orient="row")
    columns = ["lead_id", "at", "event", "transition", "resource"]
    event = pl.DataFrame(events, dict.fromkeys(columns, pl.String), orient="row").with_columns(instant("at"))
    closing = event.filter(pl.col("event").is_in(list(OUTCOMES))).unique("lead_id", keep="first", maintain_order=True)
    said = {part: {name: pair[index] for name, pair in OUTCOMES.items()} for index, part in enumerate(("what", "why"))}
    return {
        "leads": lead.with_columns(instant("created_at"), pl.col("amount_req").cast(pl.Float64)),
        "events": event,
        "outcomes": closing.select(
            "lead_id",
            pl.col("event").replace_strict(said["what"]).alias("outcome"),
            "at",
            pl.col("event").replace_strict(said["why"]).alias("reason"),
        ),
    }


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    folder.mkdir()
    for name, table in tables(Path(sys.argv[1])).items():
        table.write_parquet(folder / f"{name}.parquet")
        print(f"{folder / name}.parquet: {table.height:,} rows")
