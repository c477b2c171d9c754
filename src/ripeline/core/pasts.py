"""The past of leads whose rows went from one to another, in chapters; the rows come from a live store or its copy."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ripeline.core.columns import LATEST, DataProblem
from ripeline.core.history import history_from_rows
from ripeline.core.layout import FOREVER
from ripeline.core.needs import RESERVED, Needs, needs_of
from ripeline.core.reserved import read_act, read_changes
from ripeline.core.scoring import Chapter, chapters_of, evaluate_chapters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ripeline.core.history import History
    from ripeline.core.scoring import Evaluation, Version

STAYS = frozenset({"override_set", "override_ended", "verdict_given", "stage_set", "touch_logged"})
"""What people did with a lead stays with it when its identifiers go to another one."""

_END = int(FOREVER)


class LeadThen(NamedTuple):
    """A lead, and since when it is known."""

    lead_id: str
    created_at: int


class Stretch(NamedTuple):
    """From when until when a lead was one of its own; or, with `account_id`, belonged to that account."""

    lead_id: str
    since: int
    until: int
    account_id: str = ""

    def meets(self, start: int, end: int) -> bool:
        """Whether some of it lies between two instants."""
        return self.since < end and self.until > start


@dataclass(slots=True)
class Past:
    """One unit as of an instant: its leads, their rows, and the instants at which rows came to belong elsewhere.

    A row is one of `history_from_rows`, with `since` and `until` when it was the lead's. `attached` are the times in
    which an identifier was a lead's, `presences` those of the leads' own numbers; both only where there are breaks.
    """

    leads: list[LeadThen] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    breaks: set[int] = field(default_factory=set)
    accounts: list[Stretch] = field(default_factory=list)
    presences: list[Stretch] = field(default_factory=list)
    attached: list[Stretch] = field(default_factory=list)

    def is_there(self, lead_id: str, start: int, end: int) -> bool:
        """Whether a lead was one of its own in this time, and not merged into another."""
        own = [one for one in self.presences if one.lead_id == lead_id]
        return not own or any(one.meets(start, end) for one in own)

    def turned(self, instant: int) -> frozenset[str]:
        """The leads that lost or got rows or an account at an instant."""
        stretches = (*self.attached, *self.accounts)
        return frozenset(one.lead_id for one in stretches if instant in (one.since, one.until))


def evaluations(
    pasts: Sequence[Past], at: int, versions: Sequence[Version], *, details: bool = True
) -> Iterator[Evaluation]:
    """All leads of these units as of an instant: together those whose pasts have chapters of the same kinds."""
    needs = needs_of([version.playbook for version in versions])
    alike: dict[tuple[bool, tuple[_Kind, ...]], list[tuple[Past, list[int]]]] = defaultdict(list)
    for past in pasts:
        starts, kinds = _course(past, versions, at)
        alike[bool(past.breaks), kinds].append((past, starts))
    for (_, kinds), members in alike.items():
        yield evaluate_chapters(_chapters(members, kinds, versions, needs), at, details=details)


def chapters(past: Past, versions: Sequence[Version]) -> list[Chapter]:
    """One unit as the evaluator takes it when it explains a lead of it."""
    starts, kinds = _course(past, versions, _END)
    return _chapters([(past, starts)], kinds, versions, needs_of([version.playbook for version in versions]))


def understood(name: str, said: Mapping[str, Any], needs: Needs) -> Mapping[str, Any] | None:
    """What a row says to some playbooks; None if nothing. People's traits are not typed, so some cannot be read."""
    if name == "attributes_changed":
        return dict(_changes(said, needs)) or None
    if name in RESERVED:
        try:
            read_act(name, said, needs)
        except DataProblem:
            return None
    return said


def _changes(said: Mapping[str, Any], needs: Needs) -> Iterator[tuple[str, Any]]:
    for attribute, value in said.items():
        try:
            yield from read_changes({attribute: value}, needs)
        except DataProblem:
            continue


class _Kind(NamedTuple):
    """What a chapter is: the place of its version, and whether that begins here or rows went from lead to lead."""

    version: int
    is_new: bool


def _course(past: Past, versions: Sequence[Version], at: int) -> tuple[list[int], tuple[_Kind, ...]]:
    """When a unit's chapters begin, up to an instant, and what each is: cut at each publication and at each break."""
    published = {version.published_at or 0: place for place, version in enumerate(versions)}
    first = versions[0].published_at or 0
    starts = sorted({*published, *(instant for instant in past.breaks if first < instant <= at)})
    starts = [start for start in starts if start <= at or start == first]
    kinds: list[_Kind] = []
    for start in starts:
        kinds.append(_Kind(published.get(start, kinds[-1].version if kinds else 0), start in published))
    return starts, tuple(kinds)


def _chapters(
    members: Sequence[tuple[Past, list[int]]], kinds: Sequence[_Kind], versions: Sequence[Version], needs: Needs
) -> list[Chapter]:
    """The chapters of units that have the same ones, each unit's beginning at its own instants."""
    if not any(past.breaks for past, _ in members):
        return chapters_of(versions, _history([(past, 0, _END) for past, _ in members], needs))
    found: list[Chapter] = []
    for place, kind in enumerate(kinds):
        spans = [(past, starts[place], [*starts, _END][place + 1]) for past, starts in members]
        history = _history(spans, needs)
        version = versions[kind.version]
        if kind.is_new:
            found.append(Chapter(version, history, version.published_at, judges=version.retroactive))
        else:
            turned = frozenset[str]().union(*(past.turned(start) for past, start, _ in spans))
            begins = np.repeat([start for _, start, _ in spans], [len(past.leads) for past, _, _ in spans])
            since, is_same = int(begins.min()), begins.min() == begins.max()
            starts_of = None if is_same else begins
            found.append(Chapter(version, history, since, judges=True, turned=turned, starts=starts_of))
    return found


def _history(spans: Sequence[tuple[Past, int, int]], needs: Needs) -> History:
    """The rows that belong to the leads between two instants; whoever has none of their own then is not there."""
    rows = [row for past, start, end in spans for row in past.rows if row["since"] < end and row["until"] > start]
    leads: list[dict[str, Any]] = []
    for past, start, end in spans:
        accounts = {one.lead_id: one.account_id for one in past.accounts if one.meets(start, end)}
        leads += (
            {
                "lead_id": lead.lead_id,
                "account_id": accounts.get(lead.lead_id),
                "created_at": lead.created_at if past.is_there(lead.lead_id, start, end) else LATEST,
            }
            for lead in past.leads
        )
    return history_from_rows(needs, leads, rows)
