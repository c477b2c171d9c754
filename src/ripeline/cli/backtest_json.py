"""``ripeline backtest --json``: every number with its interval, by names that no language changes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ripeline.core.instants import iso

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ripeline.cli.backtested import Backtested, Comparison
    from ripeline.core.backtest import GateReport, Report
    from ripeline.core.comparison import ChangedLead, Why
    from ripeline.core.intervals import Estimate
    from ripeline.core.nearest import Lack
    from ripeline.core.sweep import Sweep

_PARTS = ("whole", "earlier", "later")


def as_data(done: Backtested, written: Sequence[Path]) -> dict[str, Any]:
    """The whole report as plain JSON values; instants in ISO 8601, times in days, shares of 1."""
    past = done.report.past
    return {
        "from": iso(past.start),
        "at": iso(past.at),
        "leads": done.report.leads,
        "won": done.report.won,
        "lost": done.report.lost,
        "later_outcomes": done.outcomes.later,
        "people_left_out": done.left_out,
        **_report(done.report),
        "untimed_attributes": list(done.untimed),
        "without_untimed": None if done.without_untimed is None else _report(done.without_untimed),
        "against": None if done.comparison is None else _comparison(done.comparison),
        "sweep": None if done.sweep is None else _sweep(done.sweep),
        "written": [str(path) for path in written],
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "playbook": report.playbook.playbook,
        "consent": "assumed" if report.playbook.consent == "assumed" else "asked",
        "base_rate": _plain(report.base_rate),
        "won_rate": _plain(report.won_rate),
        "taken_back": report.taken_back,
        "gates": {gate.gate: _gate(gate) for gate in report.gates},
        "handoffs": asdict(report.handoffs),
    }


def _gate(gate: GateReport) -> dict[str, Any]:
    warning = [_plain(quantile) for quantile in gate.warning]
    return _without(asdict(gate), "gate", "warning") | {
        "warning_days": dict(zip(("q25", "q50", "q75"), warning, strict=True))
    }


def _plain(estimate: Estimate | None) -> dict[str, Any] | None:
    return None if estimate is None else asdict(estimate)


def _without(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names}


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        **_report(comparison.other),
        "differences": {each.gate: _without(asdict(each), "gate") for each in comparison.gates},
        "changed": [_changed(change) for change in comparison.changed],
        "why": [
            {"lead_id": change.lead_id, "gate": change.gate, **_why(why)}
            for change, why in zip(comparison.changed, comparison.whys, strict=False)
        ],
    }


def _changed(change: ChangedLead) -> dict[str, Any]:
    data = asdict(change)
    return data | {"at": iso(change.at), "other_at": iso(change.other_at)}


def _why(why: Why) -> dict[str, Any]:
    return {
        "decided_by": "first" if why.by_first else "other",
        "at": iso(why.at),
        "decided": None if why.decided is None else why.decided.as_json(),
        "held": [_lack(lack) for lack in why.held],
        "refused": None if why.refused is None else why.refused.as_json(),
        "missing": [_lack(lack) for lack in why.missing],
    }


def _lack(lack: Lack) -> dict[str, Any]:
    parts = {"asked": lack.asked, "now": lack.now, "short": lack.short}
    return {name: None if part is None else part.as_json() for name, part in parts.items()} | {"not": lack.negated}


def _sweep(sweep: Sweep) -> dict[str, Any]:
    points = [
        {"points": point.points, **{part: _without(_gate(getattr(point, part)), "months") for part in _PARTS}}
        for point in sweep.curve
    ]
    return {"gate": sweep.gate, "cut": iso(sweep.cut), "best": sweep.best, "curve": points}
