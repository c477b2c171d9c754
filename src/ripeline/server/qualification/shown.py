"""How a lead is shown in lists: its last evaluation in the columns of its row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from ripeline.server import json_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.core.results import LeadResult
    from ripeline.server.leads import Lead

COLUMNS = ("stage", "scores", "cell", "persona", "phase", "excluded", "not_evaluated", "progress")
_SAVE = f"UPDATE server_lead SET {', '.join(f'{name} = %s' for name in COLUMNS)}, computed_at = %s WHERE id = %s"  # noqa: S608


def shown(lead: Lead) -> tuple[Any, ...]:
    """What is shown of a lead."""
    return tuple(getattr(lead, name) for name in COLUMNS)


def shown_by(result: LeadResult) -> tuple[Any, ...]:
    """What a result shows of its lead."""
    return (
        result.stage.name.lower(),
        json_text.written(result.scores or {}),
        result.cell or "",
        result.persona or "",
        result.phase or "",
        result.excluded or "",
        result.not_evaluated or "",
        json_text.written(result.progress or {}),
    )


def save(changed: Sequence[tuple[Lead, tuple[Any, ...]]], at: int) -> None:
    """Write what is shown of some leads from now on, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.executemany(_SAVE, [(*columns, at, lead.pk) for lead, columns in changed])
