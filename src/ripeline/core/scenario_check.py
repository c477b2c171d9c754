"""Problems of scenarios: what they tell and expect must be what the playbook speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ripeline.core.columns import CURES, DataProblem, as_text, read_value
from ripeline.core.condition_check import references, unknown
from ripeline.core.consent import purposes_of
from ripeline.core.needs import LEAD_COLUMNS, RESERVED, needs_of
from ripeline.core.phrases import phrase
from ripeline.core.phrases import phrase as _
from ripeline.core.problems import Finding, nearest
from ripeline.core.reserved import read_act

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ripeline.core.condition_check import Names
    from ripeline.core.needs import Needs
    from ripeline.core.playbook import Playbook
    from ripeline.core.problems import Place
    from ripeline.core.scenarios import Expectation, Scenario, ScenarioEvent


def check_scenarios(playbook: Playbook, names: Names) -> Iterator[Finding]:
    """Yield what scenarios say of things that the playbook does not know, or cannot take in that form."""
    if not playbook.scenarios or any(name in LEAD_COLUMNS for name in playbook.attributes):
        return
    needs = needs_of([playbook])
    purposes = set(purposes_of(playbook))
    first: dict[str, int] = {}
    for position, scenario in enumerate(playbook.scenarios):
        place = ("scenarios", position)
        if first.setdefault(scenario.name, position) != position:
            yield Finding((*place, "name"), "PB123", {"first": str(first[scenario.name] + 1)})
        yield from _check_attributes(scenario.attributes, (*place, "attributes"), names)
        yield from _check_history(scenario, (*place, "history"), needs, names)
        yield from _check_mentions(scenario, (*place, "history"), purposes)
        yield from _check_expectation(playbook, scenario.expect, (*place, "expect"), names)


def _check_attributes(values: Mapping[str, Any], place: Place, names: Names) -> Iterator[Finding]:
    for name, value in values.items():
        kind = names.attribute.get(name)
        if kind is None:
            yield unknown((*place, name), _("attribute"), name, names.attribute, "attributes")
            continue
        try:
            read_value(value, kind)  # type: ignore[arg-type]
        except ValueError:
            yield Finding((*place, name), "PB122", {"type": kind, "wanted": phrase(CURES[kind])})  # type: ignore[index]


def _check_history(scenario: Scenario, place: Place, needs: Needs, names: Names) -> Iterator[Finding]:
    for position, row in enumerate(scenario.history):
        if row.event in RESERVED:
            yield from _check_act(row, (*place, position), needs, names)
        elif row.event not in needs.events:
            known = [*needs.events, *RESERVED]
            yield unknown((*place, position, "event"), _("event"), row.event, known, "activities")


def _check_act(row: ScenarioEvent, place: Place, needs: Needs, names: Names) -> Iterator[Finding]:
    if row.event == "attributes_changed":
        yield from _check_attributes(row.properties, (*place, "with"), names)
        return
    try:
        read_act(row.event, row.properties, needs)
    except DataProblem as problem:
        params = {"what": problem.what, "cure": problem.cure}
        yield Finding((*place, "with", problem.column), "PB126", params)


def _check_mentions(scenario: Scenario, place: Place, purposes: set[str]) -> Iterator[Finding]:
    ids = {row.id for row in scenario.history if row.id is not None}
    spoken_of = {
        "event_voided": ("voids", _("event id"), ids, "history"),
        "consent_given": ("purpose", _("purpose"), purposes, "consent"),
        "consent_withdrawn": ("purpose", _("purpose"), purposes, "consent"),
    }
    for position, row in enumerate(scenario.history):
        if row.event in spoken_of:
            key, kind, known, section = spoken_of[row.event]
            name = as_text(row.properties.get(key))
            if name is not None and name not in known:
                yield unknown((*place, position, "with", key), kind, name, sorted(known), section)


def _check_expectation(playbook: Playbook, expect: Expectation, place: Place, names: Names) -> Iterator[Finding]:
    for axis in expect.scores:
        if axis not in names.axis:
            yield unknown((*place, "scores", axis), _("axis"), axis, names.axis, "axes")
    if expect.cell is not None and expect.cell not in names.cells:
        params = {"cell": expect.cell, "allowed": ", ".join(sorted(names.cells)) or _("none")}
        yield Finding((*place, "cell"), "PB110", params | {"near": nearest(expect.cell, names.cells)})
    wanted = [
        ("persona", _("persona"), names.persona, "personas"),
        ("phase", _("phase"), names.phase, "journey"),
        ("excluded", _("exclusion"), playbook.exclusions, "exclusions"),
    ]
    for key, kind, known, section in wanted:
        name = getattr(expect, key)
        if name not in (None, "none"):
            yield from references((*place, key), kind, [name], known, section)
    reasons = [*playbook.rules, "adjusted"]
    reasons += [f"cap {name}" for name in (*playbook.rules, *playbook.groups, *names.axis)]
    for reason in expect.reasons:
        if reason not in reasons:
            yield unknown((*place, "reasons", reason), _("reason"), reason, reasons, "rules")
