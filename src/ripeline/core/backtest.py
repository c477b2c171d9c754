"""A definition judged on the past: what it would have decided, how often it was right, and how long before.

A decision is judged by the lead's first outcome. It counts when it was made before the outcome; made less than a day
before, it is too late to act on. `docs/reference/backtest.md` defines every number, `intervals` says whence its limits
are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ripeline.core.decisions import GATES, decide, first_known
from ripeline.core.instants import DAY
from ripeline.core.intervals import Estimate, Incidence, incidence, lift, quantile, rate, share
from ripeline.core.layout import FOREVER
from ripeline.core.lifecycle import Stage

if TYPE_CHECKING:
    from ripeline.core.decisions import Decisions
    from ripeline.core.history import History
    from ripeline.core.layout import Flags, Ints
    from ripeline.core.outcomes import Outcomes
    from ripeline.core.playbook import Playbook
    from ripeline.core.scoring import Progress

TOO_LATE = DAY
"""A decision less than this before the outcome leaves no time to act on it."""

HORIZONS = (30, 60, 90, 180, 365, 730)
"""After so many days since the decision the share won is told."""

WEEK = 7 * DAY
MONTH = 365.25 / 12 * DAY
"""The mean month."""

_NONE = np.int64(-1)


class Judged(IntEnum):
    """What the outcome says of a lead's decision."""

    NOT_DECIDED = 0
    WON = 1
    LOST = 2
    NOT_JUDGED = 3
    TOO_LATE = 4
    AFTER_OUTCOME = 5


@dataclass(frozen=True, slots=True)
class Past:
    """What became of each lead up to an instant: `won` 1, 0, or -1 (no outcome yet), and when it `ended` (FOREVER).

    `since` is when the lead became known; 0 for one of which that is not known.
    """

    at: int
    since: Ints
    won: Ints
    ended: Ints

    @property
    def known(self) -> Flags:
        """The leads that were there by then."""
        return self.since <= self.at

    @property
    def start(self) -> int:
        """When the first of them became known; the instant itself if there is none."""
        return int(self.since[self.known & (self.since > 0)].min(initial=self.at))

    def as_of(self, at: int) -> Past:
        """The same past as one could know it earlier."""
        later = self.ended > at
        return Past(at, self.since, np.where(later, _NONE, self.won), np.where(later, FOREVER, self.ended))

    def only(self, leads: Flags) -> Past:
        """The past of some leads; the others are as if they had never come."""
        return replace(self, since=np.where(leads, self.since, FOREVER))


@dataclass(frozen=True, slots=True)
class MonthCount:
    """The decisions of one month of the playbook's calendar (`2026-01`), and what became of them."""

    month: str
    won: int
    lost: int
    not_judged: int
    too_late: int


@dataclass(frozen=True, slots=True)
class GateReport:
    """How one gate would have done; shares are of 1, times in days.

    `precision` and its `lift` are of leads that were worked: decided in time, with an outcome. `won_share` and its
    `won_lift` are of all that were decided in time, where those without outcome count as not won. `if_all_won` is what
    `won_share` would be if all of these won. `warning` says how long before winning the decision came: the lower
    quartile, the median, the upper quartile.
    """

    gate: str
    decided: int
    won: int
    lost: int
    not_judged: int
    too_late: int
    too_late_won: int
    after_outcome: int
    per_month: Estimate | None
    months: tuple[MonthCount, ...]
    precision: Estimate | None
    if_all_won: float | None
    lift: Estimate | None
    won_share: Estimate | None
    won_lift: Estimate | None
    recall: Estimate | None
    warning: tuple[Estimate | None, Estimate | None, Estimate | None]
    won_within: tuple[Incidence, ...]


@dataclass(frozen=True, slots=True)
class Handoffs:
    """The hand-offs that sales would have been offered; weeks are counted from the start of the past."""

    offered: int
    leads: int
    per_week: Estimate | None
    reps: int | None
    per_rep_and_week: Estimate | None
    busiest_week: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a definition would have done on a past; `base_rate` is of leads with an outcome, `won_rate` of all."""

    playbook: Playbook
    past: Past
    decisions: Decisions
    leads: int
    won: int
    lost: int
    base_rate: Estimate | None
    won_rate: Estimate | None
    gates: tuple[GateReport, GateReport]
    handoffs: Handoffs
    taken_back: int


def past_of(history: History, outcomes: Outcomes, at: int) -> Past:
    """What became of the leads of a history, as one could know it at an instant."""
    won, ended = np.full(history.leads.height, _NONE), np.full(history.leads.height, FOREVER)
    table = outcomes.table
    place = table["lead"].to_numpy()
    won[place], ended[place] = table["won"].cast(pl.Int64).to_numpy(), table["at"].to_numpy()
    return Past(at, first_known(history), won, ended).as_of(at)


def backtest(
    playbook: Playbook, history: History, past: Past, *, reps: int | None = None, progress: Progress | None = None
) -> Report:
    """What the playbook would have decided on a history, judged by what became of its leads.

    The history is taken as it is: `without_people` leaves out what people wrote.
    """
    return report(playbook, past, decide(playbook, history, past.at, progress), reps=reps)


def report(playbook: Playbook, past: Past, decisions: Decisions, *, reps: int | None = None) -> Report:
    """Decisions judged by what became of the leads."""
    known = past.known
    won, lost = (int((known & (past.won == value)).sum()) for value in (1, 0))
    first, second = (_gate_report(gate, playbook, past, at) for gate, at in zip(GATES, decisions.at, strict=True))
    return Report(
        playbook=playbook,
        past=past,
        decisions=decisions,
        leads=int(known.sum()),
        won=won,
        lost=lost,
        base_rate=share(won, won + lost),
        won_rate=share(won, int(known.sum())),
        gates=(first, second),
        handoffs=_handoffs(past, decisions, reps),
        taken_back=int((known & decisions.taken_back).sum()),
    )


def judge(past: Past, decided_at: Ints) -> Ints:
    """For each lead what its outcome says of a decision made then, as `Judged`."""
    decided = past.known & (decided_at <= past.at)
    early = decided_at <= past.ended - TOO_LATE
    found = np.full(decided_at.size, int(Judged.NOT_DECIDED))
    found[decided] = Judged.TOO_LATE
    found[decided & (decided_at >= past.ended)] = Judged.AFTER_OUTCOME
    for value, judged in ((1, Judged.WON), (0, Judged.LOST), (_NONE, Judged.NOT_JUDGED)):
        found[decided & early & (past.won == value)] = judged
    return found


def in_time(judged: Ints) -> Flags:
    """Where a decision leaves time to act on it, whatever became of the lead."""
    return np.isin(judged, (Judged.WON, Judged.LOST, Judged.NOT_JUDGED))


def before_outcome(judged: Ints) -> Flags:
    """Where a decision was made before the outcome, be it too late to act on."""
    return np.isin(judged, (Judged.WON, Judged.LOST, Judged.NOT_JUDGED, Judged.TOO_LATE))


def _gate_report(gate: str, playbook: Playbook, past: Past, at: Ints) -> GateReport:
    judged = judge(past, at)
    count = {value: int((judged == value).sum()) for value in Judged}
    won, lost, open_, late = (count[v] for v in (Judged.WON, Judged.LOST, Judged.NOT_JUDGED, Judged.TOO_LATE))
    all_won, all_judged = (int((past.known & which).sum()) for which in (past.won == 1, past.won >= 0))
    before = before_outcome(judged)
    ahead = (past.ended - at)[before & (past.won == 1)] / DAY
    early = won + lost + open_
    low, middle, high = (quantile(ahead, part) for part in (0.25, 0.5, 0.75))
    return GateReport(
        gate=gate,
        decided=early + late,
        won=won,
        lost=lost,
        not_judged=open_,
        too_late=late,
        too_late_won=int(((judged == Judged.TOO_LATE) & (past.won == 1)).sum()),
        after_outcome=count[Judged.AFTER_OUTCOME],
        per_month=rate(before.astype(np.int64), (past.at - past.start) / MONTH),
        months=_months(playbook, past, at, judged),
        precision=share(won, won + lost),
        if_all_won=(won + open_) / early if early else None,
        lift=lift(won, won + lost, all_won, all_judged),
        won_share=share(won, early),
        won_lift=lift(won, early, all_won, int(past.known.sum())),
        recall=share(won, all_won),
        warning=(low, middle, high),
        won_within=_won_within(past, at, judged),
    )


def _won_within(past: Past, at: Ints, judged: Ints) -> tuple[Incidence, ...]:
    """The share of those decided in time that was won within so long, whether they were worked or not."""
    of = in_time(judged)
    watched = np.minimum(past.ended, past.at)[of] - at[of]
    cause = np.select([past.won[of] == 1, past.won[of] == 0], [1, 2], 0).astype(np.int8)
    found = incidence(watched, cause, [days * DAY for days in HORIZONS])
    return tuple(Incidence(each.within // DAY, each.share, each.watched) for each in found)


def _months(playbook: Playbook, past: Past, at: Ints, judged: Ints) -> tuple[MonthCount, ...]:
    """Every month from the first row to the end, those without decisions too."""
    before = before_outcome(judged)
    table = pl.DataFrame({"at": at[before], "judged": judged[before]}, schema={"at": pl.Int64, "judged": pl.Int64})
    counted = table.group_by(month=_month(pl.col("at"), playbook.timezone)).agg(
        (pl.col("judged") == int(value)).sum().alias(value.name.lower())
        for value in (Judged.WON, Judged.LOST, Judged.NOT_JUDGED, Judged.TOO_LATE)
    )
    ends = pl.DataFrame({"at": [past.start, past.at]}).select(_month(pl.col("at"), playbook.timezone))["at"]
    every = pl.date_range(ends[0], ends[1], "1mo", eager=True).alias("month")
    rows = pl.DataFrame(every).join(counted, on="month", how="left", maintain_order="left").fill_null(0)
    return tuple(MonthCount(month.strftime("%Y-%m"), *counts) for month, *counts in rows.iter_rows())


def _month(at: pl.Expr, zone: str) -> pl.Expr:
    local = pl.from_epoch(at, time_unit="us").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return local.dt.date().dt.truncate("1mo")


def _handoffs(past: Past, decisions: Decisions, reps: int | None) -> Handoffs:
    """Every offer before the lead's outcome; the second of one lead too, because sales must answer it."""
    lead, at = decisions.offer_lead, decisions.offer_at
    counts = past.known[lead] & (at < past.ended[lead]) & (at <= past.at)
    lead, at = lead[counts], at[counts]
    offers = np.bincount(lead, minlength=past.since.size).astype(np.int64)
    weeks = (past.at - past.start) / WEEK
    busiest = np.bincount((at - past.start) // WEEK).max(initial=0) if at.size else 0
    each = rate(offers, weeks * reps) if reps else None
    return Handoffs(int(offers.sum()), int((offers > 0).sum()), rate(offers, weeks), reps, each, int(busiest))


# --- lead by lead ---------------------------------------------------------------------------------


def table_of(report: Report, history: History, outcomes: Outcomes) -> pl.DataFrame:
    """One row for each lead known: the first instant of each gate, how it was judged, moves, offers, stage, outcome."""
    past, decisions = report.past, report.decisions
    columns: dict[str, pl.Series] = {
        "lead_id": history.leads["lead_id"].cast(pl.String),
        "since": _instants(past.since),
    }
    for gate, at in zip(GATES, decisions.at, strict=True):
        judged = judge(past, at)
        columns[f"{gate}_at"] = _instants(at)
        columns[f"{gate}_judged"] = pl.Series([each.name.lower() for each in Judged]).gather(pl.Series(judged))
    columns["moves"], columns["handoffs"] = pl.Series(decisions.moves), pl.Series(decisions.offers)
    columns["stage"] = pl.Series([stage.name.lower() for stage in Stage]).gather(pl.Series(decisions.stage))
    columns["outcome"] = pl.Series(["lost", "won"]).gather(pl.Series(past.won).set(pl.Series(past.won < 0), None))
    columns["outcome_at"] = _instants(past.ended)
    told = outcomes.table.select("lead", "amount", "reason")
    table = pl.DataFrame(columns).with_row_index("lead").join(told, on="lead", how="left", maintain_order="left")
    return table.filter(pl.Series(past.known)).drop("lead")


def _instants(at: Ints) -> pl.Series:
    column = pl.Series(at)
    return column.set((column == int(FOREVER)) | (column == 0), None).cast(pl.Datetime("us", "UTC"))
