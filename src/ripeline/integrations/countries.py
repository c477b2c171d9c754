"""Countries as two letters (ISO 3166-1), by their names in the four languages and by the ending of a domain."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale

from ripeline.language import LANGUAGES

_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
_ALSO_CALLED = {
    "uk": "GB",
    "great britain": "GB",
    "grossbritannien": "GB",
    "groot-brittannië": "GB",
    "engeland": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "usa": "US",
    "u.s.a.": "US",
    "united states of america": "US",
    "brd": "DE",
    "bundesrepublik deutschland": "DE",
    "federal republic of germany": "DE",
    "holland": "NL",
    "the netherlands": "NL",
    "czech republic": "CZ",
    "tschechische republik": "CZ",
    "turkey": "TR",
}
_SOLD_TO_ALL = frozenset(
    {
        *("ac", "ag", "ai", "am", "as", "bz", "cc", "cd", "cf", "co", "dj", "fm", "ga", "gg", "gl", "gq", "gs", "hm"),
        *("im", "io", "la", "lc", "ly", "me", "ml", "mn", "ms", "mu", "nf", "nu", "pn", "pw", "sc", "sh", "st", "tc"),
        *("tk", "tl", "tm", "to", "tv", "vc", "vg", "vu", "ws"),
    }
)
"""Endings of countries under which all the world registers."""


def country(told: object) -> str | None:
    """The code of a country told by its name, in any of the four languages, or by its code; none if it is neither."""
    if not isinstance(told, str) or len(told) > _LONGEST:
        return None
    text = " ".join(told.split())
    if text.upper() in _codes():
        return text.upper()
    return _by_name().get(text.casefold())


def country_of_domain(host: str) -> str | None:
    """The country whose ending a host has, unless all the world registers there."""
    ending = host.rpartition(".")[2].lower()
    if ending in _SOLD_TO_ALL:
        return None
    code = "GB" if ending == "uk" else ending.upper()
    return code if code in _codes() else None


_LONGEST = 100
_TWO_LETTERS = re.compile("[A-Z]{2}").fullmatch


@cache
def _codes() -> frozenset[str]:
    return frozenset(code for code in map(str, Locale("en").territories) if _TWO_LETTERS(code)) - _NO_COUNTRIES


@cache
def _by_name() -> dict[str, str]:
    named = {
        str(name).casefold(): str(code)
        for language in LANGUAGES
        for code, name in Locale(language).territories.items()
        if code in _codes()
    }
    return named | _ALSO_CALLED
