"""In which language a lead is written to: the one that it named, else that of its country, else English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.language import LANGUAGES
from ripeline.server import people, profiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ripeline.server.profiles import Fact

_NAMED, _COUNTRIES = ("language", "locale"), ("country", "country_code")
_SPOKEN = {"DE": "de", "AT": "de", "CH": "de", "LI": "de", "LU": "de", "NL": "nl", "BE": "nl", "DK": "da"}
"""The first of our languages that most people of a country read."""


def languages_of(leads: Iterable[int]) -> dict[int, str]:
    """By a lead's number, the code of its language. One query for any number."""
    numbers = list(leads)
    facts = profiles.of_all(numbers)
    return {number: language_by(facts.get(number, {})) for number in numbers}


def language_by(facts: Mapping[str, Fact]) -> str:
    """The same from what is known of a lead already."""
    named = people.first_text(facts, _NAMED).replace("-", "_").partition("_")[0].lower()
    if named in LANGUAGES:
        return named
    return _SPOKEN.get(people.first_text(facts, _COUNTRIES).upper(), "en")
