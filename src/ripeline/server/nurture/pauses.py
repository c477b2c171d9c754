"""Pauses of nurture: a track in which nothing is done, or a lead for which nothing is done, until somebody resumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models, transaction

from ripeline.server.instants import InstantField
from ripeline.server.leadmail import mails
from ripeline.server.leadmail.mails import Mail, MailKind
from ripeline.server.leads import Lead
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff.users import Action, User, may

if TYPE_CHECKING:
    from django.db.models import QuerySet


class NurturePause(models.Model):
    """That nothing is done in a track, or for a lead, since when, and by whose word."""

    track = models.CharField(max_length=64, default="", blank=True)  # none: it is about a lead
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, null=True, related_name="nurture_pauses")
    since = InstantField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        """Once for each."""

        constraints = (
            models.UniqueConstraint(fields=["track"], condition=models.Q(lead=None), name="track_paused_once"),
            models.UniqueConstraint(fields=["lead"], condition=~models.Q(lead=None), name="lead_paused_once"),
        )


def pause(track: str, *, by: User, now: int) -> NurturePause | Refused:
    """Stop a track at once, with the mails of it that have not left yet."""
    if not may(by, Action.WRITE_TO_LEADS):
        return Refused(Refusal.NOT_ALLOWED)
    with transaction.atomic():
        made, _is_new = NurturePause.objects.get_or_create(track=track, lead=None, defaults={"since": now, "by": by})
        mails.call_off(_of_tracks().filter(steps__enrollment__track=track), now=now)
        return made


def resume(track: str, *, by: User, now: int) -> Refused | None:
    """Let a track go on where each of its leads is, and let it take others."""
    if not may(by, Action.WRITE_TO_LEADS):
        return Refused(Refusal.NOT_ALLOWED)
    with transaction.atomic():
        NurturePause.objects.filter(track=track, lead=None).delete()
        Lead.objects.filter(enrollments__track=track, enrollments__ended_at=None).update(nurture_at=now)
    return None


def pause_lead(lead: Lead, *, by: User, now: int) -> NurturePause | Refused:
    """Let nothing be done for a lead, with the mails of tracks to it that have not left yet."""
    if not may(by, Action.ACT_ON_LEADS):
        return Refused(Refusal.NOT_ALLOWED)
    with transaction.atomic():
        made, _is_new = NurturePause.objects.get_or_create(lead=lead, defaults={"since": now, "by": by})
        mails.call_off(_of_tracks().filter(lead=lead), now=now)
        return made


def resume_lead(lead: Lead, *, by: User, now: int) -> Refused | None:
    """Let nurture go on for a lead."""
    if not may(by, Action.ACT_ON_LEADS):
        return Refused(Refusal.NOT_ALLOWED)
    with transaction.atomic():
        NurturePause.objects.filter(lead=lead).delete()
        Lead.objects.filter(pk=lead.pk, merged_into=None).update(nurture_at=now)
    return None


def _of_tracks() -> QuerySet[Mail]:
    return Mail.objects.filter(kind=MailKind.TRACK)
