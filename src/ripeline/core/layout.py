"""The arrays that the kernel reads and writes, by name.

Everything the kernel needs of a playbook is in `Definition`, everything of the leads in `Rows`. Parameters are
rows of numbers: the kernel never knows a rule, a gate or an activity by name.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
Flags = NDArray[np.bool_]

NEVER = np.iinfo(np.int64).min
"""The instant before all others."""

FOREVER = np.iinfo(np.int64).max
"""The instant after all others."""

NO_LIMIT = np.int64(2**62)
"""A cap that never binds."""

FALSE, TRUE, UNKNOWN = 0, 1, 2
"""The three values of a condition."""


class Leaf(IntEnum):
    """The kinds of tests in trees of conditions about a lead."""

    ATTRIBUTE = 0
    DID = 1
    SILENT = 2
    SURGE = 3
    RETURNING = 4
    COMPLETENESS = 5
    BANT = 6
    PERSONA = 7
    SCORE = 8
    CELL = 9
    ACCOUNT = 10
    PHASE = 11


class Op(IntEnum):
    """The steps of a tree in postfix order."""

    LEAF = 0
    ALL = 1
    ANY = 2
    NOT = 3


class DecayKind(IntEnum):
    """How an award fades, besides its window."""

    NONE = 0
    HALF_LIFE = 1
    STEP = 2
    SMOOTH = 3


class RepeatKind(IntEnum):
    """How often a rule makes an award."""

    EVERY = 0
    ONCE = 1
    ONCE_PER_DAY = 2
    ONCE_PER = 3


Records = Any
"""An array of rows of numbers with named fields, of which numpy knows no types.

The kernel takes few arrays, because it is compiled by argument."""


def fields_of(**fields: Any) -> np.dtype[Any]:  # noqa: ANN401 - numpy's own types of fields
    """The type of rows with these fields, which can be read by name, compiled or not."""
    return np.dtype((np.record, np.dtype(list(fields.items()), align=True)))


INT, SMALL, FLAG = np.int64, np.int8, np.bool_

ENTRY = fields_of(series=INT, bit=INT, purpose=INT)
"""A series that an event of some name may belong to; bit -1: whatever its properties; purpose -1: no consent asked."""

LEAF = fields_of(kind=INT, a=INT, b=INT, c=INT, span=INT)
STEP = fields_of(op=INT, arg=INT)

RULE = fields_of(series=INT, axis=INT, group=INT, when=INT, table=INT, cases=INT, cases_end=INT, choices=INT)
"""series -1: a rule of state; group -1: none; when: a tree, -1: always; table: a column of `Rows.choices`, -1: none."""

CASE = fields_of(tree=INT, points=INT)

PRICE = fields_of(
    off=FLAG,
    points=INT,
    repeats=INT,
    gap=INT,
    decay=INT,
    span=INT,
    percent=INT,
    window=INT,
    life=INT,
    least=INT,
    most=INT,
)
"""What a rule is worth to a persona. points NEVER: the rule's own; span: half-life or `every`; window FOREVER: none;
life: from this age on an award gives nothing."""

GROUP = fields_of(axis=INT, least=INT, most=INT)
AXIS = fields_of(least=INT, most=INT, bands=INT, otherwise=FLAG)
ROLLUP = fields_of(axis=INT, top=INT)
"""top 0: the sum; n: the sum of the n highest."""

GATE = fields_of(enter=INT, eased=INT, leave=INT, dwell=INT, force=INT, force_span=INT)
"""Trees, and the series of forcing events; leave -1: by eased `enter`; force -1: none."""


LEVEL = fields_of(axis=INT, points=INT, rising=FLAG, falling=FLAG)
"""A score at which a tree may come to hold, as the score rises to it or falls below it; axes, then roll-ups."""

HEARER = fields_of(rule=INT, leaf=INT)
"""A rule or a test that events of a series concern."""


class Definition(NamedTuple):
    """A playbook in numbers. v = persona + 1 (0: no persona), r = rule, a = axis, g = gate."""

    entry_start: Ints  # [event code + 1] → entries
    entries: Records
    leaves: Records
    cell_sets: Flags  # [set, fit label, engagement label]
    tree_start: Ints  # [tree + 1] → steps
    steps: Records
    watched: Flags  # [v, leaf]: leaves whose turning is a turn of the lead
    needed: Flags  # [v, leaf]: leaves on which points, personas and exclusions hang
    behind: Flags  # [tree, leaf]: leaves on which a tree hangs, those of the journey included if it asks for a phase
    level_start: Ints  # [v * trees + tree + 1] → levels
    levels: Records
    hearer_start: Ints  # [series + 1] → hearers
    hearers: Records
    rules: Records  # [r]
    cases: Records  # of rules of state
    choice_points: Ints  # of rules with `on`
    priced: Records  # [v, r]
    groups: Records
    axes: Records  # [a]
    band_from: Ints  # [v, a, band], descending
    rollups: Records
    persona_tree: Ints
    phase_tree: Ints  # decision, consideration, awareness; -1: none
    exclusion_tree: Ints
    gates: Records  # [v, g]
    cool_down: Ints  # [v]
    series_count: int
    scoring_purpose: int  # -1: none asked
    scoring_needs_grant: bool
    item_count: int
    attribute_total: int
    response_time: int
    automatic: bool
    conversion_series: int
    acting_series: int
    visit_series: int  # -1: none
    visit_gap: int
    key_series: int


LEAD_ROW = fields_of(created=INT, first_snapshot=INT, events=INT, acts=INT)
"""created NEVER: known from the beginning; first_snapshot: its attributes before any act; where its rows begin."""

ACT = fields_of(known=INT, at=INT, kind=INT, a=INT, b=INT, c=INT, rank=INT)
"""at: the effective instant; a, b, c: details by kind; rank: the place in ledger order."""


class Rows(NamedTuple):
    """The leads' rows in columns, events in ledger order, acts in order of news."""

    unit_start: Ints  # [unit + 1] → leads
    unit_lead: Ints
    leads: Records  # [lead + 1]: the last one ends the rows
    at: Ints
    known: Ints
    news: Ints  # order of becoming known; empty: as they stand
    code: NDArray[np.uint16]
    bits: NDArray[np.uint64]
    choices: NDArray[np.uint8]  # [table, event]
    day: NDArray[np.int32]
    acts: Records
    snapshot_truth: Bytes  # [snapshot, test]
    snapshot_known: Ints  # [snapshot]: listed attributes known


LEAD_STATE = fields_of(
    stage=SMALL,
    handoff=SMALL,
    handoff_conversion=INT,
    touched=FLAG,
    waiting=SMALL,
    waiting_since=INT,
    cool_until=INT,
    hold=FLAG,
    floor=SMALL,
    ceiling=SMALL,
    override_until=INT,
    was_ready=FLAG,
    was_worked=FLAG,
    frozen=FLAG,
)
"""handoff_conversion NEVER: the clock runs from the offer; waiting 1: for cool-down and conversion, 2: for better
data."""

GATE_STATE = fields_of(open=FLAG, since=INT)
"""since FOREVER: `enter` does not hold."""


class State(NamedTuple):
    """Where each lead stands; it lives on from version to version of the playbook."""

    leads: Records
    gates: Records  # [lead, g]


ENTRY_ROW = fields_of(
    lead=INT, at=INT, kind=INT, a=INT, b=INT, c=INT, d=INT, persona=SMALL, phase=SMALL, shut=SMALL, version=INT
)


class Journal(NamedTuple):
    """What happened, in order, with the scores and the progress (-1 while shut) of that look."""

    entries: Records
    scores: Ints  # [n, a]
    progress: Ints  # [n, g]


LEAD_ANSWER = fields_of(
    known=FLAG,
    persona=SMALL,
    personas=np.uint64,
    phase=SMALL,
    shut=SMALL,
    plain=FLAG,
    next_look_at=INT,
    last_at=INT,
)
"""personas: a bit for each that fits; phase -1: none; shut -1: may not be scored, n: exclusion n - 1."""


class Answers(NamedTuple):
    """What is shown at the instant asked for."""

    leads: Records
    scores: Ints  # [lead, a]
    band: Bytes  # [lead, a]; -1: no label
    progress: Ints  # [lead, g]; -1: none
    account: Ints  # [lead, roll-up]
    leaf_truth: Bytes  # [lead, leaf], if asked for
    leaf_value: Ints  # [lead, leaf], if asked for


LINE = fields_of(points=INT, last_at=INT, lead=np.int32, awards=np.int32, index=np.int16, kind=SMALL)
"""A contribution; kind 0 rule, 1 cap of a rule, 2 of a group, 3 adjusted, 4 cap of an axis."""


def records(dtype: np.dtype[Any], *shape: int) -> Records:
    """Rows of zeros."""
    return np.zeros(shape, dtype).view(np.recarray)
