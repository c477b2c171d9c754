"""What people are told of a message: one sentence in their language, and where to look.

A chat and a mailbox are outside the house. So nothing is told of the person: the lead's number, its stage, a reason, a
due time, and the address in Ripeline, where whoever may see more logs in.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ripeline.core.explanation import moved
from ripeline.core.lifecycle import Stage
from ripeline.core.phrases import phrase as _
from ripeline.core.reasons import Reason
from ripeline.language import Language
from ripeline.server import instants, json_text
from ripeline.server.delivery import topics
from ripeline.server.delivery.endpoints import ClosedBy

if TYPE_CHECKING:
    from ripeline.core.phrases import Phrase
    from ripeline.core.reasons import Param

_UTC = "UTC"


class Notice(NamedTuple):
    """What is told to people: a headline without a line break, and the whole with the address."""

    headline: str
    text: str


def notice(body: str, code: str) -> Notice:
    """The notice of a message's body in the language of a code."""
    told = json_text.read(body)
    topic, data, language = str(told["type"]), told["data"], Language.of(code)
    sentences = _sentences(topic, data, language)
    if "lead" in data:
        sentences[0] = language.tell(_("Lead {number}: {what}", number=str(data["lead"]), what=sentences[0]))
    whole = " ".join(sentences)
    return Notice(" ".join(sentences[0].split()), "\n".join([whole, *filter(None, [data.get("address")])]))


def _sentences(topic: str, data: dict[str, Any], language: Language) -> list[str]:
    """One or two; never none."""
    shown = partial(_shown, language, str(data.get("timezone", _UTC)))
    if topic in (topics.TEST, topics.CLOSED):
        return [language.tell(_own(topic, data))]
    if topic in (topics.NURTURE, topics.ERASED):
        return [language(topics.TOPICS[topic])]
    if topic in (topics.DUE_SOON, topics.OVERDUE):
        due = shown("due_at", "instant", data["due_at"])
        return [language.tell(_reminder(topic, due))]
    if topic in (topics.ESCALATED, topics.REASSIGNED, topics.NOBODY):
        return [language.tell(_of_reps(topic, data))]
    return [reason.told(language.told, shown) for reason in _reasons(topic, data)]


def _own(topic: str, data: dict[str, Any]) -> Phrase:
    """What concerns no lead."""
    if topic == topics.TEST:
        return _("This is a test of Ripeline.")
    if data["closed_by"] == ClosedBy.GONE:
        return _("Nothing more is told to {host}: it answered that it is gone.", host=str(data["host"]))
    return _("Nothing more is told to {host}: it has failed for five days.", host=str(data["host"]))


def _reminder(topic: str, due: str) -> Phrase:
    if topic == topics.DUE_SOON:
        return _("Not touched yet: our first touch is due on {due}.", due=due)
    return _("Overdue: our first touch was due on {due}.", due=due)


def _of_reps(topic: str, data: dict[str, Any]) -> Phrase:
    """Who has it, or that nobody has."""
    if topic == topics.NOBODY:
        return _("Offered to sales while no rep was free. Whoever is free takes it.")
    if topic == topics.REASSIGNED:
        return _("{rep} has the hand-off now.", rep=str(data["rep"]))
    if data["reason"] == "not_accepted":
        return _("Nobody has accepted it. Whoever leads the team is asked to see to it.")
    return _("Still untouched an hour after the time. Whoever leads the team is asked to see to it.")


def _reasons(topic: str, data: dict[str, Any]) -> list[Reason]:
    """The same reasons as an explanation has them."""
    _lead, kind, *rest = topic.split(".")
    if kind == "move":
        old, new = Stage[data["old"].upper()], Stage[data["new"].upper()]
        return [moved(old, new, data["reason"], data.get("gate"))]
    if kind == "refused":
        return [Reason(f"refused_{data['reason']}")]
    if kind == "signal":
        return [Reason(f"signal_{rest[0]}")]
    due = [Reason("response_due", due_at=data["due_at"])] if data.get("due_at") and rest[0] == "offered" else []
    return [Reason(rest[0]), *due]


def _shown(language: Language, zone: str, _name: str, kind: str, value: Param) -> str:
    if kind == "instant":
        return language.instant(instants.of_text(str(value)), zone)
    return language.own_name(str(value)) or str(value)
