"""Hand-offs of leads to reps: offers with a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Max, Q

from ripeline.core.handoff import acceptance_clock, response_clock
from ripeline.core.lifecycle import Stage
from ripeline.core.results import HandoffChange, Move
from ripeline.server.chunks import CHUNK, chunks
from ripeline.server.decisions import Decision
from ripeline.server.instants import InstantField
from ripeline.server.leads import Lead
from ripeline.server.users import Role, User

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ripeline.core.playbook import Playbook
    from ripeline.core.results import JournalEntry


class HandoffStatus(models.TextChoices):
    """What became of an offer."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    RECYCLED = "recycled"
    REJECTED = "rejected"
    DISQUALIFIED = "disqualified"
    EXPIRED = "expired"
    MERGED = "merged"


OPEN = (HandoffStatus.OFFERED, HandoffStatus.ACCEPTED)
_WITH_SALES = (Stage.SQL, Stage.OPPORTUNITY)
_BACK = (Stage.MQL, Stage.LOST, Stage.DISQUALIFIED)


class Handoff(models.Model):
    """The offer of one lead to one rep; its times are told once and never slide."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="handoffs")
    offer = models.OneToOneField(Decision, on_delete=models.PROTECT)
    rep = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="handoffs")
    status = models.CharField(max_length=16, choices=HandoffStatus.choices, default=HandoffStatus.OFFERED)
    offered_at = InstantField()
    accept_by = InstantField(null=True)
    due_at = InstantField(null=True)
    calendar = models.CharField(max_length=64)
    touched_at = InstantField(null=True)
    ended_at = InstantField(null=True)

    class Meta:
        """At most one is open per lead."""

        constraints = (
            models.UniqueConstraint(fields=["lead"], condition=models.Q(status__in=OPEN), name="one_open_handoff"),
        )
        indexes = (models.Index(fields=["status", "due_at"], name="handoff_due"),)


class NoOpenHandoff(Exception):
    """A hand-off was decided on that is not in the table: the table and the decisions disagree."""


class Desk:
    """The hand-offs of some leads while what was decided of them is carried out; `save` writes them."""

    def __init__(self, leads: Iterable[int]) -> None:
        self._open: dict[int, Handoff] = {}
        for chunk in chunks(sorted(leads)):
            self._open |= {one.lead_id: one for one in Handoff.objects.filter(lead__in=chunk, status__in=OPEN)}
        self._new: list[Handoff] = []
        self._changed: dict[int, Handoff] = {}
        self._owners: dict[int, int | None] = {}
        self._reps: list[_Load] | None = None

    def follow(self, decision: Decision, entry: JournalEntry, playbook: Playbook) -> None:
        """Let the lead's hand-off and its owner become what was decided."""
        lead = decision.lead_id
        if isinstance(entry, HandoffChange):
            if entry.status == HandoffStatus.OFFERED:
                self._offer(decision, entry, playbook)
            else:
                self._change(lead, entry)
        elif isinstance(entry, Move) and entry.old in _WITH_SALES and entry.new in _BACK:
            self._owners[lead] = None

    def save(self) -> None:
        """Everything that changed, in the caller's transaction."""
        # What ends is written before what begins, because one is open at a time.
        Handoff.objects.bulk_update(self._changed.values(), ["status", "touched_at", "ended_at"], batch_size=CHUNK)
        Handoff.objects.bulk_create(self._new, batch_size=CHUNK)
        for owner in set(self._owners.values()):
            for chunk in chunks([lead for lead, its in self._owners.items() if its == owner]):
                Lead.objects.filter(pk__in=chunk).update(owner=owner)

    def _change(self, lead: int, entry: HandoffChange) -> None:
        handoff = self._open.get(lead)
        if handoff is None:
            raise NoOpenHandoff(f"lead {lead} at {entry.at}: {entry.status}")
        if handoff.pk:
            self._changed[lead] = handoff
        if entry.status == "touched":
            handoff.touched_at = entry.at
            return
        handoff.status = HandoffStatus(entry.status)
        # A rep owns the lead from acceptance on; what ends without a rep's yes goes back to marketing.
        owns = handoff.status in (HandoffStatus.ACCEPTED, HandoffStatus.CONFIRMED)
        self._owners[lead] = handoff.rep_id if owns else None
        if handoff.status not in OPEN:
            handoff.ended_at = entry.at

    def _offer(self, decision: Decision, entry: HandoffChange, playbook: Playbook) -> None:
        rules, zone = playbook.handoff, playbook.timezone
        due = response_clock(rules, zone, offered_at=entry.at, conversion_at=entry.conversion_at)
        before = self._open.get(decision.lead_id)
        handoff = Handoff(
            lead_id=decision.lead_id,
            offer=decision,
            rep_id=self._next_rep(entry.at, besides=_rejecting(before, entry.at)),
            offered_at=entry.at,
            accept_by=acceptance_clock(rules, zone, offered_at=entry.at).due_at,
            due_at=due.due_at,
            calendar=due.calendar,
        )
        self._open[decision.lead_id] = handoff
        self._new.append(handoff)

    def _next_rep(self, at: int, *, besides: int | None) -> int | None:
        """The rep with the fewest open hand-offs; of equals, who has waited longest for one. None if there is none."""
        if self._reps is None:
            self._reps = _loads()
        free = [load for load in self._reps if load.rep != besides]
        if not free:
            return None
        load = min(free)
        load.open += 1
        load.last = at
        return load.rep


@dataclass(order=True, slots=True)
class _Load:
    """What a rep has on the desk, and when the last offer came."""

    open: int
    last: int
    rep: int


def _loads() -> list[_Load]:
    reps = User.objects.filter(role=Role.SALES, is_active=True)
    open_ones = Count("handoffs", filter=Q(handoffs__status__in=OPEN))
    counted = reps.annotate(open=open_ones, last=Max("handoffs__offered_at")).values_list("open", "last", "pk")
    return [_Load(open_now, last or 0, rep) for open_now, last, rep in counted]


def _rejecting(before: Handoff | None, at: int) -> int | None:
    """Who rejected the lead at this very instant: a misrouted one goes to somebody else."""
    is_rejected = before is not None and before.status == HandoffStatus.REJECTED and before.ended_at == at
    return before.rep_id if before is not None and is_rejected else None
