"""What people read: messages, numbers, dates and the playbook's names, in one of four languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from gettext import NullTranslations, translation
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal

from ripeline.core.instants import DAY, HOUR, moment
from ripeline.core.phrases import gettext
from ripeline.core.phrases import phrases as ngettext
from ripeline.core.units import MICRO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ripeline.core.nearest import Lack
    from ripeline.core.phrases import Phrase
    from ripeline.core.playbook import Playbook
    from ripeline.core.reasons import Param, Reason

LANGUAGES = ("en", "de", "nl", "da")
"""The languages that there are messages in."""

CATALOGS = Path(__file__).parent / "locale"
"""Where the messages are."""
_INSTANT = {
    "en": "EEE d MMM y, HH:mm",
    "de": "EEE d. MMM y, HH:mm",
    "nl": "EEE d MMM y, HH:mm",
    "da": "EEE d. MMM y, HH:mm",
}
_DAY = {"en": "d MMM y", "de": "d. MMM y", "nl": "d MMM y", "da": "d. MMM y"}
_NAMED = 3
_NO_THRESHOLD = 10**9


def chosen(wanted: str | None, environment: Mapping[str, str]) -> str:
    """The language asked for, else that of the environment as gettext reads it, else English."""
    asked = [wanted, *environment.get("LANGUAGE", "").split(":")]
    asked += [environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    for text in filter(None, asked):
        language = text.replace("-", "_").split("_")[0].split(".")[0].lower()
        if language in LANGUAGES:
            return language
        if language in ("c", "posix"):
            return "en"
    return "en"


@dataclass(frozen=True)
class Language:
    """One language with the conventions of one region."""

    code: str
    locale: Locale
    messages: NullTranslations

    @classmethod
    def of(cls, code: str) -> Language:
        """The language of a code such as `de` or `de_AT`; English words for what has no translation."""
        try:
            locale = Locale.parse(code.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            locale = Locale("en")
        messages = translation("ripeline", CATALOGS, [locale.language], fallback=True)
        return cls(locale.language, locale, messages)

    def __call__(self, text: str, /, **details: object) -> str:
        """The message in this language, with its details filled in."""
        told = self.messages.gettext(text)
        return told.format_map(details) if details else told

    def plural(self, one: str, many: str, count: int, /, **details: object) -> str:
        """The message for so many, with `count` as this language writes numbers."""
        return self.told(one, many, count).format_map({"count": self.number(count)} | details)

    def told(self, one: str, many: str, count: int) -> str:
        """The text for so many, its details not yet filled in; in English where there is no translation."""
        if one == many:
            return self.messages.gettext(one)
        # A catalog holds an empty text for a plural that nobody has translated yet.
        return self.messages.ngettext(one, many, count) or (one if count == 1 else many)

    def tell(self, phrase: Phrase) -> str:
        """A phrase in this language."""
        return phrase.told(self.told, partial(self.number, decimals=6))

    def number(self, value: float, *, decimals: int = 0, padded: bool = False) -> str:
        """A number with so many decimals at most, or padded with zeros to exactly so many."""
        digits = "#,##0." + ("0" if padded else "#") * decimals if decimals else "#,##0"
        # Zero is added because what rounds to it has no sign.
        return format_decimal(round(value, decimals) + 0, f"{digits};−{digits}", self.locale)  # noqa: RUF001 - minus

    def percent(self, share: float, *, decimals: int = 0) -> str:
        """A share of 1 as percent, rounded, but so that only the whole is 100 %."""
        percents = round(share * 100, decimals)
        if percents >= 100 > share * 100:  # noqa: PLR2004 - percent
            percents -= 10**-decimals
        pattern: str = self.locale.percent_formats[None].pattern
        return pattern.replace("#,##0", self.number(percents, decimals=decimals, padded=True))

    def points(self, micro: int) -> str:
        """Micro-points as points with one decimal."""
        tenths = (abs(micro) * 10 + MICRO // 2) // MICRO
        return self.number((tenths if micro >= 0 else -tenths) / 10, decimals=1, padded=True)

    def instant(self, micros: int, zone: str) -> str:
        """Microseconds UTC as date and time of a zone."""
        return format_datetime(_local(micros, zone), _INSTANT.get(self.code, _INSTANT["en"]), locale=self.locale)

    def day(self, micros: int, zone: str) -> str:
        """Microseconds UTC as a date of a zone."""
        return self.date(_local(micros, zone).date())

    def date(self, day: date) -> str:
        """A date."""
        return format_date(day, _DAY.get(self.code, _DAY["en"]), locale=self.locale)

    def called(self, code: str) -> str:
        """What a language is called in this one; its code if that is unknown."""
        return str(self.locale.languages.get(code, code))

    def own_name(self, name: str) -> str | None:
        """What one of our own names, such as a stage's or a gate's, is called; None for any other name."""
        own = _OWN_NAMES.get(name)
        return None if own is None else self(own)

    def own_value(self, attribute: str, text: str) -> str:
        """What one of our own values is called, such as a channel or a kind of address; any other as it stands."""
        own = _VALUES_OF.get(attribute, {}).get(text)
        return text if own is None else self(own)

    def heading(self, name: str) -> str:
        """A name that stands alone: one of our own as this language calls it, any other as words."""
        own = self.own_name(name)
        return self.part(name) if own is None else own[:1].upper() + own[1:]

    def part(self, name: str, label: str | None = None) -> str:
        """How people call a part of a playbook: its label, else its name as words.

        The words of the starter playbooks are told in this language, those of a company as they stand.
        """
        return self.word(label or readable(name))

    def word(self, text: str) -> str:
        """A text of a playbook, in this language if it is one of a starter playbook."""
        return self.messages.gettext(text) if text else ""

    def duration(self, micros: int) -> str:
        """Microseconds in the largest unit that holds them whole."""
        unit: Literal["day", "hour", "minute"] = (
            "day" if micros % DAY == 0 else "hour" if micros % HOUR == 0 else "minute"
        )
        # Babel's format_unit knows no Dutch word for some units.
        return format_timedelta(
            timedelta(microseconds=micros), granularity=unit, threshold=_NO_THRESHOLD, locale=self.locale
        )

    def any_of(self, names: Iterable[str]) -> str:
        """Names joined by "or"."""
        return format_list(list(names), style="or", locale=self.locale)

    def some_of(self, names: Sequence[str]) -> str:
        """At most three names joined by "or", and how many more there are."""
        if len(names) <= _NAMED:
            return self.any_of(names)
        others = ngettext("{count} other", "{count} others", count=len(names) - _NAMED)
        return self.any_of([*names[:_NAMED], self.tell(others)])

    def all_of(self, names: Iterable[str]) -> str:
        """Names joined by "and"."""
        return format_list(list(names), locale=self.locale)


@dataclass(frozen=True)
class Speaker:
    """A language that knows the names of a playbook."""

    language: Language
    playbook: Playbook

    def say(self, reason: Reason, attribute: str = "") -> str:
        """The sentence of a reason; what it says of values is of this attribute, if it names none itself."""
        return reason.told(self.language.told, partial(self._shown, str(reason.params.get("attribute", attribute))))

    def asked(self, lack: Lack) -> str:
        """What a test asks, and behind it in brackets how the lead stands to it, if that says more."""
        condition, now = self.condition(lack), lack.now
        if now is None or now.params.get("now") == lack.asked.params.get("value", ""):
            return condition
        return f"{condition} ({self.say(now, str(lack.asked.params.get('attribute', '')))})"

    def short(self, lack: Lack) -> str:
        """How much is missing; what the test asks where that is no number."""
        return self.say(lack.short) if lack.short is not None else self.condition(lack)

    def condition(self, lack: Lack) -> str:
        """What a test asks."""
        text = self.say(lack.asked)
        return self.language(gettext("not: {condition}"), condition=text) if lack.negated else text

    def name(self, kind: str, name: str) -> str:
        """How people call a rule, an activity, a stage or the like."""
        own = self.language.own_name(name) if kind in _KINDS_OF_OUR_NAMES else None
        if own is not None:
            return own
        section = getattr(self.playbook, _SECTIONS.get(kind, ""), {})
        return self.language.part(name, getattr(section.get(name), "label", None))

    def instant(self, micros: int) -> str:
        """An instant on the playbook's wall clock."""
        return self.language.instant(micros, self.playbook.timezone)

    def value(self, attribute: str, text: str) -> str:
        """A value of an attribute as this language writes it; its text as it stands if the type asks for no more."""
        declared = self.playbook.attributes.get(attribute)
        try:
            match declared.type if declared else "text":
                case "number":
                    return self.language.number(float(text), decimals=6)
                case "date":
                    return self.language.date(date.fromisoformat(text))
                case "yes_no":
                    return self.language(_OWN_VALUES[text])
        except (ValueError, KeyError):
            pass
        return text.replace("|", ", ") if declared and declared.type == "set" else text

    def _shown(self, attribute: str, name: str, kind: str, value: Param) -> str:
        if isinstance(value, int | float):
            return self._number(kind, value)
        each = (value,) if isinstance(value, str) else value
        match kind:
            case "items":
                return ", ".join(self.name(name, item) for item in each)
            case "name" | "names":
                return self.language.some_of([self.name(name, item) for item in each])
            case "value" | "values":
                return self.language.some_of([self.value(attribute, item) for item in each])
            case "language":
                return self.language.called(each[0])
        return self.language.any_of(each)

    def _number(self, kind: str, value: float) -> str:
        match kind:
            case "points":
                return self.language.points(int(value))
            case "instant":
                return self.instant(int(value))
            case "day":
                return self.language.day(int(value), self.playbook.timezone)
            case "duration":
                return self.language.duration(int(value))
        return self.language.number(value, decimals=3)


def readable(name: str) -> str:
    """A name of the playbook as words: ``demo_request`` is Demo request."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _local(micros: int, zone: str) -> datetime:
    return moment(micros).astimezone(ZoneInfo(zone))


_OWN_NAMES = {
    "lead": gettext("Lead"),
    "mql": gettext("MQL"),
    "sql": gettext("SQL"),
    "opportunity": gettext("Opportunity"),
    "customer": gettext("Customer"),
    "lost": gettext("Lost"),
    "disqualified": gettext("Disqualified"),
    "sales_ready": gettext("Sales-ready"),
    "engagement": gettext("Engagement"),
    "fit": gettext("Fit"),
    "awareness": gettext("Awareness"),
    "consideration": gettext("Consideration"),
    "decision": gettext("Decision"),
    "none": gettext("none"),
    "offered": gettext("offered"),
    "accepted": gettext("accepted"),
    "confirmed": gettext("confirmed"),
    "recycled": gettext("recycled"),
    "rejected": gettext("rejected"),
    "expired": gettext("expired"),
    "merged": gettext("merged"),
    "email": gettext("e-mails"),
    "phone": gettext("calls"),
    "tracking": gettext("tracking"),
    "profiling": gettext("profiling"),
}
_VALUES_OF = {
    "email_kind": {
        "company": gettext("of a company"),
        "disposable": gettext("to be thrown away"),
        "private": gettext("private"),
        "role": gettext("of a role, such as info"),
    },
    "source": {
        "ads": gettext("Ads"),
        "content": gettext("Content"),
        "email": gettext("E-mail"),
        "fair": gettext("Fair"),
        "referral": gettext("Referral"),
        "search": gettext("Search engine"),
        "social": gettext("Social media"),
    },
}
_OWN_VALUES = {"true": gettext("yes"), "false": gettext("no")}
_KINDS_OF_OUR_NAMES = {"stage", "old", "new", "gate", "axis", "phase", "phases", "handoff", "persona", "purpose"}
_SECTIONS = {
    "activities": "activities",
    "attribute": "attributes",
    "exclusion": "exclusions",
    "group": "groups",
    "items": "bant",
    "persona": "personas",
    "personas": "personas",
    "rule": "rules",
}
