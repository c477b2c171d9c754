"""Rounds of qualification, and what was decided in them."""

from __future__ import annotations

from django.db import connection, models

from ripeline.server.instants import InstantField
from ripeline.server.leads import Lead
from ripeline.server.playbooks import PlaybookVersion


class Round(models.Model):
    """One pass of qualification: it read the rows that had come, as of its instant."""

    at = InstantField(unique=True)
    rows = models.PositiveIntegerField(default=0)
    finished_at = InstantField(null=True)


_ROUNDS = 0x52495045
"""PostgreSQL's number for the lock that orders rounds."""


def open_round(now: int) -> Round:
    """A round later than all before it, in the caller's transaction; others wait until that transaction ends.

    Its instant is `now`, or as little after it as it takes: one instant before it is left for what it causes itself.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ROUNDS])
    last = Round.objects.order_by("-at").values_list("at", flat=True).first()
    return Round.objects.create(at=now if last is None else max(now, last + 2))


class DecisionKind(models.TextChoices):
    """What a decision is about."""

    MOVE = "move"
    HANDOFF = "handoff"
    REFUSED = "refused"
    SIGNAL = "signal"


class Decision(models.Model):
    """What was decided on a lead, by which version, and on what evidence.

    `at` is the instant for which it holds; `round` the pass that found it. What the four kinds tell stands in
    `old`, `new`, `reason` and `gate`: stages for a move; a status for a hand-off; the act for a refusal; a signal.
    """

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="decisions")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="decisions")
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT)
    at = InstantField()
    place = models.PositiveIntegerField()  # among the lead's decisions, from 0
    kind = models.CharField(max_length=16, choices=DecisionKind.choices)
    old = models.CharField(max_length=16, default="", blank=True)
    new = models.CharField(max_length=16, default="", blank=True)
    reason = models.CharField(max_length=32, default="", blank=True)
    gate = models.CharField(max_length=16, default="", blank=True)
    evidence = models.TextField()  # how the lead stood, and what was missing for the next gate: JSON

    class Meta:
        """A lead's decisions stand in order."""

        constraints = (models.UniqueConstraint(fields=["lead", "place"], name="decision_place"),)
        indexes = (models.Index(fields=["kind", "at"], name="decision_kind"),)
