"""How often the intervals of a backtest hold the truth: many made-up companies, and the truth from much larger ones.

    python benchmarks/intervals.py --histories 200 --leads 2000 --template consultancy

The truth of each number is its mean over ten companies of ten times the size, none of which is among the histories.
An interval should hold it in 90 to 99 of 100 histories, and be narrower than half the effect: of what the number is
above nothing, or, for the lift, above 1.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import ripeline
from ripeline.core.backtest import backtest, past_of
from ripeline.core.comparison import differences
from ripeline.core.decisions import without_people
from ripeline.core.outcomes import read_outcomes
from ripeline.core.playbook import Playbook
from ripeline.core.sweep import shifted
from ripeline.generated import company, write

if TYPE_CHECKING:
    from ripeline.core.backtest import Report
    from ripeline.core.comparison import GateDifference
    from ripeline.core.intervals import Estimate

PLAYBOOKS = Path(ripeline.__file__).parent / "playbooks"
FIRST_SEED, TRUE_SEED = 1000, 9000
LARGER, COMPANIES = 10, 10
HARDER = 15
"""By so many points the other definition's MQL is harder to reach."""


def estimates(playbook: Playbook, seed: int, leads: int) -> dict[str, Estimate | None]:
    """Every number that a backtest gives an interval for, of one made-up company."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        write(company(template_of(playbook), leads=leads, seed=seed), here, "parquet")
        history = ripeline.read_history([playbook], leads=here / "leads.parquet", events=here / "events.parquet")
        outcomes = read_outcomes(here / "outcomes.parquet", history.leads["lead_id"])
    at = int(np.max([history.events["at"].to_numpy().max(), outcomes.table["at"].to_numpy().max()]))
    past, own = past_of(history, outcomes, at), without_people(history)[0]
    first = backtest(playbook, own, past, reps=5)
    other = backtest(shifted(playbook, "mql", HARDER), own, past)
    return _of_report(first) | _of_difference(differences(first, other)[0])


def template_of(playbook: Playbook) -> str:
    """The template that the playbook was read from."""
    return next(path.stem for path in PLAYBOOKS.glob("*.yaml") if playbook_of(path.stem).playbook == playbook.playbook)


def playbook_of(template: str) -> Playbook:
    """A starter playbook; raises TypeError if it has problems."""
    found = ripeline.load_playbook((PLAYBOOKS / f"{template}.yaml").read_bytes(), file=template)
    if not isinstance(found, Playbook):
        raise TypeError(template)
    return found


def _of_report(report: Report) -> dict[str, Estimate | None]:
    found: dict[str, Estimate | None] = {"hand-offs a week": report.handoffs.per_week}
    for gate in report.gates:
        told = {
            "precision": gate.precision,
            "won share": gate.won_share,
            "recall": gate.recall,
            "lift of the judged": gate.lift,
            "lift": gate.won_lift,
            "a month": gate.per_month,
            "days ahead, lower quarter": gate.warning[0],
            "days ahead, median": gate.warning[1],
            "days ahead, upper quarter": gate.warning[2],
        }
        told |= {f"won within {each.within} days": each.share for each in gate.won_within if each.within in (60, 180)}
        found |= {f"{gate.gate}: {name}": value for name, value in told.items()}
    return found


def _of_difference(gate: GateDifference) -> dict[str, Estimate | None]:
    told = {"decided": gate.decided, "precision": gate.precision, "recall": gate.recall}
    return {f"mql less harder mql: {name}": value for name, value in told.items()}


def main() -> None:
    """Print for each number its truth, how often the intervals hold it, their mean width, and half the effect."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=200)
    parser.add_argument("--leads", type=int, default=2000)
    parser.add_argument("--template", default="consultancy")
    asked = parser.parse_args()
    book = playbook_of(asked.template)
    large = [estimates(book, TRUE_SEED + n, LARGER * asked.leads) for n in range(COMPANIES)]
    found = [estimates(book, FIRST_SEED + n, asked.leads) for n in range(asked.histories)]
    print(f"{asked.histories} histories of {asked.leads} leads, template {asked.template}")
    print(f"{'number':<42}{'truth':>9}{'covered':>9}{'width':>9}{'half the effect':>17}")
    for name in large[0]:
        scale = LARGER if name.endswith(("a month", "a week")) else 1
        truth = float(np.mean([each[name].value for each in large if each[name] is not None])) / scale  # type: ignore[union-attr]
        told = [each[name] for each in found if each.get(name) is not None]
        held = [(of.low is None or of.low <= truth) and (of.high is None or truth <= of.high) for of in told if of]
        widths = [of.high - of.low for of in told if of and of.low is not None and of.high is not None]
        effect = abs(truth - 1) if "lift" in name else abs(truth)
        print(f"{name:<42}{truth:>9.3f}{np.mean(held):>9.1%}{np.mean(widths):>9.3f}{effect / 2:>17.3f}")


if __name__ == "__main__":
    main()
