"""A small playbook, and Ada: what the oracle is asked about in the tests by hand."""

from __future__ import annotations

from typing import Any

import oracle
from ripeline.core.playbook import Playbook

Tree = dict[str, Any]

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = 20_458 * DAY  # 2026-01-05 00:00 UTC, a Monday

BASE: Tree = {
    "playbook": "By hand",
    "timezone": "UTC",
    "consent": "assumed",
    "activities": {
        "paper": {"event": "paper"},
        "page": {"event": "page", "passive": True},
        "ask": {"event": "ask", "conversion": True},
        "quote": {"event": "quote", "conversion": True},
    },
    "rules": {"papers": {"on": "paper", "points": 10}},
    "gates": {
        "mql": {"enter": {"score": "engagement", "at_least": 30}},
        "sales_ready": {"enter": {"did": "ask", "within": "60 days"}},
    },
}


def book(**parts: object) -> Tree:
    """A playbook as the oracle takes it: the base with these parts in place of its own."""
    return Playbook.model_validate(BASE | parts).model_dump(mode="python", by_alias=True)


def gates(mql: Tree | None = None, sales_ready: Tree | None = None) -> Tree:
    """Both gates, those of the base where none is given."""
    base = BASE["gates"]
    return {"mql": mql or base["mql"], "sales_ready": sales_ready or base["sales_ready"]}


def row(day: float, event: str, properties: Tree | None = None, **more: object) -> Tree:
    """A row of Ada's, so many days after the start."""
    return {"lead_id": "ada", "at": START + round(day * DAY), "event": event, "properties": properties or {}, **more}


def lead(name: str = "ada", account: str | None = None, **attributes: Any) -> Tree:  # noqa: ANN401 - any value
    """A row of the table of leads."""
    return {"lead_id": name, "account_id": account, "created_at": None, "attributes": attributes}


def ada(playbook: Tree, rows: list[Tree], day: float, **attributes: Any) -> oracle.Result:  # noqa: ANN401 - any value
    """What is shown of Ada so many days after the start."""
    return oracle.evaluate([(playbook, None, None)], [lead(**attributes)], rows, START + round(day * DAY))["ada"]


def happened(result: oracle.Result, kind: str) -> list[tuple[object, ...]]:
    """The journal's entries of a kind, each with its day."""
    return [((entry[0] - START) / DAY, *entry[2:]) for entry in result.journal if entry[1] == kind]  # type: ignore[operator]


def moves(result: oracle.Result) -> list[tuple[object, ...]]:
    """Day, from, to, reason, gate."""
    return happened(result, "move")


def handoffs(result: oracle.Result) -> list[tuple[object, ...]]:
    """Day and status."""
    return [entry[:2] for entry in happened(result, "handoff")]
