"""In which country a lead is written to: as somebody told whose word counts, because it picks the rule of consents.

Anybody can type a country into a form; a stranger's must not make a rule of less hold for whoever the address belongs
to. What follows by rule from a stranger's word is a stranger's word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.core.playbook_consent import COUNTRY
from ripeline.integrations.countries import country
from ripeline.server import json_text, profiles
from ripeline.server.chunks import chunks
from ripeline.server.events import OF_LEAD, Event
from ripeline.server.instants import TOLD
from ripeline.server.sources import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Iterable


def of_all(leads: Iterable[int]) -> dict[int, str | None]:
    """By lead, its country by two letters; None if nobody whose word counts has told one. Few queries."""
    numbers = sorted(set(leads))
    rows = profiles.rows(numbers).exclude(source__kind__in=PUBLIC).values_list(OF_LEAD, "properties", "at", "key")
    told = [(lead, said[COUNTRY], at, key) for lead, text, at, key in rows if COUNTRY in (said := json_text.read(text))]
    strangers = _strangers(_followed(key) for _lead, _where, at, key in told if at < TOLD)
    found: dict[int, str | None] = dict.fromkeys(numbers)
    for lead, where, at, key in told:
        if at >= TOLD or _followed(key) not in strangers:
            found[lead] = country(where)
    return found


def _followed(key: str) -> int:
    """The row from which a derived one follows."""
    return int(key.rpartition(" ")[2])


def _strangers(rows: Iterable[int]) -> set[int]:
    found: set[int] = set()
    for chunk in chunks(sorted(set(rows))):
        found |= set(Event.objects.filter(pk__in=chunk, source__kind__in=PUBLIC).values_list("pk", flat=True))
    return found
