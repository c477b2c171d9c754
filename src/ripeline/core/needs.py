"""What playbooks ask of the data, so that nothing else is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ripeline.core.conditions import All, Any_, Not, PropertyTest
from ripeline.core.playbook import ValueTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ripeline.core.columns import Kind
    from ripeline.core.conditions import Condition
    from ripeline.core.playbook import Playbook

RESERVED = (
    "attributes_changed",
    "consent_given",
    "consent_withdrawn",
    "bant_answered",
    "points_adjusted",
    "event_voided",
    "override_set",
    "override_ended",
    "verdict_given",
    "stage_set",
    "touch_logged",
)
"""The event names that have a meaning of their own; all other rows are events of the lead."""

LEAD_COLUMNS = ("lead_id", "account_id", "created_at")
_AXES = ("engagement", "fit")


@dataclass(frozen=True, slots=True)
class Needs:
    """The event names, properties, attributes, axes and BANT answers that some playbooks speak of.

    Of acts that are left out only time, `by` and `reason` are read: what else they say is nobody's concern.
    """

    events: tuple[str, ...]
    properties: tuple[str, ...]
    attributes: Mapping[str, Kind]
    axes: tuple[str, ...]
    answers: Mapping[str, tuple[str, ...]]
    left_out: tuple[str, ...] = ()


def needs_of(playbooks: Sequence[Playbook]) -> Needs:
    """What these playbooks ask of the data together.

    Raises ValueError if they declare one attribute with two types, or one that is named like a column of its own.
    """
    events = {name for book in playbooks for activity in book.activities.values() for name in activity.event}
    properties = {name for book in playbooks for name in _properties(book)}
    axes = {name for book in playbooks for name in (*_AXES, *book.axes)}
    answers: dict[str, tuple[str, ...]] = {}
    for book in playbooks:
        for item, spec in book.bant.items():
            answers[item] = (*answers.get(item, ()), *spec.answers)
    return Needs(
        tuple(sorted(events.difference(RESERVED))),
        tuple(sorted(properties)),
        _attributes(playbooks),
        tuple(sorted(axes)),
        answers,
    )


def _attributes(playbooks: Sequence[Playbook]) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for book in playbooks:
        for name, attribute in book.attributes.items():
            if name in LEAD_COLUMNS:
                message = f"an attribute cannot be named {name}: that is a column of its own in the leads' table"
                raise ValueError(message)
            if kinds.setdefault(name, attribute.type) != attribute.type:
                message = f"the playbooks disagree on attribute {name}: {kinds[name]} or {attribute.type}"
                raise ValueError(message)
    return kinds


def _properties(book: Playbook) -> Iterator[str]:
    for activity in book.activities.values():
        yield from _tested(activity.where)
    for rule in book.rules.values():
        yield from _tested(rule.where)
        if isinstance(rule.points, ValueTable) and rule.points.property is not None:
            yield rule.points.property


def _tested(condition: Condition | None) -> Iterable[str]:
    if isinstance(condition, PropertyTest):
        yield condition.property
    elif isinstance(condition, All):
        for part in condition.all:
            yield from _tested(part)
    elif isinstance(condition, Any_):
        for part in condition.any:
            yield from _tested(part)
    elif isinstance(condition, Not):
        yield from _tested(condition.not_)
