"""Problems that concern two places of a playbook: what one says of the other must fit."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from ripeline.core import condition_check as c
from ripeline.core.condition_check import check_condition, references
from ripeline.core.handoff import knows_holidays, regions_of
from ripeline.core.needs import LEAD_COLUMNS, RESERVED
from ripeline.core.phrases import phrase as _
from ripeline.core.playbook import ValueTable
from ripeline.core.playbook_consent import COUNTRY
from ripeline.core.playbook_nurture_check import check_nurture
from ripeline.core.playbook_safety import check_safety
from ripeline.core.problems import Finding, nearest
from ripeline.core.scenario_check import check_scenarios

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ripeline.core.condition_check import Names
    from ripeline.core.playbook import Axis, Gate, Persona, Playbook, Rule
    from ripeline.core.playbook_consent import Contact
    from ripeline.core.problems import Place


def check(playbook: Playbook) -> Iterator[Finding]:
    """Yield every problem that concerns two places, with its place; none if the playbook may be used."""
    names = c.names_of(playbook)
    return chain(
        _check_attributes(playbook),
        _check_activities(playbook, names),
        _check_consent(playbook),
        _check_items(playbook),
        _check_points(playbook, names),
        _check_personas(playbook, names),
        _check_lead_conditions(playbook, names),
        _check_gates(playbook, names),
        _check_calendar(playbook),
        check_safety(playbook),
        check_nurture(playbook, names),
        check_scenarios(playbook, names),
    )


def _check_attributes(playbook: Playbook) -> Iterator[Finding]:
    for name in playbook.attributes:
        if name in LEAD_COLUMNS:
            yield Finding(("attributes", name), "PB120", {"name": name})
    yield from references(("completeness",), _("attribute"), playbook.completeness, playbook.attributes, "attributes")


def _check_activities(playbook: Playbook, names: Names) -> Iterator[Finding]:
    for name, activity in playbook.activities.items():
        place = ("activities", name)
        for position, event in enumerate(activity.event):
            if event in RESERVED:
                yield Finding((*place, "event", position), "PB117", {"event": event})
        yield from check_condition(activity.where, (*place, "where"), c.OF_EVENT, names)
        if activity.content is not None:
            yield from references(
                (*place, "content"), _("content class"), [activity.content], playbook.content, "content"
            )
    visits = playbook.visits
    if visits is not None:
        yield from references(("visits", "activities"), _("activity"), visits.activities, names.activity, "activities")
        yield from references(("visits", "key_pages"), _("activity"), visits.key_pages, names.activity, "activities")


def _check_consent(playbook: Playbook) -> Iterator[Finding]:
    if playbook.consent == "assumed":
        return
    used = {activity.channel for activity in playbook.activities.values() if activity.channel is not None}
    for channel in playbook.consent.channels:
        if channel not in used:
            yield c.unknown(("consent", "channels", channel), _("channel"), channel, sorted(used), "activities")
    yield from _check_contact(playbook, playbook.consent.contact)


def _check_contact(playbook: Playbook, contact: Contact) -> Iterator[Finding]:
    told = playbook.attributes.get(COUNTRY)
    place: Place = ("consent", "contact")
    if contact.countries and (told is None or told.type != "text"):
        yield Finding((*place, "countries"), "PB127", {})
    phones = {place: contact.phone} | {(*place, "countries", at): each.phone for at, each in contact.countries.items()}
    emails = [contact.email, *(each.email for each in contact.countries.values())]
    of_email = {rule.purpose for rule in emails if rule is not None}
    for where, rule in phones.items():
        if rule is not None and rule.purpose in of_email:
            yield Finding((*where, "phone", "purpose"), "PB128", {"purpose": rule.purpose})


def _check_items(playbook: Playbook) -> Iterator[Finding]:
    for name, item in playbook.bant.items():
        yield from references(("bant", name, "also"), _("attribute"), item.also, playbook.attributes, "attributes")


def _check_calendar(playbook: Playbook) -> Iterator[Finding]:
    region = playbook.handoff.calendar and playbook.handoff.calendar.holidays
    if region and not knows_holidays(region):
        params = {"name": region, "near": nearest(region, regions_of(region))}
        yield Finding(("handoff", "calendar", "holidays"), "PB043", params)


def _check_lead_conditions(playbook: Playbook, names: Names) -> Iterator[Finding]:
    for name, condition in playbook.exclusions.items():
        yield from check_condition(condition, ("exclusions", name), c.OF_LEAD, names)
    for phase, condition in playbook.journey.items():
        yield from check_condition(condition, ("journey", phase), c.OF_PHASE, names)
    for axis in playbook.accounts:
        if axis not in names.axis:
            yield c.unknown(("accounts", axis), _("axis"), axis, names.axis, "axes")


# --- points -------------------------------------------------------------------------------------


def _check_points(playbook: Playbook, names: Names) -> Iterator[Finding]:
    for name, axis in playbook.axes.items():
        yield from _check_range(axis.min, axis.max, ("axes", name))
        yield from _check_bands(axis, axis.bands, ("axes", name, "bands"))
        if axis.otherwise in axis.bands:
            yield Finding(
                ("axes", name, "otherwise"), "PB109", {"same": _("label as the band {band}", band=str(axis.otherwise))}
            )
    for name, group in playbook.groups.items():
        yield from _check_range(group.min, group.max, ("groups", name))
        yield from references(("groups", name, "axis"), _("axis"), [group.axis], names.axis, "axes")
    for name, rule in playbook.rules.items():
        place = ("rules", name)
        yield from _check_rule_kind(rule, place)
        yield from _check_range(rule.min, rule.max, place)
        yield from references((*place, "on"), _("activity"), rule.on or (), names.activity, "activities")
        yield from references((*place, "axis"), _("axis"), [rule.axis], names.axis, "axes")
        yield from check_condition(rule.where, (*place, "where"), c.OF_EVENT, names)
        yield from check_condition(rule.when, (*place, "when"), c.OF_LEAD, names)
        yield from _check_group(playbook, rule, place)
        if isinstance(rule.points, ValueTable):
            yield from _check_table(rule.points, (*place, "points"), names)


def _check_range(low: int | None, high: int | None, place: Place) -> Iterator[Finding]:
    if low is not None and high is not None and low > high:
        yield Finding((*place, "min"), "PB108", {})


def _check_bands(axis: Axis, changed: Mapping[str, int], place: Place) -> Iterator[Finding]:
    bands = {**axis.bands, **changed}
    first: dict[int, str] = {}
    for label, points in bands.items():
        if points in first:
            where = label if label in changed else first[points]
            yield Finding((*place, where), "PB109", {"same": _("points as the band {band}", band=first[points])})
        first.setdefault(points, label)


def _check_order(axis: Axis, changed: Mapping[str, int], place: Place) -> Iterator[Finding]:
    """A persona's bands keep the order of the labels, so that a better label is better for everybody."""
    labels = sorted(axis.bands, key=lambda label: -axis.bands[label])
    points = [changed.get(label, axis.bands[label]) for label in labels]
    for higher, lower, above, below in zip(labels, labels[1:], points, points[1:], strict=False):
        if above < below:
            where = lower if lower in changed else higher
            yield Finding((*place, where), "PB115", {"higher": higher, "lower": lower})


def _check_rule_kind(rule: Rule, place: Place) -> Iterator[Finding]:
    table = rule.points if isinstance(rule.points, ValueTable) else None
    of_attribute = table is not None and table.attribute is not None
    if rule.on is None:
        if rule.when is None and not of_attribute:
            yield Finding(place, "PB103", {})
        if table is not None and not of_attribute:
            yield Finding((*place, "points", "property"), "PB106", {"table": _("a property"), "with": _("without")})
        for key in ("where", "decay", "repeat"):
            if key in rule.model_fields_set and getattr(rule, key) is not None:
                yield Finding((*place, key), "PB105", {"key": key})
        return
    if rule.when is not None:
        yield Finding((*place, "when"), "PB104", {})
    if of_attribute:
        yield Finding((*place, "points", "attribute"), "PB106", {"table": _("an attribute"), "with": _("with")})
    if rule.axis == "fit":
        yield Finding((*place, "on"), "PB114", {})


def _check_group(playbook: Playbook, rule: Rule, place: Place) -> Iterator[Finding]:
    if rule.group is None:
        return
    group = playbook.groups.get(rule.group)
    if group is None:
        yield c.unknown((*place, "group"), _("group"), rule.group, playbook.groups, "groups")
    elif group.axis != rule.axis:
        yield Finding((*place, "group"), "PB107", {"group": rule.group, "axis": group.axis, "other": rule.axis})


def _check_table(table: ValueTable, place: Place, names: Names) -> Iterator[Finding]:
    if table.attribute is not None and table.attribute not in names.attribute:
        yield c.unknown((*place, "attribute"), _("attribute"), table.attribute, names.attribute, "attributes")
    kind = names.attribute.get(table.attribute or "")
    for position, row in enumerate(table.rows):
        yield from c.check_test(row, (*place, "rows", position))
        if kind is not None:
            yield from c.check_fit(row, (*place, "rows", position), kind)


# --- personas and gates ---------------------------------------------------------------------------


def _check_personas(playbook: Playbook, names: Names) -> Iterator[Finding]:
    for name, persona in playbook.personas.items():
        place = ("personas", name)
        yield from check_condition(persona.when, (*place, "when"), c.OF_PERSONA, names)
        yield from _check_changed_rules(playbook, persona, (*place, "rules"))
        yield from _check_changed_bands(playbook, persona, (*place, "bands"), names)
        for gate_name in ("mql", "sales_ready"):
            gate = getattr(persona.gates, gate_name)
            if gate is not None:
                yield from _check_gate(playbook, gate, (*place, "gates", gate_name), names)


def _check_changed_rules(playbook: Playbook, persona: Persona, place: Place) -> Iterator[Finding]:
    for name, change in persona.rules.items():
        rule = playbook.rules.get(name)
        if rule is None:
            yield c.unknown((*place, name), _("rule"), name, playbook.rules, "rules")
            continue
        if rule.on is None:
            for key in ("decay", "repeat"):
                if getattr(change, key) is not None:
                    yield Finding((*place, name, key), "PB105", {"key": key})
        low = rule.min if change.min is None else change.min
        high = rule.max if change.max is None else change.max
        if (low, high) != (rule.min, rule.max) and low is not None and high is not None and low > high:
            yield Finding((*place, name, "max" if change.min is None else "min"), "PB108", {})


def _check_changed_bands(playbook: Playbook, persona: Persona, place: Place, names: Names) -> Iterator[Finding]:
    for name, bands in persona.bands.items():
        if name not in names.axis:
            yield c.unknown((*place, name), _("axis"), name, names.axis, "axes")
            continue
        axis = playbook.axes.get(name)
        known = axis.bands if axis is not None else {}
        strange = [label for label in bands if label not in known]
        for label in strange:
            yield c.unknown((*place, name, label), _("band"), label, known, f"axes.{name}.bands")
        if axis is not None and not strange:
            yield from _check_bands(axis, bands, (*place, name))
            yield from _check_order(axis, bands, (*place, name))


def _check_gates(playbook: Playbook, names: Names) -> Iterator[Finding]:
    yield from _check_gate(playbook, playbook.gates.mql, ("gates", "mql"), names)
    yield from _check_gate(playbook, playbook.gates.sales_ready, ("gates", "sales_ready"), names)


def _check_gate(playbook: Playbook, gate: Gate, place: Place, names: Names) -> Iterator[Finding]:
    yield from check_condition(gate.enter, (*place, "enter"), c.OF_GATE, names)
    yield from check_condition(gate.leave, (*place, "leave"), c.OF_GATE, names)
    yield from references((*place, "force"), _("activity"), gate.force, names.activity, "activities")
    if gate.margin < 0:
        yield Finding((*place, "margin"), "PB024", {"limit": _("at least {ge}", ge=0)})
    for position, name in enumerate(gate.force):
        activity = playbook.activities.get(name)
        if activity is not None and activity.passive:
            yield Finding((*place, "force", position), "PB121", {"name": name})
