"""The commands about routes and absences: which leads go to whom, and who is away."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ripeline.server import playbooks
from ripeline.server.operation.commands.answers import Declined, command, done
from ripeline.server.operation.commands.users import user_of
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import routes
from ripeline.server.sales.routes import By, Route
from ripeline.server.staff import absences
from ripeline.server.staff.absences import Absence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.server.operation.commands.answers import Answer


@command
def route_add(
    *,
    now: int,
    name: str,
    by: str,
    values: Sequence[str],
    reps: Sequence[str],
    attribute: str = "",
    place: int | None = None,
) -> Answer:
    """A new route."""
    people = [user_of(each) for each in reps]
    made = routes.add(name, By(by), values=values, reps=people, attribute=attribute, place=place, now=now)
    return _shown(done(made, name))


@command
def route_list(*, now: int) -> Answer:
    """All routes in their order."""
    return {"routes": [_shown(route) for route in Route.objects.prefetch_related("reps").order_by("place", "pk")]}


@command
def route_remove(*, now: int, name: str) -> Answer:
    """A route less."""
    route = done(Route.objects.filter(name=name).first() or Refused(Refusal.NO_SUCH_ROUTE), name)
    done(routes.remove(route), name)
    return {"name": name}


@command
def absence_add(*, now: int, name: str, first: str, last: str, note: str = "") -> Answer:
    """A user is away from one day to another, both included, by the playbook's calendar."""
    since, until = absences.span(date.fromisoformat(first), date.fromisoformat(last), playbooks.timezone())
    return _told(done(absences.add(user_of(name), since=since, until=until, note=note, now=now), name))


@command
def absence_list(*, now: int) -> Answer:
    """Who is away now or will be."""
    rows = Absence.objects.filter(until__gt=now).select_related("user").order_by("since", "pk")
    return {"absences": [_told(one) for one in rows]}


@command
def absence_remove(*, now: int, number: int) -> Answer:
    """A user is back from now on."""
    absence = Absence.objects.select_related("user").filter(pk=number).first()
    if absence is None:
        raise Declined(Refusal.NO_SUCH_ABSENCE, which=str(number))
    return _told(done(absences.end(absence, now=now), str(number)))


def _shown(route: Route) -> Answer:
    told = {name: getattr(route, name) for name in ("place", "name", "by", "attribute")}
    reps = sorted(rep.username for rep in route.reps.all())
    return {**told, "values": route.values.splitlines(), "reps": reps}


def _told(absence: Absence) -> Answer:
    told = {name: getattr(absence, name) for name in ("since", "until", "note")}
    return {"number": absence.pk, "name": absence.user.username, **told}
