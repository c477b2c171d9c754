"""What one run of ``ripeline backtest`` found, as its views are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.core.backtest import Report
    from ripeline.core.comparison import ChangedLead, GateDifference, Why
    from ripeline.core.history import History
    from ripeline.core.outcomes import Outcomes
    from ripeline.core.sweep import Sweep


@dataclass(frozen=True)
class Comparison:
    """The other definition beside the first, and which leads would change; the first of them with reasons."""

    other: Report
    gates: tuple[GateDifference, GateDifference]
    changed: Sequence[ChangedLead]
    whys: Sequence[Why]


@dataclass(frozen=True)
class Backtested:
    """All that one run found, and where it was written."""

    history: History
    outcomes: Outcomes
    report: Report
    left_out: int | None
    """How many rows of people; None if they were taken in."""
    untimed: tuple[str, ...]
    without_untimed: Report | None
    comparison: Comparison | None
    sweep: Sweep | None
