"""A playbook compiled to numbers: trees of tests, series of events, parameters of rules and gates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from ripeline.core import conditions as c
from ripeline.core.decay import GONE
from ripeline.core.layout import (
    AXIS,
    CASE,
    ENTRY,
    FOREVER,
    GATE,
    GROUP,
    LEAF,
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
    Op,
    Records,
    RepeatKind,
)
from ripeline.core.playbook import Axis, Decay, Gate, OncePer, Persona, Playbook, Rule, RuleChange, ValueTable

PHASES = ("decision", "consideration", "awareness")
DEFAULT_AXES = ("engagement", "fit")


@dataclass(frozen=True)
class Series:
    """The events that one purpose counts: those that are one of the activities, under a further condition."""

    activities: tuple[str, ...]
    where: c.Condition | None = None


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


def axes_of(playbook: Playbook) -> tuple[str, ...]:
    """The names of the axes: engagement and fit, then those that the playbook adds."""
    return DEFAULT_AXES + tuple(name for name in playbook.axes if name not in DEFAULT_AXES)


def labels_of(playbook: Playbook, axis: str) -> tuple[str | None, ...]:
    """The labels of an axis from the highest band down, `otherwise` last."""
    spec = playbook.axes.get(axis, Axis())
    return (*sorted(spec.bands, key=lambda label: -spec.bands[label]), spec.otherwise)


def compile_playbook(playbook: Playbook, events: Sequence[str]) -> Compiled:
    """The numbers of a checked playbook; `events` are the event names in the order of their codes."""
    return _Compiler(playbook, events).compiled()


@dataclass
class _Trees:
    """Trees in postfix order over one list of leaves, equal ones stored once."""

    start: list[int] = field(default_factory=lambda: [0])
    op: list[int] = field(default_factory=list)
    arg: list[int] = field(default_factory=list)
    known: dict[tuple[tuple[int, int], ...], int] = field(default_factory=dict)

    def add(self, steps: list[tuple[int, int]]) -> int:
        key = tuple(steps)
        if key not in self.known:
            self.known[key] = len(self.start) - 1
            self.op += [op for op, _ in steps]
            self.arg += [arg for _, arg in steps]
            self.start.append(len(self.op))
        return self.known[key]

    def leaves(self, tree: int) -> set[int]:
        """The leaves of a tree; none for -1."""
        if tree < 0:
            return set()
        steps = range(self.start[tree], self.start[tree + 1])
        return {self.arg[i] for i in steps if self.op[i] == Op.LEAF}


class _Compiler:
    def __init__(self, playbook: Playbook, events: Sequence[str]) -> None:
        self.playbook = playbook
        self.events = tuple(events)
        self.axes = axes_of(playbook)
        self.labels = tuple(labels_of(playbook, axis) for axis in self.axes)
        self.rollups = tuple(playbook.accounts)
        self.rules = tuple(playbook.rules.items())
        self.personas: tuple[Persona | None, ...] = (None, *playbook.personas.values())
        consent = None if isinstance(playbook.consent, str) else playbook.consent
        self.scoring = consent.scoring if consent else None
        self.channels = consent.channels if consent else {}
        asked = [*self.channels.values(), *([self.scoring.purpose] if self.scoring else [])]
        self.purposes = tuple(dict.fromkeys(asked))
        self.series: dict[Series, int] = {}
        self.trees = _Trees()
        self.leaves: dict[tuple[int, ...], int] = {}
        self.leaf_conditions: list[c.Condition | None] = []
        self.tests: list[c.AttributeTest] = []
        self.cell_sets: list[np.ndarray] = []
        self.matches: dict[str, list[Match]] = {name: [] for name in self.events}
        self.tables = [name for name, rule in self.rules if _table_on_property(rule)]

    # --- leaves and trees ---

    def leaf(self, kind: Leaf, condition: c.Condition | None, *args: int) -> int:
        key = (int(kind), *args, *([0] * (4 - len(args))))
        if key not in self.leaves:
            self.leaves[key] = len(self.leaves)
            self.leaf_conditions.append(condition)
        return self.leaves[key]

    def series_of(self, activities: Iterable[str], where: c.Condition | None = None) -> int:
        wanted = set(activities)
        key = Series(tuple(name for name in self.playbook.activities if name in wanted), where)
        return self.series.setdefault(key, len(self.series))

    def tree(self, condition: c.Condition | None, ease: int = 0) -> int:
        """The number of the tree, its levels eased by `ease` micro-points; -1 for no condition."""
        return -1 if condition is None else self.trees.add(list(self.steps(condition, ease, negated=False)))

    def steps(self, condition: c.Condition, ease: int, *, negated: bool) -> Iterable[tuple[int, int]]:
        match condition:
            case c.All(all=parts) | c.Any_(any=parts):
                for part in parts:
                    yield from self.steps(part, ease, negated=negated)
                yield (Op.ALL if isinstance(condition, c.All) else Op.ANY, len(parts))
            case c.Not(not_=part):
                yield from self.steps(part, ease, negated=not negated)
                yield Op.NOT, 1
            case _:
                yield Op.LEAF, self.leaf_of(condition, -ease if negated else ease)

    def leaf_of(self, test: c.Condition, ease: int) -> int:
        match test:
            case c.AttributeTest():
                if test not in self.tests:
                    self.tests.append(test)
                return self.leaf(Leaf.ATTRIBUTE, test, self.tests.index(test))
            case c.DidTest(did=names):
                highest = -1 if test.highest is None else test.highest
                return self.leaf(Leaf.DID, test, self.series_of(names), test.lowest, highest, test.within or FOREVER)
            case c.SilentTest():
                return self.leaf(Leaf.SILENT, test, self.counted(test.activities), test.silent)
            case c.SurgeTest():
                times = int(Decimal(str(test.surge)) * 1000)
                return self.leaf(Leaf.SURGE, test, self.counted(test.activities), times, test.within)
            case c.ReturningTest():
                return self.leaf(Leaf.RETURNING, test, int(test.returning == "key_pages"))
            case c.CompletenessTest():
                return self.leaf(Leaf.COMPLETENESS, test, test.completeness)
            case c.BantTest():
                items = list(self.playbook.bant)
                required = sum(1 << items.index(name) for name in set(test.required))
                return self.leaf(Leaf.BANT, test, test.bant, required)
            case c.PersonaTest(persona=names):
                personas = list(self.playbook.personas)
                return self.leaf(Leaf.PERSONA, test, sum(1 << personas.index(name) for name in set(names)))
            case c.PhaseTest(phase=phases):
                return self.leaf(Leaf.PHASE, test, sum(1 << PHASES.index(name) for name in set(phases)))
            case _:
                return self.level_of(test, ease)

    def level_of(self, test: c.Condition, ease: int) -> int:
        """A test of a score, cell or account, with its level moved so that it holds more easily by `ease`."""
        match test:
            case c.ScoreTest(score=axis, at_least=level) if level is not None:
                return self.leaf(Leaf.SCORE, test, self.axes.index(axis), level - ease, 1)
            case c.ScoreTest(score=axis, below=level) if level is not None:
                return self.leaf(Leaf.SCORE, test, self.axes.index(axis), level + ease, 0)
            case c.CellTest(cell=cells):
                return self.leaf(Leaf.CELL, test, self.cell_set(cells), abs(ease), int(ease < 0))
            case c.AccountTest(account=axis, at_least=level):
                return self.leaf(Leaf.ACCOUNT, test, self.rollups.index(axis), level - ease)
        message = f"{type(test).__name__} cannot be asked of a lead"
        raise TypeError(message)

    def counted(self, activities: Sequence[str] | None) -> int:
        return self.series_of(activities or self.playbook.activities)

    def cell_set(self, cells: Iterable[str]) -> int:
        wanted = set(cells)
        fit, engagement = self.labels[self.axes.index("fit")], self.labels[self.axes.index("engagement")]
        held = np.array(
            [[f is not None and e is not None and f"{f}{e}" in wanted for e in engagement] for f in fit], dtype=np.bool_
        )
        found = (i for i, other in enumerate(self.cell_sets) if np.array_equal(other, held))
        if (index := next(found, None)) is None:
            self.cell_sets.append(held)
            return len(self.cell_sets) - 1
        return index

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
                    self.is_lasting([self.tree(rule.when), *(tree for tree, _ in own_cases)]),
                    max((points for _, points in own_cases), default=0),
                )
            )
            cases += own_cases
            if rule.on:
                choices += table_choices(rule.points) if isinstance(rule.points, ValueTable) else [rule.points]
        return {"rules": _records(RULE, rows), "cases": _records(CASE, cases), "choice_points": _ints(choices)}

    def is_lasting(self, trees: Iterable[int]) -> bool:
        kinds = {key[0] for key, leaf in self.leaves.items() if any(leaf in self.trees.leaves(tree) for tree in trees)}
        return kinds <= {Leaf.ATTRIBUTE, Leaf.COMPLETENESS, Leaf.BANT}

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

    def watched(self, arrays: dict[str, np.ndarray]) -> np.ndarray:
        """By persona, the leaves whose turning is a turn: those of rules, journey, exclusions and its gates."""
        watched = np.zeros((len(self.personas), len(self.leaves)), np.bool_)
        for v in range(len(self.personas)):
            gates, rules = arrays["gates"][v], arrays["rules"][~arrays["priced"][v].off]
            cases = [case for rule in rules for case in arrays["cases"].tree[rule.cases : rule.cases_end]]
            trees = [*rules.when, *cases, *arrays["phase_tree"], *arrays["exclusion_tree"]]
            for tree in (*trees, *gates.enter, *gates.eased, *gates.leave):
                watched[v, list(self.trees.leaves(int(tree)))] = True
        return watched

    # --- events ---

    def entries(self) -> dict[str, np.ndarray]:
        """For each event code, the series it may belong to, with the condition and the consent each asks for."""
        rows: list[list[tuple[int, int, int]]] = []
        for name in self.events:
            known = [a for a, spec in self.playbook.activities.items() if name in spec.event]
            rows.append(
                [self.entry(name, a, key, s) for key, s in self.series.items() for a in known if a in key.activities]
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
        book, visits = self.playbook, self.playbook.visits
        arrays: dict[str, np.ndarray] = {}
        arrays |= self.rule_arrays() | {"priced": self.priced(), "gates": self.gate_records()}
        arrays["persona_tree"] = _ints(self.tree(p.when) for p in book.personas.values())
        arrays["phase_tree"] = _ints(self.tree(book.journey.get(phase)) for phase in PHASES)
        arrays["exclusion_tree"] = _ints(self.tree(condition) for condition in book.exclusions.values())
        acting = [name for name, spec in book.activities.items() if not spec.passive]
        single = {
            "conversion_series": self.series_of(n for n, spec in book.activities.items() if spec.conversion),
            "acting_series": self.series_of(acting),
            "visit_series": self.series_of(visits.activities) if visits else -1,
            "visit_gap": visits.gap if visits else 0,
            "key_series": self.series_of(visits.key_pages) if visits and visits.key_pages else -1,
            "scoring_purpose": self.purposes.index(self.scoring.purpose) if self.scoring else -1,
            "scoring_needs_grant": bool(self.scoring and self.scoring.basis == "consent"),
            "item_count": len(book.bant),
            "attribute_total": len(book.completeness),
            "response_time": book.handoff.response_time,
            "automatic": book.handoff.confirm == "automatic",
        }
        arrays["cool_down"] = _ints((p and p.cool_down) or book.handoff.cool_down for p in self.personas)
        arrays |= self.sums() | self.entries()
        arrays["leaves"] = _records(LEAF, list(self.leaves))
        arrays["watched"] = self.watched(arrays)
        arrays["tree_start"] = _ints(self.trees.start)
        arrays["steps"] = _records(STEP, list(zip(self.trees.op, self.trees.arg, strict=True)))
        leaves = [(Leaf(key[0]), self.leaf_conditions[i], key[1:]) for key, i in self.leaves.items()]
        definition = Definition(**arrays, **single, series_count=len(self.series))  # type: ignore[arg-type]
        return Compiled(
            book, self.axes, self.labels, self.purposes, self.tests, self.matches, self.tables, leaves, definition
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
            "rollups": _records(ROLLUP, [(self.axes.index(n), tops.get(r.roll_up, r.n)) for n, r in rollups]),
            "cell_sets": np.array(self.cell_sets, np.bool_).reshape(-1, *shape),
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
