"""An explanation as plain JSON values: every number in points, every instant in ISO 8601, every reason coded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ripeline.core.instants import iso
from ripeline.core.lifecycle import Stage
from ripeline.core.units import MICRO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ripeline.core.explanation import Explanation, Line, Miss, Step
    from ripeline.core.nearest import Lack
    from ripeline.core.reasons import Reason


def as_data(explanation: Explanation) -> dict[str, Any]:
    """The explanation as plain JSON values. Details inside of reasons stay in micro-points and microseconds."""
    result, miss, clock = explanation.result, explanation.miss, explanation.clock
    return {
        "lead_id": result.lead_id,
        "account_id": result.account_id,
        "playbook": explanation.playbook.playbook,
        "at": iso(result.at),
        "stage": Stage(result.stage).name.lower(),
        "handoff": result.handoff,
        "due_at": iso(clock.due_at) if clock else None,
        "calendar": clock.calendar if clock else None,
        "scores": _points(result.scores),
        "cell": result.cell,
        "persona": result.persona,
        "phase": result.phase,
        "excluded": result.excluded,
        "excluded_by": [_lack(lack) for lack in explanation.excluded_by],
        "not_evaluated": result.not_evaluated,
        "notes": _reasons(explanation.notes),
        "contributions": [_line(line) for line in explanation.lines],
        "steps": [_step(step) for step in explanation.steps],
        "missing": None if miss is None else missing(miss),
        "changes": [
            {"news": change.news.as_json(), "effects": _reasons(change.effects)} for change in explanation.changes
        ],
        "ahead": [{"at": iso(ahead.at), "effects": _reasons(ahead.effects)} for ahead in explanation.ahead],
    }


def missing(miss: Miss) -> dict[str, Any]:
    """What the next gate lacks: the nearest ways, each of tests that must all come out."""
    return {
        "gate": miss.gate,
        "progress": miss.progress / 1_000_000,
        "opens": None if miss.opens is None else miss.opens.as_json(),
        "ways": [[_lack(lack) for lack in way] for way in miss.ways],
    }


def _line(line: Line) -> dict[str, Any]:
    what = line.what
    own = {"kind": what.kind, "name": what.name, "axis": what.axis, "points": what.points / MICRO}
    return own | {"awards": what.awards, "last_at": iso(what.last_at), "evidence": _reasons(line.evidence)}


def _step(step: Step) -> dict[str, Any]:
    held = [_lack(lack) for lack in step.held]
    return {"at": iso(step.at), "what": step.what.as_json(), "scores": _points(step.scores), "held": held}


def _lack(lack: Lack) -> dict[str, Any]:
    parts = {"asked": lack.asked, "now": lack.now, "short": lack.short}
    told = {name: None if reason is None else reason.as_json() for name, reason in parts.items()}
    return told | {"negated": lack.negated}


def _reasons(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    return [reason.as_json() for reason in reasons]


def _points(scores: Mapping[str, int] | None) -> dict[str, float] | None:
    return None if scores is None else {axis: points / MICRO for axis, points in scores.items()}
