"""Absences: when a person of ours is away, so that nothing is offered to them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db import models, transaction

from ripeline.core.instants import instant
from ripeline.server import instants
from ripeline.server.instants import InstantField
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff.users import Action, User, may

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class Absence(models.Model):
    """From when until when a person is away; offers that wait for their yes go to others as it begins."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    since = InstantField()
    until = InstantField()
    note = models.CharField(max_length=200, default="", blank=True)
    begun_at = InstantField(null=True)  # when offers that waited were handed to others

    class Meta:
        """Those to begin are found at once."""

        indexes = (
            models.Index(fields=["since"], name="absence_begins", condition=models.Q(begun_at__isnull=True)),
            models.Index(fields=["user", "until"], name="absence_user"),
        )


def add(user: User, *, since: int, until: int, note: str = "", by: User | None = None, now: int) -> Absence | Refused:
    """Write down that a person is away; refused to others than the person, managers and admins (None: the shell)."""
    if by is not None and not _may(by, user):
        return Refused(Refusal.NOT_ALLOWED)
    if not instants.is_plan(since) or not instants.is_plan(until):
        return Refused(Refusal.NO_TIME)
    if not since < until or until <= now:
        return Refused(Refusal.ENDS_TOO_EARLY)
    with transaction.atomic():
        return Absence.objects.create(user=user, since=since, until=until, note=note)


def end(absence: Absence, *, by: User | None = None, now: int) -> Absence | Refused:
    """Let a person be back from now on; one that had not begun never happens."""
    if by is not None and not _may(by, absence.user):
        return Refused(Refusal.NOT_ALLOWED)
    with transaction.atomic():
        won = Absence.objects.filter(pk=absence.pk, until__gt=now).update(until=max(now, absence.since))
    if not won:
        return Refused(Refusal.CLOSED_ALREADY)
    absence.until = max(now, absence.since)
    return absence


def span(first: date, last: date, zone: ZoneInfo) -> tuple[int, int]:
    """The instants from which till which somebody is away who is away on these days and all between them."""
    after = min(last, date.max - timedelta(days=1)) + timedelta(days=1)
    begins, ends = (datetime.combine(day, time(), zone) for day in (first, after))
    return instant(begins), instant(ends)


def away(now: int) -> set[int]:
    """Who is away at an instant, by number."""
    return set(Absence.objects.filter(since__lte=now, until__gt=now).values_list("user", flat=True))


def _may(by: User, user: User) -> bool:
    return by.is_active and (by.pk == user.pk or may(by, Action.LEAD_TEAM))
