"""The levels of scores at which a tree of conditions may come to hold or cease to, read off the tree itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ripeline.core.layout import FOREVER, Ints, Leaf, Op

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ripeline.core.trees import Trees

_ENGAGEMENT, _FIT = 0, 1


class Level(NamedTuple):
    """A score on an axis, or past the last axis on a roll-up, at which a tree may come to hold or cease to.

    rising: it may come to hold as the score rises to it; falling: as the score falls below it.
    """

    axis: int
    points: int
    rising: bool
    falling: bool


def levels(trees: Trees, tree: int, bands: Ints, phases: Sequence[int]) -> list[Level]:
    """The levels of a tree, for a persona with these `bands` [axis, band]; `phases` are the trees of the journey."""
    found: dict[tuple[int, int], Level] = {}
    for level in _levels(trees, tree, bands, phases):
        old = found.get(level[:2], level)
        found[level[:2]] = Level(*level[:2], level.rising or old.rising, level.falling or old.falling)
    return list(found.values())


def _levels(trees: Trees, tree: int, bands: Ints, phases: Sequence[int]) -> Iterator[Level]:
    leaves = list(trees.leaves)
    for leaf, negated in _signed(trees, tree):
        kind, a, b, at_least, _ = leaves[leaf]
        if kind == Leaf.SCORE:
            yield Level(a, b, bool(at_least) != negated, bool(at_least) == negated)
        elif kind == Leaf.ACCOUNT:
            yield Level(len(trees.axes) + a, b, not negated, negated)
        elif kind == Leaf.CELL:
            rising, falling = (not negated, negated) if _is_closed_upwards(trees.cell_sets[a]) else (True, True)
            for axis in (_ENGAGEMENT, _FIT):
                for points in bands[axis][bands[axis] != FOREVER]:
                    for eased in {0, b}:
                        yield Level(axis, int(points) - eased, rising, falling)
        elif kind == Leaf.PHASE:
            for phase in phases:
                yield from (level._replace(rising=True, falling=True) for level in _levels(trees, phase, bands, ()))


def _signed(trees: Trees, tree: int) -> Iterator[tuple[int, bool]]:
    """The leaves of a tree, with whether an odd number of `not` stands above each."""
    stack: list[list[tuple[int, bool]]] = []
    for op, arg in trees.steps_stored[trees.start[tree] : trees.start[tree + 1]] if tree >= 0 else ():
        if op == Op.LEAF:
            stack.append([(arg, False)])
        elif op == Op.NOT:
            stack.append([(leaf, not negated) for leaf, negated in stack.pop()])
        else:
            parts = [stack.pop() for _ in range(arg)]
            stack.append([leaf for part in parts for leaf in part])
    return iter(stack[0] if stack else ())


def _is_closed_upwards(cells: np.ndarray) -> bool:
    """Whether with each cell of a set all better ones are in it; better cells come first in both directions."""
    return all(cells[: f + 1, : e + 1].all() for f, e in zip(*np.nonzero(cells), strict=True))


def leaves_behind(trees: Trees, asked: Iterable[int], phases: Sequence[int]) -> set[int]:
    """The leaves of the trees that are asked for, with those of the journey if one of them asks for a phase."""
    kinds = [key[0] for key in trees.leaves]
    found = set().union(*(trees.leaves_of(tree) for tree in asked))
    if any(kinds[leaf] == Leaf.PHASE for leaf in found):
        found = found.union(*(trees.leaves_of(phase) for phase in phases))
    return found


def hearers(trees: Trees, rules: Sequence[int], visits: Sequence[int]) -> list[list[tuple[int, int]]]:
    """By series, the rules and tests that an event of it concerns: (rule, leaf), -1 for neither.

    `rules`: the series of each rule; `visits`: those that tests of returning look at.
    """
    heard: list[list[tuple[int, int]]] = [[] for _ in trees.series]
    for rule, series in enumerate(rules):
        if series >= 0:
            heard[series].append((rule, -1))
    for leaf, (kind, a, *_) in enumerate(trees.leaves):
        if kind in (Leaf.DID, Leaf.SILENT, Leaf.SURGE):
            heard[a].append((-1, leaf))
        elif kind == Leaf.RETURNING:
            for series in visits:
                heard[series].append((-1, leaf))
    return heard


__all__ = ["Level", "hearers", "leaves_behind", "levels"]
