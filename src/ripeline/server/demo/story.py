"""What happens to the made-up company, moved to our days: what its leads do, in order, and what will become of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from ripeline.core.instants import HOUR, moment
from ripeline.generated import company
from ripeline.generated.companies import HABITS
from ripeline.integrations.own_files import OwnFiles
from ripeline.server.demo.agreeing import agreed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ripeline.generated import Company
    from ripeline.integrations.own_files import Row

WEEK = timedelta(weeks=1)
_AHEAD = timedelta(days=75)
"""So much of the story lies in the future when it begins to be told."""
_SEED = 7
_REQUESTS = ("quote_requested", "consultation_booked", "audit_requested")
_UNWRITTEN = {("bottom", "da"), ("middle", "nl"), ("bottom", "nl")}
"""Of these stages of the funnel there is nothing in these languages."""
_FRESH, _EVERY = 7, 3 * HOUR
"""So many requests that would come next came today already, so that there is something to take on."""

_STAFF = (
    *("verdict_given", "touch_logged", "bant_answered", "override_set", "override_ended", "stage_set"),
    *("points_adjusted", "merged"),
)
"""What its own people did: in the demo they react to what Ripeline offers them."""


class Fate(NamedTuple):
    """What nobody can know of a lead: what it needs, who it is, and how it ends, if it does."""

    need: float
    budget: float
    fit: float
    role: str
    won: bool | None
    ends_at: int | None
    amount: int | None
    reason: str


@dataclass(frozen=True)
class Story:
    """Rows of the ledger by their instants, and the leads' fates by their ids."""

    rows: Sequence[Row]
    fates: Mapping[str, Fate]
    content: Sequence[Mapping[str, str]]
    """What the catalogue says of each item, with its kind in place of the class: whitepaper, webinar, …"""
    reps: Mapping[str, tuple[str, ...]]
    """The countries of each rep."""


def story(template: str, leads: int, now: int) -> Story:
    """The story of a company of so many leads whose last days lie ahead of `now`; UnknownTemplate for no such one."""
    made = company(template, leads=leads, seed=_SEED, years=1)
    by = _shift(made, now)
    return Story(
        rows=_with_fresh(_rows(made, by), now),
        fates=_fates(made, by),
        content=_catalogue(made, template),
        reps={rep: tuple(countries.split("|")) for rep, countries in made.reps.iter_rows()},
    )


def _catalogue(made: Company, template: str) -> list[Mapping[str, str]]:
    """The made-up items, but for a few that nobody has written yet, so that there are gaps to be seen."""
    objections, topics = HABITS[template].objections, list(made.content["topic"].unique(maintain_order=True))
    rows: list[Mapping[str, str]] = []
    for said in made.content.iter_rows(named=True):
        place = topics.index(said["topic"])
        if (said["funnel"], said["language"]) in _UNWRITTEN or (said["funnel"] == "middle" and place == 1):
            continue
        answers = objections[place % len(objections)] if objections and said["funnel"] != "top" else ""
        rows.append(
            {
                "item": said["item"],
                "content": said["kind"],
                "title": said["title"],
                "address": f"https://www.{template.replace('_', '-')}.example/{said['item']}",
                "language": said["language"],
                # The last topic is for everybody.
                "personas": said["persona"] if place < len(topics) - 1 else "",
                "topic": said["topic"],
                "objection": answers,
            }
        )
    return rows


def _shift(made: Company, now: int) -> timedelta:
    """Whole weeks, so that working days stay working days."""
    last = made.events["at"].max()
    assert isinstance(last, datetime)  # noqa: S101 - something happens in every company
    return (moment(now) + _AHEAD - last) // WEEK * WEEK


def _rows(made: Company, by: timedelta) -> list[Row]:
    """What the leads did, and what is known of them, in the order in which it happened."""
    name = pl.col("email").str.split("@").list.first().str.split(".")
    named = {"first_name": name.list.get(0), "last_name": name.list.get(1, null_on_oob=True)}
    leads = made.leads.with_columns(pl.col("created_at") + by)
    leads = leads.with_columns(text.str.to_titlecase().alias(column) for column, text in named.items())
    events = made.events.filter(~pl.col("event").is_in(_STAFF)).with_columns(at=pl.col("at") + by)
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{table}.parquet" for table in ("leads", "events")]
        leads.write_parquet(paths[0])
        events.drop("known_at").write_parquet(paths[1])
        files = OwnFiles(leads=paths[0], events=paths[1], mapping={}, timezone=None, is_history=False)
        files.check()
        rows = sorted(files.rows(), key=lambda row: row.at or 0)
    return sorted([*rows, *agreed(rows)], key=lambda row: row.at or 0)


def _with_fresh(rows: list[Row], now: int) -> list[Row]:
    """The same rows with the next requests moved to the last hours, and with them what else those leads do next."""
    earlier: dict[str, int] = {}
    for row in rows:
        if len(earlier) == _FRESH:
            break
        if row.name in _REQUESTS and (row.at or 0) > now and _lead(row) not in earlier:
            earlier[_lead(row)] = (row.at or 0) - now + _EVERY // 2 + _EVERY * len(earlier)
    moved = [
        row._replace(at=row.at - earlier.get(_lead(row), 0)) if row.at is not None and row.at > now else row
        for row in rows
    ]
    return sorted(moved, key=lambda row: row.at or 0)


def _lead(row: Row) -> str:
    return str(json.loads(row.claims)["external"])


def _fates(made: Company, by: timedelta) -> dict[str, Fate]:
    ends = made.outcomes.unique("lead_id", keep="first").select(
        "lead_id", "amount", "reason", won=pl.col("outcome") == "won", ends_at=(pl.col("at") + by).dt.epoch("us")
    )
    told = made.truth.join(ends, on="lead_id", how="left").with_columns(pl.col("role", "reason").fill_null(""))
    return {lead: Fate(*fate) for lead, *fate in told.select("lead_id", *Fate._fields).iter_rows()}
