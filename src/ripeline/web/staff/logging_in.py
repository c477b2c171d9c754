"""Logging in and out, on a page of our own; whoever guesses has to wait (`ripeline.server.staff.logins`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import LoginView, LogoutView
from django.shortcuts import redirect
from django.utils.translation import gettext

from ripeline.server.staff.users import Role
from ripeline.web.shell import StaffRequest, staff

if TYPE_CHECKING:
    from django.http import HttpResponse


class LogIn(LoginView):
    """Name and password; then to where one wanted to go, if that is a page of ours."""

    template_name = "login.html"
    redirect_authenticated_user = True

    def get_redirect_url(self, *args: Any, **more: Any) -> str:  # noqa: ANN401 - Django's
        """A path of ours; nothing for any other address, though it name our own host."""
        wanted: str = super().get_redirect_url(*args, **more)
        return wanted if wanted.startswith("/") and not wanted.startswith(("//", "/\\")) else ""

    def get_context_data(self, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's
        """The form, without a word on which of the two was wrong."""
        told: dict[str, Any] = super().get_context_data(**more)
        wrong = gettext("Name and password do not fit together, or too many tries came before. Try again in a while.")
        return told | {"title": gettext("Log in"), "wrong": wrong, "forgotten": gettext("Password forgotten?")}


class LogOut(LogoutView):
    """The end of the session, by POST only."""

    next_page = "login"


@staff()
def home(request: StaffRequest) -> HttpResponse:
    """The page on which each role begins the day."""
    return redirect("queue" if request.user.role == Role.SALES else "leads")
