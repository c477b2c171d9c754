"""Write a made-up company's leads, events and outcomes as Parquet: `generate.py FOLDER --leads N --events M`.

The same numbers give the same files. Events are spread over leads by a log-normal law, so that half of
the leads have few and some have thousands; a lead is busiest after its first event, and then fades.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

START = datetime(2023, 1, 1, tzinfo=UTC)
SECONDS = 3 * 365 * 86_400
SPREAD = 1.3  # of the log-normal law: a median of 9 when the mean is 21
CHUNK = 1_000_000
OUTCOMES = 1 / 8  # of the leads have one

EVENT_WEIGHTS = {
    "page_view": 300, "email_open": 160, "email_click": 60, "blog_read": 90, "pricing_view": 22, "case_study_view": 18,
    "product_view": 70, "search": 40, "ad_click": 35, "social_share": 8, "newsletter_signup": 9,
    "whitepaper_download": 12, "ebook_download": 10, "webinar_signup": 7, "webinar_attended": 5, "video_watched": 20,
    "trial_signup": 2, "trial_used": 9, "wish_list": 6, "cart_add": 5, "form_filled": 8, "chat": 7,
    "email_reply": 4, "inbound_call": 2, "price_request": 1.5, "quote_request": 0.8,
    "demo_request": 1.2, "demo_attended": 0.9, "consultation_request": 0.7,
    "unsubscribe": 3,
}  # fmt: skip
COUNTRIES = ("DE", "NL", "DK", "AT", "CH", "BE", "SE", "FR", "GB", "US", "PL", "IT", "ES", "IN", "BR")
TITLES = tuple(
    f"{level} {field}"
    for level in ("Chief", "VP", "Head of", "Director of", "Senior", "Junior", "Intern")
    for field in ("Data", "Marketing", "Sales", "IT", "Finance", "Product", "Operations", "HR")
)
DOMAINS = ("gmail.com", "outlook.com", "web.de", *(f"company{i}.example" for i in range(500)), "university.edu")
FUNNEL = ("top", "middle", "bottom")
SOURCES = ("search", "email", "ads", "social", "direct")


def _when_and_who(chance: Generator, leads: int, events: int, *, by_lead: bool) -> tuple[NDArray[np.int64], ...]:
    """Seconds since the start and lead number of every event, in order of time or of lead.

    Both are packed into one whole number, so that one sort in place orders them.
    """
    width = max(leads - 1, 1).bit_length()
    share = chance.lognormal(0, SPREAD, leads)
    who = np.repeat(np.arange(leads, dtype=np.int64), chance.multinomial(events, share / share.sum()))
    first = chance.integers(0, SECONDS - 20 * 86_400, leads)
    key = np.empty(events, np.int64)
    for start in range(0, events, CHUNK):
        part = who[start : start + CHUNK]
        seconds = first[part] + (chance.beta(0.8, 2.0, len(part)) * (SECONDS - first[part])).astype(np.int64)
        key[start : start + CHUNK] = (part << 27 | seconds) if by_lead else (seconds << width | part)
    del who
    key.sort()
    if by_lead:
        return key & (1 << 27) - 1, key >> 27
    return key >> width, key & (1 << width) - 1


def _thinned(chance: Generator, series: pl.Series, unknown: float) -> pl.Series:
    """The series with a share of its values unknown."""
    return series.set(pl.Series(chance.random(len(series)) < unknown), None)


def _picked(chance: Generator, values: tuple[str, ...], n: int, *, unknown: float) -> pl.Series:
    return _thinned(chance, pl.Series(values).gather(chance.integers(0, len(values), n)), unknown)


def _lead_ids(numbers: NDArray[np.int64]) -> pl.Series:
    return ("L" + pl.Series(numbers).cast(pl.String).str.zfill(8)).alias("lead_id")


def _leads(chance: Generator, n: int) -> pl.DataFrame:
    numbers = np.arange(n, dtype=np.int64)
    domains = _picked(chance, DOMAINS, n, unknown=0.05)
    size = pl.Series(chance.lognormal(5, 2, n).astype(np.int64) + 1)
    return pl.DataFrame(
        {
            "lead_id": _lead_ids(numbers),
            "country": _picked(chance, COUNTRIES, n, unknown=0.1),
            "title": _picked(chance, TITLES, n, unknown=0.15),
            "size": _thinned(chance, size, 0.2),
            "email": "p" + pl.Series(numbers).cast(pl.String) + "@" + domains,
        }
    )


def _events(chance: Generator, seconds: NDArray[np.int64], who: NDArray[np.int64]) -> pl.DataFrame:
    n = len(seconds)
    weights = np.array(tuple(EVENT_WEIGHTS.values()))
    codes = chance.choice(len(weights), n, p=weights / weights.sum())
    minutes = pl.Series(np.round(chance.exponential(8, n), 2))
    fields = pl.Series(chance.integers(1, 13, n))
    forms = [place for place, name in enumerate(EVENT_WEIGHTS) if name.endswith(("_request", "form_filled"))]
    return pl.DataFrame(
        {
            "lead_id": _lead_ids(who),
            "at": (pl.Series(seconds) * 1_000_000 + int(START.timestamp()) * 1_000_000).cast(pl.Datetime("us", "UTC")),
            "event": pl.Series(tuple(EVENT_WEIGHTS)).gather(codes),
            "minutes": _thinned(chance, minutes, 0.3),
            "fields": fields.set(pl.Series(~np.isin(codes, forms)), None),
            "funnel": _picked(chance, FUNNEL, n, unknown=0.4),
            "source": _picked(chance, SOURCES, n, unknown=0.2),
        }
    )


def _outcomes(chance: Generator, n: int) -> pl.DataFrame:
    """An outcome for one lead in eight, a third of them won, at some time in the last two years."""
    who = np.flatnonzero(chance.random(n) < OUTCOMES)
    seconds = chance.integers(SECONDS // 3, SECONDS, len(who))
    return pl.DataFrame(
        {
            "lead_id": _lead_ids(who),
            "outcome": pl.Series(["won", "lost", "lost"]).gather(chance.integers(0, 3, len(who))),
            "at": (pl.Series(seconds) * 1_000_000 + int(START.timestamp()) * 1_000_000).cast(pl.Datetime("us", "UTC")),
        }
    )


def generate(folder: Path, *, leads: int, events: int, seed: int = 7, by_lead: bool = False) -> None:
    """Write `leads`, `events` and `outcomes`, the events in order of time, or by lead and time."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(seed)
    _leads(chance, leads).write_parquet(folder / "leads.parquet")
    seconds, who = _when_and_who(chance, leads, events, by_lead=by_lead)
    parts = []
    for start in range(0, events, CHUNK):
        parts.append(folder / f"part-{start // CHUNK:05d}.parquet")
        span = slice(start, start + CHUNK)
        _events(chance, seconds[span], who[span]).write_parquet(parts[-1], compression="lz4")
    pl.scan_parquet(parts).sink_parquet(folder / "events.parquet", row_group_size=CHUNK // 4)
    for part in parts:
        part.unlink()
    _outcomes(chance, leads).write_parquet(folder / "outcomes.parquet")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--by-lead", action="store_true", help="order the events by lead, then by time")
    given = parser.parse_args()
    generate(given.folder, leads=given.leads, events=given.events, seed=given.seed, by_lead=given.by_lead)
