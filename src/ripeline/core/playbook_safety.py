"""The safety laws: fit alone makes no MQL, and neither does merely passing by once.

One small interpreter asks of a condition: could it hold, could it fail, given what may be true of a lead? What is
known of the lead is always taken as it suits; what it did is nothing, or one event that is passive only. The answer
errs to the safe side: "could" may be said too often, never too seldom.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from ripeline.core.conditions import (
    AccountTest,
    All,
    Any_,
    BantTest,
    CellTest,
    DidTest,
    Not,
    PersonaTest,
    PhaseTest,
    ReturningTest,
    ScoreTest,
    SilentTest,
    SurgeTest,
)
from ripeline.core.phrases import phrase as _
from ripeline.core.playbook import ValueTable
from ripeline.core.problems import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ripeline.core.conditions import Condition
    from ripeline.core.phrases import Detail
    from ripeline.core.playbook import Axis, Gate, Playbook, Rule
    from ripeline.core.problems import Place


class Could(NamedTuple):
    """Whether a condition could hold, and whether it could fail."""

    hold: bool
    fail: bool


class Span(NamedTuple):
    """The lowest and the highest number of micro-points that could come out."""

    low: float
    high: float

    def held_to(self, low: int | None, high: int | None) -> Span:
        """Return the span after a cap on both sides."""
        floor = float("-inf") if low is None else low
        ceiling = float("inf") if high is None else high
        return Span(*(min(max(points, floor), ceiling) for points in self))


@dataclass(frozen=True)
class Lead:
    """What may be true of a lead: anything known, but of deeds at most one event, of the activities named."""

    playbook: Playbook
    persona: str | None
    did: frozenset[str] = frozenset()
    may_be_questioned: bool = True
    _scores: dict[str, Span] = field(default_factory=dict, init=False, compare=False)
    _spans: dict[tuple[str, bool], Span] = field(default_factory=dict, compare=False)

    def could(self, condition: Condition) -> Could:
        """Tell whether the condition could hold for such a lead, and whether it could fail."""
        match condition:
            case All(all=parts) | Any_(any=parts):
                holds, fails = zip(*map(self.could, parts), strict=True)
                return Could(all(holds), any(fails)) if isinstance(condition, All) else Could(any(holds), all(fails))
            case Not(not_=part):
                return Could(*reversed(self.could(part)))
            case SilentTest() | SurgeTest() | ReturningTest():
                return Could(hold=False, fail=True)  # each needs more than one event
            case PersonaTest(persona=wanted):
                return Could(self.persona in wanted, self.persona not in wanted)
            case PhaseTest(phase=phases):
                return Could(any(self._could_be_in(phase) for phase in phases), fail=True)
            case _:
                return self._could_count(condition)

    def _could_be_in(self, phase: str) -> bool:
        conditions = {str(name): condition for name, condition in self.playbook.journey.items()}
        # Phases never ask for phases; where one wrongly does, this keeps the question from going round in circles.
        inside = replace(self, playbook=self.playbook.model_copy(update={"journey": {}}))
        return phase in conditions and inside.could(conditions[phase]).hold

    def _could_count(self, condition: Condition) -> Could:
        match condition:
            case ScoreTest(score=axis, at_least=level, below=limit):
                return _reaches(self.score(axis), level, limit)
            case AccountTest(account=axis, at_least=level):
                return _reaches(self.account_score(axis), level, None)
            case CellTest(cell=cells):
                possible = {fit + engagement for fit in self.labels("fit") for engagement in self.labels("engagement")}
                return Could(not possible.isdisjoint(cells), not possible <= {*cells})
            case DidTest(did=activities):
                counts = {0, 1} if self.did.intersection(activities) else {0}
                highest = condition.highest
                fitting = {n for n in counts if n >= condition.lowest and (highest is None or n <= highest)}
                return Could(bool(fitting), fitting != counts)
            case BantTest(bant=count, required=required):
                asked = count > 0 or bool(required)
                return Could(self.may_be_questioned or not asked, asked)
            case _:
                return Could(hold=True, fail=True)

    def score(self, axis_name: str) -> Span:
        """Return the span of the score on an axis, after all caps."""
        if axis_name not in self._scores:
            self._scores[axis_name] = self._sum_of_rules(axis_name)
        return self._scores[axis_name]

    def _sum_of_rules(self, axis_name: str) -> Span:
        groups: dict[str | None, list[Span]] = {}
        for name, rule in self.playbook.rules.items():
            if rule.axis == axis_name:
                groups.setdefault(rule.group, []).append(self._rule(name, rule))
        alone = groups.pop(None, [])
        capped = [_sum(spans).held_to(*_caps(self.playbook.groups.get(str(name)))) for name, spans in groups.items()]
        return _sum([*alone, *capped]).held_to(*_caps(self.playbook.axes.get(axis_name)))

    def account_score(self, axis: str) -> Span:
        """Return the span of the account's score, whose other leads did nothing."""
        roll_up = self.playbook.accounts.get(axis)
        if roll_up is None:
            return Span(0, 0)
        own, other = self.score(axis), replace(self, did=frozenset()).score(axis)
        if roll_up.roll_up == "max":
            return Span(min(own.low, other.low, 0), max(own.high, other.high, 0))
        others = float("inf") if roll_up.n is None else roll_up.n - 1
        # An account may have no other lead, or this one may not count in it: nothing is always possible.
        low = min(own.low, 0) + (others * other.low if other.low < 0 and others else 0)
        return Span(low, max(own.high, 0) + (others * other.high if other.high > 0 and others else 0))

    def labels(self, axis_name: str) -> set[str]:
        """Return the labels of the bands that the score on an axis could lie in."""
        axis = self.playbook.axes.get(axis_name)
        if axis is None:
            return set()
        low, high = self.score(axis_name)
        found: set[str] = set()
        ceiling = float("inf")
        for label, points in sorted(self._bands(axis_name, axis).items(), key=lambda band: -band[1]):
            if points <= high and low < ceiling:
                found.add(label)
            ceiling = points
        if low < ceiling and axis.otherwise is not None:
            found.add(axis.otherwise)
        return found

    def _bands(self, axis_name: str, axis: Axis) -> dict[str, int]:
        changed = self.playbook.personas[self.persona].bands if self.persona is not None else {}
        return {**axis.bands, **changed.get(axis_name, {})}

    def _rule(self, name: str, rule: Rule) -> Span:
        applies = self._applies(rule)
        if (name, applies) not in self._spans:
            self._spans[name, applies] = self._span(name, rule, applies=applies)
        return self._spans[name, applies]

    def _span(self, name: str, rule: Rule, *, applies: bool) -> Span:
        change = self.playbook.personas[self.persona].rules.get(name) if self.persona is not None else None
        if change is not None and change.off:
            return Span(0, 0)
        changed = change.model_dump(include={"points", "min", "max"}, exclude_none=True) if change is not None else {}
        rule = rule.model_copy(update=changed)
        points = [*_amounts(rule), 0] if applies else [0]
        return Span(min(points), max(points)).held_to(rule.min, rule.max)

    def _applies(self, rule: Rule) -> bool:
        if rule.on is not None:
            return not self.did.isdisjoint(rule.on)
        return rule.when is None or self.could(rule.when).hold


def check_safety(playbook: Playbook) -> Iterator[Finding]:
    """Yield the gates that open without any deed of the lead, or by one passive event."""
    for name in ("mql", "sales_ready"):
        told = set()
        for persona in (None, *playbook.personas):
            place, gate = _gate_of(playbook, persona, name)
            # An answer in the qualifying call is no deed that makes an MQL, but sales may act on it.
            lead = Lead(playbook, persona, may_be_questioned=name == "mql")
            finding = _flaw(lead, name, gate, place)
            if finding is not None and id(gate) not in told:
                told.add(id(gate))
                yield finding


def _flaw(lead: Lead, name: str, gate: Gate, place: Place) -> Finding | None:
    who = _("a lead") if lead.persona is None else _("a lead of persona {persona}", persona=lead.persona)
    params: dict[str, Detail] = {"gate": name, "who": who}
    if lead.could(gate.enter).hold:
        return Finding(place, "PB130", params)
    event = _opening_event(lead, gate, list(_passive_events(lead.playbook)))
    return Finding(place, "PB131", params | {"event": event}) if event else None


def _opening_event(lead: Lead, gate: Gate, events: list[tuple[str, frozenset[str]]]) -> str | None:
    """Return the first event that alone could open the gate, by halves: more deeds make more possible."""
    done = frozenset().union(*(activities for _, activities in events))
    if not events or not replace(lead, did=done).could(gate.enter).hold:
        return None
    if len(events) == 1:
        return events[0][0]
    half = len(events) // 2
    return _opening_event(lead, gate, events[:half]) or _opening_event(lead, gate, events[half:])


def _gate_of(playbook: Playbook, persona: str | None, name: str) -> tuple[Place, Gate]:
    general: Gate = getattr(playbook.gates, name)
    if persona is None:
        return ("gates", name, "enter"), general
    own: Gate | None = getattr(playbook.personas[persona].gates, name)
    return (("personas", persona, "gates", name, "enter"), own) if own else (("personas", persona), general)


def _passive_events(playbook: Playbook) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each event name with the passive activities that one event of it may be."""
    found: dict[str, set[str]] = {}
    for name, activity in playbook.activities.items():
        if activity.passive:
            for event in activity.event:
                found.setdefault(event, set()).add(name)
    yield from ((event, frozenset(names)) for event, names in found.items())


def _amounts(rule: Rule) -> list[int]:
    table = rule.points
    if isinstance(table, ValueTable):
        return [*(row.points for row in table.rows), table.otherwise, table.unknown]
    return [table]


def _sum(spans: Iterable[Span]) -> Span:
    spans = list(spans)
    return Span(sum(span.low for span in spans), sum(span.high for span in spans))


def _caps(part: object) -> tuple[int | None, int | None]:
    return getattr(part, "min", None), getattr(part, "max", None)


def _reaches(span: Span, level: int | None, limit: int | None) -> Could:
    if level is not None:
        return Could(span.high >= level, span.low < level)
    return Could(limit is not None and span.low < limit, limit is None or span.high >= limit)
