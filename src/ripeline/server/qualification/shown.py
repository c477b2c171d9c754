"""How a lead is shown in lists: its last evaluation in the columns of its row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from ripeline.core.layout import TRUE, Leaf
from ripeline.core.lifecycle import Stage
from ripeline.server import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ripeline.core.results import LeadResult
    from ripeline.core.scoring import Evaluation
    from ripeline.server.leads import Lead

_NEXT_GATE = {Stage.LEAD: "mql", Stage.MQL: "sales_ready"}
_WAITS_FOR = ("", "conversion", "data")
"""What a new offer waits for, by the evaluator's number: a conversion action after the cool-down, or better data."""
COLUMNS = (
    *("stage", "scores", "cell", "persona", "phase", "excluded", "not_evaluated", "progress"),
    *("ahead", "engagement", "fit", "last_at", "plain", "silent", "surging"),
    *("waits_for", "waits_since", "cool_until"),
)
_PLACE = ("stage", "cell", "persona", "phase", "excluded", "not_evaluated")
_SAVE = f"UPDATE server_lead SET {', '.join(f'{name} = %s' for name in COLUMNS)}, computed_at = %s WHERE id = %s"  # noqa: S608


def shown(lead: Lead) -> tuple[Any, ...]:
    """What is shown of a lead."""
    return tuple(getattr(lead, name) for name in COLUMNS)


def place(lead: Lead) -> tuple[Any, ...]:
    """Where a lead is shown to stand: what tracks go by."""
    return tuple(getattr(lead, name) for name in _PLACE)


def place_of(told: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same of what an evaluation shows."""
    return tuple(told[COLUMNS.index(name)] for name in _PLACE)


def shown_by(evaluation: Evaluation, results: Iterable[LeadResult]) -> Iterator[tuple[Any, ...]]:
    """What an evaluation shows of each lead; the results are those of all its leads, in their order."""
    signs = zip(_held(evaluation, Leaf.SILENT), _held(evaluation, Leaf.SURGE), evaluation.state.leads, strict=True)
    for result, (silent, surging, state) in zip(results, signs, strict=True):
        scores, progress = result.scores or {}, result.progress or {}
        waits_for = _WAITS_FOR[int(state.waiting)]
        yield (
            result.stage.name.lower(),
            json_text.written(scores),
            result.cell or "",
            result.persona or "",
            result.phase or "",
            result.excluded or "",
            result.not_evaluated or "",
            json_text.written(progress),
            progress.get(_NEXT_GATE.get(result.stage, ""), 0),
            scores.get("engagement", 0),
            scores.get("fit", 0),
            result.last_at or 0,
            result.plain,
            bool(scores) and silent,
            bool(scores) and surging,
            waits_for,
            int(state.waiting_since) if waits_for else 0,
            int(state.cool_until) if waits_for == "conversion" else 0,
        )


def _held(evaluation: Evaluation, kind: Leaf) -> list[bool]:
    """For each lead, whether any of the definition's tests of a kind holds."""
    places = [place for place, (own, _, _) in enumerate(evaluation.compiled.leaves) if own == kind]
    held: list[bool] = (evaluation.answers.leaf_truth[:, places] == TRUE).any(axis=1).tolist()
    return held


def save(changed: Sequence[tuple[Lead, tuple[Any, ...]]], at: int) -> None:
    """Write what is shown of some leads from now on, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.executemany(_SAVE, [(*columns, at, lead.pk) for lead, columns in changed])
