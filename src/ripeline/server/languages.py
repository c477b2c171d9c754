"""The language of a lead: the one it told, else the first of its country; kept beside the lead, so that it is counted.

It is a projection of the facts: whenever a row tells a language or a country, it is found again.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from babel import Locale
from babel.languages import get_official_languages

from ripeline.language import LANGUAGES
from ripeline.server import profiles
from ripeline.server.chunks import chunks
from ripeline.server.leads import Lead
from ripeline.server.people import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ripeline.server.profiles import Fact

TOLD, COUNTRIES = ("language", "locale"), ("country", "country_code")
"""The attributes that tell a language and a country, as playbooks, forms and Segment's clients write them."""
_CODE = re.compile(r"([a-z]{2,3})(?:[-_].*)?", re.IGNORECASE)
_COUNTRY = re.compile(r"[A-Z]{2}")


def language_of(facts: Mapping[str, Fact]) -> str:
    """The code of a lead's language, such as `de`; empty if nothing tells it."""
    told = (code_of(text_of(facts, name)) for name in TOLD)
    spoken = (_of_country(text_of(facts, name)) for name in COUNTRIES)
    return next(filter(None, (*told, *spoken)), "")


def code_of(text: str) -> str:
    """The code of a language that is written as a code, with or without a region, or as a name; else empty."""
    found = _CODE.fullmatch(text.strip())
    if found and found[1].lower() in Locale("en").languages:
        return found[1].lower()
    return _names("languages").get(text.strip().casefold(), "")


def keep(leads: Iterable[Lead | int]) -> None:
    """Find the language of leads again, in the caller's transaction, and write down those that have changed."""
    numbers = sorted({lead.pk if isinstance(lead, Lead) else lead for lead in leads})
    for chunk in chunks(numbers):
        facts = profiles.of_all(chunk)
        before = Lead.objects.filter(pk__in=chunk).values_list("pk", "language")
        changed: dict[str, list[int]] = {}
        for number, language in before:
            now = language_of(facts.get(number, {}))
            if now != language:
                changed.setdefault(now, []).append(number)
        for language, whose in changed.items():
            Lead.objects.filter(pk__in=whose).update(language=language)


@lru_cache(1024)
def _of_country(text: str) -> str:
    """The language that is spoken first where a country is named by its code or its name."""
    code = text.strip().upper()
    if not _COUNTRY.fullmatch(code):
        code = _names("territories").get(text.strip().casefold(), "")
    spoken = get_official_languages(code, de_facto=True) if code else ()
    return str(spoken[0]) if spoken else ""


@cache
def _names(section: str) -> dict[str, str]:
    """The codes of languages or countries by what each is called in the languages that we speak."""
    return {
        str(name).casefold(): str(code).partition("_")[0]
        for language in reversed(LANGUAGES)
        for code, name in getattr(Locale(language), section).items()
    }
