"""The rows with a meaning of their own: people's acts, consents and changed attributes, read strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ripeline.core.columns import (
    TIME_CURE,
    DataProblem,
    as_text,
    did_you_mean,
    instants,
    quoted,
    read_value,
    wrong_type,
)
from ripeline.core.phrases import phrase
from ripeline.core.phrases import phrase as _
from ripeline.core.units import MAX_POINTS, parse_points

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ripeline.core.needs import Needs

_ROW = {
    "lead": pl.UInt32(),
    "at": pl.Int64(),
    "known_at": pl.Int64(),
    "event_id": pl.String(),
    "event": pl.String(),
    "position": pl.UInt32(),
}
_SAID = {
    "purpose": pl.String(),
    "item": pl.String(),
    "answer": pl.String(),
    "stage": pl.String(),
    "hold": pl.Boolean(),
    "until": pl.Int64(),
    "verdict": pl.String(),
    "reason": pl.String(),
    "by": pl.String(),
    "axis": pl.String(),
    "add": pl.Int64(),
    "set": pl.Int64(),
    "reset": pl.Boolean(),
    "voids": pl.String(),
}
_CHANGE = {name: dtype for name, dtype in _ROW.items() if name != "event"} | {
    "attribute": pl.String(),
    "value": pl.String(),
}
PROPERTIES = tuple(_SAID)
"""The properties that reserved rows may carry, besides attributes."""

NO_ACTS = pl.DataFrame(schema=_ROW | _SAID)
NO_CHANGES = pl.DataFrame(schema=_CHANGE)

_VERDICTS = ("accepted", "confirmed", "recycled", "rejected", "disqualified", "merged")
_STAGES = ("lead", "mql", "sql", "opportunity", "customer", "lost", "disqualified")
_FLOORS = _STAGES[:3]


def read_act(event: str, given: Mapping[str, Any], needs: Needs) -> dict[str, Any]:
    """What one act says, by column of `acts`; raises DataProblem, without its place, for anything not allowed."""
    reader = None if event in needs.left_out else _READERS.get(event)
    said = {} if reader is None else reader(given, needs)
    return said | {"reason": as_text(given.get("reason")), "by": as_text(given.get("by"))}


def read_changes(given: Mapping[str, Any], needs: Needs) -> Iterator[tuple[str, str | None]]:
    """The declared attributes that an attributes_changed names, with their values as text; null makes one unknown."""
    for name, value in given.items():
        kind = needs.attributes.get(name)
        if kind is None:
            continue
        try:
            yield name, as_text(read_value(value, kind))
        except ValueError:
            raise wrong_type(value, name, kind) from None


def read_reserved(
    rows: pl.DataFrame,
    said: Sequence[tuple[str, Mapping[str, Any]]],
    needs: Needs,
    problem_at: Callable[[DataProblem, int], DataProblem],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Acts and changes of the reserved rows; column `said` of `rows` tells which of the distinct things each row says.

    Raises DataProblem, placed by `problem_at(problem, which of said)`, for the first thing that is not allowed.
    """
    acts: list[dict[str, Any]] = []
    changes: list[tuple[int, str, str | None]] = []
    for number, (event, given) in enumerate(said):
        try:
            if event == "attributes_changed":
                changes += [(number, name, value) for name, value in read_changes(given, needs)]
                acts.append({})
            else:
                acts.append(read_act(event, given, needs))
        except DataProblem as problem:
            raise problem_at(problem, number) from None
    told = pl.DataFrame(acts, schema=_SAID)
    acted = rows.hstack(told[rows["said"]]).filter(pl.col("event") != "attributes_changed").select(NO_ACTS.columns)
    if not changes:
        return acted, NO_CHANGES
    table = pl.DataFrame(changes, schema={"said": pl.UInt32, "attribute": pl.String, "value": pl.String}, orient="row")
    changed = rows.join(table, on="said", how="inner", maintain_order="left_right").select(NO_CHANGES.columns)
    return acted, changed


# --- what each row must say -----------------------------------------------------------------------


def _text(given: Mapping[str, Any], column: str) -> str:
    text = as_text(given.get(column))
    if text is None:
        cure = _("Give the row a property {column}.", column=column)
        raise DataProblem(_("is missing"), cure=cure, column=column)
    return text


def _one_of(given: Mapping[str, Any], column: str, allowed: Iterable[str]) -> str:
    text = _text(given, column)
    allowed = list(allowed)
    if text not in allowed:
        # Only BANT can have none: the playbook need not speak of it.
        none = _("Declare it under bant in the playbook, or leave these rows out.")
        others = _("Write one of {allowed}.", allowed=", ".join(allowed)) if allowed else none
        what = _("{value} is not one of the allowed values", value=quoted(text))
        raise DataProblem(what, cure=did_you_mean(text, allowed) or others, column=column)
    return text


def _flag(given: Mapping[str, Any], column: str) -> bool:
    text = (as_text(given.get(column)) or "false").strip().lower()
    if text not in ("true", "false"):
        what = _("{value} is not true", value=quoted(text))
        raise DataProblem(what, cure=_("Write true, or leave it out."), column=column)
    return text == "true"


def _points(given: Mapping[str, Any], column: str) -> int | None:
    value = given.get(column)
    if as_text(value) is None and not isinstance(value, float):
        return None
    try:
        return parse_points(value)
    except ValueError:
        what = _("{value} is not a number of points", value=quoted(value))
        cure = _("Write one from -{limit} to {limit} with at most six decimals.", limit=MAX_POINTS)
        raise DataProblem(what, cure=cure, column=column) from None


def _consent(given: Mapping[str, Any], _needs: Needs) -> dict[str, Any]:
    return {"purpose": _text(given, "purpose")}


def _bant(given: Mapping[str, Any], needs: Needs) -> dict[str, Any]:
    item = _one_of(given, "item", needs.answers)
    return {"item": item, "answer": _one_of(given, "answer", needs.answers[item])}


def _adjustment(given: Mapping[str, Any], needs: Needs) -> dict[str, Any]:
    axis = _one_of(given, "axis", needs.axes)
    add, to, reset = _points(given, "add"), _points(given, "set"), _flag(given, "reset")
    if (add is not None) + (to is not None) + reset != 1:
        cure = _("Write exactly one of add: n, set: n and reset: true.")
        raise DataProblem(_("does not say what to do with the points"), cure=cure, column="add")
    return {"axis": axis, "add": add, "set": to, "reset": reset or None}


def _void(given: Mapping[str, Any], _needs: Needs) -> dict[str, Any]:
    return {"voids": _text(given, "voids")}


def _override(given: Mapping[str, Any], _needs: Needs) -> dict[str, Any]:
    hold, staged = _flag(given, "hold"), as_text(given.get("stage")) is not None
    if hold == staged:
        cure = _("Write exactly one of stage and hold: true.")
        raise DataProblem(_("does not say what to override"), cure=cure, column="stage")
    until = given.get("until")
    return {
        "stage": _one_of(given, "stage", _FLOORS) if staged else None,
        "hold": hold or None,
        "until": None if as_text(until) is None else _instant(until, "until"),
    }


def _instant(value: object, column: str) -> int:
    micros: int | None = instants(pl.Series([value], strict=False))[0]
    if micros is None:
        what = _("{value} is not a time from 1970 to 2199", value=quoted(value))
        raise DataProblem(what, cure=phrase(TIME_CURE), column=column)
    return micros


def _verdict(given: Mapping[str, Any], _needs: Needs) -> dict[str, Any]:
    return {"verdict": _one_of(given, "verdict", _VERDICTS)}


def _stage(given: Mapping[str, Any], _needs: Needs) -> dict[str, Any]:
    return {"stage": _one_of(given, "stage", _STAGES)}


_READERS: Mapping[str, Callable[[Mapping[str, Any], Needs], dict[str, Any]]] = {
    "consent_given": _consent,
    "consent_withdrawn": _consent,
    "bant_answered": _bant,
    "points_adjusted": _adjustment,
    "event_voided": _void,
    "override_set": _override,
    "verdict_given": _verdict,
    "stage_set": _stage,
}
