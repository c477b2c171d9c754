"""Words for one reader, without logic: alternatives, of which the first is taken for which everything is known.

``{{Hello {first_name},|Hello,}}`` is "Hello Ada," for Ada and "Hello," for somebody whose name nobody knows. The last
alternative needs nothing, so a gap is never printed. What a value says is text: it is filled in once and never read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

_NAME = re.compile(r"\{([a-z][a-z0-9_]{0,62})\}")
_ALTERNATIVES = re.compile(r"\{\{((?:[^{}]|\{[a-z][a-z0-9_]{0,62}\})*+)\}\}")


def filled(text: str, values: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
    """A text that is `fit`, for the reader of these values; an empty value is an unknown one."""
    known = {name: escape(value) for name, value in values.items() if value}

    def chosen(match: re.Match[str]) -> str:
        for words in match[1].split("|"):
            if all(name in known for name in _NAME.findall(words)):
                return _NAME.sub(lambda name: known[name[1]], words)
        return ""

    return _ALTERNATIVES.sub(chosen, text)


def names_of(text: str) -> set[str]:
    """What a text would like to know of its reader."""
    return {name for words in _ALTERNATIVES.findall(text) for name in _NAME.findall(words)}


def unfit(text: str, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with a text, each with the words that it is about.

    Closed list: `unknown_name`, `needs_a_name`, `loose`.
    """
    for words in _ALTERNATIVES.findall(text):
        yield from (("unknown_name", name) for name in _NAME.findall(words) if name not in names)
        last = words.rpartition("|")[2]
        if _NAME.search(last):
            yield "needs_a_name", last.strip()
    rest = _ALTERNATIVES.sub("", text)
    if loose := re.search(r"[{}].{0,40}", rest):
        yield "loose", loose[0]
