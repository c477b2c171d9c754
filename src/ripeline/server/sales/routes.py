"""Routes: which leads go to which reps; the first one that fits, in their order, decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from ripeline.server.instants import InstantField
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff.users import Action, Role, User, may

if TYPE_CHECKING:
    from collections.abc import Sequence


class By(models.TextChoices):
    """By what a route knows its leads."""

    ATTRIBUTE = "attribute", _("What is known of the lead")
    PERSONA = "persona", _("Its persona")
    SOURCE = "source", _("The source from which it was first heard of")


class Route(models.Model):
    """Leads whose attribute, persona or source has one of some values go to these reps, by turns.

    A value that ends in * stands for all that begin so. Capital letters are no other letters.
    """

    place = models.PositiveIntegerField()
    name = models.CharField(max_length=100, unique=True)
    by = models.CharField(max_length=16, choices=By.choices)
    attribute = models.CharField(max_length=64, default="", blank=True)
    values = models.TextField()  # one a line
    reps = models.ManyToManyField(User, related_name="routes")
    created_at = InstantField()

    def fits(self, value: object) -> bool:
        """Whether the route is for leads of this value; for a list one of it suffices."""
        given = [_plain(one) for one in (value if isinstance(value, list | tuple) else [value]) if one is not None]
        wanted = [_plain(one) for one in self.values.splitlines()]
        return any(_is_meant(one, text) for one in wanted for text in given)


def add(
    name: str,
    by: By,
    *,
    values: Sequence[str],
    reps: Sequence[User],
    attribute: str = "",
    place: int | None = None,
    user: User | None = None,
    now: int,
) -> Route | Refused:
    """A new route, the last one or at a place from 1; refused without values or reps, or for a name that is taken.

    `user` is who asks for it, who leads the team (None: the shell).
    """
    if user is not None and not may(user, Action.LEAD_TEAM):
        return Refused(Refusal.NOT_ALLOWED)
    values = list(dict.fromkeys(text for text in (" ".join(one.split()) for one in values) if text))
    name = " ".join(name.split())
    if not name or not values or not reps or (by == By.ATTRIBUTE) != bool(attribute):
        return Refused(Refusal.BAD_ROUTE)
    if any(rep.role != Role.SALES for rep in reps):
        return Refused(Refusal.NOT_A_REP)
    with transaction.atomic():
        if Route.objects.filter(name=name).exists():
            return Refused(Refusal.NAME_TAKEN)
        last = Route.objects.aggregate(last=Max("place"))["last"] or 0
        said = {"by": by, "attribute": attribute, "values": "\n".join(values)}
        route = Route.objects.create(place=last + 1, name=name, created_at=now, **said)
        route.reps.set(reps)
        if place is not None:
            _put(route, place)
        return route


def move(route: Route, place: int, *, user: User | None = None) -> Route | Refused:
    """Let a route be asked at another place, counted from 1; the others keep their order."""
    if user is not None and not may(user, Action.LEAD_TEAM):
        return Refused(Refusal.NOT_ALLOWED)
    with transaction.atomic():
        _put(route, place)
    return route


def remove(route: Route, *, user: User | None = None) -> Route | Refused:
    """Let a route decide nothing any more; what it decided keeps its name."""
    if user is not None and not may(user, Action.LEAD_TEAM):
        return Refused(Refusal.NOT_ALLOWED)
    with transaction.atomic():
        Route.objects.filter(pk=route.pk).delete()
    return route


def _put(route: Route, place: int) -> None:
    others = list(Route.objects.select_for_update().exclude(pk=route.pk).order_by("place", "pk"))
    at = max(0, place - 1)
    ordered = [*others[:at], route, *others[at:]]
    for number, one in enumerate(ordered, start=1):
        one.place = number
    Route.objects.bulk_update(ordered, ["place"])


def _plain(value: object) -> str:
    return " ".join(str(value).split()).casefold()


def _is_meant(wanted: str, text: str) -> bool:
    return text.startswith(wanted[:-1]) if wanted.endswith("*") else text == wanted
