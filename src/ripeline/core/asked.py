"""What a test asks, as a reason that any language can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.core import conditions as c
from ripeline.core.columns import as_text
from ripeline.core.reasons import Reason

if TYPE_CHECKING:
    from ripeline.core.conditions import Condition

_LIST_OPERATORS = frozenset({"in_", "not_in", "contains", "starts_with", "ends_with", "has", "domain_in"})


def asked(test: Condition) -> Reason:  # noqa: PLR0911 - one answer for each kind of test
    """The reason that says what a single test of a lead asks; raises TypeError for a condition made of parts."""
    match test:
        case c.AttributeTest():
            return _asked_of_attribute(test)
        case c.DidTest():
            return _asked_of_deeds(test)
        case c.ScoreTest(score=axis, at_least=level) if level is not None:
            return Reason("asked_score", axis=axis, needed=level)
        case c.ScoreTest(score=axis, below=level) if level is not None:
            return Reason("asked_score_below", axis=axis, needed=level)
        case c.AccountTest(account=axis, at_least=level):
            return Reason("asked_account", axis=axis, needed=level)
        case c.CellTest(cell=cells):
            return Reason("asked_cell", cells=cells)
        case c.PersonaTest(persona=personas):
            return Reason("asked_persona", personas=personas)
        case c.PhaseTest(phase=phases):
            return Reason("asked_phase", phases=tuple(phases))
        case _:
            return _asked_of_habits(test)


def _asked_of_habits(test: Condition) -> Reason:
    match test:
        case c.BantTest(bant=count, required=items):
            return (
                Reason("asked_bant_required", count=count, items=items) if items else Reason("asked_bant", count=count)
            )
        case c.CompletenessTest(completeness=percent):
            return Reason("asked_completeness", percent=percent)
        case c.SilentTest(silent=span):
            return Reason("asked_silent", span=span)
        case c.SurgeTest(surge=times, within=span):
            return Reason("asked_surge", times=times, span=span)
        case c.ReturningTest(returning=what):
            return Reason("asked_key_pages" if what == "key_pages" else "asked_returning")
    raise TypeError(f"{type(test).__name__} is not a single test of a lead")


def _asked_of_deeds(test: c.DidTest) -> Reason:
    span = {} if test.within is None else {"span": test.within}
    suffix = "_within" if span else ""
    if test.highest is None:
        return Reason(f"asked_did{suffix}", count=test.lowest, activities=test.did, **span)
    if test.highest == 0:
        return Reason(f"asked_did_never{suffix}", activities=test.did, **span)
    return Reason(f"asked_did_at_most{suffix}", highest=test.highest, activities=test.did, **span)


def _asked_of_attribute(test: c.AttributeTest) -> Reason:
    operator = test.operator
    operand = getattr(test, operator)
    if operator == "missing":
        return Reason("asked_missing" if operand else "asked_known", attribute=test.attribute)
    if operator in _LIST_OPERATORS:
        values = tuple(as_text(value) or "" for value in operand)
        return Reason(f"asked_{operator.rstrip('_')}", attribute=test.attribute, values=values)
    return Reason(f"asked_{operator.rstrip('_')}", attribute=test.attribute, value=as_text(operand) or "")
