"""Problems of conditions: asked in the wrong place, of something unknown, or in a way its type does not allow."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from ripeline.core.conditions import (
    OPERATORS,
    AccountTest,
    All,
    Any_,
    AttributeTest,
    BantTest,
    CellTest,
    CompletenessTest,
    DidTest,
    Not,
    PersonaTest,
    PhaseTest,
    ReturningTest,
    ScoreTest,
    SilentTest,
    SurgeTest,
    ValueTest,
    condition_kind,
)
from ripeline.core.phrases import phrase as _
from ripeline.core.problems import Finding, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from ripeline.core.conditions import Condition
    from ripeline.core.phrases import Detail, Phrase
    from ripeline.core.playbook import Playbook
    from ripeline.core.problems import Place

_LOGIC = frozenset({"all", "any", "not"})
_LEAD = _LOGIC | {"attribute", "did", "bant", "completeness", "silent", "surge", "returning"}

OF_EVENT = _LOGIC | {"property"}
OF_PERSONA = _LOGIC | {"attribute"}
OF_LEAD = _LEAD
OF_PHASE = _LEAD | {"score", "cell", "persona", "account"}
OF_GATE = OF_PHASE | {"phase"}
OF_TRACK = OF_PERSONA | {"score", "cell", "persona", "phase"}

_EQUALITY = ("is_", "is_not", "in_", "not_in", "missing")
_FITTING = {
    "text": (*_EQUALITY, "contains", "starts_with", "ends_with", "matches", "domain_in"),
    "number": (*_EQUALITY, "at_least", "at_most", "above", "below"),
    "date": ("before", "after", "missing"),
    "set": ("has", "missing"),
    "yes_no": ("is_", "is_not", "missing"),
}
_OPERANDS = {"number": _("a number"), "yes_no": _("true or false")}


class Names(NamedTuple):
    """What a playbook declares, by the word for it."""

    attribute: Mapping[str, str]
    activity: Collection[str]
    axis: Collection[str]
    persona: Collection[str]
    item: Collection[str]
    account: Collection[str]
    phase: Collection[str]
    cells: Collection[str]
    completeness: bool
    visits: bool
    key_pages: bool


def names_of(playbook: Playbook) -> Names:
    """Return what conditions of this playbook may speak of."""
    return Names(
        attribute={name: attribute.type for name, attribute in playbook.attributes.items()},
        activity=playbook.activities,
        axis=("engagement", "fit", *playbook.axes),
        persona=playbook.personas,
        item=playbook.bant,
        account=playbook.accounts,
        phase=playbook.journey,
        cells=_cells(playbook),
        completeness=bool(playbook.completeness),
        visits=playbook.visits is not None,
        key_pages=playbook.visits is not None and bool(playbook.visits.key_pages),
    )


def unknown(place: Place, kind: Phrase, name: str, known: Iterable[str], section: str) -> Finding:
    """Return the finding that a name is declared nowhere, with the nearest that is."""
    params: dict[str, Detail] = {"kind": kind, "name": name, "section": section, "near": nearest(name, known)}
    return Finding(place, "PB101", params)


def references(
    place: Place, kind: Phrase, names: Iterable[str], known: Collection[str], section: str
) -> Iterator[Finding]:
    """Yield a finding for each name of a list that is declared nowhere."""
    for position, name in enumerate(names):
        if name not in known:
            yield unknown((*place, position), kind, name, known, section)


def check_condition(
    condition: Condition | None, place: Place, allowed: Collection[str], names: Names
) -> Iterator[Finding]:
    """Yield what is wrong with a condition that stands at a place where only some kinds may be asked."""
    if condition is None:
        return
    kind = condition_kind(condition) or ""
    if kind not in allowed:
        yield Finding((*place, kind), "PB102", {"kind": kind, "allowed": ", ".join(sorted(allowed))})
        return
    for part, part_place in parts_of(condition, place):
        yield from check_condition(part, part_place, allowed, names)
    if isinstance(condition, ValueTest):
        yield from check_test(condition, place)
    yield from _check_leaf(condition, place, names)


def parts_of(condition: Condition, place: Place = ()) -> Iterator[tuple[Condition, Place]]:
    """Yield the conditions that a condition is made of, with their places."""
    match condition:
        case All(all=parts):
            yield from ((part, (*place, "all", position)) for position, part in enumerate(parts))
        case Any_(any=parts):
            yield from ((part, (*place, "any", position)) for position, part in enumerate(parts))
        case Not(not_=part):
            yield part, (*place, "not")


def _check_leaf(condition: Condition, place: Place, names: Names) -> Iterator[Finding]:
    match condition:
        case AttributeTest(attribute=name):
            if name not in names.attribute:
                yield unknown((*place, "attribute"), _("attribute"), name, names.attribute, "attributes")
            else:
                yield from check_fit(condition, place, names.attribute[name])
        case ScoreTest(score=name):
            yield from references((*place, "score"), _("axis"), [name], names.axis, "axes")
        case AccountTest(account=name):
            yield from references((*place, "account"), _("account score"), [name], names.account, "accounts")
        case PersonaTest(persona=wanted):
            yield from references((*place, "persona"), _("persona"), wanted, names.persona, "personas")
        case PhaseTest(phase=wanted):
            yield from references((*place, "phase"), _("phase"), wanted, names.phase, "journey")
        case CellTest(cell=cells):
            yield from _check_cells(cells, (*place, "cell"), names.cells)
        case DidTest(did=activities):
            yield from references((*place, "did"), _("activity"), activities, names.activity, "activities")
        case SilentTest(activities=activities) | SurgeTest(activities=activities):
            yield from references((*place, "activities"), _("activity"), activities or (), names.activity, "activities")
        case _:
            yield from _check_knowledge(condition, place, names)


def _check_knowledge(condition: Condition, place: Place, names: Names) -> Iterator[Finding]:
    match condition:
        case BantTest(bant=count, required=required):
            yield from references((*place, "required"), _("BANT item"), required, names.item, "bant")
            if count > len(names.item):
                yield Finding((*place, "bant"), "PB118", {"count": str(count), "items": str(len(names.item))})
        case CompletenessTest() if not names.completeness:
            yield Finding((*place, "completeness"), "PB116", {"section": "completeness"})
        case ReturningTest() if not names.visits:
            yield Finding((*place, "returning"), "PB116", {"section": "visits"})
        case ReturningTest(returning="key_pages") if not names.key_pages:
            yield Finding((*place, "returning"), "PB116", {"section": "visits.key_pages"})
        case _:
            pass


def _check_cells(cells: Iterable[str], place: Place, possible: Collection[str]) -> Iterator[Finding]:
    for position, cell in enumerate(cells):
        if cell not in possible:
            params = {
                "cell": cell,
                "allowed": ", ".join(sorted(possible)) or _("none"),
                "near": nearest(cell, possible),
            }
            yield Finding((*place, position), "PB110", params)


def _cells(playbook: Playbook) -> frozenset[str]:
    labels = []
    for name in ("fit", "engagement"):
        axis = playbook.axes.get(name)
        labels.append([*axis.bands, *([axis.otherwise] if axis.otherwise is not None else [])] if axis else [])
    return frozenset(fit + engagement for fit in labels[0] for engagement in labels[1])


def check_test(test: ValueTest, place: Place) -> Iterator[Finding]:
    """Yield what is wrong with a test whatever its value is: a pattern that cannot be searched for."""
    if test.matches is not None and (detail := _flaw(test.matches)):
        yield Finding((*place, "matches"), "PB113", {"detail": detail})


def check_fit(test: ValueTest, place: Place, kind: str) -> Iterator[Finding]:
    """Yield what is wrong with a test of an attribute of this type."""
    operator = test.operator
    key = operator.rstrip("_")
    if operator not in _FITTING[kind]:
        fitting = ", ".join(name.rstrip("_") for name in OPERATORS if name in _FITTING[kind])
        yield Finding((*place, key), "PB111", {"operator": key, "type": kind, "allowed": fitting})
    elif kind in _OPERANDS and operator != "missing":
        operand = getattr(test, operator)
        for value in operand if isinstance(operand, tuple) else (operand,):
            if not _is_of(value, kind):
                params: dict[str, Detail] = {"value": str(value)[:100], "type": kind, "wanted": _OPERANDS[kind]}
                yield Finding((*place, key), "PB112", params)


def _is_of(value: object, kind: str) -> bool:
    if kind == "yes_no":
        return str(value).lower() in ("true", "false")
    if isinstance(value, bool):
        return False
    try:
        return math.isfinite(float(str(value)))
    except ValueError:
        return False


def _flaw(pattern: str) -> Detail:
    """Return why the engine that searches in linear time cannot take a pattern; empty if it can."""
    # Alone as well as in a group: an unbalanced pattern must not find its balance in ours.
    for form in (pattern, f"(?i:{pattern})"):
        try:
            pl.Series([""]).str.contains(form)
        except pl.exceptions.PolarsError as error:
            lines = [line.removeprefix("error: ") for line in str(error).splitlines() if "rror: " in line]
            return lines[-1].removeprefix("regex error: ").rstrip(".") if lines else _("it cannot be read")
    return ""
