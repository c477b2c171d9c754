"""The page of tasks: a user's own, and marketing's; what is overdue stands first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from ripeline.core.phrases import gettext as mark
from ripeline.server import instants, people, tasks, visibility
from ripeline.server.instants import DAY
from ripeline.server.tasks import Task, TaskKind
from ripeline.server.users import Action, Role
from ripeline.web import shell
from ripeline.web.shell import StaffRequest, staff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django.http import HttpResponse

    from ripeline.server.people import Called
    from ripeline.server.refusals import Refused
    from ripeline.server.users import User

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
    may_settle: bool


@staff(Action.READ)
@require_GET
def page(request: StaffRequest) -> HttpResponse:
    """What a user has to do; marketing's beside it for those who see all leads."""
    user, now = request.user, instants.now()
    own = list(tasks.of(user)[:_SHOWN])
    sees = user.role != Role.SALES
    theirs = list(visibility.seen_by(user, tasks.of_marketing())[:_SHOWN]) if sees else []
    called = people.called({one.lead_id for one in (*own, *theirs)})
    lists = [(gettext("Mine"), list(_rows(own, called, user, now)))]
    if sees:
        lists.append((gettext("Marketing"), list(_rows(theirs, called, user, now))))
    return render(request, "tasks.html", {"title": gettext("Tasks"), "lists": lists, "word": _words()})


@staff(Action.ACT_ON_LEADS)
@require_POST
def act(request: StaffRequest, number: int, name: str) -> HttpResponse:
    """Say that one was done, or put it off."""
    task = visibility.seen_by(request.user, Task.objects.select_related("owner")).filter(pk=number).first()
    if task is None or name not in _VERBS:
        raise Http404
    verb, ok = _VERBS[name]
    shell.told(request, verb(task, request.POST, request.user, instants.now()), gettext(ok))
    return redirect("tasks")


def _postpone(task: Task, said: Mapping[str, Any], by: User, now: int) -> Task | Refused:
    days = _DAYS.get(str(said.get("to")), 1)
    return tasks.postpone(task, due_at=max(task.due_at, now) + days * DAY, by=by, now=now)


def _done(task: Task, _said: Mapping[str, Any], by: User, now: int) -> Task | Refused:
    return tasks.done(task, by=by, now=now)


_VERBS: Mapping[str, tuple[Callable[[Task, Mapping[str, Any], User, int], Task | Refused], str]] = {
    "done": (_done, mark("Done.")),
    "postpone": (_postpone, mark("Put off.")),
}


def _rows(rows: Iterable[Task], called: Mapping[int, Called], user: User, now: int) -> Iterable[Row]:
    for task in rows:
        how = "late" if task.due_at < now else "soon" if task.due_at - now < DAY else ""
        when, left = shell.here(task.due_at, now), shell.left(task.due_at, now)
        kind = str(TaskKind(task.kind).label)
        yield Row(task, tasks.words_of(task), kind, called[task.lead_id], when, how, left, tasks.may_settle(user, task))


def _words() -> dict[str, str]:
    return {
        "done": gettext("Done"),
        "tomorrow": gettext("A day later"),
        "week": gettext("A week later"),
        "by": gettext("From"),
        "nothing": gettext("Nothing to do."),
    }
