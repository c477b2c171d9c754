"""The people before they do anything: whence they came, who they are, and the traits that nobody sees."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from ripeline.generated.chance import exp, mean
from ripeline.generated.rhythm import DAY
from ripeline.generated.setting import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ripeline.generated.chance import Bools, Chance, Floats, Ints
    from ripeline.generated.habits import Fact, Value
    from ripeline.generated.setting import Setting

Values: TypeAlias = npt.NDArray[np.object_]

PROSPECT, BOT = "prospect", "bot"
BOTS = 0.015
"""The share of leads that are machines."""

_ANONYMOUS = 0.55  # who looks around first, before leaving a name
_BEFORE_DAYS = 20
_BOT_SECONDS = 120
_OF_ACCOUNT, _OWN = 0.6, 0.8  # squares add up to 1
_JITTER = 0.12
_LEAST = 1e-9


@dataclass(frozen=True)
class People:
    """One entry per lead, in order of identification; instants are seconds UTC."""

    first_seen: Ints
    identified: Ints
    decides: Ints
    """When the lead buys or drops it."""
    fades: Ints
    """When it stops reading our mail."""
    run: Ints
    role: Values
    persona: Ints
    account: Ints
    """-1 for none."""
    facts: Mapping[str, Values]
    language: Values
    need: Floats
    budget: Floats
    fit: Floats
    curiosity: Floats

    def __len__(self) -> int:
        return len(self.run)

    @property
    def accounts(self) -> int:
        """How many accounts they belong to."""
        return int(self.account.max(initial=-1)) + 1

    @property
    def prospects(self) -> Bools:
        """Who could buy at all."""
        return _is(self.role, PROSPECT)


def _is(column: Values, value: str) -> Bools:
    return np.asarray(column == value, np.bool_)


def people_of(setting: Setting, leads: int) -> People:
    """So many people, before they do anything."""
    chance = setting.chance("people")
    run, identified = _arrivals(setting, chance, leads)
    role = _roles(setting, chance, leads)
    tier = chance.pick(leads, [each.share for each in setting.habits.tiers])
    account = _accounts(setting, chance, tier, identified)
    persona = _personas(setting, chance, tier)
    facts, fit = _facts(setting, tier, persona, account)
    first_seen = np.maximum(identified - _looking_around(chance, role), setting.start)
    return People(
        first_seen=first_seen,
        identified=identified,
        decides=identified + _journeys(setting, chance, persona),
        fades=identified + chance.waits(leads, 300) + 20 * DAY,
        run=run,
        role=role,
        persona=persona,
        account=account,
        facts=facts,
        language=np.array([LANGUAGES.get(name, "en") for name in facts["country"]], np.object_),
        need=_need(setting, run, account, leads),
        budget=chance.normal(leads),
        fit=fit,
        curiosity=_curiosity(setting, chance, persona, role),
    )


def _arrivals(setting: Setting, chance: Chance, leads: int) -> tuple[Ints, Ints]:
    """By which campaign, and when each lead makes itself known; in order of time."""
    runs = setting.runs
    run = chance.pick(leads, [each.campaign.share for each in runs])
    low, high = np.array([each.start for each in runs])[run], np.array([each.end for each in runs])[run]
    identified = setting.rhythm.between(chance.uniform(leads), low, high)
    order = np.argsort(identified, kind="stable")
    return run[order], identified[order]


def _roles(setting: Setting, chance: Chance, leads: int) -> Values:
    strangers = setting.habits.strangers
    shares = [*(each.share for each in strangers), BOTS]
    names = np.array([*(each.name for each in strangers), BOT, PROSPECT], np.object_)
    return np.asarray(names[chance.pick(leads, [*shares, 1 - sum(shares)])])


def _personas(setting: Setting, chance: Chance, tier: Ints) -> Ints:
    persona = np.zeros(len(tier), np.int64)
    personas = setting.habits.personas
    for number, each in enumerate(setting.habits.tiers):
        of_tier = np.flatnonzero(tier == number)
        places = [place for place, one in enumerate(personas) if one.tier == each.name]
        weights = [personas[place].share for place in places]
        persona[of_tier] = np.array(places)[chance.pick(len(of_tier), weights)]
    return persona


def _looking_around(chance: Chance, role: Values) -> Ints:
    """How many seconds before making itself known each lead was first seen; machines waste no time."""
    leads = len(role)
    anonymous = chance.holds(leads, _ANONYMOUS)
    before = np.where(anonymous, chance.waits(leads, _BEFORE_DAYS), 0)
    return np.where(role == BOT, _BOT_SECONDS, before)


def _journeys(setting: Setting, chance: Chance, persona: Ints) -> Ints:
    """How many seconds each lead needs to decide: longer for some personas, spread log-normally."""
    habits = setting.habits
    length = np.array([one.length for one in habits.personas])[persona]
    spread = exp(0.5 * chance.normal(len(persona))) * 0.88  # so that the mean stays what is stated
    days = np.maximum(habits.journey_days * length * spread, habits.journey_days / 6)
    return np.asarray((days * DAY).astype(np.int64), np.int64)


def _accounts(setting: Setting, chance: Chance, tier: Ints, identified: Ints) -> Ints:
    """Colleagues come at about the same time; the number of them has a long tail."""
    account = np.full(len(tier), -1, np.int64)
    first = 0
    for number, each in enumerate(setting.habits.tiers):
        of_tier = np.flatnonzero(tier == number)
        if not each.people or not len(of_tier):
            continue
        about = identified[of_tier] + chance.waits(len(of_tier), 60)
        sizes = 1 + chance.counts(len(of_tier), each.people - 1)
        numbers = np.repeat(np.arange(len(of_tier)), sizes)[: len(of_tier)]
        account[of_tier[np.argsort(about, kind="stable")]] = first + numbers
        first += int(numbers[-1]) + 1
    return account


def _need(setting: Setting, run: Ints, account: Ints, leads: int) -> Floats:
    chance = setting.chance("need")
    shared = chance.normal(max(int(account.max(initial=-1)) + 1, 1))
    own, alone = chance.normal(leads), chance.normal(leads)
    brought = np.array([each.need for each in setting.runs])[run]
    need: Floats = brought + _OF_ACCOUNT * np.where(account < 0, alone, shared[account]) + _OWN * own
    return need


def _curiosity(setting: Setting, chance: Chance, persona: Ints, role: Values) -> Floats:
    """The tail is long to the right: a few read everything."""
    leads = len(persona)
    added: Floats = np.array([one.curiosity for one in setting.habits.personas])[persona]
    for stranger in setting.habits.strangers:
        added = added + np.where(role == stranger.name, stranger.curiosity, 0)
    return 0.6 * chance.normal(leads) + 0.6 * (chance.exponential(leads) - 1) + added


def _facts(setting: Setting, tier: Ints, persona: Ints, account: Ints) -> tuple[dict[str, Values], Floats]:
    """What each lead is in truth, and how well that fits, as a number of mean 0 and deviation 1."""
    facts: dict[str, Values] = {}
    fit = np.zeros(len(tier))
    for number, each in enumerate(setting.habits.tiers):
        of_tier = np.flatnonzero(tier == number)
        # Colleagues share the facts of their company: who is drawn first draws for all.
        _, first, same = np.unique(account[of_tier], return_index=True, return_inverse=True)
        shared = np.arange(len(of_tier)) if not each.people else first[same]
        for fact in each.facts:
            _draw(setting.chance(each.name, fact.name), fact, of_tier, shared, (facts, fit))
    for number, one in enumerate(setting.habits.personas):
        of_persona = np.flatnonzero(persona == number)
        for fact in one.facts:
            chance = setting.chance("persona", one.name, fact.name)
            _draw(chance, fact, of_persona, np.arange(len(of_persona)), (facts, fit))
    away = fit - mean(fit)
    return facts, away / max(sqrt(mean(away * away)), _LEAST)


def _draw(chance: Chance, fact: Fact, who: Ints, shared: Ints, into: tuple[dict[str, Values], Floats]) -> None:
    facts, fit = into
    weights, fits = zip(*fact.values.values(), strict=True)
    place = chance.pick(len(who), weights)[shared]
    column = facts.setdefault(fact.name, np.full(len(fit), None, np.object_))
    column[who] = _around(chance, list(fact.values), place, shared)
    fit[who] += np.array(fits)[place]


def _around(chance: Chance, values: Sequence[Value], place: Ints, shared: Ints) -> Values:
    """Large numbers vary a little around the option; texts and small numbers are as stated."""
    if any(isinstance(value, str | bool) for value in values):
        return np.array(values, np.object_)[place]
    numbers = np.array(values, np.float64)[place]
    varied = np.floor(numbers * (1 + _JITTER * (2 * chance.uniform(len(place))[shared] - 1)) + 0.5)
    return varied.astype(np.int64).astype(np.object_)
