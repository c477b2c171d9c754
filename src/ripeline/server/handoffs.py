"""Hand-offs of leads to reps: offers with a clock."""

from __future__ import annotations

from django.db import models

from ripeline.server.decisions import Decision
from ripeline.server.instants import InstantField
from ripeline.server.leads import Lead
from ripeline.server.users import User


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
