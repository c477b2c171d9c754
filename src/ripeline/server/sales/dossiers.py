"""The dossier of an offer: everything that is known of the lead, from what was decided and from the ledger."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ripeline.core.explanation import moved
from ripeline.core.lifecycle import Stage
from ripeline.core.needs import RESERVED
from ripeline.core.phrases import gettext
from ripeline.core.phrases import phrases as ngettext
from ripeline.core.reasons import Reason
from ripeline.language import Speaker
from ripeline.server import deeds, json_text, playbooks, profiles
from ripeline.server.consent import consents
from ripeline.server.content import catalogue, suggestions
from ripeline.server.decisions import Decision, DecisionKind
from ripeline.server.events import event_id, rows_of_all
from ripeline.server.qualification import explaining
from ripeline.server.refusals import Refused
from ripeline.server.sales import cards, verdicts
from ripeline.server.sources import OWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ripeline.language import Language
    from ripeline.server.leads import Lead
    from ripeline.server.sales.cards import Card
    from ripeline.server.sales.handoffs import Handoff

_NEWEST = 400  # events of a lead that are looked at
_REASONS, _STEPS, _READ = 5, 10, 8
_RULE = "rule"
_TOUCHES = {
    "call": gettext("We called"),
    "mail": gettext("We wrote an e-mail"),
    "meeting": gettext("We met"),
    "message": gettext("We wrote a message"),
}


class Line(NamedTuple):
    """A reason of a score: what it is called, its points as people read them, how often and when last."""

    label: str
    points: str
    evidence: str


class Step(NamedTuple):
    """One line of the journey."""

    at: int
    text: str


class Read(NamedTuple):
    """What the lead read: the item, its kind, when last."""

    item: str
    kind: str
    at: int


class Known(NamedTuple):
    """A fact of the profile, as people read it, with its source and since when."""

    label: str
    value: str
    source: str
    at: int


class Consent(NamedTuple):
    """The last word of the lead on one purpose."""

    purpose: str
    is_given: bool
    at: int


class Next(NamedTuple):
    """What to send next, and why; without an item, why there is none."""

    item: str
    kind: str
    address: str
    reasons: tuple[str, ...]


class Before(NamedTuple):
    """The offer before this one: when and how it ended, why, and what the lead did since."""

    at: int
    text: str
    news: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """A card with all that stands behind it."""

    card: Card
    cell: str
    scores: tuple[tuple[str, str], ...]
    reasons: tuple[Line, ...]
    read: tuple[Read, ...]
    journey: tuple[Step, ...]
    known: tuple[Known, ...]
    consents: tuple[Consent, ...]
    next_content: Next
    before: Before | None


class _Row(NamedTuple):
    """A row of the ledger, as far as the dossier looks at it."""

    name: str
    at: int
    said: Mapping[str, Any]


def of(handoff: Handoff, language: Language, *, now: int) -> Dossier:
    """The dossier of a hand-off, which brings its lead and its offer with the version; in the language of the rep."""
    lead, playbook = handoff.lead, playbooks.playbook_of(handoff.offer.version)
    speaker, evidence = Speaker(language, playbook), cards.evidence_of(handoff)
    rows = _rows(handoff.lead_id)
    read = tuple(_titled(list(_read(rows, speaker))))
    scores = json_text.read(lead.scores) or evidence.scores
    card = cards.of([handoff], language, now=now)[0]
    return Dossier(
        card=card,
        cell=lead.cell,
        scores=tuple((speaker.name("axis", axis), language.points(points)) for axis, points in scores.items()),
        reasons=tuple(_reasons(evidence.lines or _lines_then(handoff), speaker)),
        read=read[:_READ],
        journey=tuple(_journey(lead.pk, rows, speaker)),
        known=tuple(_known(handoff, speaker)),
        consents=tuple(
            Consent(language.heading(one.purpose), one.is_given, one.at) for one in consents.of(lead).values()
        ),
        next_content=next_of(lead, speaker, now),
        before=None if card.before is None else _before(card.before, rows, read, speaker),
    )


def _rows(lead: int) -> list[_Row]:
    """The newest rows of what the lead did and what was said of it, newest first, without what was taken back."""
    rows = rows_of_all([lead]).exclude(name__in=(profiles.CHANGED, cards.ANSWERED)).order_by("-at", "-pk")
    told = [
        (event_id(source, key), _Row(name, min(at, known_at or at), json_text.read(properties)))
        for source, key, name, at, known_at, properties in rows.values_list(
            "source", "key", "name", "at", "known_at", "properties"
        )[:_NEWEST]
    ]
    voided = {str(row.said.get("voids")) for _id, row in told if row.name == "event_voided"}
    return [row for number, row in told if number not in voided]


# --- why this score -------------------------------------------------------------------------------


def _lines_then(handoff: Handoff) -> Sequence[Sequence[Any]]:
    """What gave the points when it was offered, found again: a decision between two rounds does not keep it."""
    seen = explaining.see(handoff.lead, handoff.offered_at)
    return () if isinstance(seen, Refused) else [astuple(line) for line in seen.result.contributions]


def _reasons(lines: Sequence[Sequence[Any]], speaker: Speaker) -> Iterator[Line]:
    """What gave most, whichever axis it counts on."""
    rules = [line for line in lines if line[0] == _RULE and line[3] and line[1] in speaker.playbook.rules]
    for _kind, name, axis, points, awards, last_at in sorted(rules, key=lambda line: -abs(line[3]))[:_REASONS]:
        shown = f"{'+' if points > 0 else ''}{speaker.language.points(points)}"
        when = Reason("awarded", count=awards, last_at=last_at) if awards and last_at is not None else Reason("state")
        axis_name = speaker.name("axis", axis)
        yield Line(speaker.name("rule", name), shown, f"{axis_name}: {speaker.say(when)}")


# --- what it read, and what comes next ------------------------------------------------------------


def _read(rows: Iterable[_Row], speaker: Speaker) -> Iterator[Read]:
    """Each item once, the last first."""
    seen, playbook = set(), speaker.playbook
    for row in rows:
        found = (one.content for _name, one in deeds.activities_of(row.name, row.said, playbook) if one.content)
        name = row.said.get("content") if row.said.get("content") in playbook.content else next(found, None)
        item = _item(row.said)
        if name is not None and (name, item) not in seen:
            seen.add((name, item))
            kind = speaker.language.part(playbook.content[name].kind)
            yield Read(item or kind, kind, row.at)


def _titled(read: Sequence[Read]) -> Iterator[Read]:
    """The same, each item by its title if the catalogue knows one."""
    titles = catalogue.titles(one.item for one in read)
    yield from (one._replace(item=titles.get(one.item, one.item)) for one in read)


def _item(said: Mapping[str, Any]) -> str:
    named = (said.get(name) for name in ("item", "title", "content_id", "path"))
    return next((" ".join(text.split()) for text in named if isinstance(text, str) and text.strip()), "")


def next_of(lead: Lead, speaker: Speaker, now: int) -> Next:
    """What comes next for a lead, or why there is nothing, told to whoever works with it."""
    found = suggestions.next_for(lead, speaker.playbook, now=now)
    reasons = tuple(speaker.say(reason) for reason in found.reasons)
    if found.item is None:
        return Next("", "", "", reasons)
    return Next(found.item.called, speaker.language.part(found.kind), found.item.address, reasons)


# --- how it came here -----------------------------------------------------------------------------


def _journey(lead: int, rows: Sequence[_Row], speaker: Speaker) -> Iterator[Step]:
    """The newest steps last: what it asked for, what we did, and where it stood."""
    steps = [*_done(rows, speaker), *_decided(lead, speaker)]
    steps.sort(key=lambda step: step.at)
    if len(steps) > _STEPS:
        count = len(steps) - _STEPS
        text = speaker.language.tell(ngettext("{count} earlier step", "{count} earlier steps", count=count))
        steps = [Step(steps[0].at, text), *steps[-_STEPS:]]
    yield from steps


def _done(rows: Sequence[_Row], speaker: Speaker) -> Iterator[Step]:
    activities = [row for row in rows if row.name not in RESERVED]
    if activities:
        first = min(row.at for row in activities)
        text = ngettext("First seen; {count} deed since", "First seen; {count} deeds since", count=len(activities))
        yield Step(first, speaker.language.tell(text))
    for row in rows:
        if row.name == "touch_logged":
            yield Step(row.at, _touched(row.said, speaker.language))
        elif row.name == "verdict_given" and row.said.get("reason"):
            reason = str(row.said["reason"])
            yield Step(row.at, speaker.language(verdicts.REASONS[reason]) if reason in verdicts.REASONS else reason)
        elif (deed := deeds.conversion_of(row.at, row.name, row.said, speaker.playbook)) is not None:
            yield Step(row.at, deeds.told(deed, speaker))


def _touched(said: Mapping[str, Any], language: Language) -> str:
    text = language(_TOUCHES.get(str(said.get("how")), gettext("We got in touch")))
    if said.get("reached") is False:
        text = language(gettext("{what}, not reached"), what=text)
    note = said.get("note")
    return f"{text}: {' '.join(note.split())}" if isinstance(note, str) and note.strip() else text


def _decided(lead: int, speaker: Speaker) -> Iterator[Step]:
    told = Decision.objects.filter(lead=lead, kind__in=(DecisionKind.MOVE, DecisionKind.HANDOFF)).order_by("-place")
    for one in reversed(told[:_NEWEST]):
        if one.kind == DecisionKind.MOVE:
            reason = moved(Stage[one.old.upper()], Stage[one.new.upper()], one.reason, one.gate or None)
            yield Step(one.at, speaker.say(reason))
        elif one.new != "touched":
            yield Step(one.at, speaker.say(Reason(one.new)))


def _before(last: Handoff, rows: Sequence[_Row], read: Sequence[Read], speaker: Speaker) -> Before:
    """How the last offer ended, and what is new: what was asked for, read, and how much else was done."""
    since, own = last.ended_at or last.offered_at, [row for row in rows if row.name not in RESERVED]
    given = (str(row.said.get("reason")) for row in rows if row.name == "verdict_given" and row.at <= since)
    reason = next((speaker.language(verdicts.REASONS[code]) for code in given if code in verdicts.REASONS), "")
    deeds_since = [row for row in own if row.at > since]
    asked = ((row.at, deeds.conversion_of(row.at, row.name, row.said, speaker.playbook)) for row in deeds_since)
    news = [Step(at, deeds.told(deed, speaker)) for at, deed in asked if deed is not None]
    news += [Step(one.at, one.item) for one in read if one.at > since]
    news = sorted(news, reverse=True)[:_STEPS]
    if deeds_since:
        text = ngettext("{count} deed in all", "{count} deeds in all", count=len(deeds_since))
        news.append(Step(min(row.at for row in deeds_since), speaker.language.tell(text)))
    answer = speaker.name("handoff", last.status)
    return Before(since, f"{answer}: {reason}" if reason else answer, tuple(news))


# --- what is known --------------------------------------------------------------------------------


def _known(handoff: Handoff, speaker: Speaker) -> Iterator[Known]:
    """Every fact that is a text, a number or a set of texts, in the order of the definition; others behind."""
    facts = profiles.of(handoff.lead)
    order = {name: place for place, name in enumerate(speaker.playbook.attributes)}
    for name, fact in sorted(facts.items(), key=lambda pair: order.get(pair[0], len(order))):
        text = ", ".join(cards.texts_of(facts, name)) if isinstance(fact.value, list) else _text(fact.value)
        if text and (name in order or fact.source != OWN):
            value = speaker.language.own_value(name, speaker.value(name, text))
            yield Known(speaker.name("attribute", name), value, fact.by or fact.source, fact.at)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
