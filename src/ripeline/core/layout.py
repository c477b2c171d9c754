"""The arrays that the kernel reads and writes, by name.

Everything the kernel needs of a playbook is in `Definition`, everything of the leads in `Rows`. Parameters are
rows of numbers: the kernel never knows a rule, a gate or an activity by name.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

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


class Definition(NamedTuple):
    """A playbook in numbers. v = persona + 1 (0: no persona), r = rule, s = series, l = leaf, a = axis, g = gate."""

    entry_start: Ints  # [event code + 1] → entries
    entry_series: Ints
    entry_bit: Ints  # -1: no condition on properties
    entry_purpose: Ints  # -1: no consent asked
    series_count: int
    leaf_kind: Ints  # [l]
    leaf_args: Ints  # [l, 4]
    cell_sets: Flags  # [set, fit label, engagement label]
    tree_start: Ints  # [tree + 1] → steps
    step_op: Ints
    step_arg: Ints
    watched: Flags  # [v, l]: leaves whose turning is a turn of the lead
    rule_series: Ints  # -1: a rule of state
    rule_axis: Ints
    rule_group: Ints  # -1: none
    rule_when: Ints  # tree; -1: always
    rule_table: Ints  # column of `Rows.choices`; -1: none
    case_start: Ints  # [r + 1] → cases, of rules of state
    case_tree: Ints  # -1: always
    case_points: Ints
    choice_start: Ints  # [r + 1] → points by choice, of rules with `on`
    choice_points: Ints
    rule_off: Flags  # [v, r]
    rule_points: Ints  # [v, r]; NEVER: the rule's own
    repeat_kind: Ints  # [v, r]
    repeat_span: Ints
    decay_kind: Ints
    decay_span: Ints  # half-life, or `every`
    decay_percent: Ints
    decay_window: Ints  # FOREVER: none
    rule_min: Ints
    rule_max: Ints
    group_axis: Ints
    group_min: Ints
    group_max: Ints
    axis_min: Ints
    axis_max: Ints
    band_from: Ints  # [v, a, band], descending, padded with FOREVER at the front of nothing: see band_count
    band_count: Ints  # [a]
    band_otherwise: Flags  # [a]: there is a label below all bands
    rollup_axis: Ints
    rollup_top: Ints  # 0: sum; n: the n highest
    persona_tree: Ints
    phase_tree: Ints  # decision, consideration, awareness; -1: none
    exclusion_tree: Ints
    scoring_purpose: int  # -1: none asked
    scoring_needs_grant: bool
    purpose_count: int
    item_count: int
    attribute_total: int
    gate_enter: Ints  # [v, g] tree
    gate_eased: Ints  # [v, g]
    gate_leave: Ints  # [v, g]; -1: by eased `enter`
    gate_dwell: Ints  # [v, g]
    gate_force: Ints  # [v, g] series; -1: none
    gate_force_span: Ints  # [v, g]
    cool_down: Ints  # [v]
    response_time: int
    automatic: bool
    conversion_series: int
    acting_series: int
    visit_series: int  # -1: none
    visit_gap: int
    key_series: int


class Rows(NamedTuple):
    """The leads' rows in columns, events in ledger order, acts in order of news."""

    unit_start: Ints  # [unit + 1] → leads
    unit_lead: Ints
    created: Ints  # [lead]; NEVER: known from the beginning
    first_snapshot: Ints  # [lead]: the attributes before any act
    event_start: Ints  # [lead + 1] → events
    at: Ints
    known: Ints
    news: Ints  # order of becoming known; empty: as they stand
    code: NDArray[np.uint16]
    bits: NDArray[np.uint64]
    choices: NDArray[np.uint8]  # [table, event]
    day: NDArray[np.int32]
    act_start: Ints  # [lead + 1] → acts
    act_known: Ints
    act_at: Ints  # the effective instant
    act_kind: Ints
    act_args: Ints  # [act, 4]: three details, and the place in ledger order
    snapshot_truth: Bytes  # [snapshot, test]
    snapshot_known: Ints  # [snapshot]: listed attributes known


class State(NamedTuple):
    """Where each lead stands; it lives on from version to version of the playbook."""

    stage: Bytes
    open: Flags  # [lead, g]
    since: Ints  # [lead, g]: FOREVER while `enter` does not hold
    handoff: Bytes
    handoff_conversion: Ints  # NEVER: the clock runs from the offer
    touched: Flags
    waiting: Bytes  # 0 no, 1 for cool-down and conversion, 2 for better data
    waiting_since: Ints
    cool_until: Ints
    hold: Flags
    floor: Bytes
    ceiling: Bytes
    override_until: Ints
    was_ready: Flags
    frozen: Flags


class Journal(NamedTuple):
    """What happened, in order, with the scores of that look."""

    lead: Ints
    at: Ints
    what: Ints  # [n, 5]: Entry, and four details
    scores: Ints  # [n, a]
    persona: Bytes
    phase: Bytes
    shut: Bytes
    progress: Ints  # [n, g]: millionths, -1 while shut


class Answers(NamedTuple):
    """What is shown at the instant asked for."""

    scores: Ints  # [lead, a]
    band: Bytes  # [lead, a]; -1: no label
    persona: Bytes
    personas: NDArray[np.uint64]  # bit p: persona p fits
    phase: Bytes  # 0 decision, 1 consideration, 2 awareness, -1 none
    shut: Bytes  # 0 no, -1 may not be scored, n: exclusion n - 1
    plain: Flags
    progress: Ints  # [lead, g]; -1: none
    next_look_at: Ints  # FOREVER: none
    account: Ints  # [lead, roll-up]
    last_at: Ints  # the last event that counts; NEVER: none
    leaf_truth: Bytes  # [lead, l], if asked for
    leaf_value: Ints  # [lead, l], if asked for


class Lines(NamedTuple):
    """The contributions, sparse."""

    lead: Ints
    kind: Bytes  # 0 rule, 1 cap rule, 2 cap group, 3 adjusted, 4 cap axis
    index: NDArray[np.int32]
    points: Ints
    awards: NDArray[np.int32]
    last_at: Ints
