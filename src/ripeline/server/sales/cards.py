"""An offer as a rep understands it in ten seconds: who, why now, what to say. However many, in four queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ripeline.core.conditions import All, Any_, BantTest, Not, ReturningTest, SurgeTest
from ripeline.core.nearest import gate_for
from ripeline.core.phrases import gettext
from ripeline.core.phrases import phrases as ngettext
from ripeline.language import Speaker
from ripeline.server import json_text, people, playbooks, profiles
from ripeline.server.consent.suppressions import NUMBERS
from ripeline.server.deeds import conversion_of, details, told
from ripeline.server.events import OF_LEAD, rows_of_all
from ripeline.server.sales import openings
from ripeline.server.sales.handoffs import Handoff

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ripeline.core.conditions import Condition
    from ripeline.core.playbook import Playbook
    from ripeline.language import Language
    from ripeline.server.deeds import Deed
    from ripeline.server.people import Called
    from ripeline.server.profiles import Fact

ANSWERED = "bant_answered"
PAIN_POINTS, OBJECTIONS = "pain_points", "objections"
_SIZES, _PLACES = ("company_size", "employees"), ("city", "country")


@dataclass(frozen=True, slots=True)
class Question:
    """An item of the qualifying call: what to ask, what was answered, and what that means for it, else `unknown`."""

    item: str
    label: str
    text: str
    answer: str
    status: str
    at: int | None


@dataclass(frozen=True, slots=True)
class Why:
    """What made it an offer: the deed in words and when it was, what the lead said with it, and further signs."""

    deed: str
    at: int | None
    signs: tuple[str, ...]
    words: str = ""
    is_noted: bool = False  # the words are those of whoever of us wrote it down
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """An offer: who, why now, what to say; everything in one language, nothing escaped."""

    handoff: Handoff
    called: Called
    persona: str
    size: str
    place: str
    email: str
    phone: str
    why: Why
    opening: str
    questions: tuple[Question, ...]
    pain_points: tuple[str, ...]
    objections: tuple[str, ...]
    before: Handoff | None  # the offer before this one

    @property
    def ask_next(self) -> tuple[Question, ...]:
        """What to ask of it next: the items of which nothing is known, the decisive ones first."""
        return tuple(one for one in self.questions if one.status == "unknown" and one.text)


@dataclass(slots=True)
class _Told:
    """What rows tell of one lead: answers by item, and what it did of its own accord."""

    answers: dict[str, tuple[str, int]] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)


class _Found(NamedTuple):
    """What was found of an offer's lead, and its offer before."""

    facts: Mapping[str, Fact]
    email: str
    rows: _Told
    before: Handoff | None


class Evidence(NamedTuple):
    """How the lead stood when it was offered, as the decision keeps it."""

    scores: Mapping[str, int]
    persona: str | None
    phase: str
    conversion_at: int | None
    lines: Sequence[Sequence[Any]]


def of(handoffs: Sequence[Handoff], language: Language, *, now: int) -> list[Card]:
    """A card for each, in their order; they bring their leads and their offers with the versions. Four queries."""
    leads = sorted({one.lead_id for one in handoffs})
    facts, addresses = profiles.of_all(leads), people.emails(leads)
    rows = _told({one.lead_id: playbooks.playbook_of(one.offer.version) for one in handoffs})
    before = _before(leads)
    return [
        _card(
            one,
            _Found(facts.get(one.lead_id, {}), addresses.get(one.lead_id, ""), rows[one.lead_id], before.get(one.pk)),
            language,
            now,
        )
        for one in handoffs
    ]


def evidence_of(handoff: Handoff) -> Evidence:
    """The evidence of an offer."""
    said = json_text.read(handoff.offer.evidence)
    lines = said.get("lines", ())
    return Evidence(said["scores"], said["persona"], said["phase"] or "", said.get("conversion_at"), lines)


def texts_of(facts: Mapping[str, Fact], attribute: str) -> tuple[str, ...]:
    """The members of an attribute that is a set, however it was told."""
    value = facts[attribute].value if attribute in facts else None
    parts = value if isinstance(value, list) else str(value).split("|") if isinstance(value, str) else ()
    return tuple(filter(None, (" ".join(str(part).split()) for part in parts)))


def _before(leads: Sequence[int]) -> dict[int, Handoff]:
    """Of each offer that is not the first of its lead, the one before it."""
    found, last = {}, dict[int, Handoff]()
    for one in Handoff.objects.filter(lead__in=leads).order_by("pk"):
        if one.lead_id in last:
            found[one.pk] = last[one.lead_id]
        last[one.lead_id] = one
    return found


def _card(handoff: Handoff, found: _Found, language: Language, now: int) -> Card:
    facts, rows = found.facts, found.rows
    playbook, evidence = playbooks.playbook_of(handoff.offer.version), evidence_of(handoff)
    speaker = Speaker(language, playbook)
    questions = tuple(_questions(rows.answers, speaker, evidence.persona))
    deed = _deed(rows, evidence, handoff.offered_at)
    pains, objections = texts_of(facts, PAIN_POINTS), texts_of(facts, OBJECTIONS)
    asked = next((one.text for one in questions if one.status == "unknown" and one.text), "")
    answered = tuple((one.label, one.answer) for one in questions if one.status != "unknown")
    phase = handoff.lead.phase or evidence.phase
    ground = openings.Ground(deed, answered, asked, phase, pains, objections)
    return Card(
        handoff=handoff,
        called=people.called_by(handoff.lead_id, facts, found.email),
        persona=speaker.name("persona", evidence.persona) if evidence.persona else "",
        size=_size(facts, language),
        place=_place(facts, language),
        email=found.email,
        phone=people.first_text(facts, NUMBERS),
        why=_why(deed, evidence, questions, speaker, found.before),
        opening=openings.opening(ground, speaker, now=now),
        questions=questions,
        pain_points=pains,
        objections=objections,
        before=found.before,
    )


# --- who ------------------------------------------------------------------------------------------


def _size(facts: Mapping[str, Fact], language: Language) -> str:
    text = people.first_text(facts, _SIZES)
    if not text.isdecimal():
        return text
    return language.tell(ngettext("{count} employee", "{count} employees", count=int(text)))


def _place(facts: Mapping[str, Fact], language: Language) -> str:
    city, country = (people.text_of(facts, name) for name in _PLACES)
    return ", ".join(filter(None, (city, language.locale.territories.get(country.upper(), country))))


# --- why now --------------------------------------------------------------------------------------


def _told(leads: Mapping[int, Playbook]) -> dict[int, _Told]:
    """What is known of these leads that their definitions ask in the call or take for a conversion action."""
    found = {lead: _Told() for lead in leads}
    books = {id(book): book for book in leads.values()}.values()
    events = {name for book in books for one in book.activities.values() if one.conversion for name in one.event}
    rows = rows_of_all(leads, ANSWERED, *sorted(events)).order_by("at", "known_at", "pk")
    for lead, name, at, known_at, properties in rows.values_list(OF_LEAD, "name", "at", "known_at", "properties"):
        said, since = json_text.read(properties), min(at, known_at or at)
        if name == ANSWERED:
            found[lead].answers[str(said.get("item"))] = str(said.get("answer")), since
        elif (deed := conversion_of(since, name, said, leads[lead])) is not None:
            found[lead].deeds.append(deed)
    return found


def _deed(rows: _Told, evidence: Evidence, offered_at: int) -> Deed | None:
    """The conversion action that the decision names; without one, the last before it, if nobody answered us since."""
    before = [deed for deed in rows.deeds if deed.at <= offered_at]
    named = [deed for deed in before if deed.at == evidence.conversion_at]
    if named:
        return named[-1]
    answered = max((at for _answer, at in rows.answers.values() if at <= offered_at), default=0)
    return before[-1] if before and before[-1].at > answered else None


def _why(
    deed: Deed | None, evidence: Evidence, questions: Sequence[Question], speaker: Speaker, before: Handoff | None
) -> Why:
    answered = [one for one in questions if one.status != "unknown" and one.at is not None]
    signs = (_way_in(deed, evidence, questions, speaker), *_habits(evidence, speaker))
    if before is not None:
        text, how = gettext("Offered before: {answer}"), speaker.name("handoff", before.status)
        signs = (speaker.language(text, answer=how), *signs)
    if deed is not None:
        words, noted, more = deed.words, deed.is_noted, tuple(details(deed.said))
        return Why(told(deed, speaker), deed.at, signs, words, noted, more)
    if answered:
        answers = tuple((one.label, one.answer) for one in answered)
        at = max(one.at or 0 for one in answered)
        return Why(speaker.language(gettext("Answered our questions")), at, signs, details=answers)
    return Why(speaker.language(gettext("Became ready for sales")), None, signs)


def _way_in(deed: Deed | None, evidence: Evidence, questions: Sequence[Question], speaker: Speaker) -> str:
    """How the gate to sales opened."""
    language, gate = speaker.language, gate_for(speaker.playbook, evidence.persona, "sales_ready")
    if deed is not None and deed.activity in gate.force:
        return language(gettext("Goes to sales at once"))
    met = [one.label for one in questions if one.status == "met"]
    if deed is None and met:
        text = gettext("{met} of {all} met: {items}")
        return language(text, met=len(met), all=len(questions), items=language.all_of(met))
    axes = (f"{speaker.name('axis', axis)} {language.number(points / 1e6)}" for axis, points in evidence.scores.items())
    return language(gettext("Interested and a good fit: {scores}"), scores=", ".join(axes))


def _habits(evidence: Evidence, speaker: Speaker) -> Iterator[str]:
    """What the contributions of that instant tell of how the lead behaves."""
    rules = speaker.playbook.rules
    gave = [rules[name].when for kind, name, _axis, points, *_ in evidence.lines if kind == "rule" and points > 0]
    tests = {type(test) for condition in gave if condition is not None for test in _tests(condition)}
    if ReturningTest in tests:
        yield speaker.language(gettext("Came back for another visit"))
    if SurgeTest in tests:
        yield speaker.language(gettext("Far more active than usual"))


def _tests(condition: Condition) -> Iterator[Condition]:
    match condition:
        case All(all=parts) | Any_(any=parts):
            for part in parts:
                yield from _tests(part)
        case Not():
            pass
        case _:
            yield condition


# --- what to ask ----------------------------------------------------------------------------------


def _questions(answers: Mapping[str, tuple[str, int]], speaker: Speaker, persona: str | None) -> Iterator[Question]:
    """All items, those that the gate cannot do without first."""
    book, required = speaker.playbook, _required(speaker.playbook, persona)
    for name, item in sorted(book.bant.items(), key=lambda pair: pair[0] not in required):
        answer, at = answers.get(name, ("", None))
        status = item.answers.get(answer, "unknown")
        label, asked = speaker.name("items", name), speaker.language.word(item.question or "")
        yield Question(name, label, asked, speaker.language.part(answer) if answer else "", status, at)


def _required(playbook: Playbook, persona: str | None) -> frozenset[str]:
    tests = _tests(gate_for(playbook, persona, "sales_ready").enter)
    return frozenset(name for test in tests if isinstance(test, BantTest) for name in test.required)
