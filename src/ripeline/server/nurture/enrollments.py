"""Which leads are in which track, since when, what was done for them in it, and why they left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from ripeline.server import playbooks
from ripeline.server.chunks import chunks
from ripeline.server.instants import InstantField
from ripeline.server.leadmail import mails
from ripeline.server.leadmail.mails import Mail
from ripeline.server.leads import Lead
from ripeline.server.playbooks import PlaybookVersion

if TYPE_CHECKING:
    from collections.abc import Iterable


FINISHED = "track_finished"
"""Why a lead leaves a track of which all is done: its last mail may still be on its way."""


class What(models.TextChoices):
    """What became of a step."""

    MAIL = "mail", _("Mail")
    TASK = "task", _("Task")
    WEBHOOK = "webhook", _("Webhook")
    PASSED = "passed", _("Passed over")
    EXHAUSTED = "exhausted", _("Nothing left")


class Enrollment(models.Model):
    """That a lead is, or was, in a track, and why it left."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="enrollments")
    track = models.CharField(max_length=64)
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT)  # by which it came in
    entered_at = InstantField()
    ended_at = InstantField(null=True)
    end_reason = models.CharField(max_length=32, default="", blank=True)  # the code of a reason

    class Meta:
        """A lead is in one track at a time; tracks are counted."""

        constraints = (
            models.UniqueConstraint(fields=["lead"], condition=models.Q(ended_at=None), name="one_open_enrollment"),
        )
        indexes = (models.Index(fields=["track", "ended_at"], name="enrollment_track"),)


class StepDone(models.Model):
    """One step of a track as it was done, or passed over, for one lead: once."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="steps")
    place = models.CharField(max_length=80)
    at = InstantField()
    what = models.CharField(max_length=12, choices=What.choices)
    mail = models.ForeignKey(Mail, on_delete=models.PROTECT, null=True, related_name="steps")

    class Meta:
        """Each place once."""

        constraints = (models.UniqueConstraint(fields=["enrollment", "place"], name="step_once"),)


def awaken(leads: Iterable[int], at: int) -> None:
    """Let these leads be looked at, in the caller's transaction; without tracks only those that are in one."""
    numbers = sorted(set(leads))
    playbook = playbooks.active_playbook() if numbers else None
    has_tracks = playbook is not None and playbook.nurture is not None
    for chunk in chunks(numbers):
        rows = Lead.objects.filter(pk__in=chunk)
        if not has_tracks:
            enrolled = Enrollment.objects.filter(lead__in=chunk, ended_at=None).values_list("lead", flat=True)
            rows = rows.filter(pk__in=list(enrolled))
        rows.update(nurture_at=at)


def end(enrollments: models.QuerySet[Enrollment], reason: str, *, now: int) -> None:
    """Let leads leave their tracks, in the caller's transaction; if not at the end, mails that wait are called off."""
    open_ones = list(enrollments.filter(ended_at=None).values_list("pk", flat=True))
    if reason != FINISHED:
        mails.call_off(Mail.objects.filter(steps__enrollment__in=open_ones), now=now)
    Enrollment.objects.filter(pk__in=open_ones).update(ended_at=now, end_reason=reason)
