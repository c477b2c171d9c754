"""Which content comes next for a lead, and why; or why there is none.

Two things are never proposed, whatever else speaks for them: basics to whoever is about to decide, and a price list or
a call to whoever is still learning. Among what is left, an answer to a noted objection goes first, then what is nearest
to the phase, then what is about a topic that the lead has read of, then what has helped others like it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ripeline.core.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Funnel = Literal["top", "middle", "bottom"]

FUNNEL: tuple[Funnel, ...] = ("top", "middle", "bottom")
"""The stages of the funnel, the first one first."""
DECIDED = "decision"
"""The phase of whoever sales works with, whatever the rules of the journey say of it."""
SERVES: Mapping[str, tuple[Funnel, ...]] = {
    "awareness": ("top",),
    "consideration": ("middle", "top"),
    DECIDED: ("bottom", "middle"),
}
"""What serves a lead in each phase of its journey, the nearest first; nothing else does."""
UNKNOWN_LANGUAGE = "en"
"""What is sent to whoever's language is not known."""
FEW = 10
"""With fewer readers than this, nobody is told that an item helps."""
_PRIOR = 20
"""So many readers for whom the item changes nothing are added before its effect is told, so that a few prove little."""
_PER_MILLE = 1_000
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the catalogue; without a language, a persona or a topic it is for all of them."""

    name: str
    funnel: Funnel
    language: str = ""
    personas: frozenset[str] = frozenset()
    topic: str = ""
    objection: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """A lead as far as content is chosen for it; `topics` counts what it has read, `seen` is what it read or got."""

    phase: str = ""
    persona: str = ""
    language: str = ""
    topics: Mapping[str, int] = field(default_factory=dict)
    objections: tuple[str, ...] = ()
    seen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Worth:
    """Of the readers of an item and of others who read something else, how many moved on in the month after it."""

    readers: int
    moved: int
    others: int
    others_moved: int

    @property
    def lift(self) -> int:
        """By how many per mille more readers moved on than others, drawn towards 0 while there are few."""
        if not self.others:
            return 0
        # (moved + prior * share) / (readers + prior) - share, in whole numbers so that it is the same everywhere.
        gain = self.moved * self.others - self.readers * self.others_moved
        return _PER_MILLE * gain // ((self.readers + _PRIOR) * self.others)


@dataclass(frozen=True, slots=True)
class Next:
    """The item that comes next, and why this one."""

    item: Item
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """There is no item for a lead: why, and of which stage of the funnel it would be."""

    reason: Reason
    funnel: Funnel


Worths = Mapping[tuple[str, str], Worth]
"""What is known of items for personas, by both names."""


class Shelf:
    """The catalogue, sorted so that what fits one lead is found without looking through all of it."""

    def __init__(self, items: Iterable[Item], worths: Worths | None = None) -> None:
        self._worths: Worths = worths or {}
        self._places: dict[tuple[str, str, str], list[Item]] = {}
        for item in items:
            for persona in item.personas or {""}:
                self._places.setdefault((item.funnel, persona, item.language), []).append(item)

    def next_for(self, reader: Reader) -> Next | Gap:
        """What comes next for a lead; the same for the same catalogue, in whatever order it is told."""
        funnels = serves(reader.phase)
        fitting = list(self._of(funnels, personas_of(reader), languages_of(reader)))
        unseen = [item for item in fitting if item.name not in reader.seen]
        if not unseen:
            return Gap(self._lack(reader, funnels, {item.name for item in fitting}), funnels[0])
        best = min(unseen, key=lambda item: self._rank(item, reader, funnels))
        return Next(best, tuple(self._reasons(best, reader, funnels)))

    def _of(self, funnels: Iterable[str], personas: Iterable[str], languages: Iterable[str]) -> Iterator[Item]:
        for funnel in funnels:
            for persona in personas:
                for language in languages:
                    yield from self._places.get((funnel, persona, language), ())

    def _rank(self, item: Item, reader: Reader, funnels: tuple[Funnel, ...]) -> tuple[int | bool | str, ...]:
        read = reader.topics.get(item.topic, 0) if item.topic else 0
        lift = self._lift(item, reader.persona)
        return (
            not _answered(item, reader),
            funnels.index(item.funnel),
            not read,
            -lift,
            -read,
            not item.personas,
            item.name,
        )

    def _lift(self, item: Item, persona: str) -> int:
        worth = self._worths.get((item.name, persona))
        return 0 if worth is None else worth.lift

    def _reasons(self, item: Item, reader: Reader, funnels: tuple[Funnel, ...]) -> Iterator[Reason]:
        answered = _answered(item, reader)
        if answered:
            yield Reason("next_objection", objection=answered)
        if not reader.phase:
            yield Reason("next_begin")
        elif item.funnel == funnels[0]:
            yield Reason("next_phase", phases=reader.phase)
        else:
            yield Reason("next_near", phases=reader.phase)
        if item.topic and reader.topics.get(item.topic):
            yield Reason("next_topic", topic=item.topic)
        if item.personas:
            yield Reason("next_persona", personas=reader.persona)
        if not reader.language and item.language:
            yield Reason("next_language")
        yield from _worked(self._worths.get((item.name, reader.persona)))

    def _lack(self, reader: Reader, funnels: tuple[Funnel, ...], seen: set[str]) -> Reason:
        """Why nothing is left, told by the first thing that nothing fits."""
        if seen:
            return Reason("gap_seen", count=len(seen))
        here = [place for place in self._places if place[0] in funnels]
        if not here:
            return Reason("gap_phase", phases=reader.phase) if reader.phase else Reason("gap_begin")
        for_it = {language for _funnel, persona, language in here if persona in personas_of(reader)}
        if not for_it:
            return Reason("gap_persona", personas=reader.persona) if reader.persona else Reason("gap_nobody")
        return Reason("gap_language", language=languages_of(reader)[0])


def serves(phase: str) -> tuple[Funnel, ...]:
    """What serves a lead in a phase; one of whom no phase is known begins at the beginning."""
    return SERVES.get(phase, ("top",))


def personas_of(reader: Reader) -> tuple[str, ...]:
    """For whom an item may be to be for this lead: its persona, or everybody."""
    return (reader.persona, "") if reader.persona else ("",)


def languages_of(reader: Reader) -> tuple[str, ...]:
    """In which language an item may be: the lead's, or none."""
    return (reader.language or UNKNOWN_LANGUAGE, "")


def _answered(item: Item, reader: Reader) -> str:
    """The noted objection that an item answers: one that says what the item answers, perhaps with more words."""
    said = _plain(item.objection)
    return next((noted for noted in sorted(reader.objections) if said and said in _plain(noted)), "")


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _worked(worth: Worth | None) -> Iterator[Reason]:
    if worth is None or not worth.readers:
        return
    if worth.readers < FEW or worth.others < FEW:
        yield Reason("next_few")
    elif worth.lift > 0:
        percent, other = worth.moved * _PERCENT // worth.readers, worth.others_moved * _PERCENT // worth.others
        yield Reason("next_worked", count=worth.readers, percent=percent, other_percent=other)
