"""All rows as one table of events: when each became known, what is taken back, what was delivered twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ripeline.generated.consents import STRAY, consents_of, granted_of
from ripeline.generated.deeds import deeds_of
from ripeline.generated.fates import NEVER
from ripeline.generated.machines import machines_of
from ripeline.generated.outcomes import sales_events
from ripeline.generated.people import BOT
from ripeline.generated.profiles import bounces_of
from ripeline.generated.rhythm import DAY
from ripeline.generated.sales import sales_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ripeline.generated.chance import Chance, Ints
    from ripeline.generated.consents import Granted
    from ripeline.generated.fates import Life
    from ripeline.generated.rows import Rows

MERGED = 0.03
"""The share of leads that were two, until they were found to be one person."""
REPEATED = 0.01
"""The share of rows that are delivered twice."""

_SCHEMA = {"lead": pl.Int64, "at": pl.Int64, "known_at": pl.Int64, "void_at": pl.Int64, "properties": pl.String}


def merges_of(life: Life) -> Ints:
    """When each lead was joined with another that was the same person, in seconds UTC; NEVER for most."""
    people, chance = life.people, life.setting.chance("merges")
    merges = chance.holds(len(people), MERGED) & (people.role != BOT)
    span = life.fates.decides - people.identified
    return np.where(merges, people.identified + DAY + (chance.uniform(len(people)) * span).astype(np.int64), NEVER)


def events_of(life: Life, merges: Ints) -> pl.DataFrame:
    """The events in order of their becoming known, as the open data format has them; `lead` is the lead's place."""
    granted = granted_of(life)
    chance = life.setting.chance("ledger")
    frames = [_frame(life, chance, each, merges) for each in _deeds(life, chance, granted)]
    written = (*consents_of(life, granted), *sales_of(life), *bounces_of(life), *machines_of(life))
    frames += [_frame(life, chance, each, None) for each in written]
    all_rows = pl.concat(frames).sort("known_at", "lead", "at", "event", "properties", maintain_order=True)
    all_rows = all_rows.with_columns(event_id=pl.format("e{}", pl.int_range(1, pl.len() + 1)))
    table = pl.concat([all_rows.drop("void_at"), _voids(all_rows, life.setting.end)])
    twice = table.filter(pl.Series(chance.holds(table.height, REPEATED), dtype=pl.Boolean))
    return pl.concat([table, twice]).sort("known_at", "lead", "at", maintain_order=True)


def _deeds(life: Life, chance: Chance, granted: Mapping[str, Granted]) -> Iterator[Rows]:
    """What leads did and we may write down."""
    for rows in (*deeds_of(life), *sales_events(life)):
        purpose = life.setting.needs_consent.get(rows.event)
        if purpose is None:
            yield rows
            continue
        in_force = (rows.at >= granted[purpose].begins[rows.lead]) & (rows.at < granted[purpose].ends[rows.lead])
        yield rows.only(in_force | chance.holds(len(rows.lead), STRAY))


def _frame(life: Life, chance: Chance, rows: Rows, merges: Ints | None) -> pl.DataFrame:
    """The rows as a table; those that the end has not seen are not there."""
    known_at = np.maximum(rows.known_at, life.people.identified[rows.lead])
    if merges is not None:
        joined = merges[rows.lead]
        other_self = (joined < NEVER) & (rows.at > life.people.identified[rows.lead]) & (rows.at < joined)
        other_self &= chance.holds(len(rows.lead), 0.5)
        known_at = np.where(other_self, np.maximum(known_at, joined), known_at)
    said = pl.Series([text or None for text in rows.said], dtype=pl.String)
    columns = {"lead": rows.lead, "at": rows.at, "known_at": known_at, "void_at": rows.void_at}
    frame = pl.DataFrame(columns | {"properties": said.gather(pl.Series(rows.which))}, schema=_SCHEMA)
    kept = (pl.col("known_at") < life.setting.end) & (pl.col("at") < life.setting.end)
    kept &= pl.col("at") >= life.setting.start
    return frame.filter(kept).with_columns(event=pl.lit(rows.event))


def _voids(rows: pl.DataFrame, end: int) -> pl.DataFrame:
    taken = rows.filter(pl.col("void_at") < end)
    return taken.select(
        "lead",
        at="void_at",
        known_at=pl.max_horizontal("void_at", "known_at"),
        properties=pl.concat_str(pl.lit('{"voids": "'), "event_id", pl.lit('"}')),
        event=pl.lit("event_voided"),
        event_id=pl.concat_str(pl.lit("v"), "event_id"),
    )
