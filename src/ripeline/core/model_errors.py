"""Pydantic's errors → findings: the code of each, and its place in the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ripeline.core.conditions import CONDITION_KEYS
from ripeline.core.phrases import gettext, phrase
from ripeline.core.phrases import phrase as _
from ripeline.core.playbook_consent import COUNTRY_PATTERN
from ripeline.core.playbook_shape import keys_allowed_at
from ripeline.core.problem_texts import MESSAGES
from ripeline.core.problems import Finding, Place, nearest
from ripeline.core.units import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic_core import ErrorDetails

    from ripeline.core.phrases import Detail
    from ripeline.core.units import Frozen
    from ripeline.core.yaml_tree import Node

_WANTED = {
    "string_type": gettext("text"),
    "int_type": gettext("a whole number"),
    "int_from_float": gettext("a whole number"),
    "float_type": gettext("a number"),
    "bool_type": gettext("true or false"),
    "tuple_type": gettext("a list"),
    "dict_type": gettext("keys with values"),
    "model_type": gettext("keys with values"),
    "model_attributes_type": gettext("keys with values"),
}
_LIMITS = {
    "greater_than_equal": gettext("at least {ge}"),
    "greater_than": gettext("more than {gt}"),
    "less_than_equal": gettext("at most {le}"),
    "less_than": gettext("less than {lt}"),
    "finite_number": gettext("finite"),
}
_LENGTHS = {
    "string_too_short": gettext("it must not be empty"),
    "string_too_long": gettext("it must have at most {max_length} characters"),
    "too_long": gettext("it must have at most {max_length} items"),
}
_YES_NO = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_ENOUGH = 1000


def findings_of(errors: Sequence[ErrorDetails], root: Node, model: type[Frozen]) -> list[Finding]:
    """Return one finding for each place of the text at which a model found an error."""
    found: dict[Place, Finding] = {}
    ends = {error["loc"][:length] for error in errors for length in range(len(error["loc"]))}
    for error in errors[:_ENOUGH]:
        # A list whose items failed is reported as too short as well.
        if error["type"] == "too_short" and error["loc"] in ends:
            continue
        finding = _finding(error, _place(error, root), model)
        found.setdefault(finding.place, finding)
    meant = {(*place[:-1], finding.params.get("near")) for place, finding in found.items() if finding.code == "PB003"}
    return [finding for finding in found.values() if finding.code != "PB013" or finding.place not in meant]


def _place(error: ErrorDetails, root: Node) -> Place:
    """Return the keys and positions of the text; Pydantic's names of union members are left out."""
    place: list[str | int] = []
    node = root
    for part in error["loc"]:
        inner = node.child(part)
        if inner is not None:
            place.append(part)
            node = inner
    last = error["loc"][-1] if error["loc"] else ""
    return (*place, last) if error["type"] == "missing" else tuple(place)


def _finding(error: ErrorDetails, place: Place, model: type[Frozen]) -> Finding:
    kind, context, given = error["type"], error.get("ctx", {}), error["input"]
    details: dict[str, Detail] = dict(context)
    if kind == "extra_forbidden":
        return Finding(place, "PB003", _with_nearest(str(place[-1]), keys_allowed_at(error["loc"][:-1], model)))
    if kind == "missing":
        return _missing(place)
    if kind == "literal_error":
        return Finding(place, "PB021", _with_nearest(str(given), re.findall(r"'([^']*)'", str(context["expected"]))))
    if kind in MESSAGES:
        return Finding(place, kind, details | (_condition_keys(given) if kind == "PB033" else {}))
    return _finding_of_value(kind, place, details, given)


def _finding_of_value(kind: str, place: Place, details: dict[str, Detail], given: object) -> Finding:
    if kind in _WANTED:
        near = _YES_NO.get(str(given).lower(), "") if kind == "bool_type" else ""
        return Finding(place, "PB020", {"given": kind_of(given), "wanted": phrase(_WANTED[kind]), "near": near})
    if kind in _LIMITS:
        return Finding(place, "PB024", {"limit": phrase(_LIMITS[kind], **details)})
    if kind in _LENGTHS:
        return Finding(place, "PB023", {"limit": phrase(_LENGTHS[kind], **details)})
    if kind == "too_short":
        return Finding(place, "PB032", {})
    if kind == "string_pattern_mismatch":
        pattern = str(details["pattern"])
        code = "PB044" if pattern == COUNTRY_PATTERN else "PB022" if pattern.startswith("^[a-z]") else "PB042"
        return Finding(place, code, {"name": str(given)[:100]})
    return Finding(place, "PB049", {"detail": kind.replace("_", " ")})


def _missing(place: Place) -> Finding:
    key = place[-1]
    if isinstance(key, int):
        return Finding(place[:-1], "PB023", {"limit": _("item {number} is missing", number=key + 1)})
    return Finding(place, "PB013", {"key": key})


def _condition_keys(given: object) -> dict[str, Detail]:
    keys = [str(key) for key in given][:9] if isinstance(given, dict) else []
    near = next(filter(None, (nearest(key, CONDITION_KEYS) for key in keys)), "")
    return {"allowed": ", ".join(CONDITION_KEYS), "near": near}


def _with_nearest(name: str, allowed: Iterable[str]) -> dict[str, Detail]:
    names = list(allowed)
    return {"allowed": ", ".join(names), "near": nearest(name, names)}
