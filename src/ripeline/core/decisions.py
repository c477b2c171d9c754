"""What a definition would have decided on the past, as of each instant: when each lead first came through each gate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ripeline.core.layout import FOREVER
from ripeline.core.lifecycle import Entry, HandoffStatus, MoveReason, Stage
from ripeline.core.scoring import Version, evaluate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.core.history import History
    from ripeline.core.layout import Flags, Ints
    from ripeline.core.playbook import Playbook
    from ripeline.core.scoring import Evaluation, Progress

GATES = ("mql", "sales_ready")
"""In the order in which `Decisions` and reports hold them."""

PEOPLES_ACTS = (
    "verdict_given",
    "override_set",
    "override_ended",
    "stage_set",
    "touch_logged",
    "points_adjusted",
    "bant_answered",
)
"""The rows that people write: they are what the old definition led to, so a new one must not decide by them."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """By lead: the first instant of each gate (FOREVER: none), how many moves and offers, the last stage.

    `offer_lead` and `offer_at` list every hand-off that was offered. `taken_back`: its first move to MQL or SQL was
    undone because a machine had made the hits.
    """

    at: tuple[Ints, Ints]
    moves: Ints
    offers: Ints
    offer_lead: Ints
    offer_at: Ints
    taken_back: Flags
    stage: Ints


def without_people(history: History) -> tuple[History, int]:
    """The history with rows of leads and of the system only, and how many rows of people were left out."""
    kept = history.acts.filter(~pl.col("event").is_in(PEOPLES_ACTS))
    return replace(history, acts=kept), history.acts.height - kept.height


def reps_named(history: History) -> int | None:
    """How many people are named in the rows that people write; None if none is."""
    named = history.acts["by"].drop_nulls().n_unique()
    return named or None


def decide(playbook: Playbook, history: History, at: int, progress: Progress | None = None) -> Decisions:
    """What the playbook decides on a history up to `at` (microseconds UTC), each decision as of its own instant."""
    return decisions_of(evaluate([Version(playbook)], history, at, explain=False, progress=progress))


def decisions_of(evaluation: Evaluation) -> Decisions:
    """The decisions in the journal of an evaluation."""
    entries, leads = evaluation.journal.entries, evaluation.history.leads.height
    lead, instant = entries.lead, entries.at
    moved = entries.kind == Entry.MOVE
    up = moved & (entries.a == Stage.LEAD) & np.isin(entries.c, (MoveReason.GATE, MoveReason.FORCED))
    offered = (entries.kind == Entry.HANDOFF) & (entries.a == HandoffStatus.OFFERED)
    down = moved & (entries.b == Stage.LEAD)
    voided = moved & (entries.c == MoveReason.VOIDED)
    mql, sales_ready, fell, undone = (
        _first(lead[which], instant[which], leads) for which in (up, offered, down, voided)
    )
    return Decisions(
        at=(mql, sales_ready),
        moves=np.bincount(lead[moved], minlength=leads).astype(np.int64),
        offers=np.bincount(lead[offered], minlength=leads).astype(np.int64),
        offer_lead=lead[offered].copy(),
        offer_at=instant[offered].copy(),
        taken_back=(undone < FOREVER) & (undone == fell),
        stage=evaluation.state.leads.stage.astype(np.int64),
    )


def _first(lead: Ints, at: Ints, leads: int) -> Ints:
    """For each lead the earliest of its instants; FOREVER for one that has none."""
    found = np.full(leads, FOREVER)
    np.minimum.at(found, lead, at)
    return found


# --- since when a lead is known, and which facts have no time -------------------------------------


def first_known(history: History) -> Ints:
    """When each lead became known: by its creation or its first row; 0 if neither has a time."""
    found = history.leads["created_at"].fill_null(int(FOREVER)).to_numpy().copy()
    for frame in (history.events, history.acts, history.changes):
        name = "known_at" if "known_at" in frame.columns else "at"
        own = frame.group_by("lead").agg(pl.col(name).min())
        rows = own["lead"].to_numpy().astype(np.int64)
        found[rows] = np.minimum(found[rows], own[name].to_numpy())
    found[found == FOREVER] = 0
    return found


def untimed_attributes(playbook: Playbook, history: History) -> tuple[str, ...]:
    """The attributes of which some values stand in the leads' table with no time: no `created_at`, no timed change."""
    without = history.leads.select("created_at", *playbook.attributes).with_row_index("lead")
    without = without.filter(pl.col("created_at").is_null())
    found = []
    for name in playbook.attributes:
        told = without.filter(pl.col(name).is_not_null())["lead"]
        timed = history.changes.filter(pl.col("attribute") == name)["lead"]
        if not told.is_in(timed.unique().implode()).all():
            found.append(name)
    return tuple(found)


def without_untimed(history: History, names: Sequence[str]) -> History:
    """The history in which these attributes are unknown wherever the leads' table gives them no time."""
    timed = pl.col("created_at").is_not_null()
    return replace(history, leads=history.leads.with_columns(pl.when(timed).then(pl.col(name)) for name in names))
