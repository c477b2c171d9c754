"""What a rep might say first: composed from what the lead did last, what it told, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_date

from ripeline.core.phrases import gettext
from ripeline.server.instants import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.language import Language, Speaker
    from ripeline.server.deeds import Deed

_YOU_DID: Mapping[str, str] = {
    "audit_requested": gettext("You asked us for an audit {when}."),
    "call_received": gettext("You called us {when}."),
    "callback_requested": gettext("You asked us {when} to call you back."),
    "chat_question_asked": gettext("You asked us a question {when}."),
    "conference_conversation": gettext("We met at the conference {when}."),
    "consultation_booked": gettext("You booked a consultation {when}."),
    "contact_requested": gettext("You wrote to us {when}."),
    "demo_attended": gettext("You saw our demo {when}."),
    "demo_requested": gettext("You asked us for a demo {when}."),
    "email_replied": gettext("You answered our e-mail {when}."),
    "event_conversation": gettext("We met at the event {when}."),
    "fair_conversation": gettext("We met at the fair {when}."),
    "meetup_conversation": gettext("We met at the meetup {when}."),
    "online_conversation": gettext("We talked online {when}."),
    "price_requested": gettext("You asked us for a price {when}."),
    "proposal_requested": gettext("You asked us for a proposal {when}."),
    "question_asked": gettext("You asked us a question {when}."),
    "questionnaire_completed": gettext("You filled in our questionnaire {when}."),
    "quote_requested": gettext("You asked us for a quote {when}."),
    "sample_requested": gettext("You asked us for a sample {when}."),
    "showroom_conversation": gettext("We met in our showroom {when}."),
    "social_message_received": gettext("You wrote to us {when}."),
    "test_drive_booked": gettext("You booked a test drive {when}."),
    "trial_started": gettext("You started a trial {when}."),
}
_ASKED = frozenset({"question_asked", "chat_question_asked", "social_message_received"})
_BY_PHASE: Mapping[str, str] = {
    "decision": gettext("What do you need from us to decide?"),
    "consideration": gettext("What matters most to you in the choice?"),
    "awareness": gettext("What made you look into it?"),
}
LONGEST = 160
_WEEK = 6


@dataclass(frozen=True, slots=True)
class Ground:
    """What there is to begin a talk with."""

    deed: Deed | None
    answers: tuple[tuple[str, str], ...]  # what was answered to us already: the item and the answer
    question: str  # the first one to which nothing is known
    phase: str
    pain_points: tuple[str, ...]
    objections: tuple[str, ...]


def opening(ground: Ground, speaker: Speaker, *, now: int) -> str:
    """Two or three sentences to begin a talk with, in the language of the rep."""
    parts = (_began(ground, speaker, now), _about(ground, speaker.language), _goes_on(ground, speaker.language))
    return " ".join(filter(None, parts))


def spoken_day(at: int, now: int, language: Language, zone: str) -> str:
    """A day as people say it: today, yesterday, on Monday, on 3 March."""
    day, today = (moment(instant).astimezone(ZoneInfo(zone)).date() for instant in (at, now))
    if day >= today:
        return language(gettext("today"))
    if day == today - timedelta(days=1):
        return language(gettext("yesterday"))
    if (today - day).days <= _WEEK:
        return language(gettext("on {weekday}"), weekday=format_date(day, "EEEE", locale=language.locale))
    pattern = "d. MMMM" if language.code in ("de", "da") else "d MMMM"
    return language(gettext("on {day}"), day=format_date(day, pattern, locale=language.locale))


def shortened(text: str, longest: int = LONGEST) -> str:
    """A text of at most so many signs, cut between words."""
    return text if len(text) <= longest else f"{text[: longest - 1].rpartition(' ')[0] or text[: longest - 1]}…"


def _began(ground: Ground, speaker: Speaker, now: int) -> str:
    """What there was between us, with the lead's own words."""
    language, deed = speaker.language, ground.deed
    if deed is None:
        return language(
            gettext("We have spoken before.") if ground.answers else gettext("We have been in touch before.")
        )
    when = spoken_day(deed.at, now, language, speaker.playbook.timezone)
    sentence = language(_YOU_DID.get(deed.event, gettext("You were in touch with us {when}.")), when=when)
    if not deed.words or deed.is_noted:
        return sentence
    return language(gettext("{sentence}: “{words}”"), sentence=sentence.rstrip("."), words=shortened(deed.words))


def _about(ground: Ground, language: Language) -> str:
    if (ground.deed is not None and ground.deed.words) or not ground.pain_points:
        return ""
    text = gettext("As I understand it, it is about {pain_points}.")
    return language(text, pain_points=language.all_of(ground.pain_points))


def _goes_on(ground: Ground, language: Language) -> str:
    if ground.objections:
        text = gettext("You had a doubt: {objections}. May I say how we deal with it?")
        return language(text, objections=language.all_of(ground.objections))
    if ground.deed is not None and ground.deed.event in _ASKED:
        return language(gettext("Let me answer that first."))
    if ground.answers and ground.question:
        return ground.question
    return language(_BY_PHASE.get(ground.phase, _BY_PHASE["awareness"]))
