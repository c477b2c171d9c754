"""How it ended, for how much and why; and what people then said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ripeline.generated.chance import exp
from ripeline.generated.fates import NEVER
from ripeline.generated.rhythm import DAY
from ripeline.generated.rows import Rows, rows, text_of
from ripeline.generated.sales import closing
from ripeline.generated.sayings import SAYINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.generated.chance import Bools, Ints
    from ripeline.generated.fates import Life
    from ripeline.generated.people import Values

_NEVER_CLOSED = 0.1  # lost, and nobody wrote it down
_SEEN_LEAVING = 0.08
_WON = ("references", "service", "quality", "price")
_LOST = ("no_need", "price", "competitor", "timing", "no_answer")
_SPEAK = {"won": 0.2, "lost": 0.35}


def outcomes_of(life: Life) -> pl.DataFrame:
    """Per lead that has one: `lead` (its place), outcome, at (seconds UTC), amount, reason; open ones are not there."""
    fates, setting = life.fates, life.setting
    chance = setting.chance("outcomes")
    sold = setting.habits.sale is not None
    written = fates.decides if sold else closing(life)
    worked = (fates.touched_at < NEVER) & ~fates.buys
    lost = worked & ~chance.holds(len(life.people), _NEVER_CLOSED)
    who = np.flatnonzero((fates.buys | lost) & (written < setting.end))
    won = fates.buys[who]
    amount = amounts(life)[who]
    return pl.DataFrame(
        {
            "lead": who,
            "outcome": np.where(won, "won", "lost"),
            "at": written[who],
            "amount": pl.Series(
                [int(each) if is_won else None for each, is_won in zip(amount, won, strict=True)], dtype=pl.Int64
            ),
            "reason": pl.Series(_reasons(life, who, won).tolist(), dtype=pl.String),
        }
    )


def amounts(life: Life) -> Ints:
    """What each lead would pay, in whole euros, rounded to tens."""
    habits, people = life.setting.habits, life.people
    spread = 0.6 * life.setting.chance("amounts").normal(len(people)) + 0.4 * people.budget
    tens = np.floor(habits.price * life.spends * exp(spread) / 10).astype(np.int64)
    return np.maximum(tens, 1) * 10


def sales_events(life: Life) -> Iterator[Rows]:
    """What is written when somebody buys, or buys elsewhere, in companies that see it."""
    habits, fates = life.setting.habits, life.fates
    who = np.flatnonzero(fates.buys)
    at = fates.decides[who]
    if habits.sale is not None:
        said = tuple(text_of({"value": each}) for each in amounts(life)[who].tolist())
        yield Rows(habits.sale, who, at, at, said, np.arange(len(who)))
    if habits.sales_so_far is not None:
        before = life.people.facts[habits.sales_so_far][who]
        said = tuple(text_of({habits.sales_so_far: int(count or 0) + 1}) for count in before)
        yield Rows("attributes_changed", who, at, at, said, np.arange(len(who)))
    if habits.loss is not None:
        chance = life.setting.chance("losses")
        who = np.flatnonzero(life.people.prospects & ~fates.buys & chance.holds(len(life.people), _SEEN_LEAVING))
        yield rows(habits.loss, who, fates.decides[who])


def _reasons(life: Life, who: Ints, won: Bools) -> Values:
    people, fates = life.people, life.fates
    chance = life.setting.chance("reasons")
    slow = (~fates.in_time & fates.asked)[who]
    lost = np.stack(
        [
            -0.8 * people.need[who],
            -0.8 * people.budget[who],
            0.2 + 0.5 * slow,
            np.full(len(who), 0.1),
            -0.6 + 1.4 * fates.silent[who],
        ]
    )
    liked = np.stack(
        [0.3 * people.fit[who], 0.8 * fates.in_time[who], np.full(len(who), 0.2), -0.5 * people.budget[who]]
    )
    lost = lost + 0.7 * chance.normal(lost.size).reshape(lost.shape)
    liked = liked + 0.7 * chance.normal(liked.size).reshape(liked.shape)
    why_won = np.array(_WON, np.object_)[np.argmax(liked, axis=0)]
    why_lost = np.array(_LOST, np.object_)[np.argmax(lost, axis=0)]
    return np.asarray(np.where(won, why_won, why_lost), np.object_)


def feedback_of(life: Life, outcomes: pl.DataFrame) -> pl.DataFrame:
    """What some of them say some days later, in their language, with its true sentiment and reason."""
    chance = life.setting.chance("feedback")
    shares = np.array([_SPEAK[outcome] for outcome in outcomes["outcome"]])
    later = outcomes["at"].to_numpy() + DAY + chance.waits(len(shares), 4)
    told = outcomes.with_columns(at=later).filter(
        pl.Series(chance.holds(len(shares), shares)) & (pl.Series(later) < life.setting.end)
    )
    pick = chance.whole(told.height, 1000)
    said = []
    for number, (lead, at, reason) in enumerate(told.select("lead", "at", "reason").iter_rows()):
        language = str(life.people.language[lead])
        sayings = SAYINGS[language][reason]
        sentiment, text = sayings[int(pick[number]) % len(sayings)]
        said.append((lead, at, language, text, sentiment, reason))
    return pl.DataFrame(
        said,
        schema={
            "lead": pl.Int64,
            "at": pl.Int64,
            **dict.fromkeys(("language", "text", "sentiment", "reason"), pl.String),
        },
        orient="row",
    )
