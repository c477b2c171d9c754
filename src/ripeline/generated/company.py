"""A made-up company as tables: what it could have written down, and beside it the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ripeline.generated import consents, fates, ledger, machines, people
from ripeline.generated.companies import HABITS
from ripeline.generated.fates import NEVER, Life, fates_of
from ripeline.generated.habits import FUNNEL
from ripeline.generated.ledger import events_of, merges_of
from ripeline.generated.outcomes import feedback_of, outcomes_of
from ripeline.generated.people import BOT, people_of
from ripeline.generated.profiles import lead_ids, leads_of
from ripeline.generated.setting import setting_of

if TYPE_CHECKING:
    from ripeline.generated.chance import Floats, Ints
    from ripeline.generated.setting import Setting

Progress = Callable[[int, int], None]

_STEPS = 4
_DECIMALS = 4


class UnknownTemplate(ValueError):
    """A template without a table of habits."""


@dataclass(frozen=True)
class Company:
    """The tables of one company; times are timestamps UTC. `truth` and `stated` are what nobody can know."""

    leads: pl.DataFrame
    events: pl.DataFrame
    outcomes: pl.DataFrame
    campaigns: pl.DataFrame
    content: pl.DataFrame
    reps: pl.DataFrame
    feedback: pl.DataFrame
    truth: pl.DataFrame
    stated: Mapping[str, Any]


def company(
    template: str = "consultancy", *, leads: int = 2000, seed: int = 7, years: int = 3, progress: Progress | None = None
) -> Company:
    """A made-up company; the same arguments give the same tables. Raises UnknownTemplate for one without habits."""
    if template not in HABITS:
        raise UnknownTemplate(f"{template} is none of {', '.join(HABITS)}")
    tell = progress or (lambda _done, _total: None)
    setting = setting_of(HABITS[template], seed, years)
    persons = people_of(setting, leads)
    tell(1, _STEPS)
    life = Life(setting, persons, fates_of(setting, persons))
    tell(2, _STEPS)
    merges = merges_of(life)
    events = events_of(life, merges)
    tell(3, _STEPS)
    outcomes = outcomes_of(life)
    made = Company(
        leads=_timed(leads_of(life), "created_at"),
        events=_events(events, leads),
        outcomes=_named(outcomes, leads),
        campaigns=_campaigns(setting),
        content=_content(setting),
        reps=_reps(setting),
        feedback=_named(feedback_of(life, outcomes), leads),
        truth=_truth(life, merges),
        stated=_stated(life),
    )
    tell(_STEPS, _STEPS)
    return made


def _timed(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Seconds as timestamps."""
    return frame.with_columns((pl.col(name) * 1_000_000).cast(pl.Datetime("us", "UTC")) for name in names)


def _named(frame: pl.DataFrame, leads: int) -> pl.DataFrame:
    """Places of leads as their ids."""
    ids = pl.Series("lead_id", lead_ids(leads))
    return _timed(frame.select(ids.gather(frame["lead"]), pl.exclude("lead")), "at")


def _events(frame: pl.DataFrame, leads: int) -> pl.DataFrame:
    later = pl.when(pl.col("known_at") > pl.col("at")).then("known_at")
    table = _timed(_named(frame.with_columns(known_at=later), leads), "known_at")
    return table.select("lead_id", "at", "event", "known_at", "event_id", "properties")


def _campaigns(setting: Setting) -> pl.DataFrame:
    rows = [
        (each.name, each.campaign.source, each.start, each.end, each.campaign.cost)
        for each in setting.runs
        if each.name
    ]
    return _timed(
        pl.DataFrame(rows, schema=["campaign", "source", "start", "end", "cost"], orient="row"), "start", "end"
    )


def _content(setting: Setting) -> pl.DataFrame:
    rows = [
        (each.name, each.title, each.kind, FUNNEL[each.kind], each.topic.name, each.topic.persona, each.language)
        for each in setting.items
    ]
    names = ["item", "title", "kind", "funnel", "topic", "persona", "language"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _reps(setting: Setting) -> pl.DataFrame:
    rows = [(each.name, "|".join(each.countries)) for each in setting.habits.reps]
    return pl.DataFrame(rows, schema=["rep", "countries"], orient="row")


def _truth(life: Life, merges: Ints) -> pl.DataFrame:
    """What is true of each lead and stands in no other table; times are empty where nothing happens."""
    persons, fate, setting = life.people, life.fates, life.setting
    seen = np.zeros(len(persons), np.bool_)
    seen[machines.scanned(life)] = True
    frame = pl.DataFrame(
        {
            "lead_id": lead_ids(len(persons)),
            "role": pl.Series(persons.role.tolist(), dtype=pl.String),
            "persona": [setting.habits.personas[each].name or None for each in persons.persona],
            "campaign": pl.Series([setting.runs[run].name for run in persons.run], dtype=pl.String),
            "source": [setting.runs[run].campaign.source for run in persons.run],
            "rep": [setting.habits.reps[each].name for each in fate.rep],
            **{name: _rounded(getattr(persons, name)) for name in ("need", "budget", "fit", "curiosity")},
            "asked": fate.asked,
            "answered_in_time": fate.in_time,
            "silent": fate.silent & persons.prospects,
            "probability": _rounded(fate.probability),
            "first_seen_at": persons.first_seen,
            "identified_at": persons.identified,
            "asked_at": _or_none(np.where(fate.asked, fate.asked_at, NEVER)),
            "touched_at": _or_none(fate.touched_at),
            "decides_at": fate.decides,
            "buys": fate.buys,
            "would_buy_at": _or_none(np.where(fate.buys, fate.decides, NEVER)),
            "merged_at": _or_none(merges),
            "is_machine": np.asarray(persons.role == BOT, np.bool_),
            "is_scanned": seen,
        }
    )
    return _timed(frame, *(name for name in frame.columns if name.endswith("_at")))


def _rounded(numbers: Floats) -> Floats:
    """So few decimals that the last bit shows nowhere."""
    return np.asarray(np.floor(numbers * 10**_DECIMALS + 0.5) / 10**_DECIMALS, np.float64)


def _or_none(instants: Ints) -> pl.Series:
    return pl.Series([int(at) if at < NEVER else None for at in instants], dtype=pl.Int64)


def _stated(life: Life) -> dict[str, Any]:
    """The causal rules: log odds, shares and means that the tables were made with."""
    setting, habits = life.setting, life.setting.habits
    intercepts = life.fates.intercepts
    return {
        "template": habits.template,
        "seed": setting.seed,
        "years": setting.years,
        "leads": len(life.people),
        "buying": {"intercept": intercepts["buying"], **asdict(habits.effects)},
        "asking": {
            "intercept": intercepts["asking"],
            **fates.ASKING,
            "persona": {each.name: each.asks for each in habits.personas},
        },
        "silence": {"intercept": intercepts["silence"], **fates.SILENCE},
        "rejection": fates.REJECTION,
        "need_of_campaigns": {each.name: each.need for each in setting.runs if each.name},
        "need_of_sources": {each.campaign.source: each.need for each in setting.runs if not each.name},
        "reps": {
            each.name: {"in_time": each.in_time, "strictness": each.strictness, "diligence": each.diligence}
            for each in habits.reps
        },
        "deeds": [
            {"event": each.event, "span": each.span, "mean": each.mean, "need": each.need, "curiosity": each.curiosity}
            for each in habits.deeds
        ],
        "shares": {
            "strangers": {each.name: each.share for each in habits.strangers},
            "bots": people.BOTS,
            "scanned_accounts": machines.SCANNED,
            "merged": ledger.MERGED,
            "repeated_rows": ledger.REPEATED,
            "consent_at_first_visit": consents.GRANTS,
            "consent_withdrawn": consents.WITHDRAWS,
            "scoring_objected": consents.OBJECTS,
            "called_unasked": fates.CALLED_UNASKED,
        },
    }
