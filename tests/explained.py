"""The cast of the tests of explanations: a small playbook, and Ada, who did this and that."""

from __future__ import annotations

from typing import Any

from ripeline.core.explanation import Explanation, explain
from ripeline.core.instants import DAY
from ripeline.core.playbook import Playbook
from ripeline.core.scoring import Version
from ripeline.core.tables import history_from_rows

Tree = dict[str, Any]

START = 20_458 * DAY  # 2026-01-05 00:00 UTC, a Monday

BASE: Tree = {
    "playbook": "Small",
    "timezone": "UTC",
    "consent": "assumed",
    "attributes": {"size": {"type": "number", "label": "Company size"}, "relation": {"type": "text"}},
    "activities": {
        "paper": {"event": "paper", "label": "Paper"},
        "visit": {"event": "page", "passive": True},
        "ask": {"event": "ask", "conversion": True, "label": "Demo request"},
    },
    "axes": {
        "engagement": {"bands": {"1": 50, "2": 25}, "otherwise": "3"},
        "fit": {"bands": {"A": 20}, "otherwise": "B"},
    },
    "rules": {
        "papers": {"on": "paper", "points": 10, "decay": {"half_life": "30 days"}},
        "visits": {"on": "visit", "points": 4, "repeat": "once_per_day"},
        "size": {"axis": "fit", "when": {"attribute": "size", "at_least": 50}, "points": 20},
    },
    "exclusions": {"competitor": {"attribute": "relation", "is": "competitor"}},
    "gates": {
        "mql": {"enter": {"any": [{"score": "engagement", "at_least": 30}, {"did": "ask", "within": "30 days"}]}},
        "sales_ready": {"enter": {"all": [{"cell": ["A1", "A2"]}, {"did": "ask", "within": "60 days"}]}},
    },
    "handoff": {"response_time": "24 h"},
}


def small_playbook(**parts: object) -> Playbook:
    """The small playbook with these parts in place of its own."""
    return Playbook.model_validate(BASE | parts)


Row = tuple[float, str] | tuple[float, str, Tree]


def ada(*rows: Row, day: float = 0, book: Playbook | None = None, **attributes: Any) -> Explanation:  # noqa: ANN401 - any value
    """Ada explained so many days after the start, from rows of day, event and properties."""
    playbook = book or small_playbook()
    history = history_from_rows(
        [playbook],
        [{"lead_id": "ada", "attributes": attributes}],
        [
            {"lead_id": "ada", "at": START + round(row[0] * DAY), "event": row[1], "properties": (*row, {})[2]}
            for row in rows
        ],
    )
    return explain([Version(playbook)], history, "ada", START + round(day * DAY))
