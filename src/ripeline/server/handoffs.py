"""Hand-offs of leads to reps: offers with a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Max, Q

from ripeline.core.handoff import acceptance_clock, response_clock
from ripeline.server.decisions import Decision
from ripeline.server.instants import InstantField
from ripeline.server.leads import Lead
from ripeline.server.users import Role, User

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ripeline.core.playbook import Playbook
    from ripeline.core.results import HandoffChange


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


def follow(lead: Lead, decision: Decision, entry: HandoffChange, playbook: Playbook) -> None:
    """Let the lead's hand-off become what was decided, in the caller's transaction."""
    if entry.status == HandoffStatus.OFFERED:
        _offer(lead, decision, entry, playbook)
        return
    handoff = Handoff.objects.filter(lead=lead, status__in=OPEN).first()
    if handoff is None:
        raise NoOpenHandoff(f"lead {lead.pk} at {entry.at}: {entry.status}")
    if entry.status == "touched":
        handoff.touched_at = entry.at
    else:
        handoff.status = HandoffStatus(entry.status)
        if handoff.status not in OPEN:
            handoff.ended_at = entry.at
        # A rep owns the lead from acceptance until it ends; at all other times marketing does.
        owns = handoff.status in (HandoffStatus.ACCEPTED, HandoffStatus.CONFIRMED)
        Lead.objects.filter(pk=lead.pk).update(owner=handoff.rep if owns else None)
    handoff.save(update_fields=["status", "touched_at", "ended_at"])


class NoOpenHandoff(Exception):
    """A hand-off was decided on that is not in the table: the table and the decisions disagree."""


def _offer(lead: Lead, decision: Decision, entry: HandoffChange, playbook: Playbook) -> None:
    rules, zone = playbook.handoff, playbook.timezone
    due = response_clock(rules, zone, offered_at=entry.at, conversion_at=entry.conversion_at)
    accept = acceptance_clock(rules, zone, offered_at=entry.at)
    Handoff.objects.create(
        lead=lead,
        offer=decision,
        rep=next_rep(besides=_reps_who_rejected(lead, entry.at)),
        offered_at=entry.at,
        accept_by=accept.due_at,
        due_at=due.due_at,
        calendar=due.calendar,
    )


def next_rep(*, besides: Iterable[int] = ()) -> User | None:
    """The rep with the fewest open hand-offs; of equals, who has waited longest for one. None if there is none."""
    reps = User.objects.filter(role=Role.SALES, is_active=True).exclude(pk__in=list(besides))
    open_ones = Count("handoffs", filter=Q(handoffs__status__in=OPEN))
    return (
        reps.annotate(open=open_ones, last=Max("handoffs__offered_at"))
        .order_by("open", models.F("last").asc(nulls_first=True), "pk")
        .first()
    )


def _reps_who_rejected(lead: Lead, at: int) -> list[int]:
    """Whose offer of the lead ended at this very instant: a misrouted one goes to somebody else."""
    rejected = Handoff.objects.filter(lead=lead, status=HandoffStatus.REJECTED, ended_at=at, rep__isnull=False)
    return [rep for rep in rejected.values_list("rep", flat=True) if rep is not None]
