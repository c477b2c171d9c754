"""The team: who is here and does what, who is away, which leads go to whom; for admins and whoever leads the team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from ripeline.server import instants
from ripeline.server.refusals import Refused
from ripeline.server.sales import leaving, routes
from ripeline.server.sales.handoffs import OPEN
from ripeline.server.sales.routes import By, Route
from ripeline.server.staff import absences, invitations, letters, users
from ripeline.server.staff.absences import Absence
from ripeline.server.staff.invitations import LinkKind
from ripeline.server.staff.users import Action, Role, User, may
from ripeline.web import shell
from ripeline.web.lead.speaking import speaker
from ripeline.web.staff.me import AwayForm, add_absence, number_of, shown_absences
from ripeline.web.staff.team_forms import InviteForm, PersonForm, RouteForm, SuccessorForm, WorkForm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django import forms
    from django.db.models import QuerySet
    from django.http import HttpResponse

    from ripeline.server.staff.invitations import WithToken
    from ripeline.web.shell import StaffRequest


# --- all ------------------------------------------------------------------------------------------


@shell.staff(Action.LEAD_TEAM)
@require_GET
def team(request: StaffRequest) -> HttpResponse:
    """Everybody, and the routes in their order."""
    return _page(request)


@shell.staff(Action.MANAGE_USERS)
@require_POST
def invite(request: StaffRequest) -> HttpResponse:
    """Invite somebody; the link is shown on this answer only."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, invite=form)
    said, now = form.cleaned_data, instants.now()
    made = invitations.invite(said["email"], Role(said["role"]), language=said["language"], by=request.user, now=now)
    if isinstance(made, Refused):
        shell.told(request, made, "")
        return _page(request, invite=form)
    return _page(request, link=_sent(made))


@shell.staff(Action.LEAD_TEAM)
@require_POST
def add_route(request: StaffRequest) -> HttpResponse:
    """Add a route at the end."""
    form = RouteForm(request.POST)
    if not form.is_valid():
        return _page(request, route=form)
    said = form.cleaned_data
    of = {"values": said["values"].splitlines(), "reps": list(said["reps"]), "attribute": said["attribute"]}
    done = routes.add(said["name"], By(said["by"]), **of, user=request.user, now=instants.now())
    if shell.told(request, done, gettext("The route is added, as the last one.")) is None:
        return _page(request, route=form)
    return redirect("team")


@shell.staff(Action.LEAD_TEAM)
@require_POST
def change_route(request: StaffRequest, number: int, act: str) -> HttpResponse:
    """Ask a route earlier, or no more."""
    route = get_object_or_404(Route, pk=number)
    if act == "remove":
        shell.told(request, routes.remove(route, user=request.user), gettext("The route is removed."))
    elif act == "up":
        routes.move(route, max(1, route.place - 1), user=request.user)
    return redirect("team")


# --- one ------------------------------------------------------------------------------------------


@shell.staff(Action.LEAD_TEAM)
@require_GET
def person(request: StaffRequest, number: int) -> HttpResponse:
    """One user."""
    return _person(request, _user(request, number))


@shell.staff(Action.LEAD_TEAM)
@require_POST
def change_person(request: StaffRequest, number: int, act: str) -> HttpResponse:
    """Do one thing about a user."""
    user, do = _user(request, number), _ACTS.get(act)
    if do is None:
        raise Http404
    if act in ("person", "leave", "return", "invite") and not may(request.user, Action.MANAGE_USERS):
        raise PermissionDenied
    return do(request, user) or redirect("person", number=user.pk)


def _work(request: StaffRequest, user: User) -> HttpResponse | None:
    form = WorkForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _person(request, user, work=form)
    users.set_capacity(user, form.cleaned_data["capacity"])
    done = users.set_calendar(user, form.cleaned_data["calendar"])
    if isinstance(done, Refused):
        for problem in done.problems:
            form.add_error("calendar", f"{problem.line}: {' '.join(filter(None, problem.told(shell.language().tell)))}")
    if shell.told(request, done, gettext("Saved.")) is None:
        return _person(request, user, work=form)
    return None


def _about(request: StaffRequest, user: User) -> HttpResponse | None:
    form = PersonForm(request.POST, offered=_successors(user))
    if not form.is_valid():
        return _person(request, user, about=form)
    done = _changed(user, form.cleaned_data, request.user)
    if shell.told(request, done, gettext("Saved.")) is None:
        return _person(request, user, about=form)
    return None


def _changed(user: User, said: dict[str, Any], by: User) -> User | Refused:
    """All changes, or none."""
    role, heir = Role(said["role"]), said["successor"]
    changes: Sequence[Callable[[], User | Refused]] = (
        lambda: users.set_email(user, said["email"]),
        lambda: leaving.change_role(user, role, successor=heir, by=by, now=instants.now()),
        lambda: users.set_manager(user, said["is_manager"]),
    )
    with transaction.atomic():
        refused = next((done for change in changes if isinstance(done := change(), Refused)), None)
        transaction.set_rollback(refused is not None)
    if refused is None:
        return user
    user.refresh_from_db()
    return refused


def _away(request: StaffRequest, user: User) -> HttpResponse | None:
    form = AwayForm(request.POST, label_suffix="")
    if form.is_valid() and add_absence(request, user, form):
        return None
    return _person(request, user, away=form)


def _back(request: StaffRequest, user: User) -> None:
    absence = get_object_or_404(user.absences, pk=number_of(request, "absence"))
    done = absences.end(absence, by=request.user, now=instants.now())
    shell.told(request, done, gettext("{name} is back.").format(name=user.username))


def _leave(request: StaffRequest, user: User) -> HttpResponse | None:
    form = SuccessorForm(request.POST, offered=_successors(user))
    if not form.is_valid():
        return _person(request, user, leave=form)
    heir = form.cleaned_data["successor"]
    done = leaving.deactivate(user, successor=heir, by=request.user, now=instants.now())
    shell.told(request, done, gettext("{name} is disabled, and everything is handed over.").format(name=user.username))
    return None


def _return(request: StaffRequest, user: User) -> None:
    shell.told(request, users.enable(user), gettext("{name} may come in again.").format(name=user.username))


def _invite_again(request: StaffRequest, user: User) -> HttpResponse | None:
    made = invitations.invite_again(user, by=request.user, now=instants.now())
    if isinstance(made, Refused):
        shell.told(request, made, "")
        return None
    return _person(request, user, link=_sent(made))


_ACTS: dict[str, Callable[[StaffRequest, User], HttpResponse | None]] = {
    "load": _work,
    "person": _about,
    "away": _away,
    "back": _back,
    "leave": _leave,
    "return": _return,
    "invite": _invite_again,
}

# --- what is shown --------------------------------------------------------------------------------


def _user(request: StaffRequest, number: int) -> User:
    """Whoever administers sees everybody, whoever leads the team the reps."""
    seen = User.objects.all() if may(request.user, Action.MANAGE_USERS) else User.objects.filter(role=Role.SALES)
    return get_object_or_404(seen, pk=number)


def _successors(user: User) -> QuerySet[User]:
    able = User.objects.filter(is_active=True, role__in=(Role.SALES, Role.MARKETING)).exclude(pk=user.pk)
    return (able.filter(role=Role.SALES) if user.role == Role.SALES else able).order_by("username")


def _sent(made: WithToken) -> dict[str, str]:
    is_mailed = letters.post(made, LinkKind.INVITED) is not None
    mailed, alone = (
        gettext("It is on its way to {email}, too."),
        gettext("No mail server is named: hand it over yourself."),
    )
    text = mailed.format(email=made.user.email) if is_mailed else alone
    return {"address": letters.address_of(made, LinkKind.INVITED), "text": text, "who": made.user.username}


def _page(request: StaffRequest, link: dict[str, str] | None = None, **bound: forms.Form) -> HttpResponse:
    is_admin, voice = may(request.user, Action.MANAGE_USERS), speaker()
    shown = {
        "title": gettext("Team"),
        "people": _people(request, instants.now()),
        "routes": [
            (one, voice.name("attribute", one.attribute) if one.attribute else one.get_by_display())
            for one in Route.objects.prefetch_related("reps").order_by("place", "pk")
        ],
        "invite": InviteForm() if is_admin else None,
        "route": RouteForm(),
        **bound,
        "link": link,
        "says": _words(),
        "optional": gettext("optional"),
    }
    return render(request, "team.html", shown, status=400 if bound else 200)


def _people(request: StaffRequest, now: int) -> list[dict[str, Any]]:
    seen = User.objects.all() if may(request.user, Action.MANAGE_USERS) else User.objects.filter(role=Role.SALES)
    waiting = Count("handoffs", filter=Q(handoffs__status__in=OPEN))
    rows = seen.annotate(open=waiting).order_by("-is_active", "role", "username")
    away: dict[int, Absence] = {}
    for absence in Absence.objects.filter(until__gt=now).order_by("-since"):
        away[absence.user_id] = absence
    return [_row(user, away.get(user.pk), now) for user in rows]


def _row(user: User, absence: Absence | None, now: int) -> dict[str, Any]:
    open_ones: int = getattr(user, "open")  # noqa: B009 - counted by the query
    most = "" if user.capacity is None else gettext("of {count} at most").format(count=user.capacity)
    state = "" if user.is_active else gettext("disabled")
    if user.is_active and not user.has_usable_password():
        state = gettext("invited")
    return {
        "user": user,
        "handoffs": gettext("{count} open").format(count=open_ones),
        "most": most,
        "state": state,
        "away": absence and shown_absences([absence])[0],
        "is_away": absence is not None and absence.since <= now,
    }


def _person(request: StaffRequest, user: User, link: dict[str, str] | None = None, **bound: forms.Form) -> HttpResponse:
    now, is_admin = instants.now(), may(request.user, Action.MANAGE_USERS)
    said = {"email": user.email, "role": user.role, "is_manager": user.is_manager}
    work = {"capacity": user.capacity, "calendar": user.calendar}
    shown = {
        "title": user.username,
        "person": user,
        "about": PersonForm(initial=said, offered=_successors(user)) if is_admin else None,
        "work": WorkForm(initial=work, label_suffix="") if user.role == Role.SALES else None,
        "away": AwayForm(label_suffix=""),
        "leave": SuccessorForm(offered=_successors(user)) if is_admin and user.is_active else None,
        **bound,
        "is_admin": is_admin,
        "is_invited": is_admin and user.is_active and not user.has_usable_password(),
        "absences": shown_absences(list(user.absences.filter(until__gt=now).order_by("since", "pk"))),
        "link": link,
        "says": _words(),
        "optional": gettext("optional"),
    }
    return render(request, "person.html", shown, status=400 if bound else 200)


def _words() -> dict[str, str]:
    return {
        "people": gettext("People"),
        "name": gettext("Name"),
        "role": gettext("Role"),
        "handoffs": gettext("Hand-offs"),
        "away": gettext("Away"),
        "away_now": gettext("away"),
        "leads": gettext("leads the team"),
        "hours": gettext("own hours"),
        "routes": gettext("Routes"),
        "routes_say": gettext(
            "The first one that fits decides. Whoever knows the lead, and the owner of its company, come before all "
            "routes; after them everybody has a turn."
        ),
        "no_routes": gettext("None: everybody has a turn."),
        "new_route": gettext("New route"),
        "up": gettext("Ask it earlier"),
        "remove": gettext("Remove"),
        "to": gettext("goes to"),
        "invite": gettext("Invite somebody"),
        "invite_again": gettext("A new link"),
        "send": gettext("Invite"),
        "link": gettext("Shown this once, good for seven days:"),
        "save": gettext("Save"),
        "person": gettext("Person"),
        "work": gettext("Work"),
        "absences": gettext("Absences"),
        "no_absences": gettext("None planned."),
        "add_absence": gettext("Add an absence"),
        "back": gettext("Back again"),
        "leave": gettext("Disable and hand over"),
        "leave_says": gettext(
            "Sessions and keys end at once. Open hand-offs, leads, companies and tasks go to whoever takes over. "
            "Without a name hand-offs go by routing, and what sales does not hold goes to marketing."
        ),
        "return": gettext("Let in again"),
        "team": gettext("Team"),
    }
