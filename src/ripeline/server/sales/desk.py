"""The desk: the hand-offs of some leads while what was decided of them is carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from ripeline.core.handoff import acceptance_clock, response_clock
from ripeline.core.lifecycle import Stage
from ripeline.core.results import HandoffChange, Move
from ripeline.server.chunks import CHUNK, chunks
from ripeline.server.leads import Lead
from ripeline.server.sales.handoffs import OPEN, WITH_SALES, Assignment, Handoff, HandoffStatus, first_look_at
from ripeline.server.sales.routing import Ask, Router
from ripeline.server.staff import calendars

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ripeline.core.playbook import Playbook
    from ripeline.core.results import JournalEntry
    from ripeline.server.decisions import Decision

_BACK = (Stage.MQL, Stage.LOST, Stage.DISQUALIFIED)


class NoOpenHandoff(Exception):
    """A hand-off was decided on that is not in the table: the table and the decisions disagree."""


class Desk:
    """The hand-offs of some leads, of which some are offered anew; `save` writes them."""

    def __init__(self, leads: Iterable[int], offered: Collection[int] = ()) -> None:
        # First the reps are locked, then hand-offs: in this order by all who give them.
        self._router = Router(offered) if offered else None
        self._of_lead: dict[int, list[Handoff]] = {}
        rows = Handoff.objects.select_for_update().order_by("pk")
        for chunk in chunks(sorted(leads)):
            again = [lead for lead in chunk if lead in offered]
            for one in rows.filter(Q(status__in=OPEN) | Q(lead__in=again), lead__in=chunk):
                self._of_lead.setdefault(one.lead_id, []).append(one)
        for own in self._of_lead.values():
            own.sort(key=lambda one: (one.offered_at, one.pk))
        self._new: list[Handoff] = []
        self._given: list[Assignment] = []
        self._changed: dict[int, Handoff] = {}
        self._owners: dict[int, int | None] = {}

    def follow(self, decision: Decision, entry: JournalEntry, playbook: Playbook) -> Handoff | None:
        """Let the lead's hand-off and its owner become what was decided; the hand-off that it was about, if any."""
        lead = decision.lead_id
        if isinstance(entry, HandoffChange):
            if entry.status == HandoffStatus.OFFERED:
                return self._offer(decision, entry, playbook)
            return self._change(lead, entry)
        if isinstance(entry, Move) and entry.old in WITH_SALES and entry.new in _BACK:
            self._owners[lead] = None
        return None

    def save(self) -> list[Handoff]:
        """Write everything that changed, in the caller's transaction; the offers that nobody was free for."""
        # What ends is written before what begins, because one is open at a time.
        Handoff.objects.bulk_update(self._changed.values(), ["status", "touched_at", "ended_at"], batch_size=CHUNK)
        Handoff.objects.bulk_create(self._new, batch_size=CHUNK)
        Assignment.objects.bulk_create(self._given, batch_size=CHUNK)
        for owner in set(self._owners.values()):
            for chunk in chunks([lead for lead, its in self._owners.items() if its == owner]):
                Lead.objects.filter(pk__in=chunk).update(owner=owner)
        has_reps = self._router is not None and self._router.has_reps
        return [one for one in self._new if one.rep_id is None and one.status in OPEN and has_reps]

    def _change(self, lead: int, entry: HandoffChange) -> Handoff:
        handoff = self._last(lead)
        if handoff is None or handoff.status not in OPEN:
            raise NoOpenHandoff(f"lead {lead} at {entry.at}: {entry.status}")
        if handoff.pk:
            self._changed[lead] = handoff
        if entry.status == "touched":
            handoff.touched_at = entry.at
            return handoff
        handoff.status = HandoffStatus(entry.status)
        # A rep owns the lead from acceptance on; what ends without a rep's yes goes back to marketing.
        owns = handoff.status in (HandoffStatus.ACCEPTED, HandoffStatus.CONFIRMED)
        self._owners[lead] = handoff.rep_id if owns else None
        if handoff.status not in OPEN:
            handoff.ended_at = entry.at
        return handoff

    def _offer(self, decision: Decision, entry: HandoffChange, playbook: Playbook) -> Handoff:
        lead, zone = decision.lead_id, playbook.timezone
        assert self._router is not None  # noqa: S101 - whoever decides says which leads are offered
        own = self._of_lead.setdefault(lead, [])
        choice = self._router.choose(Ask(lead, entry.at, entry.look.persona, own), playbook)
        clock = choice.rep.calendar if choice else ""
        rules = calendars.rules(playbook, clock)
        due = response_clock(rules, zone, offered_at=entry.at, conversion_at=entry.conversion_at)
        accept_by = acceptance_clock(rules, zone, offered_at=entry.at).due_at
        handoff = Handoff(
            lead_id=lead,
            offer=decision,
            rep=choice.rep if choice else None,
            offered_at=entry.at,
            accept_by=accept_by,
            first_accept_by=accept_by,
            due_at=due.due_at,
            calendar=due.calendar,
            clock=clock,
        )
        handoff.remind_at = first_look_at(handoff)
        own.append(handoff)
        self._new.append(handoff)
        if choice is not None:
            said = {"reason": choice.reason, "route": choice.route}
            self._given.append(Assignment(handoff=handoff, rep=choice.rep, at=entry.at, **said))
        return handoff

    def _last(self, lead: int) -> Handoff | None:
        own = self._of_lead.get(lead)
        return own[-1] if own else None
