"""Reasons: a closed list of codes, their JSON, and their sentences in every language."""

from __future__ import annotations

import json
from string import Formatter

import pytest

from explained import small_playbook
from ripeline.core.reason_texts import KINDS, TEXTS
from ripeline.core.reasons import Param, Reason
from ripeline.language import LANGUAGES, Language, Speaker, chosen

SAMPLES: dict[str, Param] = {
    "points": 12_500_000,
    "instant": 1_770_000_000_000_000,
    "day": 1_770_000_000_000_000,
    "duration": 30 * 86_400_000_000,
    "count": 2,
    "number": 2.5,
    "name": "mql",
    "names": ("paper", "ask"),
    "items": ("need", "budget"),
    "language": "da",
    "text": "B2",
    "texts": ("A1", "B1"),
    "value": "50",
    "values": ("steel", "wood"),
}


def sample(code: str) -> Reason:
    """A reason with a detail of each kind that its text names."""
    names = {name for text in TEXTS[code] for _, name, _, _ in Formatter().parse(text) if name}
    return Reason(code, **{name: SAMPLES[KINDS[name]] for name in names})


@pytest.mark.parametrize("code", TEXTS)
def test_a_reason_survives_json(code: str) -> None:
    """What is stored as JSON comes back as the same reason."""
    reason = sample(code)
    assert Reason.from_json(json.loads(json.dumps(reason.as_json()))) == reason


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", TEXTS)
def test_every_reason_can_be_told_in_every_language(code: str, language: str) -> None:
    """No sentence is empty, and none shows a brace."""
    told = Speaker(Language.of(language), small_playbook()).say(sample(code))
    assert told
    assert not set("{}") & set(told)


def test_only_reasons_of_the_list_exist() -> None:
    """An unknown code and other details than the text names are refused."""
    with pytest.raises(ValueError, match="no reason because"):
        Reason("because")
    with pytest.raises(ValueError, match="it has axis, needed"):
        Reason("asked_score", axis="fit")


def test_numbers_and_dates_are_written_as_each_language_does() -> None:
    """A decimal comma, a German month, a plural."""
    reason = Reason("awarded", count=2, last_at=1_772_500_000_000_000)
    book = small_playbook()
    assert Speaker(Language.of("en"), book).say(reason) == "2 times, last on 3 Mar 2026"
    assert Speaker(Language.of("de"), book).say(reason) == "2-mal, zuletzt am 3. März 2026"
    assert Language.of("de").points(-1_234_567_890) == "−1.234,6"  # noqa: RUF001 - a true minus
    assert Language.of("en").percent(0.9999) == "99%"


@pytest.mark.parametrize(
    ("wanted", "environment", "language"),
    [
        ("de", {"LANG": "nl_NL.UTF-8"}, "de"),
        (None, {"LC_ALL": "de_AT.UTF-8", "LANG": "en_US"}, "de"),
        (None, {"LANGUAGE": "fr:da", "LANG": "de_DE"}, "da"),
        (None, {"LANG": "C.UTF-8"}, "en"),
        (None, {"LANG": "fr_FR.UTF-8"}, "en"),
        (None, {}, "en"),
    ],
)
def test_the_language_is_that_asked_for_or_that_of_the_environment(
    wanted: str | None, environment: dict[str, str], language: str
) -> None:
    """The option wins, then the variables in the order of gettext; what we do not speak is English."""
    assert chosen(wanted, environment) == language
