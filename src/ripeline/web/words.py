"""What stands on every page of staff: the words around it, and where one can go."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext

from ripeline.server.staff.users import Action, Role, User, may
from ripeline.web import shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest


class Place(NamedTuple):
    """Where one can go: its address, what it is called, and whether one is there."""

    address: str
    label: str
    is_here: bool


def around(request: HttpRequest) -> dict[str, Any]:
    """The words of the base template, and the places that the user's role opens; found when a page shows them."""
    return {"around": _words, "places": partial(_places, request), "is_made_up": shell.is_made_up}


def _words() -> dict[str, str]:
    return {
        "skip": gettext("To the content"),
        "places": gettext("Pages"),
        "log_in": gettext("Log in"),
        "log_out": gettext("Log out"),
        "made_up": gettext("All people and companies on these pages are made up."),
    }


def _places(request: HttpRequest) -> list[Place]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return []
    opened = [(reverse(name), label) for name, label, action in _all_places(user) if may(user, action)]
    return [Place(address, label, request.path.startswith(address)) for address, label in opened]


def _all_places(user: User) -> Iterator[tuple[str, str, Action]]:
    if user.role == Role.SALES:
        yield "queue", gettext("Queue"), Action.READ
    yield "tasks", gettext("Tasks"), Action.READ
    yield "leads", gettext("Leads"), Action.READ
    yield "content", gettext("Content"), Action.READ
    yield "mail_templates", gettext("Mails"), Action.READ_ALL
    yield "tracks", gettext("Tracks"), Action.READ_ALL
    yield "log", gettext("Log"), Action.ACT_ON_LEADS
    yield "team", gettext("Team"), Action.LEAD_TEAM
    yield "admin:index", gettext("Administration"), Action.READ_ALL
