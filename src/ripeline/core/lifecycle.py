"""Stages and the table of legal moves; the statuses of a hand-off; the codes that the kernel writes."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stage(IntEnum):
    """Where a lead stands between marketing and sales."""

    LEAD = 0
    MQL = 1
    SQL = 2
    OPPORTUNITY = 3
    CUSTOMER = 4
    LOST = 5
    DISQUALIFIED = 6


NEXT: dict[Stage, frozenset[Stage]] = {
    Stage.LEAD: frozenset({Stage.MQL, Stage.SQL, Stage.DISQUALIFIED}),
    Stage.MQL: frozenset({Stage.LEAD, Stage.SQL, Stage.DISQUALIFIED}),
    Stage.SQL: frozenset({Stage.MQL, Stage.OPPORTUNITY, Stage.LOST, Stage.DISQUALIFIED}),
    Stage.OPPORTUNITY: frozenset({Stage.SQL, Stage.MQL, Stage.CUSTOMER, Stage.LOST}),
    Stage.LOST: frozenset({Stage.MQL}),
    Stage.CUSTOMER: frozenset({Stage.OPPORTUNITY}),
    Stage.DISQUALIFIED: frozenset({Stage.LEAD}),
}
"""The legal moves. Whatever is not in this table is refused."""

LEGAL = np.array([[new in NEXT[old] for new in Stage] for old in Stage])
"""`NEXT` as a matrix [from, to] for the kernel."""

BY_HAND = LEGAL.copy()
"""The moves that `stage_set` may make: the steps between lead, MQL and SQL belong to gates, verdicts and overrides."""
for _old, _new in ((Stage.LEAD, Stage.MQL), (Stage.LEAD, Stage.SQL), (Stage.MQL, Stage.LEAD), (Stage.MQL, Stage.SQL)):
    BY_HAND[_old, _new] = False


class HandoffStatus(IntEnum):
    """What became of an offer of one lead to one rep."""

    NONE = 0
    OFFERED = 1
    ACCEPTED = 2
    CONFIRMED = 3
    RECYCLED = 4
    REJECTED = 5
    DISQUALIFIED = 6
    EXPIRED = 7
    MERGED = 8


class GateName(IntEnum):
    """The two gates, in the order of the kernel's arrays."""

    MQL = 0
    SALES_READY = 1


class Act(IntEnum):
    """The rows that are not events of the lead (``docs/meaning.md`` section 2)."""

    CREATED = 0
    ATTRIBUTES = 1
    CONSENT = 2
    BANT = 3
    ADJUSTMENT = 4
    VOID = 5
    OVERRIDE = 6
    OVERRIDE_END = 7
    VERDICT = 8
    STAGE = 9
    TOUCH = 10


class Verdict(IntEnum):
    """A rep's answer to a hand-off, or that its lead was merged into another."""

    ACCEPTED = 0
    CONFIRMED = 1
    RECYCLED = 2
    REJECTED = 3
    DISQUALIFIED = 4
    MERGED = 5


class Rejection(IntEnum):
    """Why a rep rejected an offer, as far as it changes what follows."""

    BELOW_BAR = 0
    MISROUTED = 1
    BAD_DATA = 2


class Entry(IntEnum):
    """The kinds of journal entries."""

    MOVE = 0
    HANDOFF = 1
    TOUCHED = 2
    REFUSED = 3
    SIGNAL = 4


class MoveReason(IntEnum):
    """Why a lead moved."""

    GATE = 0
    FORCED = 1
    VOIDED = 2
    EXCLUDED = 3
    NO_CONSENT = 4
    PERSON = 5
    OVERRIDE = 6
    CONFIRMED = 7
    RECYCLED = 8
    DISQUALIFIED = 9


class Refusal(IntEnum):
    """Why a person's act had no effect."""

    ILLEGAL_MOVE = 0
    NO_OVERRIDE = 1
    NO_OPEN_HANDOFF = 2
    ALREADY_ACCEPTED = 3


class Signal(IntEnum):
    """What automation says where it may not act."""

    TASK = 0
    FADED = 1
    REVIVED = 2


class IllegalMove(ValueError):
    """A move that is not in the table."""

    def __init__(self, old: Stage, new: Stage) -> None:
        """Name both stages."""
        super().__init__(f"{old.name.lower()} cannot become {new.name.lower()}")
        self.old, self.new = old, new


def move(old: Stage, new: Stage) -> Stage:
    """The new stage; raises IllegalMove when the table does not allow it."""
    if new not in NEXT[old]:
        raise IllegalMove(old, new)
    return new
