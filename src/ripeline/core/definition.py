"""A playbook compiled to numbers: trees of tests, series of events, parameters of rules and gates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ripeline.core import conditions as c
from ripeline.core.consent import scoring_of
from ripeline.core.decay import GONE
from ripeline.core.layout import (
    AXIS,
    CASE,
    ENTRY,
    FOREVER,
    GATE,
    GROUP,
    HEARER,
    LEAF,
    LEVEL,
    NEVER,
    NO_LIMIT,
    PRICE,
    ROLLUP,
    RULE,
    STEP,
    DecayKind,
    Definition,
    Ints,
    Leaf,
    Records,
    RepeatKind,
)
from ripeline.core.levels import hearers, leaves_behind, levels
from ripeline.core.playbook import Axis, Decay, Gate, OncePer, Persona, Playbook, Rule, RuleChange, ValueTable
from ripeline.core.trees import PHASES, Series, Trees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import polars as pl

_T = TypeVar("_T")


@dataclass(frozen=True)
class Match:
    """A condition on an event's properties that a series or table asks for: an activity's and a rule's together."""

    activity: str
    where: c.Condition | None


@dataclass
class Compiled:
    """A playbook's numbers, with the names and expressions that belong to them."""

    playbook: Playbook
    axes: tuple[str, ...]
    labels: tuple[tuple[str | None, ...], ...]
    purposes: tuple[str, ...]
    tests: list[c.AttributeTest]
    matches: dict[str, list[Match]]  # by event name; the position is the bit
    tables: list[str]  # rules with a table on a property
    leaves: list[tuple[Leaf, c.Condition | None, tuple[int, ...]]]
    definition: Definition
    prepared: dict[object, Any] = field(default_factory=dict, repr=False)  # expressions, by the columns they are for

    def for_columns(self, make: Callable[[Compiled, pl.Schema], _T], schema: pl.Schema) -> _T:
        """What `make` says of this playbook for columns of these types, made once."""
        key = (make, *schema.items())
        if key not in self.prepared:
            self.prepared[key] = make(self, schema)
        found: _T = self.prepared[key]
        return found


def compile_playbook(playbook: Playbook, events: Sequence[str]) -> Compiled:
    """The numbers of a checked playbook; `events` are the event names in the order of their codes."""
    return _Compiler(playbook, events).compiled()


class _Compiler:
    def __init__(self, playbook: Playbook, events: Sequence[str]) -> None:
        self.playbook = playbook
        self.events = tuple(events)
        self.trees = Trees(playbook)
        self.axes, self.labels, self.rollups = self.trees.axes, self.trees.labels, self.trees.rollups
        self.tree, self.series_of = self.trees.tree, self.trees.series_of
        self.rules = tuple(playbook.rules.items())
        self.personas: tuple[Persona | None, ...] = (None, *playbook.personas.values())
        consent = None if isinstance(playbook.consent, str) else playbook.consent
        self.scoring = scoring_of(playbook)
        self.channels = consent.channels if consent else {}
        asked = [*self.channels.values(), self.scoring.purpose]
        self.purposes = tuple(dict.fromkeys(asked))
        self.matches: dict[str, list[Match]] = {name: [] for name in self.events}
        self.tables = [name for name, rule in self.rules if _table_on_property(rule)]

    # --- rules ---

    def rule_arrays(self) -> dict[str, np.ndarray]:
        """The rules, the cases of rules of state, and the points by choice of rules with `on`."""
        groups, rows = list(self.playbook.groups), []
        cases: list[tuple[int, int]] = []
        choices: list[int] = []
        for name, rule in self.rules:
            own_cases = [] if rule.on else list(self.cases(rule.points))
            rows.append(
                (
                    self.series_of(rule.on, rule.where) if rule.on else -1,
                    self.axes.index(rule.axis),
                    groups.index(rule.group) if rule.group else -1,
                    self.tree(rule.when),
                    self.tables.index(name) if name in self.tables else -1,
                    len(cases),
                    len(cases) + len(own_cases),
                    len(choices),
                )
            )
            cases += own_cases
            if rule.on:
                choices += table_choices(rule.points) if isinstance(rule.points, ValueTable) else [rule.points]
        return {"rules": _records(RULE, rows), "cases": _records(CASE, cases), "choice_points": _ints(choices)}

    def cases(self, points: int | ValueTable) -> Iterable[tuple[int, int]]:
        if not isinstance(points, ValueTable):
            yield -1, points
            return
        unknown = c.AttributeTest(attribute=points.attribute, missing=True)
        yield self.tree(unknown), points.unknown
        for row in points.rows:
            test = c.AttributeTest(attribute=points.attribute, **row.model_dump(exclude={"points"}, exclude_none=True))
            yield self.tree(test), row.points
        yield -1, points.otherwise

    def priced(self) -> Records:
        """What a persona may change in a rule, by [persona, rule]."""
        rows = [_price(rule, self.change(p, name)) for p in self.personas for name, rule in self.rules]
        return _records(PRICE, rows).reshape(len(self.personas), len(self.rules))

    @staticmethod
    def change(persona: Persona | None, rule: str) -> RuleChange:
        return (persona.rules.get(rule) if persona else None) or RuleChange()

    def bands(self) -> np.ndarray:
        most = max(len(labels) for labels in self.labels)
        bands = np.full((len(self.personas), len(self.axes), most), FOREVER, np.int64)
        for v, persona in enumerate(self.personas):
            for a, axis in enumerate(self.axes):
                spec = self.playbook.axes.get(axis, Axis()).bands
                changed = persona.bands.get(axis, {}) if persona else {}
                for b, label in enumerate(self.labels[a][:-1]):
                    bands[v, a, b] = changed.get(label or "", spec[label or ""])
        return bands

    # --- gates ---

    def gates(self) -> list[list[Gate]]:
        both = self.playbook.gates
        return [
            [p.gates.mql or both.mql, p.gates.sales_ready or both.sales_ready] if p else [both.mql, both.sales_ready]
            for p in self.personas
        ]

    def gate_records(self) -> Records:
        rows = [
            (
                self.tree(gate.enter),
                self.tree(gate.enter, gate.margin),
                self.tree(gate.leave),
                gate.dwell or 0,
                self.series_of(gate.force) if gate.force else -1,
                gate.force_holds,
            )
            for pair in self.gates()
            for gate in pair
        ]
        return _records(GATE, rows).reshape(len(self.personas), 2)

    def tests(self, arrays: dict[str, Any]) -> dict[str, np.ndarray]:
        """Which leaves count for what, and the levels of each tree, by persona."""
        trees, phases = range(len(self.trees.start) - 1), [int(tree) for tree in arrays["phase_tree"]]
        watched, needed = np.zeros((2, len(self.personas), len(self.trees.leaves)), np.bool_)
        behind, marks = np.zeros((len(trees), len(self.trees.leaves)), np.bool_), []
        for tree in trees:
            behind[tree, list(leaves_behind(self.trees, [tree], phases))] = True
        for v in range(len(self.personas)):
            gates, rules = arrays["gates"][v], arrays["rules"][~arrays["priced"][v].off]
            cases = [case for rule in rules for case in arrays["cases"].tree[rule.cases : rule.cases_end]]
            asked = [int(tree) for tree in (*rules.when, *cases, *arrays["exclusion_tree"])]
            shown = [*phases, *map(int, (*gates.enter, *gates.eased, *gates.leave))]
            watched[v, list(leaves_behind(self.trees, asked + shown, phases))] = True
            needed[v, list(leaves_behind(self.trees, [*asked, *map(int, arrays["persona_tree"])], phases))] = True
            marks += [levels(self.trees, tree, arrays["band_from"][v], phases) for tree in trees]
        stored = _records(LEVEL, [mark for own in marks for mark in own])
        return {
            "watched": watched,
            "needed": needed,
            "behind": behind,
            "level_start": _starts(marks),
            "levels": stored,
        }

    # --- events ---

    def entries(self) -> dict[str, np.ndarray]:
        """For each event code, the series it may belong to, with the condition and the consent each asks for."""
        rows: list[list[tuple[int, int, int]]] = []
        for name in self.events:
            known = [a for a, spec in self.playbook.activities.items() if name in spec.event]
            rows.append(
                [
                    self.entry(name, a, key, s)
                    for key, s in self.trees.series.items()
                    for a in known
                    if a in key.activities
                ]
            )
        return {"entry_start": _starts(rows), "entries": _records(ENTRY, [entry for row in rows for entry in row])}

    def entry(self, name: str, activity: str, key: Series, series: int) -> tuple[int, int, int]:
        spec = self.playbook.activities[activity]
        purpose = self.channels.get(spec.channel or "")
        asked = -1 if purpose is None else self.purposes.index(purpose)
        if spec.where is None and key.where is None:
            return series, -1, asked
        match = Match(activity, key.where)
        if match not in self.matches[name]:
            self.matches[name].append(match)
        return series, self.matches[name].index(match), asked

    # --- the whole ---

    def compiled(self) -> Compiled:
        book, seen = self.playbook, self.playbook.visits
        journey: dict[str, c.Condition] = {str(phase): condition for phase, condition in book.journey.items()}
        arrays: dict[str, Any] = {}
        arrays |= self.rule_arrays() | {"priced": self.priced(), "gates": self.gate_records()}
        arrays["persona_tree"] = _ints(self.tree(p.when) for p in book.personas.values())
        arrays["phase_tree"] = _ints(self.tree(journey.get(phase)) for phase in PHASES)
        arrays["exclusion_tree"] = _ints(self.tree(condition) for condition in book.exclusions.values())
        acting = [name for name, spec in book.activities.items() if not spec.passive]
        single = {
            "conversion_series": self.series_of(n for n, spec in book.activities.items() if spec.conversion),
            "acting_series": self.series_of(acting),
            "visit_series": self.series_of(seen.activities) if seen else -1,
            "visit_gap": seen.gap if seen else 0,
            "key_series": self.series_of(seen.key_pages) if seen and seen.key_pages else -1,
            "scoring_purpose": self.purposes.index(self.scoring.purpose),
            "scoring_needs_grant": self.scoring.basis == "consent",
            "item_count": len(book.bant),
            "attribute_total": len(book.completeness),
            "response_time": book.handoff.response_time,
            "automatic": book.handoff.confirm == "automatic",
        }
        arrays["cool_down"] = _ints((p and p.cool_down) or book.handoff.cool_down for p in self.personas)
        arrays |= self.sums() | self.entries()
        arrays["leaves"] = _records(LEAF, list(self.trees.leaves))
        arrays |= self.tests(arrays)
        arrays["tree_start"] = _ints(self.trees.start)
        arrays["steps"] = _records(STEP, self.trees.steps_stored)
        visits = [series for series in (single["visit_series"], single["key_series"]) if series >= 0]
        heard = hearers(self.trees, arrays["rules"].series, visits)
        arrays |= {"hearer_start": _starts(heard), "hearers": _records(HEARER, [who for own in heard for who in own])}
        leaves = [(Leaf(key[0]), self.trees.leaf_conditions[i], key[1:]) for key, i in self.trees.leaves.items()]
        definition = Definition(**arrays, **single, series_count=len(self.trees.series))  # type: ignore[arg-type]
        return Compiled(
            book, self.axes, self.labels, self.purposes, self.trees.tests, self.matches, self.tables, leaves, definition
        )

    def sums(self) -> dict[str, np.ndarray]:
        """Caps of groups and axes, bands, roll-ups, sets of cells."""
        groups, axes = list(self.playbook.groups.values()), [self.playbook.axes.get(a, Axis()) for a in self.axes]
        rollups = self.playbook.accounts.items()
        tops = {"sum": 0, "max": 1}
        shape = (len(self.labels[self.axes.index("fit")]), len(self.labels[self.axes.index("engagement")]))
        held = [
            (_least(a.min), _most(a.max), len(own) - 1, own[-1] is not None)
            for a, own in zip(axes, self.labels, strict=True)
        ]
        return {
            "groups": _records(GROUP, [(self.axes.index(g.axis), _least(g.min), _most(g.max)) for g in groups]),
            "axes": _records(AXIS, held),
            "band_from": self.bands(),
            "rollups": _records(ROLLUP, [(self.axes.index(n), tops.get(r.roll_up, r.n or 0)) for n, r in rollups]),
            "cell_sets": np.array(self.trees.cell_sets, np.bool_).reshape(-1, *shape),
        }


def _price(rule: Rule, change: RuleChange) -> tuple[int, ...]:
    """A rule's parameters as one persona has them, in the order of `layout.PRICE`."""
    repeat = change.repeat or rule.repeat
    decay = change.decay or rule.decay
    kind, span, percent = _fading(decay)
    window = (decay and decay.window) or int(FOREVER)
    return (
        change.off,
        NEVER if change.points is None else change.points,
        RepeatKind.ONCE_PER if isinstance(repeat, OncePer) else RepeatKind[repeat.upper()],
        repeat.once_per if isinstance(repeat, OncePer) else 0,
        kind,
        span,
        percent,
        window,
        min(window, _life(kind, span, percent)),
        _least(rule.min if change.min is None else change.min),
        _most(rule.max if change.max is None else change.max),
    )


def _life(kind: DecayKind, span: int, percent: int) -> int:
    """The age from which an award gives nothing, its window aside."""
    if kind == DecayKind.HALF_LIFE:
        return GONE * span
    if kind in (DecayKind.STEP, DecayKind.SMOOTH):
        return -(-100 // percent) * span
    return int(FOREVER)


def _least(cap: int | None) -> int:
    return int(-NO_LIMIT) if cap is None else cap


def _most(cap: int | None) -> int:
    return int(NO_LIMIT) if cap is None else cap


def _fading(decay: Decay | None) -> tuple[DecayKind, int, int]:
    if decay is not None and decay.half_life is not None:
        return DecayKind.HALF_LIFE, decay.half_life, 0
    if decay is not None and decay.linear is not None:
        kind = DecayKind.STEP if decay.linear.mode == "step" else DecayKind.SMOOTH
        return kind, decay.linear.every, decay.linear.percent
    return DecayKind.NONE, 1, 0


def table_choices(table: ValueTable) -> list[int]:
    """The points by choice: each row's, then `otherwise`, then `unknown`."""
    return [*(row.points for row in table.rows), table.otherwise, table.unknown]


def _table_on_property(rule: Rule) -> bool:
    return bool(rule.on) and isinstance(rule.points, ValueTable)


def _ints(values: Iterable[int]) -> Ints:
    return np.array([int(value) for value in values], np.int64)


def _records(dtype: np.dtype, rows: Sequence[tuple[int, ...]]) -> Records:
    return np.array([tuple(int(value) for value in row) for row in rows], dtype).view(np.recarray)


def _starts(lists: Sequence[Sequence[object]]) -> Ints:
    return np.concatenate([[0], np.cumsum([len(part) for part in lists], dtype=np.int64)]).astype(np.int64)
