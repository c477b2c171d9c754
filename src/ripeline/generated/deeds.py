"""What leads do, by their traits alone: no deed knows what the lead will decide."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ripeline.generated.chance import exp
from ripeline.generated.people import BOT
from ripeline.generated.rhythm import DAY
from ripeline.generated.rows import Rows, rows, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ripeline.generated.chance import Bools, Chance, Ints
    from ripeline.generated.fates import Life
    from ripeline.generated.habits import Deed, Span, Then

_LATE_DAYS = 3
_MOST = 80.0
_FAVORITE = 0.6  # how often the topic is the persona's own


def deeds_of(life: Life) -> Iterator[Rows]:
    """All deeds of all leads, those by which they make themselves known first."""
    yield from _entries(life)
    yield from _requests(life)
    yield from _of_all(life, life.people.role != BOT, life.setting.habits.deeds, "all")
    for stranger in life.setting.habits.strangers:
        own = np.asarray(life.people.role == stranger.name, np.bool_)
        yield from _of_all(life, own, stranger.own_deeds, stranger.name)


def _entries(life: Life) -> Iterator[Rows]:
    """The deed that gives the lead a name, unless it begins by asking for sales or is a machine."""
    chance, people, habits = life.setting.chance("entries"), life.people, life.setting.habits
    known = {deed.event: deed for deed in reversed(habits.deeds)}
    source = np.array([each.campaign.source for each in life.setting.runs], np.object_)[people.run]
    begins = ~(life.fates.asked & (life.fates.asked_at == people.identified)) & (people.role != BOT)
    for name, events in habits.entries.items():
        who = np.flatnonzero(begins & (source == name))
        which = chance.pick(len(who), list(events.values()))
        for number, event in enumerate(events):
            chosen = who[which == number]
            yield from _done(life, chance, known[event], chosen, people.identified[chosen])


def _requests(life: Life) -> Iterator[Rows]:
    chance, requests = life.setting.chance("requests"), life.setting.habits.requests
    who = np.flatnonzero(life.fates.asked)
    which = chance.pick(len(who), [request.weight for request in requests])
    for number, request in enumerate(requests):
        chosen = who[which == number]
        said = chance.whole(len(chosen), len(request.said))
        yield rows(request.event, chosen, life.fates.asked_at[chosen], request.said, said)


def _of_all(life: Life, does: Bools, deeds: Sequence[Deed], whose: str) -> Iterator[Rows]:
    """Deeds as often as traits make them, within their spans, and never after the lead has fallen silent."""
    for number, deed in enumerate(deeds):
        chance = life.setting.chance("deed", whose, str(number), deed.event)
        who, at = _often(life, chance, deed, does)
        for each in _done(life, chance, deed, who, at):
            yield each.only(each.at < life.fates.quiet_from[each.lead])


def _often(life: Life, chance: Chance, deed: Deed, does: Bools) -> tuple[Ints, Ints]:
    people = life.people
    means = np.minimum(deed.mean * exp(deed.need * people.need + deed.curiosity * people.curiosity), _MOST)
    counts = np.minimum(chance.counts(len(people), np.where(does, means, 0.0)), deed.most)
    who = np.repeat(np.arange(len(people)), counts)
    low, high = _span(life, deed.span)
    at = life.setting.rhythm.between(chance.uniform(len(who)), low[who], high[who])
    if not deed.burst:
        return who, at
    more = 1 + chance.counts(len(who), deed.burst)
    pause = chance.whole(len(who), 160) + 15
    step = np.arange(int(more.sum())) - np.repeat(np.cumsum(more) - more, more)
    return np.repeat(who, more), np.repeat(at, more) + step * np.repeat(pause, more)


def _span(life: Life, span: Span) -> tuple[Ints, Ints]:
    people, decides = life.people, life.fates.decides
    middle = people.identified + (decides - people.identified) // 2
    return {
        "visit": (people.first_seen, decides),
        "known": (people.identified, decides),
        "habit": (people.identified, people.fades),
        "deciding": (middle, decides),
    }[span]


def _done(life: Life, chance: Chance, deed: Deed, who: Ints, at: Ints) -> Iterator[Rows]:
    """The rows of a deed and of what follows it."""
    if deed.content:
        said, which = _content(life, chance, deed, who)
    else:
        said, which = tuple(text_of(each) for each in deed.said), chance.whole(len(who), len(deed.said))
    known_at = at
    if deed.late:
        days = chance.waits(len(who), _LATE_DAYS)
        known_at = np.where(chance.holds(len(who), deed.late), at + days + DAY // 2, at)
    first = Rows(deed.event, who, at, known_at, said, which)
    yield first
    yield from _following(chance, deed.then, first)


def _following(chance: Chance, then: Sequence[Then], before: Rows) -> Iterator[Rows]:
    for each in then:
        part = before.only(chance.holds(len(before.lead), each.share))
        days = chance.uniform(len(part.lead), *each.days)
        at_same_hour = each.days[0] >= 1
        at = part.at + ((np.floor(days) if at_same_hour else days) * DAY).astype(np.int64)
        following = replace(part, event=each.event, at=at, known_at=at)
        yield following
        yield from _following(chance, each.then, following)


def _content(life: Life, chance: Chance, deed: Deed, who: Ints) -> tuple[tuple[str, ...], Ints]:
    """Items in the lead's language, more often about the topics of its persona."""
    items = [item for item in life.setting.items if item.kind == deed.content]
    topics = life.setting.habits.topics
    topic = any_topic = chance.whole(len(who), len(topics))
    favorite = chance.holds(len(who), _FAVORITE)
    for place, persona in enumerate(life.setting.habits.personas):
        own = [number for number, each in enumerate(topics) if each.persona == persona.name]
        if own:
            liked = np.array(own)[any_topic % len(own)]
            topic = np.where(favorite & (life.people.persona[who] == place), liked, topic)
    places = {(item.topic.name, item.language): number for number, item in enumerate(items)}
    languages = sorted({item.language for item in items})
    table = np.array([[places[each.name, language] for language in languages] for each in topics])
    speaks = np.searchsorted(np.array(languages), life.people.language[who].astype(str))
    return tuple(text_of({"item": item.name}) for item in items), table[topic, speaks]
