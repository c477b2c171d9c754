"""How one lead stands to every single test of the playbook: true, false or unknown, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ripeline.core import conditions as c
from ripeline.core.columns import as_text
from ripeline.core.layout import FALSE, TRUE, UNKNOWN, Leaf

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from ripeline.core.conditions import Condition
    from ripeline.core.playbook import Playbook
    from ripeline.core.results import LeadResult
    from ripeline.core.scoring import Evaluation
    from ripeline.core.tables import History

_LOOKED_UP = {Leaf.ATTRIBUTE, Leaf.DID, Leaf.SILENT, Leaf.SURGE, Leaf.RETURNING, Leaf.COMPLETENESS, Leaf.BANT}


@dataclass(frozen=True, slots=True)
class Standing:
    """A lead's result, its scores even when they are not shown, what each test found, its attributes and BANT items."""

    playbook: Playbook
    result: LeadResult
    scores: Mapping[str, int]
    tests: Mapping[Hashable, tuple[int, int]]
    attributes: Mapping[str, str | None]
    items: Mapping[str, str]

    def truth(self, test: Condition) -> int:
        """FALSE, TRUE or UNKNOWN, for single tests and for conditions made of them."""
        match test:
            case c.All(all=parts):
                found = {self.truth(part) for part in parts}
                return FALSE if FALSE in found else UNKNOWN if UNKNOWN in found else TRUE
            case c.Any_(any=parts):
                found = {self.truth(part) for part in parts}
                return TRUE if TRUE in found else UNKNOWN if UNKNOWN in found else FALSE
            case c.Not(not_=part):
                found_in = self.truth(part)
                return UNKNOWN if found_in == UNKNOWN else TRUE - found_in
            case _:
                held = self._held(test)
                return self.tests[_key(test)][0] if held is None else TRUE if held else FALSE

    def value(self, test: Condition) -> int:
        """What a test counted: events, known attributes, items met."""
        return self.tests[_key(test)][1]

    def _held(self, test: Condition) -> bool | None:  # noqa: PLR0911 - one answer for each kind of test
        """Whether a test of what the result shows holds; None if it is a test of something else."""
        scores = self.scores
        match test:
            case c.ScoreTest(score=axis, at_least=level) if level is not None:
                return scores[axis] >= level
            case c.ScoreTest(score=axis, below=level) if level is not None:
                return scores[axis] < level
            case c.CellTest(cell=cells):
                return self.result.cell in cells
            case c.AccountTest(account=axis, at_least=level):
                return self.result.account[axis] >= level
            case c.PersonaTest(persona=personas):
                return self.result.persona in personas
            case c.PhaseTest(phase=phases):
                return self.result.phase in phases
        return None


def standing_of(evaluation: Evaluation, result: LeadResult) -> Standing:
    """How a lead stands; the evaluation was made with `details`."""
    lead = evaluation.history.leads["lead_id"].cast(pl.String).index_of(result.lead_id)
    truth, value = evaluation.answers.leaf_truth[lead], evaluation.answers.leaf_value[lead]
    tests = {
        _key(test): (int(truth[place]), int(value[place]))
        for place, (kind, test, _) in enumerate(evaluation.compiled.leaves)
        if kind in _LOOKED_UP and test is not None
    }
    playbook = evaluation.compiled.playbook
    attributes = attributes_at(evaluation.history, lead or 0, evaluation.at)
    scores = {axis: int(evaluation.answers.scores[lead, a]) for a, axis in enumerate(evaluation.compiled.axes)}
    return Standing(
        playbook, result, scores, tests, attributes, _items_at(playbook, evaluation.history, lead or 0, evaluation.at)
    )


def attributes_at(history: History, lead: int, at: int) -> dict[str, str | None]:
    """The attributes of a lead, by its row number, as texts; None if unknown."""
    row = history.leads.row(lead, named=True)
    created = row["created_at"]
    counts = created is None or created <= at
    known = {
        name: as_text(value) if counts else None
        for name, value in row.items()
        if name not in ("lead_id", "account_id", "created_at")
    }
    return known | dict(_in_force(history.changes, lead, at).select("attribute", "value").iter_rows())


def _items_at(playbook: Playbook, history: History, lead: int, at: int) -> dict[str, str]:
    answers = _in_force(history.acts.filter(pl.col("event") == "bant_answered"), lead, at)
    said = dict(answers.select("item", "answer").iter_rows())
    return {
        name: item.answers.get(said[name], "unknown") if name in said else "unknown"
        for name, item in playbook.bant.items()
    }


def _in_force(rows: pl.DataFrame, lead: int, at: int) -> pl.DataFrame:
    """A lead's rows of state in the order in which they came into force; the last word counts."""
    mine = rows.filter((pl.col("lead") == lead) & (pl.col("known_at") <= at))
    return mine.sort(pl.min_horizontal("at", "known_at"), maintain_order=True)


def _key(test: Condition) -> Hashable:
    """The same for tests that ask the same, however they are written."""
    match test:
        case c.DidTest():
            return "did", frozenset(test.did), test.lowest, test.highest, test.within
        case c.SilentTest(activities=names) | c.SurgeTest(activities=names):
            spans = (test.silent,) if isinstance(test, c.SilentTest) else (test.surge, test.within)
            return type(test), frozenset(names or ()), spans
        case c.BantTest():
            return "bant", test.bant, frozenset(test.required)
        case _:
            return test
