"""The oracle on what a lead comes to as time passes: points, tests, gates (sections 5 to 7 of docs/meaning.md)."""

from __future__ import annotations

import math
from collections import defaultdict
from decimal import Context, Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise

from oracle_known import MICRO, WEEK, Known
from oracle_values import Tree, Truth, judge, kind_of, table_points, tested

DIGITS = Context(prec=60)


def rounded(exact: Fraction) -> int:
    """The nearest whole number, halves away from zero."""
    size = math.floor(abs(exact) + Fraction(1, 2))
    return size if exact >= 0 else -size


class UndeterminedError(Exception):
    """The span is too long to tell: the answer may change within it."""


@lru_cache(maxsize=500_000)
def worth(points: int, age: int, half_life: int | None, linear: tuple[int, int, str] | None, window: int | None) -> int:
    """(6) An award's points at an age."""
    share = Fraction(1)
    if window is not None and age >= window:
        share = Fraction(0)
    elif half_life is not None:
        halvings, rest = divmod(age, half_life)
        if halvings > 64:  # less than half a micro-point is left of the most points there can be
            share = Fraction(0)
        elif rest:
            share = Fraction(DIGITS.power(Decimal(2), DIGITS.divide(Decimal(-age), Decimal(half_life))))
        else:
            share = Fraction(1, 2**halvings)
    elif linear is not None:
        percent, every, mode = linear
        steps = Fraction(age, every) if mode == "smooth" else age // every
        share = max(Fraction(0), 100 - percent * Fraction(steps)) / 100
    return rounded(points * share)


def held(points: int, cap: Tree) -> int:
    """(6) The points within a minimum and a maximum."""
    if cap["min"] is not None:
        points = max(points, cap["min"])
    return points if cap["max"] is None else min(points, cap["max"])


class Moment:
    """A lead as it stands from `start` to `end`, if no row comes; for an instant, the two are the same.

    Within a span no count changes, only points fade: each positive award falls and each negative one
    rises, so that every score lies between a low and a high sum, and caps keep these in order.
    """

    def __init__(self, known: Known, start: int, end: int) -> None:
        self.known, self.start, self.end = known, start, end
        self.playbook = known.playbook
        self.company = [self]
        self._sums: dict[tuple[str, bool], dict[tuple[str, str], int]] = {}

    # What it is worth: section 6

    def _rule_sum(self, name: str, *, high: bool) -> int:
        rule = self.known.rules[name]
        if not rule["on"]:
            return self._state_points(rule)
        decay = rule["decay"] or {"half_life": None, "linear": None, "window": None}
        linear = decay["linear"] and (decay["linear"]["percent"], decay["linear"]["every"], decay["linear"]["mode"])
        total = 0
        for at, points in self.known.awards[name]:
            instant = self.start if high == (points > 0) else self.end
            total += worth(points, max(0, instant - at), decay["half_life"], linear, decay["window"])
        return total

    def _state_points(self, rule: Tree) -> int:
        points = rule["points"]
        if rule["when"] is not None and self.truth(rule["when"]) is not True:
            return 0
        if isinstance(points, dict):
            return table_points(points, self.known.attributes.get(points["attribute"]))
        return int(points)

    def lines(self, axis: str, *, high: bool = False) -> dict[tuple[str, str], int]:
        """The contributions on an axis, zeros included."""
        if (axis, high) not in self._sums:
            self._sums[axis, high] = self._lines(axis, high=high)
        return self._sums[axis, high]

    def _lines(self, axis: str, *, high: bool) -> dict[tuple[str, str], int]:
        lines: dict[tuple[str, str], int] = {}
        grouped: dict[str | None, int] = defaultdict(int)
        for name, rule in self.known.rules.items():
            if rule["axis"] == axis:
                points = self._rule_sum(name, high=high)
                lines["rule", name] = points
                lines["cap rule", name] = held(points, rule) - points
                grouped[rule["group"]] += held(points, rule)
        for name, group in self.playbook["groups"].items():
            if group["axis"] == axis:
                lines["cap group", name] = held(grouped[name], group) - grouped[name]
        lines["adjusted", axis] = self.known.adjusted.get(axis, (None, 0))[1]
        total = sum(lines.values())
        lines["cap axis", axis] = held(total, self.known.axes[axis]) - total
        return lines

    def score(self, axis: str) -> tuple[int, int]:
        """The lowest and the highest score on an axis; at an instant both are the score."""
        return sum(self.lines(axis).values()), sum(self.lines(axis, high=True).values())

    def rolled_up(self, axis: str) -> tuple[int, int]:
        """The account's lowest and highest score on an axis."""
        how = self.playbook["accounts"][axis]
        scores = [lead.score(axis) for lead in self.company if lead.is_in_account]
        count = {"sum": len(scores), "max": 1, "top": how["n"]}[how["roll_up"]]
        low, high = (sum(sorted((score[end] for score in scores), reverse=True)[:count]) for end in (0, 1))
        return low, high

    @property
    def is_in_account(self) -> bool:
        """(6) Whether the lead counts in its account."""
        return self.known.is_counted and not self.is_shut

    def labels(self, axis: str, raised: int = 0) -> set[str | None]:
        """The labels that the axis may have."""
        bands = self.known.axes[axis]["bands"]
        low, high = (points + raised for points in self.score(axis))
        floor = max((points for points in bands.values() if points <= low), default=None)
        labels: set[str | None] = {label for label, points in bands.items() if low < points <= high}
        otherwise = self.known.axes[axis]["otherwise"]
        labels.add(next((label for label, points in bands.items() if points == floor), otherwise))
        return labels

    def cells(self, fit_raised: int = 0, engagement_raised: int = 0) -> set[str | None]:
        """The cells that the lead may have."""
        engagement = self.labels("engagement", engagement_raised)
        fit = self.labels("fit", fit_raised)
        return {None if None in {f, e} else f"{f}{e}" for f in fit for e in engagement}

    # What holds: sections 4 and 5

    def truth(self, condition: Tree) -> Truth:
        """The truth of a condition on the lead; UndeterminedError if the span is too long to tell."""
        return judge(condition, lambda test: getattr(self, f"_{kind_of(test)}")(test))

    def _attribute(self, test: Tree) -> Truth:
        return tested(test, self.known.attributes.get(test["attribute"]))

    def _score(self, test: Tree) -> bool:
        return reached(self.score(test["score"]), test)

    def _account(self, test: Tree) -> bool:
        return reached(self.rolled_up(test["account"]), test)

    def _cell(self, test: Tree) -> bool:
        raises = test.get("raises", (0,))
        answers = []
        for cells in (self.cells(fit, engagement) for fit in raises for engagement in raises):
            inside = {cell in test["cell"] for cell in cells}
            if len(inside) > 1:
                raise UndeterminedError
            answers.append(inside.pop())
        return all(answers) if test.get("in_all") else any(answers)

    def _persona(self, test: Tree) -> bool:
        return bool(self.known.personas) and self.known.personas[0] in test["persona"]

    def _phase(self, test: Tree) -> bool:
        return self.phase in test["phase"]

    def _bant(self, test: Tree) -> bool:
        return len(self.known.met) >= test["bant"] and set(test["required"]) <= self.known.met

    def _completeness(self, test: Tree) -> bool:
        known, listed = self.known.known_share
        return bool(100 * known >= test["completeness"] * listed)

    def count(self, test: Tree) -> int:
        """How many events a `did` counts."""
        within = test["within"]
        return sum(within is None or self.start - row.at < within for row in self.known.of(test["did"]))

    def _did(self, test: Tree) -> bool:
        lowest, highest = did_range(test)
        count = self.count(test)
        return lowest <= count and (highest is None or count <= highest)

    def _silent(self, test: Tree) -> bool:
        events = [row.at for row in self.known.of(test["activities"])]
        if not events:
            return False
        last = max(events)
        weeks = {(last - at) // WEEK for at in events if last - at < 6 * WEEK}
        return self.start - last >= test["silent"] and len(weeks) >= 4

    def _surge(self, test: Tree) -> bool:
        within = test["within"]
        ages = [max(0, self.start - row.at) for row in self.known.of(test["activities"])]
        recent = sum(age < within for age in ages)
        before = [age - within for age in ages if within <= age < within + 8 * WEEK]
        mean_reached = recent * 8 * WEEK >= Fraction(str(test["surge"])) * len(before) * within
        return len({age // WEEK for age in before}) >= 3 and recent >= 1 and mean_reached

    def _returning(self, test: Tree) -> bool:
        visits = self.playbook["visits"]
        if visits is None:
            return False
        seen = [row.at for row in self.known.of(visits["activities"])]
        returns = [at for before, at in pairwise(seen) if at - before >= visits["gap"]]
        if test["returning"] == "visit" or not returns:
            return bool(returns)
        return any(row.at >= returns[0] for row in self.known.of(visits["key_pages"]))

    @cached_property
    def phase(self) -> str | None:
        """(6) The furthest phase that holds."""
        journey = self.playbook["journey"]
        order = ("decision", "consideration", "awareness")
        return next((name for name in order if name in journey and self.truth(journey[name]) is True), None)

    @cached_property
    def excluded(self) -> str | None:
        """(6) The first exclusion that holds."""
        exclusions = self.playbook["exclusions"] if self.known.may_be_scored else {}
        return next((name for name, condition in exclusions.items() if self.truth(condition) is True), None)

    @property
    def is_shut(self) -> bool:
        """(7) Whether the lead is not to be scored, or excluded."""
        return not self.known.may_be_scored or self.excluded is not None

    # What opens a gate: section 7

    def forced(self, gate: Tree) -> bool:
        """(7) Whether a forcing event is young enough to hold the gate open."""
        return any(self.start - row.at < gate["force_holds"] for row in self.known.of(gate["force"]))

    def progress(self, condition: Tree) -> int:
        """The share of a condition that is reached, in millionths."""
        kind = kind_of(condition)
        if self.truth(condition) is True:
            return MICRO
        if kind == "all":
            return sum(map(self.progress, condition["all"])) // len(condition["all"])
        if kind == "any":
            return max(map(self.progress, condition["any"]))
        reach = (0, 0)
        if kind in {"score", "account"} and condition.get("at_least") is not None:
            score = self.score if kind == "score" else self.rolled_up
            reach = (score(condition[kind])[0], condition["at_least"])
        elif kind == "did" and self.count(condition) < did_range(condition)[0]:
            reach = (self.count(condition), did_range(condition)[0])
        elif kind == "bant":
            met, required = self.known.met, set(condition["required"])
            reach = (min(len(met), condition["bant"]) + len(required & met), condition["bant"] + len(required))
        elif kind == "completeness":
            reach = (100 * self.known.known_share[0], condition["completeness"] * self.known.known_share[1])
        return max(0, reach[0] * MICRO // reach[1]) if reach[1] > 0 else 0


def did_range(test: Tree) -> tuple[int, int | None]:
    """The lowest and the highest count that hold; at least one if nothing is said."""
    if test["exactly"] is not None:
        return test["exactly"], test["exactly"]
    none_given = 0 if test["at_most"] is not None else 1
    return none_given if test["at_least"] is None else test["at_least"], test["at_most"]


def reached(score: tuple[int, int], test: Tree) -> bool:
    """Whether a score is at least, or below, a level; UndeterminedError if its bounds differ in that."""
    low, high = score
    level = test["at_least"] if test.get("at_least") is not None else test["below"]
    if low < level <= high:
        raise UndeterminedError
    return bool(low >= level) == (test.get("at_least") is not None)


def moments(knowns: list[Known], start: int, end: int) -> list[Moment]:
    """The leads of an account side by side."""
    together = [Moment(known, start, end) for known in knowns]
    for moment in together:
        moment.company = together
    return together
