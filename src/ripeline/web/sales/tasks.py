"""The page of tasks: a user's own, and marketing's; what is overdue stands first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST

from ripeline.core.phrases import gettext as mark
from ripeline.server import instants, people, visibility
from ripeline.server.consent import consents
from ripeline.server.instants import DAY
from ripeline.server.rights import person_requests
from ripeline.server.sales import tasks
from ripeline.server.sales.tasks import Task, TaskKind
from ripeline.server.staff.users import Action, Role, may
from ripeline.web import shell
from ripeline.web.lead.speaking import speaker
from ripeline.web.shell import StaffRequest, staff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from django.http import HttpResponse

    from ripeline.server.people import Called
    from ripeline.server.refusals import Refused
    from ripeline.server.staff.users import User

_SHOWN = 200
_DAYS = {"tomorrow": 1, "week": 7}


class Row(NamedTuple):
    """A task as the page shows it."""

    task: Task
    text: str
    kind: str
    called: Called
    when: shell.When
    how: str
    left: str
    whose: str
    may_settle: bool
    warns: str


@staff(Action.READ)
@require_GET
def page(request: StaffRequest) -> HttpResponse:
    """What a user has to do; beside it marketing's for those who see all leads, the reps' for whoever leads them."""
    user, now = request.user, instants.now()
    asked = [(gettext("My tasks"), tasks.of(user))]
    if user.role != Role.SALES:
        asked.append((gettext("Marketing"), tasks.of_marketing()))
    if may(user, Action.LEAD_TEAM):
        asked.append((gettext("Team"), tasks.of_reps(besides=user)))
    found = [(name, list(rows.filter(_is_shown(user))[:_SHOWN])) for name, rows in asked]
    called = people.called({one.lead_id for _name, rows in found for one in rows})
    lists = [(name, list(_rows(rows, called, user, now))) for name, rows in found]
    waiting = _waiting(user, now)
    told = {"title": gettext("Tasks"), "lists": lists, "word": _words(), "waiting": waiting, "requests": ""}
    if waiting is not None:
        text = ngettext(
            "{count} request of a person about its data", "{count} requests of persons about their data", waiting
        )
        told["requests"] = text.format(count=shell.language().number(waiting))
    return render(request, "tasks.html", told)


def _waiting(user: User, now: int) -> int | None:
    """How many people wait for an answer about their data; None for those who may not give it."""
    if not may(user, Action.SERVE_RIGHTS):
        return None
    return sum(not person_requests.waits_for_person(one) for one in person_requests.open_ones(now))


@staff(Action.ACT_ON_LEADS)
@require_POST
def act(request: StaffRequest, number: int, name: str) -> HttpResponse:
    """Say that one was done, or put it off."""
    task = Task.objects.select_related("owner").filter(_is_shown(request.user), pk=number).first()
    if task is None or name not in _VERBS:
        raise Http404
    verb, ok = _VERBS[name]
    shell.told(request, verb(task, request.POST, request.user, instants.now()), gettext(ok))
    return redirect("tasks")


def _is_shown(user: User) -> Q:
    """Of tasks: that they are the user's own, or speak of a lead that the user sees."""
    return Q(owner=user) | Q(lead__in=visibility.leads_of(user))


def _postpone(task: Task, said: Mapping[str, Any], by: User, now: int) -> Task | Refused:
    days = _DAYS.get(str(said.get("to")), 1)
    return tasks.postpone(task, due_at=max(task.due_at, now) + days * DAY, by=by, now=now)


def _done(task: Task, _said: Mapping[str, Any], by: User, now: int) -> Task | Refused:
    return tasks.done(task, by=by, now=now)


_VERBS: Mapping[str, tuple[Callable[[Task, Mapping[str, Any], User, int], Task | Refused], str]] = {
    "done": (_done, mark("Done.")),
    "postpone": (_postpone, mark("Put off.")),
}


def _rows(rows: Sequence[Task], called: Mapping[int, Called], user: User, now: int) -> Iterable[Row]:
    planned = {task.lead_id for task in rows if task.created_by_id is None}
    permissions = consents.may_contact_all(planned, "phone", now=now) if planned else {}
    voice = speaker() if planned else None
    for task in rows:
        how = "late" if task.due_at < now else "soon" if task.due_at - now < DAY else ""
        when, left = shell.here(task.due_at, now), shell.left(task.due_at, now)
        kind = str(TaskKind(task.kind).label)
        whose = task.owner.username if task.owner and task.owner != user else ""
        may_settle = tasks.may_settle(user, task)
        may_call = permissions.get(task.lead_id) if task.created_by_id is None else None
        warns = voice.say(may_call.reason) if voice is not None and may_call is not None and not may_call else ""
        yield Row(task, tasks.words_of(task), kind, called[task.lead_id], when, how, left, whose, may_settle, warns)


def _words() -> dict[str, str]:
    return {
        "what": gettext("What is to be done"),
        "due": gettext("Due"),
        "lead": gettext("Lead"),
        "by": gettext("From"),
        "done": gettext("Done"),
        "tomorrow": gettext("+1 day"),
        "week": gettext("+1 week"),
        "nothing": gettext("Nothing to do."),
        "no_call": gettext("Not by telephone"),
        "track": gettext("a track"),
    }
