"""Two definitions on the same past: how far apart they are, and which leads would change, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ripeline.core.backtest import before_outcome, in_time, judge
from ripeline.core.decisions import GATES
from ripeline.core.explanation import unit_of
from ripeline.core.history import History
from ripeline.core.instants import DAY
from ripeline.core.intervals import correlation_of_shares, difference, share
from ripeline.core.layout import FOREVER
from ripeline.core.nearest import gate_for, held_by, ways_to
from ripeline.core.reasons import Reason
from ripeline.core.results import lead_result
from ripeline.core.scoring import Version, evaluate
from ripeline.core.standing import standing_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.core.backtest import Past, Report
    from ripeline.core.intervals import Estimate
    from ripeline.core.layout import Flags, Ints
    from ripeline.core.nearest import Lack
    from ripeline.core.playbook import Playbook

_SAME_TIME = DAY
"""Decisions less than this apart are told as the same."""


@dataclass(frozen=True, slots=True)
class GateDifference:
    """One gate under both definitions; each difference is the first minus the other, on the same leads."""

    gate: str
    both: int
    only_first: int
    only_other: int
    earlier: int
    later: int
    decided: Estimate | None
    precision: Estimate | None
    recall: Estimate | None


@dataclass(frozen=True, slots=True)
class ChangedLead:
    """A lead that one definition decides and the other does not, or at least a day earlier or later.

    Instants are microseconds UTC, None where it is not decided.
    """

    lead_id: str
    gate: str
    at: int | None
    other_at: int | None
    won: bool | None


@dataclass(frozen=True, slots=True)
class Why:
    """Why one definition decided at an instant and the other did not: what held, and what was missing there."""

    by_first: bool
    at: int
    decided: Reason | None
    held: tuple[Lack, ...]
    refused: Reason | None
    missing: tuple[Lack, ...]


def differences(first: Report, other: Report) -> tuple[GateDifference, GateDifference]:
    """How far two definitions are apart at each gate; both reports are of the same past."""
    mql, sales_ready = (
        _gate_difference(gate, first.past, first.decisions.at[place], other.decisions.at[place])
        for place, gate in enumerate(GATES)
    )
    return mql, sales_ready


def _gate_difference(gate: str, past: Past, at: Ints, other_at: Ints) -> GateDifference:
    known, won, closed = past.known, past.known & (past.won == 1), past.won >= 0
    judged = [judge(past, each) for each in (at, other_at)]
    early, other_early = (in_time(each) for each in judged)
    decided, other_decided = (before_outcome(each) for each in judged)
    both = decided & other_decided
    apart = np.where(both, at - other_at, 0)
    return GateDifference(
        gate=gate,
        both=int(both.sum()),
        only_first=int((decided & ~other_decided).sum()),
        only_other=int((other_decided & ~decided).sum()),
        earlier=int((apart <= -_SAME_TIME).sum()),
        later=int((apart >= _SAME_TIME).sum()),
        decided=_apart(decided, known, other_decided, known),
        precision=_apart(won, early & closed, won, other_early & closed),
        recall=_apart(early, won, other_early, won),
    )


def _apart(hit: Flags, of: Flags, other_hit: Flags, other_of: Flags) -> Estimate | None:
    """How far apart two shares are: of hits among some leads, and of other hits among others."""
    first, other = (share(int((h & o).sum()), int(o.sum())) for h, o in ((hit, of), (other_hit, other_of)))
    return difference(first, other, correlation_of_shares(hit, of, other_hit, other_of))


# --- which leads ----------------------------------------------------------------------------------


def changed_leads(first: Report, other: Report, history: History) -> list[ChangedLead]:
    """The leads that would change: those that only one decides before the others, buyers before losers."""
    found = [
        each
        for place, gate in enumerate(GATES)
        for each in _changed(gate, first.past, first.decisions.at[place], other.decisions.at[place], history)
    ]
    return sorted(found, key=_weight)


def _changed(gate: str, past: Past, at: Ints, other_at: Ints, history: History) -> list[ChangedLead]:
    decided, other_decided = (before_outcome(judge(past, each)) for each in (at, other_at))
    both = decided & other_decided
    apart = np.where(both, np.abs(at - other_at), 0) >= _SAME_TIME
    which = np.flatnonzero((decided != other_decided) | apart)
    ids = history.leads["lead_id"].cast(pl.String).gather(which).to_list()
    return [
        ChangedLead(
            name,
            gate,
            int(at[lead]) if decided[lead] else None,
            int(other_at[lead]) if other_decided[lead] else None,
            None if past.won[lead] < 0 else bool(past.won[lead]),
        )
        for name, lead in zip(ids, which.tolist(), strict=True)
    ]


def _weight(change: ChangedLead) -> tuple[bool, int, int, str]:
    one_only = change.at is None or change.other_at is None
    apart = 0 if one_only else abs((change.at or 0) - (change.other_at or 0))
    return not one_only, {True: 0, False: 1, None: 2}[change.won], -apart, change.lead_id


# --- why ------------------------------------------------------------------------------------------


def units_of(history: History, lead_ids: Sequence[str]) -> History:
    """The rows of some leads and of the leads of their accounts, so that each can be explained at once."""
    leads = history.leads.with_row_index("lead").with_columns(pl.col("lead_id").cast(pl.String))
    own = leads.filter(pl.col("lead_id").is_in(list(lead_ids)))
    accounts = own["account_id"].drop_nulls().unique()
    kept = leads.filter(pl.col("lead").is_in(own["lead"].implode()) | pl.col("account_id").is_in(accounts.implode()))
    numbers = kept.select(pl.col("lead").cast(pl.UInt32)).with_row_index("new")

    def of_these(frame: pl.DataFrame) -> pl.DataFrame:
        mine = frame.join(numbers, on="lead", how="inner", maintain_order="left")
        return mine.with_columns(lead="new").drop("new")

    events, acts, changes = (of_these(frame) for frame in (history.events, history.acts, history.changes))
    return History(kept.drop("lead"), events, acts, changes, 0)


def why(first: Playbook, other: Playbook, history: History, change: ChangedLead) -> Why:
    """Why the earlier of both decisions was made, and what the other definition still lacked at that instant."""
    instants = [int(FOREVER) if at is None else at for at in (change.at, change.other_at)]
    by_first, at = instants[0] <= instants[1], min(instants)
    decider, refuser = (first, other) if by_first else (other, first)
    unit = unit_of(history, change.lead_id)
    decided, held = _held(decider, unit, change, at)
    refused, missing = _missing(refuser, unit, change, at)
    return Why(by_first, at, decided, held, refused, missing)


def _held(playbook: Playbook, unit: History, change: ChangedLead, at: int) -> tuple[Reason | None, tuple[Lack, ...]]:
    """What held when the gate opened; the reason alone where an activity forced it."""
    evaluation = evaluate([Version(playbook)], unit, at, explain=False, details=True)
    then = lead_result(evaluation, change.lead_id)
    if then.scores is None:
        return None, ()
    for gate in (change.gate, "sales_ready"):
        held = held_by(gate_for(playbook, then.persona, gate).enter, standing_of(evaluation, then))
        if held:
            return None, held
    gate = change.gate if gate_for(playbook, then.persona, change.gate).force else "sales_ready"
    return Reason("moved_forced", gate=gate, old="lead", new="mql"), ()


def _missing(playbook: Playbook, unit: History, change: ChangedLead, at: int) -> tuple[Reason | None, tuple[Lack, ...]]:
    evaluation = evaluate([Version(playbook)], unit, at, explain=False, details=True)
    then = lead_result(evaluation, change.lead_id)
    if then.excluded is not None:
        return Reason("excluded", exclusion=then.excluded), ()
    if then.scores is None:
        return Reason("not_evaluated"), ()
    ways = ways_to(gate_for(playbook, then.persona, change.gate).enter, standing_of(evaluation, then))
    return None, ways[0] if ways else ()
