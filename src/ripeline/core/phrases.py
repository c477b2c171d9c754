"""Texts for people as values: words marked for translation and the details that they name, for any language to tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Detail = Union[str, float, "Phrase"]
"""What a text names: a name or a foreign text as it stands, a number, or a phrase of its own."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text, for one and for many, and the details that it names in braces; as a string it is English."""

    one: str
    many: str
    details: Mapping[str, Detail]

    def told(self, translate: Callable[[str, str, int], str], number: Callable[[float], str]) -> str:
        """The words: the text by `translate(one, many, count)`, numbers by `number(value)`, names as they stand."""
        count = self.details.get("count", 1)
        text = translate(self.one, self.many, count if isinstance(count, int) else 1)
        return text.format_map({name: _shown(value, translate, number) for name, value in self.details.items()})

    def __str__(self) -> str:
        return self.told(_as_written, "{:,}".format)


def phrase(text: str, /, **details: Detail) -> Phrase:
    """A text with its details; modules call this `_`, which marks the text for translation."""
    return Phrase(text, text, details)


def phrases(one: str, many: str, /, **details: Detail) -> Phrase:
    """A text that depends on `count`; modules call this `ngettext`."""
    return Phrase(one, many, details)


def gettext(text: str) -> str:
    """Mark a text of a table for translation."""
    return text


def _shown(value: Detail, translate: Callable[[str, str, int], str], number: Callable[[float], str]) -> str:
    if isinstance(value, Phrase):
        return value.told(translate, number)
    return value if isinstance(value, str) else number(value)


def _as_written(one: str, many: str, count: int) -> str:
    return one if count == 1 else many
