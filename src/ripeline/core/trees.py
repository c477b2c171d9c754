"""Conditions about leads as trees of numbered tests, and the series of events that they count."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from ripeline.core import conditions as c
from ripeline.core.layout import FOREVER, Leaf, Op
from ripeline.core.playbook import Axis, Playbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PHASES = ("decision", "consideration", "awareness")
DEFAULT_AXES = ("engagement", "fit")

_KINDS: dict[type, Leaf] = {
    c.AttributeTest: Leaf.ATTRIBUTE,
    c.DidTest: Leaf.DID,
    c.SilentTest: Leaf.SILENT,
    c.SurgeTest: Leaf.SURGE,
    c.ReturningTest: Leaf.RETURNING,
    c.CompletenessTest: Leaf.COMPLETENESS,
    c.BantTest: Leaf.BANT,
    c.PersonaTest: Leaf.PERSONA,
    c.PhaseTest: Leaf.PHASE,
}


@dataclass(frozen=True)
class Series:
    """The events that one purpose counts: those that are one of the activities, under a further condition."""

    activities: tuple[str, ...]
    where: c.Condition | None = None


def axes_of(playbook: Playbook) -> tuple[str, ...]:
    """The names of the axes: engagement and fit, then those that the playbook adds."""
    return DEFAULT_AXES + tuple(name for name in playbook.axes if name not in DEFAULT_AXES)


def labels_of(playbook: Playbook, axis: str) -> tuple[str | None, ...]:
    """The labels of an axis from the highest band down, `otherwise` last."""
    spec = playbook.axes.get(axis, Axis())
    return (*sorted(spec.bands, key=lambda label: -spec.bands[label]), spec.otherwise)


class Trees:
    """Trees in postfix order over one list of leaves; equal leaves, trees and series are stored once."""

    def __init__(self, playbook: Playbook) -> None:
        """Begin with none."""
        self.playbook = playbook
        self.axes = axes_of(playbook)
        self.labels = tuple(labels_of(playbook, axis) for axis in self.axes)
        self.rollups = tuple(playbook.accounts)
        self.series: dict[Series, int] = {}
        self.leaves: dict[tuple[int, ...], int] = {}
        self.leaf_conditions: list[c.Condition | None] = []
        self.tests: list[c.AttributeTest] = []
        self.cell_sets: list[np.ndarray] = []
        self.start = [0]
        self.steps_stored: list[tuple[int, int]] = []
        self.stored: dict[tuple[tuple[int, int], ...], int] = {}

    def store(self, steps: tuple[tuple[int, int], ...]) -> int:
        """The number of a tree with these steps."""
        if steps not in self.stored:
            self.stored[steps] = len(self.start) - 1
            self.steps_stored += steps
            self.start.append(len(self.steps_stored))
        return self.stored[steps]

    def leaves_of(self, tree: int) -> set[int]:
        """The leaves of a tree; none for -1."""
        if tree < 0:
            return set()
        return {arg for op, arg in self.steps_stored[self.start[tree] : self.start[tree + 1]] if op == Op.LEAF}

    def leaf(self, kind: Leaf, condition: c.Condition | None, *args: int) -> int:
        """The number of a test of one kind with these arguments."""
        key = (int(kind), *args, *([0] * (4 - len(args))))
        if key not in self.leaves:
            self.leaves[key] = len(self.leaves)
            self.leaf_conditions.append(condition)
        return self.leaves[key]

    def series_of(self, activities: Iterable[str], where: c.Condition | None = None) -> int:
        """The number of the series of events that are one of the activities, under a further condition."""
        wanted = set(activities)
        key = Series(tuple(name for name in self.playbook.activities if name in wanted), where)
        return self.series.setdefault(key, len(self.series))

    def tree(self, condition: c.Condition | None, ease: int = 0) -> int:
        """The number of the tree, its levels eased by `ease` micro-points; -1 for no condition."""
        return -1 if condition is None else self.store(tuple(self.steps(condition, ease, negated=False)))

    def steps(self, condition: c.Condition, ease: int, *, negated: bool) -> Iterator[tuple[int, int]]:
        """The steps of a condition, its levels eased (under an odd number of `not`, the other way about)."""
        match condition:
            case c.All(all=parts) | c.Any_(any=parts):
                for part in parts:
                    yield from self.steps(part, ease, negated=negated)
                yield (Op.ALL if isinstance(condition, c.All) else Op.ANY, len(parts))
            case c.Not(not_=part):
                yield from self.steps(part, ease, negated=not negated)
                yield Op.NOT, 1
            case _:
                yield Op.LEAF, self.leaf_of(condition, -ease if negated else ease)

    def leaf_of(self, test: c.Condition, ease: int) -> int:
        """The number of a test, its level eased."""
        kind = _KINDS.get(type(test))
        if kind is None:
            return self.level_of(test, ease)
        return self.leaf(kind, test, *self.arguments(test))

    def arguments(self, test: c.Condition) -> tuple[int, ...]:
        """What the kernel needs to know of a test that needs no score."""
        names: tuple[str, ...]
        match test:
            case c.AttributeTest():
                if test not in self.tests:
                    self.tests.append(test)
                return (self.tests.index(test),)
            case c.DidTest(did=names, lowest=lowest, highest=highest, within=within):
                return self.series_of(names), lowest, -1 if highest is None else highest, within or int(FOREVER)
            case c.SilentTest(activities=activities, silent=span):
                return self.series_of(activities or self.playbook.activities), span
            case c.SurgeTest(activities=activities, surge=times, within=span):
                thousandths = int(Decimal(str(times)) * 1000)
                return self.series_of(activities or self.playbook.activities), thousandths, span
            case c.ReturningTest(returning=what):
                return (int(what == "key_pages"),)
            case c.CompletenessTest(completeness=percent):
                return (percent,)
            case c.BantTest(bant=count, required=names):
                return count, _bits(names, list(self.playbook.bant))
            case c.PersonaTest(persona=names):
                return (_bits(names, list(self.playbook.personas)),)
            case c.PhaseTest(phase=names):
                return (_bits(names, PHASES),)
        message = f"{type(test).__name__} is no test of facts"
        raise TypeError(message)

    def level_of(self, test: c.Condition, ease: int) -> int:
        """A test of a score, cell or account, with its level moved so that it holds more easily by `ease`."""
        match test:
            case c.ScoreTest(score=axis, at_least=level) if level is not None:
                return self.leaf(Leaf.SCORE, test, self.axes.index(axis), level - ease, 1)
            case c.ScoreTest(score=axis, below=level) if level is not None:
                return self.leaf(Leaf.SCORE, test, self.axes.index(axis), level + ease, 0)
            case c.CellTest(cell=cells):
                return self.leaf(Leaf.CELL, test, self.cell_set(cells), abs(ease), int(ease < 0))
            case c.AccountTest(account=axis, at_least=level):
                return self.leaf(Leaf.ACCOUNT, test, self.rollups.index(axis), level - ease)
        message = f"{type(test).__name__} cannot be asked of a lead"
        raise TypeError(message)

    def cell_set(self, cells: Iterable[str]) -> int:
        """The number of a set of cells."""
        wanted = set(cells)
        fit, engagement = self.labels[self.axes.index("fit")], self.labels[self.axes.index("engagement")]
        held = np.array(
            [[f is not None and e is not None and f"{f}{e}" in wanted for e in engagement] for f in fit], dtype=np.bool_
        )
        found = (i for i, other in enumerate(self.cell_sets) if np.array_equal(other, held))
        if (index := next(found, None)) is None:
            self.cell_sets.append(held)
            return len(self.cell_sets) - 1
        return index


def _bits(names: Iterable[str], known: Sequence[str]) -> int:
    """A bit for each name, by its place among the known ones."""
    return sum(1 << known.index(name) for name in set(names))
