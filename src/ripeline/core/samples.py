"""Values that would make a test hold, for the question what would change it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ripeline.core import conditions as c
from ripeline.core.columns import as_text
from ripeline.core.playbook import ValueTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.core.conditions import Condition, ValueTest
    from ripeline.core.playbook import Playbook

_ANYTHING = "?"
_PER_ATTRIBUTE = 4
_FIRST_OF = ("in_", "contains", "starts_with", "ends_with", "has")
_ITSELF = ("is_", "at_least", "at_most")
_DAY = timedelta(days=1)


def sample_event(
    where: Condition | None,
) -> dict[str, str] | None:
    """Properties of an event for which a condition holds; None if none is easily found."""
    match where:
        case None:
            return {}
        case c.All(all=parts):
            samples = [sample_event(part) for part in parts]
            told = [each for each in samples if each is not None]
            return {name: value for each in told for name, value in each.items()} if len(told) == len(samples) else None
        case c.Any_(any=parts):
            return next((found for part in parts if (found := sample_event(part)) is not None), None)
        case c.PropertyTest() if where.or_unknown or where.missing is True:
            return {}
        case c.PropertyTest():
            value = sample(where)
            return None if value is None else {where.property: value}
    return None


def sample(test: ValueTest) -> str | None:  # noqa: PLR0911 - one answer for each kind of operator
    """A value, as text, for which a test holds; None if none is easily found."""
    operator = test.operator
    operand = getattr(test, operator)
    if operator in _FIRST_OF:
        return as_text(operand[0])
    if operator in _ITSELF:
        return as_text(operand)
    match operator:
        case "missing":
            return None if operand else _ANYTHING
        case "domain_in":
            return f"{_ANYTHING}@{operand[0]}"
        case "above" | "below":
            return as_text(operand + 1 if operator == "above" else operand - 1)
        case "before" | "after":
            return as_text(operand + _DAY if operator == "after" else operand - _DAY)
    return None


def attribute_samples(playbook: Playbook) -> dict[str, list[str]]:
    """For each attribute, some values that a rule, a persona or a gate asks for."""
    samples: dict[str, list[str]] = {}
    for test in _attribute_tests(playbook):
        value, known = sample(test), samples.setdefault(test.attribute, [])
        if value not in (None, _ANYTHING) and value is not None and value not in known and len(known) < _PER_ATTRIBUTE:
            known.append(value)
    return samples


def _attribute_tests(playbook: Playbook) -> Iterator[c.AttributeTest]:
    gates = [playbook.gates.mql, playbook.gates.sales_ready]
    for rule in playbook.rules.values():
        yield from _tests(rule.when)
        if isinstance(rule.points, ValueTable) and rule.points.attribute is not None:
            for row in rule.points.rows:
                said = row.model_dump(exclude={"points"}, exclude_none=True)
                yield c.AttributeTest(attribute=rule.points.attribute, **said)
    for condition in [*(persona.when for persona in playbook.personas.values()), *(gate.enter for gate in gates)]:
        yield from _tests(condition)


def _tests(condition: Condition | None) -> Iterator[c.AttributeTest]:
    match condition:
        case c.AttributeTest():
            yield condition
        case c.All(all=parts) | c.Any_(any=parts):
            for part in parts:
                yield from _tests(part)
