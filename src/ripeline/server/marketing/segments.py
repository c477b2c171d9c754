"""Segments: a view with its filters under a name, kept by a user, and shared with all if the user says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, models, transaction

from ripeline.server.instants import InstantField
from ripeline.server.leads import Lead
from ripeline.server.marketing import lists
from ripeline.server.marketing.lists import VIEWS, Filters
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff.users import Action, User, may

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from ripeline.server.leadmail.mailings import Mailing

LONGEST = 100


class Segment(models.Model):
    """Some leads by what is asked of them, not by who they are today: whoever comes to answer it is in it."""

    name = models.CharField(max_length=LONGEST)
    view = models.CharField(max_length=16)
    filters = models.TextField(default="{}")  # JSON, as `lists.Filters` reads it
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="segments")
    is_shared = models.BooleanField(default=False)
    created_at = InstantField()

    class Meta:
        """A user has one of a name."""

        constraints = (models.UniqueConstraint(fields=["owner", "name"], name="segment_once"),)


def of(user: User) -> QuerySet[Segment]:
    """The segments that a user sees: the own ones, and those that others share."""
    return (
        Segment.objects.filter(models.Q(owner=user) | models.Q(is_shared=True)).select_related("owner").order_by("name")
    )


def add(name: str, view: str, filters: Filters, *, by: User, now: int, is_shared: bool = False) -> Segment | Refused:
    """Keep what is asked under a name of the user's own."""
    called = " ".join(name.split())
    if not may(by, Action.ACT_ON_LEADS):
        return Refused(Refusal.NOT_ALLOWED)
    if not 0 < len(called) <= LONGEST or view not in VIEWS:
        return Refused(Refusal.NO_SEGMENT)
    said = {"view": view, "filters": filters.model_dump_json(exclude_none=True), "is_shared": is_shared}
    try:
        with transaction.atomic():
            return Segment.objects.create(name=called, owner=by, created_at=now, **said)
    except IntegrityError:
        return Refused(Refusal.NAME_TAKEN)


def rename(segment: Segment, name: str, *, by: User) -> Segment | Refused:
    """Call it otherwise."""
    called = " ".join(name.split())
    if not 0 < len(called) <= LONGEST:
        return Refused(Refusal.NO_SEGMENT)
    return _change(segment, by, name=called)


def share(segment: Segment, *, is_shared: bool, by: User) -> Segment | Refused:
    """Let all see it, or nobody else any more."""
    return _change(segment, by, is_shared=is_shared)


def remove(segment: Segment, *, by: User) -> Segment | Refused:
    """Forget it; the leads stay as they are."""
    if segment.owner_id != by.pk:
        return Refused(Refusal.NOT_ALLOWED)
    with transaction.atomic():
        Segment.objects.filter(pk=segment.pk).delete()
    return segment


def filters_of(segment: Segment | Mailing) -> Filters:
    """What narrows it down."""
    return Filters.model_validate_json(segment.filters)


def leads_in(segment: Segment | Mailing) -> QuerySet[Lead]:
    """All leads that are in it now, or in the one that a mailing has kept, whoever asks."""
    return lists.leads(segment.view, filters_of(segment), Lead.objects.all())


def _change(segment: Segment, by: User, **changes: object) -> Segment | Refused:
    if segment.owner_id != by.pk or not may(by, Action.ACT_ON_LEADS):
        return Refused(Refusal.NOT_ALLOWED)
    try:
        with transaction.atomic():
            changed = Segment.objects.filter(pk=segment.pk).update(**changes)
    except IntegrityError:
        return Refused(Refusal.NAME_TAKEN)
    if not changed:
        return Refused(Refusal.CLOSED_ALREADY)
    segment.refresh_from_db()
    return segment
