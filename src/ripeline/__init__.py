"""Ripeline decides, explains and proves which leads are ripe.

The public names of the library. Each is loaded when it is first asked for, so that the command line starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ripeline.core.backtest import Report, backtest, past_of
    from ripeline.core.decisions import without_people
    from ripeline.core.explanation import Explanation, explain
    from ripeline.core.history import History, history_from_rows
    from ripeline.core.outcomes import Outcomes, read_outcomes
    from ripeline.core.playbook import Playbook
    from ripeline.core.playbook_yaml import load as load_playbook
    from ripeline.core.problems import Problem
    from ripeline.core.results import (
        LeadResult,
        contributions_table,
        journal_table,
        lead_result,
        lead_results,
        scores_table,
    )
    from ripeline.core.scenario_run import run_scenarios
    from ripeline.core.scoring import Evaluation, Version, evaluate
    from ripeline.core.tables import DataProblem, read_history, write_table

__all__ = [
    "DataProblem",
    "Evaluation",
    "Explanation",
    "History",
    "LeadResult",
    "Outcomes",
    "Playbook",
    "Problem",
    "Report",
    "Version",
    "backtest",
    "contributions_table",
    "evaluate",
    "explain",
    "history_from_rows",
    "journal_table",
    "lead_result",
    "lead_results",
    "load_playbook",
    "past_of",
    "read_history",
    "read_outcomes",
    "run_scenarios",
    "scores_table",
    "without_people",
    "write_table",
]

_HOMES = {
    "backtest": ("Report", "backtest", "past_of"),
    "decisions": ("without_people",),
    "explanation": ("Explanation", "explain"),
    "history": ("History", "history_from_rows"),
    "outcomes": ("Outcomes", "read_outcomes"),
    "playbook": ("Playbook",),
    "playbook_yaml": ("load_playbook",),
    "problems": ("Problem",),
    "results": ("LeadResult", "contributions_table", "journal_table", "lead_result", "lead_results", "scores_table"),
    "scenario_run": ("run_scenarios",),
    "scoring": ("Evaluation", "Version", "evaluate"),
    "tables": ("DataProblem", "read_history", "write_table"),
}
_OTHER_NAMES = {"load_playbook": "load"}


def __getattr__(name: str) -> object:
    """Load a public name from its module."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"ripeline.core.{module}"), _OTHER_NAMES.get(name, name))
    raise AttributeError(f"module ripeline has no attribute {name}")
