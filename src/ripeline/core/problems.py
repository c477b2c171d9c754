"""What can be wrong with a playbook: coded problems with place and cure, and the one table of their texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from pydantic_core import PydanticCustomError

from ripeline.core.phrases import phrase
from ripeline.core.problem_texts import DID_YOU_MEAN, MESSAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ripeline.core.phrases import Detail, Phrase

Place = tuple[str | int, ...]
"""Keys and positions (from 0) that lead from the top of a playbook to one of its parts."""


class Finding(NamedTuple):
    """A problem before its file and line are known."""

    place: Place
    code: str
    params: Mapping[str, Detail]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a playbook, where it is wrong, and what would cure it."""

    file: str
    line: int
    path: str
    code: str
    params: Mapping[str, Detail] = field(default_factory=dict)

    @property
    def what(self) -> str:
        """What is wrong, in English."""
        return self.told(str)[0]

    @property
    def hint(self) -> str:
        """What would cure it, in English; empty if there is nothing to say."""
        return self.told(str)[1]

    def told(self, tell: Callable[[Phrase], str]) -> tuple[str, str]:
        """Return what is wrong and what would cure it, empty if nothing is known to, in the words of ``tell``."""
        what, cure = MESSAGES[self.code]
        if self.params.get("near"):
            cure = DID_YOU_MEAN
        return tell(phrase(what, **self.params)), tell(phrase(cure, **self.params)) if cure else ""

    def __str__(self) -> str:
        """Return the problem on one line, as compilers write it."""
        place = f"{self.file}:{self.line}: " + (f"{self.path}: " if self.path else "")
        return f"{place}{self.what} ({self.code})." + (f" {self.hint}" if self.hint else "")


def refuse(code: str, **params: Detail) -> NoReturn:
    """Raise the ValueError by which a model refuses a value, with a code of the table."""
    raise PydanticCustomError(code, MESSAGES[code].what, params)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the one of the first thousand known names that is most like this one, empty if none is."""
    by_lower = {other.lower(): other for other in islice(known, 1000)}
    found = get_close_matches(name.lower()[:100], by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else ""
