"""The catalogue against the leads: for which persona, stage of the funnel and language it has nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count

from ripeline.core.content import FUNNEL, UNKNOWN_LANGUAGE, Funnel, serves
from ripeline.server.content import catalogue, suggestions
from ripeline.server.leads import Lead

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.core.playbook import Playbook

NOBODY = ""
"""The persona of whoever has none."""
_OUT = ("lost", "disqualified")
_RARE = 20
"""A language that the catalogue does not speak has a row if one lead in so many speaks it."""
_MOST_LANGUAGES = 8


class Cell(NamedTuple):
    """Who stands where: how many leads are served there just now, and how many items there are for them."""

    persona: str
    funnel: Funnel
    language: str
    items: int
    leads: int

    @property
    def is_gap(self) -> bool:
        """Whether there is nothing."""
        return self.items == 0


class Matrix(NamedTuple):
    """Each persona with each language and each stage of the funnel; and how many items are only proposed."""

    languages: tuple[str, ...]
    cells: tuple[Cell, ...]
    proposed: int

    @property
    def gaps(self) -> list[Cell]:
        """Where there is nothing though leads are waiting, the most of them first."""
        empty = [cell for cell in self.cells if cell.is_gap and cell.leads]
        return sorted(empty, key=lambda cell: (-cell.leads, cell[:3]))


def matrix(playbook: Playbook) -> Matrix:
    """All cells, in the order of the playbook's personas; two queries, however many leads there are."""
    leads, rows = _leads(), list(catalogue.now_in_force())
    items = _items(rows, playbook)
    languages = _languages(leads, items)
    personas = (*playbook.personas, NOBODY)
    cells = tuple(
        Cell(persona, funnel, language, _held(items, persona, funnel, language), leads[persona, funnel, language])
        for persona in personas
        for language in languages
        for funnel in FUNNEL
    )
    return Matrix(languages, cells, sum(not row.content for row in rows))


def _leads() -> Counter[tuple[str, Funnel, str]]:
    """How many leads are served by each stage of the funnel; without those who are out, or excluded."""
    found: Counter[tuple[str, Funnel, str]] = Counter()
    rows = Lead.objects.filter(merged_into=None).values_list("persona", "language", "phase", "stage", "excluded")
    for persona, language, phase, stage, excluded, count in rows.annotate(Count("pk")).order_by():
        if not excluded and stage not in _OUT:
            funnel = serves(suggestions.phase_by(stage, phase))[0]
            found[persona, funnel, language or UNKNOWN_LANGUAGE] += count
    return found


def _items(rows: list[catalogue.ContentItem], playbook: Playbook) -> Counter[tuple[str, str, str]]:
    """How many items there are for a persona or everybody, in a language or for all."""
    return Counter(
        (persona, playbook.content[row.content].funnel, row.language)
        for row in rows
        if row.content in playbook.content
        for persona in row.for_personas or (NOBODY,)
    )


def _held(items: Mapping[tuple[str, str, str], int], persona: str, funnel: str, language: str) -> int:
    return sum(items.get((who, funnel, which), 0) for who in {persona, NOBODY} for which in {language, ""})


def _languages(
    leads: Mapping[tuple[str, Funnel, str], int], items: Mapping[tuple[str, str, str], int]
) -> tuple[str, ...]:
    """Those of the catalogue, and those that many leads speak; the one of most leads first."""
    spoken: Counter[str] = Counter()
    for (_persona, _funnel, language), count in leads.items():
        spoken[language] += count
    enough = sum(spoken.values()) / _RARE
    wanted = {language for _persona, _funnel, language in items if language}
    wanted |= {language for language, count in spoken.items() if count >= enough}
    ordered = sorted(wanted or {UNKNOWN_LANGUAGE}, key=lambda language: (-spoken[language], language))
    return tuple(ordered[:_MOST_LANGUAGES])
