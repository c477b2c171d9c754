"""The oracle on conditions: values, operators, three-valued logic (sections 1 and 4 of docs/meaning.md)."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Tree = dict[str, Any]
Truth = bool | None

KINDS = (
    *("all", "any", "not", "attribute", "property", "score", "cell", "did", "persona", "phase", "bant"),
    *("completeness", "silent", "surge", "returning", "account"),
)


def is_blank(value: object) -> bool:
    """Whether a value is missing or empty."""
    return value is None or (isinstance(value, str) and not value.strip()) or (isinstance(value, list) and not value)


def text_of(value: object) -> str | None:
    """How the value reads as text, without surrounding space; None if it does not."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "|".join(text_of(item) or "" for item in value)
    return value.strip() if isinstance(value, str) else None


def folded(value: object) -> str | None:
    """The value as text without regard to case and surrounding space; None if it is no text."""
    text = text_of(value)
    return None if text is None else text.lower()


def number_of(value: object) -> float | None:
    """The value as a number; None if it is none."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", value.strip()):
        return float(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def yes_no_of(value: object) -> bool | None:
    """The value as a truth value; None if it is none."""
    return {"true": True, "false": False}.get(folded(value) or "")


def date_of(value: object) -> date | None:
    """The date of a value, as written; None if it has none."""
    written = re.fullmatch(r"(\d{4}-\d\d-\d\d)([T ].*)?", text_of(value) or "")
    try:
        return date.fromisoformat(written[1]) if written else None
    except ValueError:
        return None


def set_of(value: object) -> set[str | None] | None:
    """The members of a set, of anything else those that a bar parts in its text; None if there are none."""
    members = value if isinstance(value, list | tuple) else (text_of(value) or "").split("|")
    return {folded(item) for item in members} - {"", None} or None


def domain_of(value: object) -> str | None:
    """What follows the last `@`; None if there is no address."""
    before, at, domain = (folded(value) or "").rpartition("@")
    return domain or None if before or at else None


def equals(value: object, operand: object) -> Truth:
    """Read as the operand is: a truth value, a number, or text."""
    read: Callable[[object], object] = folded
    if isinstance(operand, bool):
        read = yes_no_of
    elif isinstance(operand, int | float):
        read = number_of
    seen = read(value)
    return None if seen is None else seen == read(operand)


def reading(read: Callable[[object], Any], fits: Callable[[Any, Any], bool]) -> Callable[[object, Any], Truth]:
    """A test that is unknown where the value cannot be read so."""

    def test(value: object, operand: object) -> Truth:
        seen = read(value)
        return None if seen is None else fits(seen, operand)

    return test


OPERATORS: dict[str, Callable[[object, Any], Truth]] = {
    "is": equals,
    "is_not": lambda value, operand: negated(equals(value, operand)),
    "in": lambda value, operands: any_of(equals(value, o) for o in operands),
    "not_in": lambda value, operands: negated(any_of(equals(value, o) for o in operands)),
    "contains": reading(folded, lambda text, parts: any((folded(p) or "") in text for p in parts)),
    "starts_with": reading(folded, lambda text, parts: any(text.startswith(folded(p) or "") for p in parts)),
    "ends_with": reading(folded, lambda text, parts: any(text.endswith(folded(p) or "") for p in parts)),
    "matches": reading(text_of, lambda text, pattern: re.search(pattern, text, re.IGNORECASE) is not None),
    "has": reading(set_of, lambda items, wanted: any(folded(w) in items for w in wanted)),
    "domain_in": reading(domain_of, lambda own, named: any(("." + own).endswith(f".{folded(d)}") for d in named)),
    "at_least": reading(number_of, lambda number, level: number >= level),
    "at_most": reading(number_of, lambda number, level: number <= level),
    "above": reading(number_of, lambda number, level: number > level),
    "below": reading(number_of, lambda number, level: number < level),
    "before": reading(date_of, lambda day, other: day < other),
    "after": reading(date_of, lambda day, other: day > other),
    "missing": lambda _, operand: not operand,
}


def tested(test: Tree, value: object) -> Truth:
    """One operator on one value; None is unknown."""
    operator = next(name for name in OPERATORS if test.get(name) is not None)
    if is_blank(value) and operator == "missing":
        return bool(test["missing"])
    answer = None if is_blank(value) else OPERATORS[operator](value, test[operator])
    return True if answer is None and test["or_unknown"] else answer


def negated(truth: Truth) -> Truth:
    """`not`: unknown stays unknown."""
    return None if truth is None else not truth


def all_of(parts: Iterable[Truth]) -> Truth:
    """False if a part is false, else unknown if a part is unknown, else true."""
    seen = list(parts)
    return False if False in seen else None if None in seen else True


def any_of(parts: Iterable[Truth]) -> Truth:
    """True if a part is true, else unknown if a part is unknown, else false."""
    return negated(all_of(negated(part) for part in parts))


def kind_of(condition: Tree) -> str:
    """The key that says what a condition is."""
    return next(kind for kind in KINDS if kind in condition)


def judge(condition: Tree, leaf: Callable[[Tree], Truth]) -> Truth:
    """The truth of a condition, given that of its single tests."""
    kind = kind_of(condition)
    if kind == "all":
        return all_of(judge(part, leaf) for part in condition["all"])
    if kind == "any":
        return any_of(judge(part, leaf) for part in condition["any"])
    return negated(judge(condition["not"], leaf)) if kind == "not" else leaf(condition)


def leaves(condition: Tree) -> Iterator[Tree]:
    """The single tests of a condition."""
    kind = kind_of(condition)
    if kind in {"all", "any", "not"}:
        for part in [condition["not"]] if kind == "not" else condition[kind]:
            yield from leaves(part)
    else:
        yield condition


def eased(condition: Tree, margin: int, *, turned: bool = False) -> Tree:
    """(7) `enter` with its levels moved so that it holds more easily; `turned` under an odd number of `not`."""
    kind = kind_of(condition)
    if kind in {"all", "any"}:
        return {kind: [eased(part, margin, turned=turned) for part in condition[kind]]}
    if kind == "not":
        return {"not": eased(condition["not"], margin, turned=not turned)}
    if kind == "cell":
        return condition | {"raises": (0, margin), "in_all": turned}
    if kind in {"score", "account"}:
        step = -margin if turned else margin
        moved = {"at_least": -step, "below": step}
        return condition | {key: condition[key] + by for key, by in moved.items() if condition.get(key) is not None}
    return condition


def table_points(table: Tree, value: object) -> int:
    """(6) Points by value: `unknown` if it is missing or empty, else the first row that holds, else `otherwise`."""
    if is_blank(value):
        return int(table["unknown"])
    held = (row["points"] for row in table["rows"] if tested(row, value) is True)
    return int(next(held, table["otherwise"]))
