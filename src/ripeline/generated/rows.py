"""Rows of the ledger while they are being made: columns of one event, with few different properties."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.generated.chance import Bools, Ints
    from ripeline.generated.habits import Said


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one event; `which` of the texts `said` are each row's properties. Instants are seconds UTC."""

    event: str
    lead: Ints
    at: Ints
    known_at: Ints
    said: tuple[str, ...]
    which: Ints
    void_at: Ints | None = None
    """When each row is taken back, if a machine made them."""

    def only(self, kept: Bools) -> Rows:
        """The rows for which this holds."""
        void_at = None if self.void_at is None else self.void_at[kept]
        return Rows(
            self.event, self.lead[kept], self.at[kept], self.known_at[kept], self.said, self.which[kept], void_at
        )


def rows(event: str, lead: Ints, at: Ints, said: Sequence[Said] = ({},), which: Ints | None = None) -> Rows:
    """Rows that are known when they happen."""
    texts = tuple(text_of(each) for each in said)
    return Rows(event, lead, at, at, texts, np.zeros(len(lead), np.int64) if which is None else which)


def text_of(said: Said) -> str:
    """Properties as JSON; an empty text for none."""
    return json.dumps(said, ensure_ascii=False) if said else ""
