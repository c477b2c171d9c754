"""The qualifying call: what is known of each item, by whom and how surely, and what to ask next.

The items, their questions and what each answer means stand in the active definition, whatever framework it follows.
Nothing is asked twice and nothing is lost: each answer is a row of the ledger, and older ones are its history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from ripeline.core.conditions import All, Any_, BantTest, Not
from ripeline.core.nearest import gate_for
from ripeline.language import readable
from ripeline.server import json_text, playbooks, profiles
from ripeline.server.events import said_of
from ripeline.server.leads import Lead
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import acts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ripeline.core.conditions import Condition
    from ripeline.core.playbook import Item, Playbook
    from ripeline.server.events import Event
    from ripeline.server.staff.users import User

ANSWERED, RATED, CHANGED = "bant_answered", "rated", "attributes_changed"
OBJECTIONS = "objections"
"""The attribute that holds what a lead says against buying."""
_FEW, _MANY = 2, 3
"""So many questions are asked at a time, because more is an interrogation."""
MARKS = range(1, 6)
"""How serious and how motivated a lead may be, from hardly to fully."""


class Certainty(models.TextChoices):
    """How sure an answer is."""

    SURE = "sure", _("Sure")
    LIKELY = "likely", _("Likely")
    GUESSED = "guessed", _("A guess")


class Origin(models.TextChoices):
    """Who an answer comes from."""

    LEAD = "lead", _("Said by the lead")
    COLLEAGUE = "colleague", _("Said by a colleague of theirs")
    ELSEWHERE = "elsewhere", _("Found elsewhere")


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as somebody gives it; `also` are attributes that the item asks for, with their values."""

    answer: str
    certainty: Certainty = Certainty.SURE
    source: Origin = Origin.LEAD
    note: str = ""
    also: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, what it means for its item now, and how one knows; what is not told is empty."""

    answer: str
    status: str
    certainty: str
    source: str
    note: str
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class Question:
    """An item with all that was ever answered to it, the latest first."""

    name: str
    label: str
    text: str
    options: Mapping[str, str]
    also: tuple[str, ...]
    is_required: bool
    answers: tuple[Answer, ...]

    @property
    def status(self) -> str:
        """`met`, `partly` or `not_met` by the latest answer; `unknown` without one that the definition knows."""
        return self.answers[0].status if self.answers else "unknown"


@dataclass(frozen=True, slots=True)
class Rating:
    """How serious and how motivated a lead was found to be, 1 to 5, each with a note; None where it was not said."""

    seriousness: int | None
    motivation: int | None
    seriousness_note: str
    motivation_note: str
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class Interview:
    """All items in the order of the definition, the ratings, the latest first, and what is said against buying."""

    questions: tuple[Question, ...]
    ratings: tuple[Rating, ...]
    objections: tuple[str, ...]

    @property
    def next(self) -> tuple[Question, ...]:
        """The two or three to ask now: unknown ones before partly answered and guessed ones, required ones first."""
        waiting = [(_urgency(one), place, one) for place, one in enumerate(self.questions)]
        asked = [
            one for (rank, _required), _place, one in sorted(waiting, key=lambda each: each[:2]) if rank < _SETTLED
        ]
        return tuple(asked[: _FEW if len(asked) == 2 * _FEW else _MANY])

    @property
    def met(self) -> int:
        """How many items are met."""
        return sum(one.status == "met" for one in self.questions)


_RANKS = {"unknown": 0, "partly": 1}
_GUESSED, _SETTLED = 2, 3


def _urgency(question: Question) -> tuple[int, bool]:
    rank = _RANKS.get(question.status, _SETTLED)
    if question.status == "met" and question.answers[0].certainty == Certainty.GUESSED:
        rank = _GUESSED
    return rank, not question.is_required


def of(lead: Lead) -> Interview:
    """What is known of a lead by now, the latest words included that no round has read yet."""
    playbook = playbooks.active_playbook()
    rows = said_of(lead, ANSWERED, RATED, CHANGED)
    if playbook is None:
        return Interview((), (), ())
    answered: dict[str, list[Answer]] = {name: [] for name in playbook.bant}
    ratings = []
    for row in reversed(rows):
        said = json_text.read(row.properties)
        item = str(said.get("item", ""))
        if row.name == ANSWERED and item in answered:
            answered[item].append(_answer(row, said, playbook.bant[item]))
        elif row.name == RATED:
            ratings.append(_rating(row, said))
    required = _required(playbook, lead.persona or None)
    questions = tuple(
        Question(
            name,
            item.label or readable(name),
            item.question or "",
            item.answers,
            item.also,
            name in required,
            tuple(answered[name]),
        )
        for name, item in playbook.bant.items()
    )
    return Interview(questions, tuple(ratings), tuple(_held(rows, OBJECTIONS)))


def answer(lead: Lead, item: str, given: Given, *, by: User, now: int, once: str | None = None) -> str | Refused:
    """Write down one answer, and beside it what was learnt for the attributes of its item; sets grow, and keep all.

    A token of `activities.token` as `once` lets it be written down once, however often it is sent.
    """
    said = {"item": item, "answer": given.answer, "certainty": given.certainty, "source": given.source}
    said |= {"note": given.note} if given.note else {}
    if not given.also:
        return acts.say(lead, ANSWERED, said, by=by, now=now, once=once)
    if not set(given.also) <= set(_also_of(item)):
        return Refused(Refusal.NOT_UNDERSTOOD)
    with transaction.atomic():
        # Whoever adds to the same sets at this moment waits here.
        lead = Lead.objects.select_for_update().get(pk=lead.pk)
        is_repeat = once is not None and acts.was_said(once, ANSWERED, by=by, now=now)
        done = acts.say(lead, ANSWERED, said, by=by, now=now, once=once)
        if isinstance(done, Refused) or is_repeat:
            return done
        learnt = acts.say(lead, CHANGED, _grown(lead, given.also), by=by, now=now, once=once)
        if isinstance(learnt, Refused):
            transaction.set_rollback(True)
            return learnt
        return done


def rate(
    lead: Lead,
    *,
    seriousness: int | None = None,
    motivation: int | None = None,
    seriousness_note: str = "",
    motivation_note: str = "",
    by: User,
    now: int,
    once: str | None = None,
) -> str | Refused:
    """Write down how serious and how motivated a lead is, from 1 to 5; refused if neither is said."""
    marks = {"seriousness": seriousness, "motivation": motivation}
    told = {name: mark for name, mark in marks.items() if mark is not None}
    if not told or not all(mark in MARKS for mark in told.values()):
        return Refused(Refusal.NOT_UNDERSTOOD)
    notes = {"seriousness_note": seriousness_note, "motivation_note": motivation_note}
    said = {**told, **{name: text for name, text in notes.items() if text}}
    return acts.say(lead, RATED, said, by=by, now=now, once=once)


def learn(
    lead: Lead, attributes: Mapping[str, object], *, by: User, now: int, once: str | None = None
) -> str | Refused:
    """Write down what a call brought to light, such as an objection; sets grow, and keep what they hold."""
    with transaction.atomic():
        lead = Lead.objects.select_for_update().get(pk=lead.pk)
        if once is not None and acts.was_said(once, CHANGED, by=by, now=now):
            return once
        return acts.say(lead, CHANGED, _grown(lead, attributes), by=by, now=now, once=once)


def _also_of(item: str) -> tuple[str, ...]:
    playbook = playbooks.active_playbook()
    spec = playbook.bant.get(item) if playbook else None
    return spec.also if spec else ()


def _grown(lead: Lead, attributes: Mapping[str, object]) -> dict[str, object]:
    """The attributes as they are to be said: a list with all that it holds already."""
    rows = said_of(lead, CHANGED) if any(isinstance(value, list) for value in attributes.values()) else []
    return {
        name: [*_held(rows, name), *(one for one in value if one not in _held(rows, name))]
        if isinstance(value, list)
        else value
        for name, value in attributes.items()
    }


def _held(rows: Sequence[Event], attribute: str) -> list[str]:
    """What a set holds by the last word on it."""
    for row in reversed(rows):
        said = json_text.read(row.properties) if row.name == CHANGED else {}
        if attribute in said:
            return profiles.members(said[attribute])
    return []


def _answer(row: Event, said: Mapping[str, Any], item: Item) -> Answer:
    told = str(said.get("answer", ""))
    certainty, source = str(said.get("certainty", "")), str(said.get("source", ""))
    return Answer(
        told,
        item.answers.get(told, "unknown"),
        certainty if certainty in Certainty.values else "",
        source if source in Origin.values else "",
        str(said.get("note", "")),
        str(said.get("by", "")),
        row.at,
    )


def _rating(row: Event, said: Mapping[str, Any]) -> Rating:
    seriousness, motivation = (_mark(said.get(name)) for name in ("seriousness", "motivation"))
    notes = [str(said.get(name, "")) for name in ("seriousness_note", "motivation_note", "by")]
    return Rating(seriousness, motivation, notes[0], notes[1], notes[2], row.at)


def _mark(told: object) -> int | None:
    return told if isinstance(told, int) and told in MARKS else None


def _required(playbook: Playbook, persona: str | None) -> set[str]:
    """The items without which a lead of this persona is never ready for sales, on some way at least."""
    known = persona if persona in playbook.personas else None
    gate = gate_for(playbook, known, "sales_ready")
    return {name for test in _tests_of(gate.enter) for name in test.required}


def _tests_of(condition: Condition) -> Iterator[BantTest]:
    match condition:
        case BantTest():
            yield condition
        case All(all=parts) | Any_(any=parts):
            for part in parts:
                yield from _tests_of(part)
        case Not(not_=part):
            yield from _tests_of(part)
