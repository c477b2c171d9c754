"""What the compiled functions know of one unit's leads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ripeline.core.layout import Bytes, Ints, Records, fields_of

STACK = 64
"""How deep a tree of conditions may be."""

KNOWN = fields_of(
    lead=np.int64,
    event_next=np.int64,
    act_next=np.int64,
    act_first=np.int64,
    snapshot=np.int64,
    personas=np.uint64,
    persona=np.int8,
    phase=np.int8,
    shut=np.int8,
    exists=np.bool_,
    has_voids=np.bool_,
    exact=np.bool_,
    ran_for=np.int64,
    ahead=np.bool_,
)
"""event_next, act_next: the first not known yet, in order of news; act_first: the acts of this look begin here; exact:
`score` is exact, not only bounded; ran_for: the persona for which `runs` holds, -2 for none; ahead: an event is dated
after it was known."""

ITEM = fields_of(rank=np.int64, status=np.int8)
FIXED = fields_of(cut=np.int64, adjusted=np.int64)
SUMS = fields_of(above=np.int64, below=np.int64)

RUN = fields_of(
    done=np.int64,
    awarded=np.int64,
    day=np.int64,
    dead=np.int64,
    dead_awarded=np.int64,
    dead_day=np.int64,
    as_of=np.int64,
    above=np.float64,
    below=np.float64,
    count=np.int64,
    best=np.int64,
)
"""A rule's awards so far. done: events taken in, with the last award's instant and day; dead: events that give nothing
any more, likewise; above, below: what is left at `as_of`, for kinds that can be kept so; best:
all that was above zero, not faded."""


class Scratch(NamedTuple):
    """What is known of the leads of one unit at the instant in question."""

    leads: Records  # [j]
    series_start: Ints  # [j * series + s + 1] → series_row
    series_len: Ints  # [j, s]
    series_row: Ints  # event rows, in ledger order within a series
    items: Records  # [j, item]
    fixed: Records  # [j, a]: awards up to `cut` count no more; what adjustments add
    truth: Bytes  # [j, leaf]
    value: Ints  # [j, leaf]: what the test looked at
    sums: Records  # [j, r]: the rule's awards above and below zero
    runs: Records  # [j, r]
    score: Ints  # [j, a]
    least: Ints  # [j, a]: bounds over a span
    most: Ints
    capped: Ints  # [3, rules or groups]: working space
    rollup: Ints  # [3, q]: exact, least, most
    stack: Ints
    hope: Bytes  # [leaf]: working space
