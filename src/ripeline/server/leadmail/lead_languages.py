"""In which language a lead is written to: the one that it named, else that of its country, else English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.language import LANGUAGES
from ripeline.server import languages, profiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ripeline.server.profiles import Fact


def languages_of(leads: Iterable[int], *, otherwise: str = "en") -> dict[int, str]:
    """By a lead's number, the code of its language. One query for any number."""
    numbers = list(leads)
    facts = profiles.of_all(numbers)
    return {number: language_by(facts.get(number, {}), otherwise=otherwise) for number in numbers}


def language_by(facts: Mapping[str, Fact], *, otherwise: str = "en") -> str:
    """The same from what is known of a lead already."""
    found = languages.language_of(facts)
    return found if found in LANGUAGES else otherwise
