"""The past of leads whose rows went from one to another, in chapters; the rows come from a live store or its copy."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from ripeline.core.columns import LATEST, DataProblem
from ripeline.core.history import history_from_rows
from ripeline.core.layout import FOREVER
from ripeline.core.needs import RESERVED, Needs, needs_of
from ripeline.core.reserved import read_act, read_changes
from ripeline.core.scoring import Chapter, chapters_of, evaluate, evaluate_chapters

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
    """All leads of these units as of an instant: together, but for units with a past in chapters."""
    needs = needs_of([version.playbook for version in versions])
    plain = [past for past in pasts if not past.breaks]
    if plain:
        yield evaluate(versions, _history(plain, needs, 0, _END), at, details=details)
    for past in pasts:
        if past.breaks:
            yield evaluate_chapters(_chapters(past, needs, versions), at, details=details)


def chapters(past: Past, versions: Sequence[Version]) -> list[Chapter]:
    """One unit as the evaluator takes it when it explains a lead of it."""
    needs = needs_of([version.playbook for version in versions])
    return _chapters(past, needs, versions) if past.breaks else chapters_of(versions, _history([past], needs, 0, _END))


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


def _chapters(past: Past, needs: Needs, versions: Sequence[Version]) -> list[Chapter]:
    """A unit's past since the first publication, cut at each publication and wherever rows went to another lead."""
    first = versions[0].published_at or 0
    published = {version.published_at or 0: version for version in versions}
    starts = sorted({*published, *(instant for instant in past.breaks if instant > first)})
    chapters: list[Chapter] = []
    for start, end in pairwise([*starts, _END]):
        new = published.get(start)
        version = new or chapters[-1].version
        history = _history([past], needs, start, end)
        if new is None:
            chapters.append(Chapter(version, history, start, judges=True, turned=past.turned(start)))
        else:
            chapters.append(Chapter(version, history, start, judges=new.retroactive))
    return chapters


def _history(pasts: Sequence[Past], needs: Needs, start: int, end: int) -> History:
    """The rows that belong to the leads between two instants; whoever has none of their own then is not there."""
    rows = [row for past in pasts for row in past.rows if row["since"] < end and row["until"] > start]
    accounts = {one.lead_id: one.account_id for past in pasts for one in past.accounts if one.meets(start, end)}
    leads = [
        {
            "lead_id": lead.lead_id,
            "account_id": accounts.get(lead.lead_id),
            "created_at": lead.created_at if past.is_there(lead.lead_id, start, end) else LATEST,
        }
        for past in pasts
        for lead in past.leads
    ]
    return history_from_rows(needs, leads, rows)
