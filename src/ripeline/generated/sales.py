"""What sales does and writes down: acceptance, touches, answers, verdicts, stages. It reads traits with some error."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ripeline.generated.profiles import told_budget
from ripeline.generated.rhythm import HOUR
from ripeline.generated.rows import Rows, rows, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ripeline.generated.chance import Bools, Chance, Floats, Ints
    from ripeline.generated.fates import Life

MINUTE = 60

_MISROUTED = 0.03
_STATUSES = ("not_met", "partly", "met")
_PARTLY, _MET = -0.5, 0.4  # from which trait on, as the rep sees it, an answer is that good
_BAR = -0.9  # the weighted traits from which on a rep sees a chance
_REASONS = ("no need", "no budget", "does not fit")


def sales_of(life: Life) -> Iterator[Rows]:
    """All rows that salespeople write."""
    chance = life.setting.chance("sales")
    if life.setting.playbook.handoff.confirm == "sales":
        yield _rejections(life, chance)
        yield from _accepted(life, chance)
    yield from _touches(life, chance)
    yield from _answers(life)
    judged = _judged(life)
    yield from _verdicts(life, judged)
    yield from _stages(life, judged)
    yield _learned(life)


def _by(life: Life, event: str, who: Ints, at: Ints, saying: Mapping[str, object]) -> Rows:
    """Rows that say this, and by which rep."""
    said = [{**saying, "by": rep.name} for rep in life.setting.habits.reps]
    return rows(event, who, at, said, life.fates.rep[who])


def _rejections(life: Life, chance: Chance) -> Rows:
    who = np.flatnonzero(life.fates.rejected)
    worked = chance.hours(len(who), 0.3, 7)
    at = life.setting.rhythm.worked_after(life.fates.asked_at[who], worked)
    reps = life.setting.habits.reps
    reasons = ("below_bar", "below_bar", "bad_data")
    said = [{"verdict": "rejected", "reason": reason, "by": rep.name} for reason in reasons for rep in reps]
    which = chance.whole(len(who), len(reasons)) * len(reps) + life.fates.rep[who]
    return rows("verdict_given", who, at, said, which)


def _accepted(life: Life, chance: Chance) -> Iterator[Rows]:
    """Whoever asked is accepted some minutes before the first touch, a few after having gone to the wrong rep."""
    who = np.flatnonzero(life.fates.asked & ~life.fates.rejected)
    accepted_at = life.fates.touched_at[who] - (1 + chance.whole(len(who), 9)) * MINUTE
    yield _by(life, "verdict_given", who, accepted_at, {"verdict": "accepted"})
    wrong = chance.holds(len(who), _MISROUTED)
    asked_at = life.fates.asked_at[who]
    between = asked_at + (accepted_at - asked_at) // 2
    yield rows("verdict_given", who[wrong], between[wrong], [{"verdict": "rejected", "reason": "misrouted"}])


def _touches(life: Life, chance: Chance) -> Iterator[Rows]:
    """The first touch and some later ones; who is not diligent writes them down a day later."""
    who = np.flatnonzero(life.fates.touched)
    more = np.minimum(chance.counts(len(who), 1.2), 8)
    again = np.repeat(who, more)
    worked = chance.hours(len(again), 4, 80)
    later = life.setting.rhythm.worked_after(life.fates.touched_at[again], worked)
    before = later < life.fates.decides[again]
    lead = np.concatenate([who, again[before]])
    at = np.concatenate([life.fates.touched_at[who], later[before]])
    slow = ~chance.holds(len(lead), _diligence(life)[lead])
    written = np.where(slow, at + 16 * HOUR + chance.whole(len(lead), 8 * HOUR), at)
    yield replace(_by(life, "touch_logged", lead, at, {}), known_at=written)


def _diligence(life: Life) -> Floats:
    return np.array([rep.diligence for rep in life.setting.habits.reps])[life.fates.rep]


def _answers(life: Life) -> Iterator[Rows]:
    """What the qualifying call brings out, as far as the rep asks and writes it down."""
    people = life.people
    traits = {"budget": people.budget, "authority": 0.6 * people.fit, "need": people.need}
    for number, (item, answers) in enumerate(life.setting.answers.items()):
        chance = life.setting.chance("answers", item)
        who = np.flatnonzero(life.fates.touched)
        who = who[chance.holds(len(who), _diligence(life)[who])]
        seen = traits.get(item, 0.7 * people.need)[who] + 0.6 * chance.normal(len(who))
        status = (seen > _PARTLY).astype(np.int64) + (seen > _MET)
        at = life.fates.touched_at[who] + (5 + 6 * number + chance.whole(len(who), 4)) * MINUTE
        for place, name in enumerate(_STATUSES):
            known = answers[name] or answers["partly"] or answers["met"]
            said = [{"item": item, "answer": answer} for answer in known]
            chosen = status == place
            yield rows("bant_answered", who[chosen], at[chosen], said, chance.whole(int(chosen.sum()), len(said)))


@dataclass(frozen=True, slots=True)
class _Judged:
    """The leads that were touched and judged in time: what the rep saw of need, budget and fit, and the answer."""

    who: Ints
    at: Ints
    seen: Floats
    """A row each for need, budget and fit."""
    yes: Bools


def _judged(life: Life) -> _Judged:
    chance, people, fates = life.setting.chance("verdicts"), life.people, life.fates
    who = np.flatnonzero(life.fates.touched)
    worked = chance.hours(len(who), 1, 20)
    at = life.setting.rhythm.worked_after(fates.touched_at[who], worked)
    who, at = who[at < fates.decides[who]], at[at < fates.decides[who]]
    strictness = np.array([rep.strictness for rep in life.setting.habits.reps])[fates.rep[who]]
    error = 0.6 * chance.normal(3 * len(who)).reshape(3, -1)
    seen = np.stack([people.need[who], people.budget[who], people.fit[who]]) + error
    yes = 0.8 * seen[0] + 0.5 * seen[1] + 0.5 * seen[2] - 0.5 * strictness > _BAR
    return _Judged(who, at, seen, yes & people.prospects[who])


def _verdicts(life: Life, judged: _Judged) -> Iterator[Rows]:
    """Who asked is confirmed, sent back to marketing or ruled out; who was called unasked is upgraded or left."""
    who, at, asked = judged.who, judged.at, life.fates.asked[judged.who]
    if life.setting.playbook.handoff.confirm == "sales":
        yes = judged.yes & asked
        yield _by(life, "verdict_given", who[yes], at[yes], {"verdict": "confirmed"})
    upgraded = judged.yes & ~asked
    saying = {"stage": "sql", "reason": "a talk that we began"}
    yield _by(life, "override_set", who[upgraded], at[upgraded], saying)
    sent_back = asked & ~judged.yes & life.people.prospects[who]
    worst = np.argmin(judged.seen, axis=0)
    for place, reason in enumerate(_REASONS):
        chosen = sent_back & (worst == place)
        yield _by(life, "verdict_given", who[chosen], at[chosen], {"verdict": "recycled", "reason": reason})
    for stranger in life.setting.habits.strangers:
        chosen = asked & np.asarray(life.people.role[who] == stranger.name, np.bool_)
        saying = {"verdict": "disqualified", "reason": stranger.name}
        yield _by(life, "verdict_given", who[chosen], at[chosen], saying)


def _stages(life: Life, judged: _Judged) -> Iterator[Rows]:
    """An opportunity some days after the confirmation, and in the end a customer or a lost one."""
    chance, who, since = life.setting.chance("stages"), judged.who[judged.yes], judged.at[judged.yes]
    worked = chance.hours(len(who), 4, 60)
    closed_at = np.maximum(closing(life)[who], since + 2 * HOUR)
    opened_at = np.minimum(life.setting.rhythm.worked_after(since, worked), closed_at - HOUR)
    yield _by(life, "stage_set", who, opened_at, {"stage": "opportunity"})
    buys = life.fates.buys[who]
    for stage, chosen in (("customer", buys), ("lost", ~buys)):
        yield _by(life, "stage_set", who[chosen], closed_at[chosen], {"stage": stage})


def closing(life: Life) -> Ints:
    """When the rep writes down how it ended: within a working day of the decision."""
    worked = life.setting.chance("closing").hours(len(life.people), 0.1, 7)
    return life.setting.rhythm.worked_after(life.fates.decides, worked)


def _learned(life: Life) -> Rows:
    """What the rep learns of the lead in the first talk: missing facts, the budget, pains and objections."""
    chance, people, habits = life.setting.chance("learned"), life.people, life.setting.habits
    who = np.flatnonzero(life.fates.touched)
    who = who[chance.holds(len(who), _diligence(life)[who])]
    pain, objection = (chance.whole(len(who), max(len(texts), 1)) for texts in (habits.pains, habits.objections))
    budget = told_budget(life)
    declared = life.setting.playbook.attributes
    texts = []
    for place, lead in enumerate(who.tolist()):
        known = {name: values[lead] for name, values in people.facts.items() if values[lead] is not None}
        known["budget"] = budget[lead]
        known |= _noted("pain_points", habits.pains, int(pain[place]))
        known |= _noted("objections", habits.objections, int(objection[place]))
        texts.append(text_of({name: value for name, value in known.items() if name in declared}))
    at = life.fates.touched_at[who] + 50 * MINUTE
    return Rows("attributes_changed", who, at, at, tuple(texts), np.arange(len(who)))


def _noted(name: str, texts: Sequence[str], place: int) -> dict[str, object]:
    return {name: [texts[place]]} if texts else {}
