"""What leads did, in words: which activity of the definition a row of the ledger is, and how people speak of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from ripeline.core.history import property_column
from ripeline.core.matching import condition_expression
from ripeline.core.phrases import gettext
from ripeline.language import Speaker, readable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ripeline.core.conditions import Condition
    from ripeline.core.playbook import Activity, Playbook

WORDS: Mapping[str, str] = {
    "audit_requested": gettext("Asked for an audit"),
    "call_received": gettext("Called us"),
    "callback_requested": gettext("Asked to be called back"),
    "chat_question_asked": gettext("Asked a question in the chat"),
    "conference_conversation": gettext("Talked with us at a conference"),
    "consultation_booked": gettext("Booked a consultation"),
    "contact_requested": gettext("Sent the contact form"),
    "demo_attended": gettext("Saw a demo"),
    "demo_requested": gettext("Asked for a demo"),
    "email_replied": gettext("Answered our e-mail"),
    "event_conversation": gettext("Talked with us at an event"),
    "fair_conversation": gettext("Talked with us at a fair"),
    "meetup_conversation": gettext("Talked with us at a meetup"),
    "online_conversation": gettext("Talked with us online"),
    "price_requested": gettext("Asked for the price"),
    "proposal_requested": gettext("Asked for a proposal"),
    "question_asked": gettext("Asked a question"),
    "questionnaire_completed": gettext("Filled in a questionnaire"),
    "quote_requested": gettext("Asked for a quote"),
    "sample_requested": gettext("Asked for a sample"),
    "showroom_conversation": gettext("Talked with us in the showroom"),
    "social_message_received": gettext("Wrote to us on a social network"),
    "test_drive_booked": gettext("Booked a test drive"),
    "trial_started": gettext("Started a trial"),
}
"""What is said of the events that the starter playbooks know, in English; the catalogs translate it."""
DESCRIBED = gettext("Described a need")

_OWN_WORDS = ("need", "question", "message", "text", "comment", "description", "note", "subject")
_BESIDE = frozenset(
    ("by", "content", "content_id", "fields_filled", "form", "host", "item", "page", "path", "referrer", "text_length")
)
_LONGEST = 60
_MOST = 3


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that a lead did: when, as which activity, and what was said with it."""

    at: int
    event: str
    activity: str
    said: Mapping[str, Any]

    @property
    def words(self) -> str:
        """What was written or asked, on one line; empty if nothing was told."""
        return own_words(self.said)

    @property
    def is_noted(self) -> bool:
        """Whether one of our people wrote it down: the words are ours then."""
        return "by" in self.said


def activities_of(event: str, said: Mapping[str, Any], playbook: Playbook) -> Iterator[tuple[str, Activity]]:
    """The activities that a row is by the definition, those that ask for more first."""
    named = [(name, activity) for name, activity in playbook.activities.items() if event in activity.event]
    for name, activity in sorted(named, key=lambda pair: pair[1].where is None):
        if activity.where is None or _holds(activity.where, said):
            yield name, activity


def conversion_of(at: int, event: str, said: Mapping[str, Any], playbook: Playbook) -> Deed | None:
    """A row as a conversion action; None if it is none."""
    found = next((name for name, activity in activities_of(event, said, playbook) if activity.conversion), None)
    return None if found is None else Deed(at, event, found, said)


def told(deed: Deed, speaker: Speaker) -> str:
    """What a lead did, as people say it: the definition's own words for it go first."""
    activity = speaker.playbook.activities[deed.activity]
    if activity.label:
        return speaker.language.word(activity.label)
    if deed.event == "contact_requested" and deed.words:
        return speaker.language(DESCRIBED)
    return speaker.language(WORDS[deed.event]) if deed.event in WORDS else speaker.language.part(deed.activity)


def own_words(said: Mapping[str, Any]) -> str:
    """What the lead wrote or asked, on one line; empty if nothing was told."""
    texts = (said.get(name) for name in _OWN_WORDS)
    return next((" ".join(text.split()) for text in texts if isinstance(text, str) and text.strip()), "")


def details(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What else was told with it, at most three short things: what they are called, and their values."""
    shown = []
    for name, value in said.items():
        text = " ".join(value.split()) if isinstance(value, str) else ""
        if 0 < len(text) <= _LONGEST and name not in (*_OWN_WORDS, *_BESIDE) and not name.startswith("utm_"):
            shown.append((readable(name), text))
    return shown[:_MOST]


def _holds(condition: Condition, said: Mapping[str, Any]) -> bool:
    values = {property_column(name): [value] for name, value in said.items() if isinstance(value, str | float | int)}
    frame = pl.DataFrame({"": [0], **values})
    return bool(frame.select(condition_expression(condition, frame.schema).alias("held"))["held"][0])
