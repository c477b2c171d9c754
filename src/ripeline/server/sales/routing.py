"""Who gets a hand-off: who knows the lead, its company's owner, the first route that fits, else whose turn it is.

Everybody who gives hand-offs to reps makes a `Router` first: it locks the reps, so that each sees what the others gave.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, OuterRef, Subquery

from ripeline.server import profiles
from ripeline.server.chunks import chunks
from ripeline.server.events import Event
from ripeline.server.instants import FOREVER
from ripeline.server.leads import Attachment, Membership
from ripeline.server.sales.handoffs import OPEN, Assignment, Handoff, HandoffStatus, Why
from ripeline.server.sales.routes import By, Route
from ripeline.server.staff.absences import Absence
from ripeline.server.staff.users import Role, User

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ripeline.core.playbook import Playbook


_WHY = {By.ATTRIBUTE: Why.TERRITORY, By.PERSONA: Why.PERSONA, By.SOURCE: Why.SOURCE}


class Ask(NamedTuple):
    """For whom a rep is sought: a lead at an instant, its persona, and its hand-offs so far, the oldest first."""

    lead: int
    at: int
    persona: str | None
    before: Sequence[Handoff]


class Choice(NamedTuple):
    """The rep who was found, and why."""

    rep: User
    reason: Why
    route: str = ""


@dataclass(slots=True)
class _Rep:
    """What a rep has on the desk, when the last hand-off came, and when the rep is away."""

    user: User
    open: int
    last: int
    away: list[tuple[int, int]] = field(default_factory=list)

    def is_free(self, at: int) -> bool:
        """Whether another hand-off may come at an instant."""
        capacity = self.user.capacity
        return (capacity is None or self.open < capacity) and not any(since <= at < until for since, until in self.away)


@dataclass(slots=True)
class _Facts:
    """What routes ask of a lead."""

    owners: list[tuple[int, int, int]] = field(default_factory=list)  # since, until, the company's owner
    told: list[tuple[int, dict[str, object]]] = field(default_factory=list)
    source: str = ""


class Router:
    """Finds reps for some leads, in the caller's transaction, as if for one after the other."""

    def __init__(self, leads: Iterable[int]) -> None:
        leads = sorted(set(leads))
        self._reps = _reps()
        self._most = max((rep.user.capacity or 1 for rep in self._reps.values()), default=1)
        self._routes = list(Route.objects.prefetch_related("reps").order_by("place", "pk")) if leads else []
        self._facts = _facts(leads, {route.by for route in self._routes})

    @property
    def has_reps(self) -> bool:
        """Whether there is anybody at all."""
        return bool(self._reps)

    def choose(self, ask: Ask, playbook: Playbook, *, besides: Iterable[int] = ()) -> Choice | None:
        """The rep of a new offer, who has one more from now on; None if nobody is free."""
        turned_down = _turned_down(ask)
        free = self._free(ask.at, {*besides, *turned_down})
        found = self._known(free, ask, playbook) or self._by_route(free, ask) or self._turn(free, self._reps)
        if found is None:
            return None
        self.note(found.rep, ask.at)
        return found._replace(reason=Why.MISROUTED) if turned_down else found

    def note(self, rep: User, at: int) -> None:
        """Count one more of a rep's."""
        self._reps[rep.pk].open += 1
        self._reps[rep.pk].last = at

    def _free(self, at: int, besides: set[int]) -> dict[int, _Rep]:
        return {pk: rep for pk, rep in self._reps.items() if pk not in besides and rep.is_free(at)}

    def _known(self, free: dict[int, _Rep], ask: Ask, playbook: Playbook) -> Choice | None:
        """Who knows the lead, or its company."""
        former = _in_peace(ask, playbook)
        if former in free:
            return Choice(free[former].user, Why.RETURNING)
        for since, until, owner in self._facts[ask.lead].owners:
            if since <= ask.at < until and owner in free:
                return Choice(free[owner].user, Why.ACCOUNT_OWNER)
        return None

    def _by_route(self, free: dict[int, _Rep], ask: Ask) -> Choice | None:
        facts = self._facts[ask.lead]
        known = {name: value for at, told in facts.told if at <= ask.at for name, value in told.items()}
        for route in self._routes:
            of_lead: dict[str, object] = {By.PERSONA: ask.persona, By.SOURCE: facts.source}
            value = of_lead[route.by] if route.by in of_lead else known.get(route.attribute)
            found = self._turn(free, [rep.pk for rep in route.reps.all()]) if route.fits(value) else None
            if found is not None:
                return Choice(found.rep, _WHY[By(route.by)], route.name)
        return None

    def _turn(self, free: dict[int, _Rep], among: Iterable[int]) -> Choice | None:
        """Who has the fewest open hand-offs for the capacity; of equals, who has waited longest for one.

        Who has no limit counts as one who may have as many as anybody.
        """
        able = [free[pk] for pk in among if pk in free]
        if not able:
            return None
        rep = min(able, key=lambda one: (one.open / (one.user.capacity or self._most), one.last, one.user.pk))
        return Choice(rep.user, Why.TURN)


def _turned_down(ask: Ask) -> set[int]:
    """Who said, one after the other up to this very instant, that the lead was misrouted."""
    found, at = set(), ask.at
    for one in reversed(ask.before):
        if one.status != HandoffStatus.REJECTED or one.ended_at != at:
            break
        at = one.offered_at
        if one.rep_id is not None:
            found.add(one.rep_id)
    return found


def _in_peace(ask: Ask, playbook: Playbook) -> int | None:
    """Who had the lead that was to be left in peace still, and asked for more."""
    last = ask.before[-1] if ask.before else None
    if last is None or last.status != HandoffStatus.RECYCLED or last.ended_at is None:
        return None
    persona = playbook.personas.get(ask.persona or "")
    time = (persona and persona.cool_down) or playbook.handoff.cool_down
    return last.rep_id if ask.at < last.ended_at + time else None


# --- what is asked of the tables ------------------------------------------------------------------


def lock_reps() -> list[User]:
    """The reps who are not disabled, whom nobody else gives anything until the caller's transaction ends."""
    return list(User.objects.select_for_update(no_key=True).filter(role=Role.SALES, is_active=True).order_by("pk"))


def _reps() -> dict[int, _Rep]:
    users = lock_reps()
    own = Assignment.objects.filter(rep=OuterRef("pk")).order_by("-at").values("at")[:1]
    last = dict(User.objects.filter(pk__in=[user.pk for user in users]).values_list("pk", Subquery(own)))
    counts = dict(Handoff.objects.filter(status__in=OPEN, rep__isnull=False).values_list("rep").annotate(Count("pk")))
    reps = {user.pk: _Rep(user, counts.get(user.pk, 0), last.get(user.pk) or 0) for user in users}
    for rep, since, until in Absence.objects.filter(user__in=reps).values_list("user", "since", "until"):
        reps[rep].away.append((since, until))
    return reps


def _facts(leads: list[int], asked: set[str]) -> dict[int, _Facts]:
    found = {lead: _Facts() for lead in leads}
    for chunk in chunks(leads):
        owned = Membership.objects.filter(lead__in=chunk, account__owner__isnull=False).order_by("pk")
        for lead, *owner in owned.values_list("lead", "since", "until", "account__owner"):
            found[lead].owners.append((owner[0], owner[1], owner[2]))
        if By.ATTRIBUTE in asked:
            for lead, told in profiles.told(chunk).items():
                found[lead].told = told
        if By.SOURCE in asked:
            for lead, source in _sources(chunk).items():
                found[lead].source = source
    return found


def _sources(leads: Iterable[int]) -> dict[int, str]:
    """By lead, the source from which it was first heard of."""
    first = Event.objects.filter(identifier=OuterRef("identifier"), known_at__isnull=False).order_by("at", "pk")
    attached = Attachment.objects.filter(lead__in=leads, until=FOREVER).annotate(
        first_at=Subquery(first.values("at")[:1]), name=Subquery(first.values("source__name")[:1])
    )
    heard = attached.filter(first_at__isnull=False).order_by("lead", "-first_at", "-pk")
    return dict(heard.values_list("lead", "name"))
