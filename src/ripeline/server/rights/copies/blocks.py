"""What the page of a copy is made of: sections of facts, tables, lines, and steps with their reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ripeline.language import readable
from ripeline.server import instants

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ripeline.language import Language


@dataclass(frozen=True)
class Block:
    """One part of a section; an empty one is left out."""

    kind: Literal["facts", "table", "lines", "steps"]
    rows: Sequence[Any]
    heads: Sequence[str] = ()
    title: str = ""


@dataclass(frozen=True)
class Step:
    """Something that was decided, or that gave points: what, beside it when or how much, and why in lines."""

    what: str
    beside: str = ""
    parts: Sequence[tuple[str, Sequence[str]]] = ()


@dataclass(frozen=True)
class Section:
    """A heading, a word on what stands below, and the parts that hold something."""

    title: str
    intro: str
    all_blocks: Sequence[Block] = field(default_factory=list)

    @property
    def blocks(self) -> list[Block]:
        """The parts that hold something."""
        return [block for block in self.all_blocks if block.rows]


@dataclass(frozen=True)
class Shown:
    """What is told, and how: in which language, by which clocks."""

    told: Mapping[str, Any]
    say: Language
    zone: str

    def when(self, iso: str | None) -> str:
        """An instant as people read it; empty for none."""
        return "" if iso is None else self.say.instant(instants.of_text(iso.replace("Z", "+00:00")), self.zone)

    def value(self, told: object) -> str:
        """A value on one line."""
        if isinstance(told, bool):
            return self.say("yes" if told else "no")
        if isinstance(told, float | int):
            return self.say.number(told, decimals=6)
        if isinstance(told, list):
            return ", ".join(self.value(one) for one in told)
        if isinstance(told, dict):
            return self.said(told)
        return str(told)

    def said(self, said: Mapping[str, Any]) -> str:
        """What a row says, name by name."""
        told = (
            (readable(name), self.value(value))
            for name, value in said.items()
            if name != "by" and value not in (None, "")
        )
        return " · ".join(f"{name}: {value}" for name, value in told)

    def points(self, value: float) -> str:
        """Points with their sign."""
        return f"{'+' if value > 0 else ''}{self.say.number(value, decimals=1)}"


def facts(*rows: tuple[str, str]) -> Block:
    """What is called how, and what it is; empty ones are left out."""
    return Block("facts", [row for row in rows if row[1]])


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> Block:
    """Rows below their heads; each cell knows its head, for narrow windows. What is empty in every row is left out."""
    told = [list(zip(heads, row, strict=True)) for row in rows]
    kept = [place for place in range(len(heads)) if any(row[place][1] for row in told)]
    return Block("table", [[row[place] for place in kept] for row in told], [heads[place] for place in kept], title)


def lines(texts: Iterable[str], title: str = "") -> Block:
    """Sentences, each on its own."""
    return Block("lines", list(filter(None, texts)), title=title)


def steps(rows: Iterable[Step], title: str = "") -> Block:
    """Things with their reasons."""
    return Block("steps", list(rows), title=title)
