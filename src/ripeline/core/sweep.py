"""The curve of a threshold: a gate made harder and easier, chosen on earlier leads and judged on later ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ripeline.core import conditions as c
from ripeline.core.backtest import report
from ripeline.core.decisions import GATES, decide
from ripeline.core.units import MICRO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ripeline.core.backtest import GateReport, Past
    from ripeline.core.conditions import Condition
    from ripeline.core.history import History
    from ripeline.core.playbook import Gate, Playbook

STEPS = tuple(range(-30, 31, 5))
"""By how many points the levels are raised; below 0 lowered."""

_EARLIER = 2 / 3


class NoLevels(ValueError):
    """A gate that asks for no score and no cell: there is no threshold to move."""


@dataclass(frozen=True, slots=True)
class Point:
    """The gate with its levels raised by so many points: over all leads, over the earlier two thirds, over the rest."""

    points: int
    whole: GateReport
    earlier: GateReport
    later: GateReport


@dataclass(frozen=True, slots=True)
class Sweep:
    """The curve of a gate; `best` is the step chosen on the leads that came before `cut` (microseconds UTC)."""

    gate: str
    cut: int
    curve: tuple[Point, ...]
    best: int

    @property
    def chosen(self) -> Point:
        """The point of the step chosen."""
        return next(point for point in self.curve if point.points == self.best)


def sweep(
    playbook: Playbook,
    gate: str,
    history: History,
    past: Past,
    *,
    steps: Sequence[int] = STEPS,
    progress: Callable[[int, int], None] | None = None,
) -> Sweep:
    """The curve of a gate's levels; raises NoLevels if it has none.

    The step is chosen as one could have chosen it at the instant by which two thirds of the leads had come: by their
    decisions and outcomes known by then. It is judged on the leads that came later.
    """
    if not has_levels(playbook, gate):
        raise NoLevels(gate)
    cut = int(np.quantile(past.since[past.known], _EARLIER, method="lower"))
    curve = []
    for place, points in enumerate(steps):
        curve.append(_point(shifted(playbook, gate, points), gate, history, past, cut=cut, points=points))
        if progress is not None:
            progress(place + 1, len(steps))
    best = max(curve, key=lambda point: (balance(point.earlier), -abs(point.points)))
    return Sweep(gate, cut, tuple(curve), best.points)


def _point(playbook: Playbook, gate: str, history: History, past: Past, *, cut: int, points: int) -> Point:
    decisions, place = decide(playbook, history, past.at), GATES.index(gate)
    late = past.only(past.since > cut)
    whole, earlier, later = (report(playbook, part, decisions).gates[place] for part in (past, past.as_of(cut), late))
    return Point(points, whole, earlier, later)


def balance(of: GateReport) -> float:
    """The harmonic mean (F1) of the share won among all decided in time and of recall: high only if both are.

    Precision would not do, because it says nothing of leads that were never worked.
    """
    won, recall = (0.0 if part is None else part.value for part in (of.won_share, of.recall))
    return 2 * won * recall / (won + recall) if won + recall else 0.0


# --- a playbook with other levels -----------------------------------------------------------------


def has_levels(playbook: Playbook, gate: str) -> bool:
    """Whether a gate asks for a score, an account's score or a cell, in general or for some persona."""
    return _asks(playbook, gate, c.ScoreTest, c.AccountTest, c.CellTest)


def _asks(playbook: Playbook, gate: str, *kinds: type[Condition]) -> bool:
    return any(isinstance(test, kinds) for spec in _gates(playbook, gate) for test in _tests(spec.enter))


def shifted(playbook: Playbook, gate: str, points: int) -> Playbook:
    """The playbook with every level in `enter` of a gate raised by points, so that it is harder to enter.

    If the gate asks for cells, the bands of engagement and fit are raised, wherever cells are asked for.
    """
    by = points * MICRO
    asks_cells = _asks(playbook, gate, c.CellTest)
    personas = {}
    for name, persona in playbook.personas.items():
        own = getattr(persona.gates, gate)
        changes: dict[str, Any] = {} if own is None else {"gates": _with(persona.gates, gate, _harder(own, by))}
        if asks_cells:
            changes["bands"] = {axis: _raised(bands, axis, by) for axis, bands in persona.bands.items()}
        personas[name] = persona.model_copy(update=changes)
    update: dict[str, Any] = {
        "gates": _with(playbook.gates, gate, _harder(getattr(playbook.gates, gate), by)),
        "personas": personas,
    }
    if asks_cells:
        update["axes"] = {
            name: axis.model_copy(update={"bands": _raised(axis.bands, name, by)})
            for name, axis in playbook.axes.items()
        }
    return playbook.model_copy(update=update)


def _with(gates: Any, name: str, gate: Gate) -> Any:  # noqa: ANN401 - the gates of a playbook or of a persona
    return gates.model_copy(update={name: gate})


def _gates(playbook: Playbook, gate: str) -> Iterator[Gate]:
    yield getattr(playbook.gates, gate)
    for persona in playbook.personas.values():
        if (own := getattr(persona.gates, gate)) is not None:
            yield own


def _tests(condition: Condition) -> Iterator[Condition]:
    match condition:
        case c.All(all=parts) | c.Any_(any=parts):
            for part in parts:
                yield from _tests(part)
        case c.Not(not_=part):
            yield from _tests(part)
        case _:
            yield condition


def _harder(gate: Gate, by: int) -> Gate:
    return gate.model_copy(update={"enter": _shifted(gate.enter, by)})


def _shifted(condition: Condition, by: int) -> Condition:
    """The condition with its levels moved so that it is harder to meet; what must not hold moves the other way."""
    match condition:
        case c.All(all=parts):
            return condition.model_copy(update={"all": tuple(_shifted(part, by) for part in parts)})
        case c.Any_(any=parts):
            return condition.model_copy(update={"any": tuple(_shifted(part, by) for part in parts)})
        case c.Not(not_=part):
            return condition.model_copy(update={"not_": _shifted(part, -by)})
        case c.ScoreTest(at_least=level) | c.AccountTest(at_least=level) if level is not None:
            return condition.model_copy(update={"at_least": level + by})
        case c.ScoreTest(below=level) if level is not None:
            return condition.model_copy(update={"below": level - by})
        case _:
            return condition


def _raised(bands: Mapping[str, int], axis: str, by: int) -> dict[str, int]:
    return {label: level + by if axis in ("engagement", "fit") else level for label, level in bands.items()}
