"""Scenarios put to the evaluator: what came out otherwise than a playbook says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ripeline.core.instants import MINUTE, instant
from ripeline.core.lifecycle import Stage
from ripeline.core.results import Move, lead_results
from ripeline.core.scoring import Version, evaluate
from ripeline.core.tables import history_from_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ripeline.core.playbook import Playbook
    from ripeline.core.results import LeadResult
    from ripeline.core.scenarios import Expectation, Scenario


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of an expectation, with what was expected and what came; points are micro-points."""

    field: str
    expected: Any
    got: Any


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario and all that came out otherwise than it says; nothing if it holds."""

    name: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario as data: its lead, the lead's rows, and the instant to look at (microseconds UTC)."""

    lead: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    at: int


def run_scenarios(playbook: Playbook) -> tuple[Played, ...]:
    """All scenarios of a playbook, in its order.

    Scenarios that look at the same instant are evaluated together. Raises DataProblem for what scenarios cannot say.
    """
    stories = [story_of(scenario, playbook.timezone, str(n)) for n, scenario in enumerate(playbook.scenarios)]
    found: dict[str, LeadResult] = {}
    for at in sorted({story.at for story in stories}):
        told = [story for story in stories if story.at == at]
        history = history_from_rows([playbook], [story.lead for story in told], [row for s in told for row in s.rows])
        found |= {result.lead_id: result for result in lead_results(evaluate([Version(playbook)], history, at))}
    return tuple(
        Played(scenario.name, tuple(_differences(scenario.expect, found[str(n)])))
        for n, scenario in enumerate(playbook.scenarios)
    )


def story_of(scenario: Scenario, timezone: str, lead_id: str) -> Story:
    """The scenario's history as rows of one lead, looked at when the scenario says: day's end or last event."""
    zone = ZoneInfo(timezone)
    rows: list[dict[str, Any]] = [
        {
            "lead_id": lead_id,
            "at": _instant(scenario, zone, event.day, event.time) + repetition * MINUTE,
            "event": event.event,
            "event_id": event.id,
            "properties": event.properties,
        }
        for event in scenario.history
        for repetition in range(event.times)
    ]
    begin = _instant(scenario, zone, 0, time.min)
    last = max([begin, *(row["at"] for row in rows)])
    at = last if scenario.on_day is None else _instant(scenario, zone, scenario.on_day, time.max)
    return Story({"lead_id": lead_id, "created_at": begin, "attributes": scenario.attributes}, rows, at)


def _instant(scenario: Scenario, zone: ZoneInfo, day: int, clock: time) -> int:
    return instant(datetime.combine(scenario.start + timedelta(days=day), clock, zone))


def _differences(expect: Expectation, result: LeadResult) -> list[Difference]:
    expected = expect.model_dump(exclude_unset=True)
    seen = _seen(expect, result)
    found = []
    for name, value in expected.items():
        if isinstance(value, dict):
            parts = ((f"{name}.{part}", wanted, seen[name].get(part)) for part, wanted in value.items())
            found += [Difference(*part) for part in parts if part[1] != part[2]]
        elif value != seen[name]:
            found.append(Difference(name, value, seen[name]))
    return found


def _seen(expect: Expectation, result: LeadResult) -> dict[str, Any]:
    """The result in the words of an expectation."""
    return {
        "stage": _name(result.stage),
        "scores": {axis: (result.scores or {}).get(axis) for axis in expect.scores},
        "cell": result.cell,
        "persona": result.persona or "none",
        "phase": result.phase or "none",
        "handoff": result.handoff,
        "excluded": result.excluded or "none",
        "plain": result.plain,
        "reasons": {reason: _points(reason, result) for reason in expect.reasons},
        "passed": tuple(_name(entry.new) for entry in result.journal if isinstance(entry, Move)),
    }


def _points(reason: str, result: LeadResult) -> int:
    """The micro-points of a contribution by the name that scenarios use for it: a rule's, or `cap NAME`."""
    name = reason.removeprefix("cap ")
    kinds = {"rule", "adjusted"} if name == reason else {"cap rule", "cap group", "cap axis"}
    return sum(line.points for line in result.contributions if line.name == name and line.kind in kinds)


def _name(stage: Stage) -> str:
    return Stage(stage).name.lower()
