"""The nearest miss: what little would have to come for a gate's conditions to hold, in at most three ways."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Literal

from ripeline.core import conditions as c
from ripeline.core.asked import asked
from ripeline.core.layout import TRUE, UNKNOWN
from ripeline.core.reasons import Reason
from ripeline.core.trees import labels_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ripeline.core.conditions import Condition
    from ripeline.core.playbook import Gate, Playbook
    from ripeline.core.standing import Standing

_SHOWN = 3
_KEPT = 8  # ways that are followed while parts are put together
_HARD = 1_500_000  # a fact that would have to become another one is further away than a deed


@dataclass(frozen=True, slots=True)
class Lack:
    """One test that does not come out as it must: what it asks, how the lead stands to it, what is short.

    With `negated` it is what must not hold. `distance` is in millionths of the test.
    """

    asked: Reason
    now: Reason | None
    short: Reason | None
    distance: int
    negated: bool = False


Way = tuple[Lack, ...]
"""Lacks that must all be made good."""


@dataclass(frozen=True, slots=True)
class Tested:
    """A condition and whether it holds: a single test with how the lead stands to it, or what it is made of."""

    kind: Literal["test", "all", "any", "not"]
    holds: bool
    test: Lack | None = None
    parts: tuple[Tested, ...] = ()


def gate_for(playbook: Playbook, persona: str | None, gate: str) -> Gate:
    """The gate as it is for a persona."""
    changed = getattr(playbook.personas[persona].gates, gate) if persona is not None else None
    found: Gate = changed or getattr(playbook.gates, gate)
    return found


def ways_to(condition: Condition, standing: Standing) -> tuple[Way, ...]:
    """The nearest ways in which a condition would come to hold, nearest first; one empty way if it holds."""
    ways = sorted(_ways(condition, standing, wanted=True), key=_distance)
    return tuple(_without_supersets(ways))[:_SHOWN]


def held_by(condition: Condition, standing: Standing) -> tuple[Lack, ...]:
    """The tests by which a condition holds, with how the lead stands to each; empty if it does not hold."""
    return tuple(_held(condition, standing, wanted=True))


def tested(condition: Condition, standing: Standing) -> Tested:
    """Every single test of a condition with whether it holds, in the order in which the playbook asks them."""
    holds = standing.truth(condition) == TRUE
    match condition:
        case c.Not(not_=part):
            return Tested("not", holds, parts=(tested(part, standing),))
        case c.All(all=parts):
            return Tested("all", holds, parts=tuple(tested(part, standing) for part in parts))
        case c.Any_(any=parts):
            return Tested("any", holds, parts=tuple(tested(part, standing) for part in parts))
        case _:
            return Tested("test", holds, _lack(condition, standing, wanted=True))


# --- trees ----------------------------------------------------------------------------------------


def _ways(condition: Condition, standing: Standing, *, wanted: bool) -> list[Way]:
    if _comes_out(condition, standing, wanted=wanted):
        return [()]
    match condition:
        case c.Not(not_=part):
            return _ways(part, standing, wanted=not wanted)
        case c.All(all=parts) | c.Any_(any=parts):
            each = [_ways(part, standing, wanted=wanted) for part in parts]
            if isinstance(condition, c.All) == wanted:
                return _together(each)
            return [way for ways in each for way in ways]
        case c.CellTest() if wanted:
            return list(_ways_to_cells(condition, standing))
        case _:
            return [(_lack(condition, standing, wanted=wanted),)]


def _comes_out(condition: Condition, standing: Standing, *, wanted: bool) -> bool:
    truth = standing.truth(condition)
    return truth == TRUE if wanted else truth not in (TRUE, UNKNOWN)


def _together(each: list[list[Way]]) -> list[Way]:
    """Every part by one of its ways; only the nearest are followed."""
    ways: list[Way] = [()]
    for part in each:
        joined = (_joined(first, second) for first, second in product(ways, part))
        ways = sorted(joined, key=_distance)[:_KEPT]
    return ways


def _joined(first: Way, second: Way) -> Way:
    return (*first, *(lack for lack in second if lack not in first))


def _distance(way: Way) -> tuple[int, int]:
    return sum(lack.distance for lack in way), len(way)


def _without_supersets(ways: Iterable[Way]) -> Iterator[Way]:
    """Leave out ways that hold all of a nearer one."""
    seen: list[Way] = []
    for way in ways:
        if not any(all(lack in way for lack in nearer) for nearer in seen):
            seen.append(way)
            yield way


def _held(condition: Condition, standing: Standing, *, wanted: bool) -> Iterator[Lack]:
    if not _comes_out(condition, standing, wanted=wanted):
        return
    match condition:
        case c.Not(not_=part):
            yield from _held(part, standing, wanted=not wanted)
        case c.All(all=parts) | c.Any_(any=parts):
            holding = [part for part in parts if _comes_out(part, standing, wanted=wanted)]
            for part in holding if isinstance(condition, c.All) == wanted else holding[:1]:
                yield from _held(part, standing, wanted=wanted)
        case _:
            yield replace(_lack(condition, standing, wanted=wanted), distance=0)


# --- single tests -----------------------------------------------------------------------------------


def _lack(test: Condition, standing: Standing, *, wanted: bool) -> Lack:
    now, short, distance = _stand(test, standing)
    if not wanted:
        return Lack(asked(test), now, None, _HARD, negated=True)
    return Lack(asked(test), now, short, distance)


def _stand(  # noqa: PLR0911 - one answer for each kind of test
    test: Condition, standing: Standing
) -> tuple[Reason | None, Reason | None, int]:
    """How the lead stands to a test, what is short of it, and how far that is."""
    scores = standing.scores
    match test:
        case c.ScoreTest(score=axis, at_least=level) if level is not None:
            return _level(scores[axis], level, Reason("short_points", points=max(0, level - scores[axis]), axis=axis))
        case c.ScoreTest(score=axis):
            return Reason("now_score", score=scores[axis]), None, _HARD
        case c.AccountTest(account=axis, at_least=level):
            score = standing.result.account[axis]
            return _level(score, level, Reason("short_account", points=max(0, level - score), axis=axis))
        case c.CellTest():
            cell = standing.result.cell
            return Reason("now_cell", cell=cell) if cell else Reason("now_no_cell"), None, _HARD
        case c.AttributeTest():
            return _attribute(test, standing)
        case c.DidTest():
            return _deeds(test, standing.value(test))
        case c.BantTest():
            return _bant(test, standing)
        case c.CompletenessTest():
            return _completeness(test, standing)
        case c.PersonaTest() | c.PhaseTest():
            return None, None, _HARD
        case _:
            return None, None, 1_000_000


def _level(score: int, level: int, short: Reason) -> tuple[Reason, Reason | None, int]:
    share = max(0, score) * 1_000_000 // level if level > 0 else 0
    if score >= level:
        return Reason("now_score", score=score), None, 0
    return Reason("now_short", score=score, points=level - score), short, 1_000_000 - share


def _attribute(test: c.AttributeTest, standing: Standing) -> tuple[Reason, Reason | None, int]:
    value = standing.attributes.get(test.attribute)
    if value is None:
        return Reason("now_unknown"), Reason("short_unknown", attribute=test.attribute), 1_000_000
    return Reason("now_value", now=value), None, _HARD


def _deeds(test: c.DidTest, count: int) -> tuple[Reason, Reason | None, int]:
    now = Reason("now_count", count=count)
    if count >= test.lowest:
        return now, None, _HARD
    missing = test.lowest - count
    return now, Reason("short_did", count=missing, activities=test.did), missing * 1_000_000 // test.lowest


def _bant(test: c.BantTest, standing: Standing) -> tuple[Reason, Reason | None, int]:
    met = [name for name, status in standing.items.items() if status == "met"]
    unmet = tuple(name for name in standing.items if name not in met)
    required = tuple(name for name in test.required if name not in met)
    missing = max(test.bant - len(met), len(required))
    now = Reason("now_bant", count=len(met), items=unmet) if unmet else Reason("now_count", count=len(met))
    # When the required items fill all that is missing, no other will do.
    items = required if len(required) == missing else unmet
    whole = test.bant + len(set(test.required)) or 1
    distance = (max(0, test.bant - len(met)) + len(required)) * 1_000_000 // whole
    return now, Reason("short_bant", count=missing, items=items) if missing else None, distance


def _completeness(test: c.CompletenessTest, standing: Standing) -> tuple[Reason, Reason | None, int]:
    known, listed = standing.value(test), len(standing.playbook.completeness)
    missing = max(0, -(-test.completeness * listed // 100) - known)
    short = Reason("short_facts", count=missing) if missing else None
    return Reason("now_completeness", known=known, listed=listed), short, missing * 1_000_000 // max(1, listed)


def _ways_to_cells(test: c.CellTest, standing: Standing) -> Iterator[Way]:
    """By each cell of the list that more points lead to, the points it takes."""
    cell = standing.result.cell
    now = Reason("now_cell", cell=cell) if cell else Reason("now_no_cell")
    reachable = False
    for wanted, fit, engagement in _cells(standing):
        if wanted in test.cell:
            reachable = True
            yield (Lack(asked(test), now, _short_of_cell(wanted, fit, engagement), _far(standing, fit, engagement)),)
    if not reachable:
        yield (Lack(asked(test), now, None, _HARD),)


def _short_of_cell(cell: str, fit: int, engagement: int) -> Reason:
    if fit and engagement:
        return Reason("short_both", cell=cell, points=engagement, other_points=fit)
    axis = "fit" if fit else "engagement"
    return Reason("short_cell", cell=cell, points=fit or engagement, axis=axis)


def _far(standing: Standing, fit: int, engagement: int) -> int:
    scores = standing.scores
    shares = [
        short * 1_000_000 // max(1, short + max(0, scores[axis]))
        for axis, short in (("fit", fit), ("engagement", engagement))
    ]
    return sum(shares)


def _cells(standing: Standing) -> Iterator[tuple[str, int, int]]:
    """The cells that are not below the lead on either axis, with the points of fit and engagement to each."""
    for fit, fit_short in _labels(standing, "fit"):
        for engagement, engagement_short in _labels(standing, "engagement"):
            yield f"{fit}{engagement}", fit_short, engagement_short


def _labels(standing: Standing, axis: str) -> Iterator[tuple[str, int]]:
    playbook, score = standing.playbook, standing.scores[axis]
    persona = playbook.personas.get(standing.result.persona or "")
    bands = dict(playbook.axes[axis].bands) if axis in playbook.axes else {}
    bands |= persona.bands.get(axis, {}) if persona else {}
    current = standing.result.labels[axis]
    for label in labels_of(playbook, axis):
        if label is None:
            return
        yield label, max(0, bands[label] - score) if label in bands else 0
        if label == current:
            return
