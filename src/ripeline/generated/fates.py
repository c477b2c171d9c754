"""What becomes of each lead, by the stated causes: who asks, who answers and when, who falls silent, who buys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ripeline.generated.chance import intercept_of, share_of
from ripeline.generated.rhythm import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.generated.chance import Bools, Chance, Floats, Ints
    from ripeline.generated.people import People
    from ripeline.generated.setting import Setting

NEVER = 2**40
"""An instant after all others."""

ASKING = {"need": 0.9, "budget": 0.4}
SILENCE = {"need": -0.7}
REJECTION = {"intercept": -2.4, "fit": -1.2, "strictness": 1.0}
CALLED_UNASKED = 0.05
"""The share of prospects who did not ask and are called all the same."""

_ASKS_AT_ONCE = 0.35


@dataclass(frozen=True)
class Fates:
    """One entry per lead; instants are seconds UTC, NEVER for what does not happen."""

    rep: Ints
    asked: Bools
    asked_at: Ints
    called: Bools
    """Called by sales without having asked."""
    rejected: Bools
    in_time: Bools
    """The first touch came within a working day of the request."""
    touched_at: Ints
    silent: Bools
    quiet_from: Ints
    decides: Ints
    buys: Bools
    probability: Floats
    """That of buying, as it is at identification, given all traits."""
    intercepts: Mapping[str, float]

    @property
    def touched(self) -> Bools:
        """Who has a first touch."""
        return self.touched_at < NEVER


@dataclass(frozen=True)
class Life:
    """People where they live, and what becomes of them."""

    setting: Setting
    people: People
    fates: Fates

    @property
    def spends(self) -> Floats:
        """How much more than the average lead each one spends, by its persona."""
        return np.array([persona.spends for persona in self.setting.habits.personas])[self.people.persona]


@dataclass(frozen=True)
class _Asking:
    """Who asks for sales, when, and how likely that was; who is called without having asked."""

    intercept: float
    share: Floats
    asked: Bools
    at: Ints
    called: Bools


@dataclass(frozen=True)
class _Answering:
    """Whom sales rejects, whom it touches, when, and how likely it was to be asked and to answer in time."""

    share: Floats
    rejected: Bools
    in_time: Bools
    touched: Bools
    at: Ints


def fates_of(setting: Setting, people: People) -> Fates:
    """What becomes of these people."""
    chance, leads, prospects = setting.chance("fates"), len(people), people.prospects
    rep = _reps(setting, people)
    asking = _asking(setting, people, chance)
    answering = _answering(setting, people, chance, asking, rep)
    silence_odds = SILENCE["need"] * people.need
    silence = intercept_of(setting.habits.silent, silence_odds[prospects])
    falls_silent = share_of(silence + silence_odds)
    silent = chance.holds(leads, falls_silent)
    journey = people.decides - people.identified
    quiet_from = people.identified + (journey * chance.uniform(leads, 0.58, 0.7)).astype(np.int64)
    effects = setting.habits.effects
    traits = effects.need * people.need + effects.fit * people.fit + effects.budget * people.budget
    happened = effects.request * asking.asked + effects.answered_in_time * answering.in_time + effects.silence * silent
    odds = traits + happened
    buying = intercept_of(setting.habits.buyers, odds[prospects])
    buys = prospects & chance.holds(leads, share_of(buying + odds))
    shares = (asking.share, answering.share, falls_silent)
    return Fates(
        rep=rep,
        asked=asking.asked,
        asked_at=np.where(asking.asked | asking.called, asking.at, NEVER),
        called=asking.called,
        rejected=answering.rejected,
        in_time=answering.in_time,
        touched_at=np.where(answering.touched, answering.at, NEVER),
        silent=silent,
        quiet_from=np.where(silent, quiet_from, NEVER),
        decides=np.where(answering.touched, np.maximum(people.decides, answering.at + DAY), people.decides),
        buys=buys,
        probability=np.where(prospects, _expected(setting, buying + traits, shares), 0.0),
        intercepts={"asking": asking.intercept, "silence": silence, "buying": buying},
    )


def _asking(setting: Setting, people: People, chance: Chance) -> _Asking:
    """Some ask when they make themselves known, the others in the first half of their journey."""
    leads, prospects = len(people), people.prospects
    odds = _asks_odds(setting, people)
    intercept = intercept_of(setting.habits.asking, odds[prospects])
    share = np.where(prospects, share_of(intercept + odds), _strangers_ask(setting, people))
    asked = chance.holds(leads, share)
    at_once = chance.holds(leads, _ASKS_AT_ONCE)
    part = (people.decides - people.identified) // 20
    later = setting.rhythm.between(chance.uniform(leads), people.identified + part, people.identified + part * 11)
    called = prospects & ~asked & chance.holds(leads, CALLED_UNASKED)
    return _Asking(intercept, share, asked, np.where(at_once, people.identified, later), called)


def _answering(setting: Setting, people: People, chance: Chance, asking: _Asking, rep: Ints) -> _Answering:
    leads, reps = len(people), setting.habits.reps
    strictness, speed = np.array([one.strictness for one in reps])[rep], np.array([one.in_time for one in reps])[rep]
    rejects = share_of(REJECTION["intercept"] + REJECTION["fit"] * people.fit + REJECTION["strictness"] * strictness)
    rejected = asking.asked & chance.holds(leads, rejects)
    quick = chance.holds(leads, speed)
    answered = asking.asked & ~rejected
    at = _touches(setting, chance, quick, asking.at)
    return _Answering(asking.share * (1 - rejects) * speed, rejected, answered & quick, answered | asking.called, at)


def _reps(setting: Setting, people: People) -> Ints:
    chance, reps = setting.chance("reps"), setting.habits.reps
    any_rep = chance.whole(len(people), len(reps))
    rep = any_rep
    for country in sorted({name for one in reps for name in one.countries}):
        own = np.array([place for place, one in enumerate(reps) if country in one.countries])
        rep = np.where(people.facts["country"] == country, own[any_rep % len(own)], rep)
    return rep


def _asks_odds(setting: Setting, people: People) -> Floats:
    ready = np.array([one.asks for one in setting.habits.personas])[people.persona]
    odds: Floats = ASKING["need"] * people.need + ASKING["budget"] * people.budget + ready
    return odds


def _strangers_ask(setting: Setting, people: People) -> Floats:
    """How likely each stranger is to ask; 0 for machines, which ask nobody."""
    asks = np.zeros(len(people))
    for stranger in setting.habits.strangers:
        asks = np.where(people.role == stranger.name, stranger.asks, asks)
    return asks


def _touches(setting: Setting, chance: Chance, quick: Bools, asked_at: Ints) -> Ints:
    """The first touch: within a working day of eight hours, or some days later, always in open hours."""
    share = chance.uniform(len(quick))
    worked = np.where(quick, (0.2 + 7.3 * share) * HOUR, (9 + 20 * share) * HOUR).astype(np.int64)
    return setting.rhythm.worked_after(asked_at, worked)


def _expected(setting: Setting, traits: Floats, shares: tuple[Floats, Floats, Floats]) -> Floats:
    """The probability over all that may still happen: asking, being answered in time, falling silent."""
    asks, answered, silent = shares
    effects = setting.habits.effects
    total = np.zeros_like(traits)
    for quiet, share in ((effects.silence, silent), (0.0, 1 - silent)):
        total += share * (1 - asks) * share_of(traits + quiet)
        total += share * (asks - answered) * share_of(traits + quiet + effects.request)
        total += share * answered * share_of(traits + quiet + effects.request + effects.answered_in_time)
    return total
