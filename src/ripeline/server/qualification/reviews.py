"""The daily review: once a day every lead that did anything is looked at anew, because time alone moves what is shown.

It decides nothing that would not have been decided: gates are looked at whenever they could change.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.db.models import Max, Q

from ripeline.core.instants import instant
from ripeline.server import playbooks
from ripeline.server.content import worths
from ripeline.server.instants import InstantField, moment
from ripeline.server.leads import Lead, Unit

if TYPE_CHECKING:
    from ripeline.core.playbook import Playbook

SPAN = 10_000
"""So many units one transaction marks, so that whoever else writes need not wait."""


class Review(models.Model):
    """A daily review that has begun, by its nominal instant."""

    at = InstantField(unique=True)


def begin(now: int) -> bool:
    """Have all leads looked at if a review has become due; of several that were missed only the last is made."""
    active = playbooks.active()
    if active is None:
        return False
    at = last_review(playbooks.playbook_of(active), now)
    if Review.objects.filter(at__gte=at).exists():
        return False
    _mark_all(at)
    with transaction.atomic():
        # Whoever began it at the same time has marked the same units.
        is_first = Review.objects.get_or_create(at=at)[1]
    if is_first:
        worths.count(at)
    return is_first


def last_review(playbook: Playbook, now: int) -> int:
    """The instant of the last review up to now; a local time that a clock change skips or repeats comes once."""
    zone = ZoneInfo(playbook.timezone)
    today = moment(now).astimezone(zone).date()
    days = (today - timedelta(days=back) for back in (0, 1))
    return next(at for day in days if (at := instant(datetime.combine(day, playbook.daily_review, zone))) <= now)


def _mark_all(at: int) -> None:
    last = Unit.objects.aggregate(last=Max("pk"))["last"] or 0
    did = Lead.objects.filter(merged_into=None, last_at__gt=0)
    later = Q(next_look_at=None) | Q(next_look_at__gt=at)
    for start in range(0, last + 1, SPAN):
        span = {"gt": start, "lte": start + SPAN}
        # Not by a question for each unit: SQLite would look through all leads to answer it.
        own = did.filter(**{f"unit__{name}": value for name, value in span.items()}).values("unit")
        units = Unit.objects.filter(later, pk__in=own, **{f"pk__{name}": value for name, value in span.items()})
        with transaction.atomic():
            list(units.select_for_update().order_by("pk").values_list("pk", flat=True))  # in the order of rounds
            units.update(next_look_at=at)
