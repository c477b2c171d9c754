"""What the compiled functions know of one unit's leads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ripeline.core.layout import Bytes, Flags, Ints, Records, fields_of

STACK = 64
"""How deep a tree of conditions may be."""

NOT_WAITING, COOLING, FOR_DATA = 0, 1, 2
"""What a lead that may not be offered waits for: a conversion once it has cooled down, or better data."""

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
    ran_for=np.int64,
    ahead=np.bool_,
    calm=np.bool_,
    waits=np.bool_,
)
"""event_next, act_next: the first not known yet, in order of news; act_first: the acts of this look begin here;
ran_for: the persona for which `runs` holds, -2 for none; ahead: an event is dated after it was known.
calm: nothing can change while `REST` lasts; waits: for a conversion."""

REST = fields_of(since=np.int64, until=np.int64, floors=np.bool_, floor_until=np.int64)
"""Of a unit at rest nothing can change before `until` while tests and scores stay as noted; floors: some scores must
not fall, and up to `floor_until` none does."""

ITEM = fields_of(rank=np.int64, status=np.int8)
FIXED = fields_of(cut=np.int64, adjusted=np.int64)
SUMS = fields_of(above=np.int64, below=np.int64, doubt=np.int64)
"""A rule's awards above and below zero; both together are at most `doubt` off."""

END = fields_of(at=np.int64, exact=np.bool_)
"""An instant at which a span ends or begins, and whether the rules' sums of then are exact."""

ENDS = 66
"""How many ends a search may have at a time: two, and one for each halving of a span."""

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
    worst=np.int64,
)
"""A rule's awards so far. done: events taken in, with the last award's instant and day; dead: events that give nothing
any more, likewise; above, below: what is left at `as_of`, for kinds that can be kept so; best, worst:
all that was above and below zero, not faded."""


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
    ends: Records  # [end]
    sums: Records  # [end, j, r]
    runs: Records  # [j, r]
    score: Ints  # [j, a]
    least: Ints  # [j, a]: bounds over a span
    most: Ints
    capped: Ints  # [3, rules or groups]: working space
    rollup: Ints  # [3, q]: exact, least, most
    stack: Bytes  # working space for trees
    doubt: Bytes  # [leaf]: working space
    needed: Flags  # [j, leaf]: tests that must stay as they are for a lead at rest
    rests: Records  # [1]: what holds the unit at rest
    peak: Ints  # [j, a]: what a lead at rest may have at most
    ceiling: Ints  # [j, a and q]: a score that a lead at rest stays below
    floor: Ints  # [j, a and q]: a score that it does not fall below
