"""A user's own page: language, password, absences, and in which browsers one is logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from ripeline.language import LANGUAGES
from ripeline.server import instants, playbooks
from ripeline.server.refusals import TEXTS, Refused
from ripeline.server.staff import absences, logins, sessions, users
from ripeline.web import shell
from ripeline.web.staff import browsers

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from ripeline.server.staff.absences import Absence
    from ripeline.server.staff.users import User
    from ripeline.web.shell import StaffRequest

OWN_NAMES = {"en": "English", "de": "Deutsch", "nl": "Nederlands", "da": "Dansk"}
"""Each language as it calls itself."""


class AwayForm(forms.Form):
    """From which day to which, both included."""

    first = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class PasswordForm(forms.Form):
    """The password of now, and the one of then."""

    old = forms.CharField(
        label=_("Password until now"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=200,
        help_text=_("At least 12 signs"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class LanguageForm(forms.Form):
    """The language of the pages; none is that of the browser."""

    language = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*given, **more)
        offered: Any = self.fields["language"]
        offered.choices = [("", _("That of the browser")), *((code, OWN_NAMES[code]) for code in LANGUAGES)]


@shell.staff()
@require_http_methods(["GET"])
def me(request: StaffRequest) -> HttpResponse:
    """Everything about oneself."""
    return _page(request)


@shell.staff()
@sensitive_post_parameters("old", "new")
@require_POST
def change(request: StaffRequest, act: str) -> HttpResponse:
    """Do one thing about oneself."""
    do = _ACTS.get(act)
    if do is None:
        raise Http404
    return do(request)


def _language(request: StaffRequest) -> HttpResponse:
    form = LanguageForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _page(request, language=form)
    users.set_language(request.user, form.cleaned_data["language"])
    return redirect("me")


def _password(request: StaffRequest) -> HttpResponse:
    form, user, now = PasswordForm(request.POST, label_suffix=""), request.user, instants.now()
    address = request.META.get("REMOTE_ADDR", "")
    if form.is_valid():
        if logins.has_to_wait(user.username, address, now=now) or not user.check_password(form.cleaned_data["old"]):
            logins.count_bad(user.username, address, now=now)
            form.add_error("old", gettext("This is not your password, or too many tries came before."))
        else:
            done = users.set_password(user, form.cleaned_data["new"])
            if not isinstance(done, Refused):
                update_session_auth_hash(request, user)
                sessions.begun(request, user, now=now)
                sessions.end(user, besides=request.session.session_key)
                messages.success(request, gettext("Your password is changed; you are logged out everywhere else."))
                return redirect("me")
            form.add_error("new", gettext(TEXTS[done.reason]))
    return _page(request, password=form)


def _away(request: StaffRequest) -> HttpResponse:
    form = AwayForm(request.POST, label_suffix="")
    if form.is_valid() and add_absence(request, request.user, form):
        return redirect("me")
    return _page(request, away=form)


def _back(request: StaffRequest) -> HttpResponse:
    absence = get_object_or_404(request.user.absences, pk=number_of(request, "absence"))
    shell.told(request, absences.end(absence, by=request.user, now=instants.now()), gettext("You are back."))
    return redirect("me")


def _end(request: StaffRequest) -> HttpResponse:
    number = number_of(request, "session") if request.POST.get("session") else None
    ended = sessions.end(request.user, number=number, besides=request.session.session_key)
    if ended:
        messages.success(request, gettext("Logged out there."))
    return redirect("me")


_ACTS: dict[str, Callable[[StaffRequest], HttpResponse]] = {
    "language": _language,
    "password": _password,
    "away": _away,
    "back": _back,
    "sessions": _end,
}


def add_absence(request: StaffRequest, user: User, form: AwayForm) -> bool:
    """Write down what a form says of somebody's absence; whether that could be done, else the form says why not."""
    said, now = form.cleaned_data, instants.now()
    since, until = absences.span(said["first"], said["last"], playbooks.timezone())
    done = absences.add(user, since=since, until=until, note=said["note"], by=request.user, now=now)
    if isinstance(done, Refused):
        form.add_error("last", shell.why(done.reason))
        return False
    messages.success(request, gettext("Written down. Nothing is offered in that time."))
    return True


def number_of(request: StaffRequest, name: str) -> int:
    """The number of a row that a form names; raises Http404 for anything else."""
    number = shell.number(request.POST.get(name, ""))
    if number is None:
        raise Http404
    return number


def _page(request: StaffRequest, **forms_: forms.Form) -> HttpResponse:
    user, now = request.user, instants.now()
    shown = {
        "title": gettext("About me"),
        "language": LanguageForm(initial={"language": user.language}, label_suffix=""),
        "password": PasswordForm(label_suffix=""),
        "away": AwayForm(label_suffix=""),
        **forms_,
        "absences": shown_absences(list(user.absences.filter(until__gt=now).order_by("since", "pk"))),
        "sessions": [
            {
                "pk": one.pk,
                "at": shell.here(one.at, now),
                "browser": browsers.called(one.browser),
                "is_here": one.session == here,
            }
            for here in (request.session.session_key,)
            for one in sessions.of(user)
        ],
        "facts": _facts(user),
        "says": _words(),
        "optional": gettext("optional"),
    }
    return render(request, "me.html", shown, status=400 if forms_ else 200)


def shown_absences(rows: list[Absence]) -> list[dict[str, Any]]:
    """Absences as pages show them: by their days."""
    return [
        {"pk": one.pk, "first": shell.day(one.since), "last": shell.day(one.until - 1), "note": one.note}
        for one in rows
    ]


def _facts(user: User) -> list[tuple[str, str]]:
    facts = [
        (gettext("Name"), user.username),
        (gettext("E-mail"), user.email),
        (gettext("Role"), user.get_role_display()),
    ]
    if user.is_manager:
        facts.append((gettext("Team"), gettext("leads the sales team")))
    if user.capacity is not None:
        facts.append((gettext("Hand-offs at once at most"), str(user.capacity)))
    if user.calendar:
        facts.append((gettext("Hours"), user.calendar))
    return [(name, value) for name, value in facts if value]


def _words() -> dict[str, str]:
    return {
        "save": gettext("Save"),
        "language": gettext("Language"),
        "password": gettext("Password"),
        "change_password": gettext("Change the password"),
        "absences": gettext("Absences"),
        "no_absences": gettext("None planned."),
        "add_absence": gettext("I am away"),
        "back": gettext("I am back"),
        "sessions": gettext("Where you are logged in"),
        "here": gettext("this browser"),
        "end": gettext("Log out there"),
        "end_all": gettext("Log out everywhere else"),
        "unknown": gettext("An unknown browser"),
        "note": gettext("What is offered in this time goes to others, and so does what waits for your yes."),
    }
