"""Coded evidence: what the evaluator has to say, from a closed list, as values that any language can tell."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING, Any

from ripeline.core.reason_texts import KINDS, TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Param = str | int | float | tuple[str, ...]
"""A detail of a reason: a name, points (micro), an instant or a duration (microseconds), a count, or names."""


@dataclass(frozen=True, slots=True, init=False)
class Reason:
    """Why something is as it is: a code of the closed list, and the details that its text names."""

    code: str
    params: Mapping[str, Param]

    def __init__(self, code: str, /, **params: Param) -> None:
        """Take a code and the details its text names; raises ValueError for any other."""
        if code not in TEXTS or set(params) != _PARAMS[code]:
            wanted = ", ".join(sorted(_PARAMS.get(code, ()))) or "nothing"
            raise ValueError(f"there is no reason {code} with {', '.join(params) or 'nothing'}; it has {wanted}")
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "params", params)

    def as_json(self) -> dict[str, Any]:
        """The reason as plain JSON values."""
        told = {name: list(value) if isinstance(value, tuple) else value for name, value in self.params.items()}
        return {"code": self.code, "params": told}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Reason:
        """The reason that `as_json` gave; raises ValueError or KeyError for anything else."""
        params = {name: tuple(item) if isinstance(item, list) else item for name, item in value["params"].items()}
        return cls(value["code"], **params)

    def told(self, translate: Callable[[str, str, int], str], shown: Callable[[str, str, Param], str]) -> str:
        """The sentence: the text by `translate(one, many, count)`, each detail by `shown(name, kind, value)`."""
        count = self.params.get("count", 1)
        text = translate(*TEXTS[self.code], count if isinstance(count, int) else 1)
        return text.format_map({name: shown(name, KINDS[name], value) for name, value in self.params.items()})


def _named(texts: tuple[str, str]) -> set[str]:
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


_PARAMS = {code: _named(texts) for code, texts in TEXTS.items()}
