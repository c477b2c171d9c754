"""What happened to a lead, each row told in a sentence; whatever others wrote stays text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from ripeline.core.explanation import moved
from ripeline.core.lifecycle import Stage
from ripeline.core.reason_texts import TEXTS as REASONS
from ripeline.core.reasons import Reason
from ripeline.language import readable
from ripeline.server import deeds, instants
from ripeline.server.content.catalogue import CLASS
from ripeline.server.decisions import Decision, DecisionKind
from ripeline.server.events import Event
from ripeline.server.instants import TOLD
from ripeline.server.intake import activities
from ripeline.server.sales.interviews import Certainty, Origin
from ripeline.server.sales.outcomes import LostReason
from ripeline.server.sales.verdicts import REASONS as ANSWERS
from ripeline.web.lead.speaking import WAYS, amount, fact_called, stage, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ripeline.language import Speaker
    from ripeline.server.merges import Merge
    from ripeline.server.timelines import Entry
    from ripeline.web.lead.asking import Asking
    from ripeline.web.shell import When

_SHOWN, _LONGEST = 5, 160
_QUIET = frozenset(
    {
        *("by", "text_length", "utm_source", "utm_medium", "utm_campaign", "wording", "fields", "fields_filled"),
        *("url", "referrer", "search", "page", "form", "delivery_id", "content_id"),
    }
)
"""What machines add: where it came from stands in the profile, and which form it was below the row."""
_WORDS = ("note", "sentence", "text", "seriousness_note", "motivation_note")
"""What people wrote in full, shown on lines of its own."""

Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the timeline as the page shows it; `kind` names its class, `voided` says why it was taken back.

    What holds by rule happened at no instant, and has none.
    """

    when: When | None
    kind: str
    what: str
    more: str = ""
    words: tuple[str, ...] = ()
    whose: str = ""
    voided: str = ""
    is_new: bool = False


class Teller:
    """Tells rows of one lead; the names are those of the active definition."""

    def __init__(self, speaker: Speaker, asking: Asking) -> None:
        self.speaker, self.asking = speaker, asking
        self.activities: dict[str, str] = {}
        for name, activity in speaker.playbook.activities.items():
            if activity.where is None and len(activity.event) == 1:
                event = activity.event[0]
                self.activities[event] = speaker.name("activity", name) if activity.label else self._deed(event, name)

    def line(self, entry: Entry) -> Line:
        """A row as the page shows it."""
        row = entry.row
        if isinstance(row, Event):
            return self._event(row, entry.said, entry.voided)
        when = self.asking.here(row.at)
        if isinstance(row, Decision):
            return Line(when, f"decision {row.kind}", self._decision(row), self._scores(entry.said))
        return Line(when, "decision", self._merge(row), whose=row.by.username if row.by else "")

    def _event(self, row: Event, said: Said, voided: str) -> Line:
        tell = _TELLERS.get(row.name)
        is_act = tell is not None
        what, more = tell(self, said) if tell else (self._activity(row.name), self._details(said))
        words = tuple(text for name in _WORDS if isinstance(text := said.get(name), str) and text.strip())
        by = said.get("by")
        whose = by if isinstance(by, str) and by else row.source.name
        if row.flag in _DATED:
            whose = f"{whose} · {_DATED[row.flag]()}"
        derived = row.at < TOLD
        when = None if derived else self.asking.here(row.at)
        why = _VOIDED.get(voided, lambda: gettext("A machine did it"))() if voided else ""
        kind = "act" if is_act else "event"
        return Line(when, kind, what, more, words, gettext("by rule") if derived else whose, why, row.known_at is None)

    def _activity(self, name: str) -> str:
        own = activities.LABELS.get(name)
        return gettext(own) if own else self.activities.get(name) or self._deed(name, name)

    def _deed(self, event: str, name: str) -> str:
        """What a lead did, as people say it where the definition has no words of its own."""
        language = self.speaker.language
        return language(deeds.WORDS[event]) if event in deeds.WORDS else language.part(name)

    def _details(self, said: Said) -> str:
        told = [
            f"{_called(name)}: {self._value(name, each)[:_LONGEST]}"
            for name, each in said.items()
            if name not in _QUIET and name not in _WORDS and _is_shown(each)
        ]
        return " · ".join(told[:_SHOWN])

    def _value(self, name: str, each: object) -> str:
        """A class of content by what people call it, all else as it was sent."""
        kind = self.speaker.playbook.content.get(str(each)) if name == CLASS else None
        return self.speaker.language.part(kind.kind) if kind else str(each)

    def _scores(self, evidence: Said) -> str:
        scores = evidence.get("scores")
        if not isinstance(scores, dict):
            return ""
        told = (f"{self.speaker.name('axis', axis)} {self.speaker.language.points(at)}" for axis, at in scores.items())
        return " · ".join(told)

    def _decision(self, row: Decision) -> str:
        match row.kind:
            case DecisionKind.MOVE:
                old, new = Stage[row.old.upper()], Stage[row.new.upper()]
                return self.speaker.say(moved(old, new, row.reason, row.gate or None))
            case DecisionKind.REFUSED:
                return self._said(f"refused_{row.reason}")
            case DecisionKind.SIGNAL:
                return self._said(f"signal_{row.new}")
        return self._said(row.new)

    def _said(self, code: str) -> str:
        return self.speaker.say(Reason(code)) if code in REASONS else readable(code)

    def _merge(self, merge: Merge) -> str:
        if merge.kept_id == self.asking.lead.pk:
            text = gettext("Lead #{number} turned out to be the same person.")
            told = text.format(number=merge.absorbed_id)
        else:
            text = gettext("It turned out to be the same person as lead #{number}.")
            told = text.format(number=merge.kept_id)
        return f"{told} {gettext('This was undone.')}" if merge.undone_at is not None else told

    # --- what people said ---------------------------------------------------------------------------

    def changed(self, said: Said) -> tuple[str, str]:
        """Attributes that were learnt."""
        told = [self._fact(name, each) for name, each in said.items() if _is_told(name, each)]
        return gettext("Profile"), " · ".join(told[:12])

    def _fact(self, name: str, each: object) -> str:
        label = fact_called(self.speaker, name)
        if each is None:
            return gettext("{attribute} is not known any more").format(attribute=label)
        return f"{label}: {value(self.speaker, name, each)[:_LONGEST]}"

    def answered(self, said: Said) -> tuple[str, str]:
        """An answer of the interview."""
        item = self.speaker.name("items", _text(said, "item"))
        answer = self.speaker.language.part(_text(said, "answer"))
        return f"{item}: {answer}", " · ".join(_how_known(said))

    def rated(self, said: Said) -> tuple[str, str]:
        """How serious and how motivated."""
        marks = {"seriousness": gettext("Seriousness"), "motivation": gettext("Motivation")}
        told = (f"{label} {said[name]}/5" for name, label in marks.items() if name in said)
        return gettext("Rated"), " · ".join(told)

    def overridden(self, said: Said) -> tuple[str, str]:
        """A stage set by hand, or a hold."""
        if _text(said, "stage"):
            return gettext("Set by hand: {stage}").format(stage=stage(_text(said, "stage"))), _text(said, "reason")
        return gettext("Held"), _text(said, "reason")

    def set(self, said: Said) -> tuple[str, str]:
        """A stage that belongs to people."""
        reason = _text(said, "reason")
        reason = str(LostReason(reason).label) if reason in LostReason.values else reason
        competitor = _text(said, "competitor")
        told = ["" if reason in ("opened", "won") else reason, amount(said), competitor]
        return gettext("Moved to {stage}").format(stage=stage(_text(said, "stage"))), " · ".join(filter(None, told))

    def expected(self, said: Said) -> tuple[str, str]:
        """Another amount."""
        return gettext("Expected amount"), amount(said)

    def verdict(self, said: Said) -> tuple[str, str]:
        """The answer to a hand-off."""
        text = gettext("Answer to the hand-off: {answer}")
        return text.format(answer=stage(_text(said, "verdict"))), _why(_text(said, "reason"))

    def touched(self, said: Said) -> tuple[str, str]:
        """We reached out."""
        how = _text(said, "how")
        return gettext("We reached out"), WAYS[how]() if how in WAYS else how

    def booked(self, said: Said) -> tuple[str, str]:
        """A call, and when it takes place."""
        try:
            return gettext("Call booked"), str(self.asking.here(instants.of_text(_text(said, "at"))))
        except ValueError:
            return gettext("Call booked"), ""

    def granted(self, said: Said) -> tuple[str, str]:
        """A yes."""
        return gettext("Consent given"), _purpose(said, "proof")

    def withdrawn(self, said: Said) -> tuple[str, str]:
        """A no."""
        return gettext("Consent withdrawn"), _purpose(said, "reason")

    def points(self, said: Said) -> tuple[str, str]:
        """Points by hand."""
        told = (f"{readable(name)}: {said[name]}" for name in ("axis", "add", "set", "reset", "reason") if name in said)
        return gettext("Points adjusted by hand"), " · ".join(told)

    def referred(self, said: Said) -> tuple[str, str]:
        """Who brought whom."""
        return gettext("Has brought lead #{number}").format(number=said.get("lead", "?")), ""

    def brought(self, said: Said) -> tuple[str, str]:
        """Who brought whom, from the other side."""
        return gettext("Was brought by lead #{number}").format(number=said.get("lead", "?")), ""


def _plain(text: Callable[[], str]) -> Callable[[Teller, Said], tuple[str, str]]:
    return lambda _teller, said: (text(), _text(said, "reason"))


_TELLERS: Mapping[str, Callable[[Teller, Said], tuple[str, str]]] = {
    "attributes_changed": Teller.changed,
    "bant_answered": Teller.answered,
    "rated": Teller.rated,
    "override_set": Teller.overridden,
    "override_ended": _plain(lambda: gettext("Released: automation may decide again")),
    "stage_set": Teller.set,
    "amount_expected": Teller.expected,
    "verdict_given": Teller.verdict,
    "touch_logged": Teller.touched,
    "consent_given": Teller.granted,
    "consent_withdrawn": Teller.withdrawn,
    "points_adjusted": Teller.points,
    "note_added": _plain(lambda: gettext("Note")),
    "call_booked": Teller.booked,
    "call_cancelled": _plain(lambda: gettext("Call cancelled")),
    "advocate_marked": _plain(lambda: gettext("Speaks for us")),
    "advocate_ended": _plain(lambda: gettext("Speaks for us no more")),
    "referral_made": Teller.referred,
    "referred_by": Teller.brought,
}
"""Rows with a meaning of their own, and how each is told."""

_VOIDED: Mapping[str, Callable[[], str]] = {
    "user_agent": lambda: gettext("A machine did it: it says so itself"),
    "too_soon": lambda: gettext("A machine did it: it clicked as soon as the mail had come"),
    "burst": lambda: gettext("A machine did it: it opened all links at once"),
}


def _called(name: str) -> str:
    """What people call a property: one that websites and catalogues send has a name of ours."""
    own = _PROPERTIES.get(name)
    return own() if own else readable(name)


_PROPERTIES: Mapping[str, Callable[[], str]] = {
    "content": lambda: gettext("Kind"),
    "content_topic": lambda: gettext("Topic"),
    "item": lambda: gettext("Item"),
    "path": lambda: gettext("Page"),
}


_DATED: Mapping[str, Callable[[], str]] = {
    "no_time": lambda: gettext("its time could not be read, so that of its arrival counts"),
    "future": lambda: gettext("its time lay ahead, so that of its arrival counts"),
    "skewed": lambda: gettext("its sender's clock was more than a day off, and was set right"),
}
"""What was wrong with the time of a row, and what was done about it."""


def _is_shown(each: object) -> bool:
    """Texts and numbers; a yes or no without its question tells nothing."""
    return isinstance(each, str | int | float) and not isinstance(each, bool) and each != ""


def _is_told(name: str, each: object) -> bool:
    """Marks of campaigns come as a table; the campaign is told by itself."""
    return name not in ("by", *_WORDS) and not isinstance(each, dict)


def _why(reason: str) -> str:
    """The reason of an answer to a hand-off as people read it; one of their own stays as it is."""
    return gettext(ANSWERS[reason]) if reason in ANSWERS else readable(reason)


def _text(said: Said, name: str) -> str:
    told = said.get(name)
    return told[:500] if isinstance(told, str) else ""


def _purpose(said: Said, name: str) -> str:
    return " · ".join(filter(None, (_text(said, "purpose"), _text(said, name))))


def _how_known(said: Said) -> Iterator[str]:
    certainty, source = _text(said, "certainty"), _text(said, "source")
    if certainty in Certainty.values:
        yield str(Certainty(certainty).label)
    if source in Origin.values:
        yield str(Origin(source).label)
