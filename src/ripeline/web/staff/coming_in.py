"""How people come in for the first time, and back in: pages behind links that open once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ripeline.server import instants
from ripeline.server.refusals import TEXTS, Refusal, Refused
from ripeline.server.staff import invitations, letters
from ripeline.server.staff.invitations import LinkKind

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_BACKEND = "ripeline.server.staff.logins.Backend"


class Choose(forms.Form):
    """A new password, once: whoever mistypes it asks for another link."""

    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        help_text=_("At least 12 signs"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class Ask(forms.Form):
    """Whose password."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def invited(request: HttpRequest, token: str) -> HttpResponse:
    """Somebody who was invited chooses a password, and is in."""
    words = {"title": gettext("Welcome to Ripeline"), "button": gettext("Choose the password and come in")}
    return _choose(request, token, LinkKind.INVITED, words)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def new_password(request: HttpRequest, token: str) -> HttpResponse:
    """Somebody who forgot the password chooses another one, and is in."""
    words = {"title": gettext("Choose a new password"), "button": gettext("Choose the password and come in")}
    return _choose(request, token, LinkKind.PASSWORD, words)


@never_cache
@require_http_methods(["GET", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Somebody asks for a link; the answer is the same whoever it is."""
    form = Ask(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        address = request.META.get("REMOTE_ADDR", "")
        for made in invitations.ask_reset(form.cleaned_data["email"], address, now=instants.now()):
            letters.post(made, LinkKind.PASSWORD)
        same = gettext("If somebody has this address, a link is on its way. It is good for an hour.")
        messages.success(request, same)
        return redirect("forgotten")
    no_mail = gettext("No mail server is named here. Ask an administrator for a new password.")
    words = {"title": gettext("Forgotten password"), "button": gettext("Send a link")}
    shown = {"form": form, "no_mail": None if letters.can_send() else no_mail, **words}
    return render(request, "forgotten.html", shown, status=400 if form.is_bound else 200)


def _choose(request: HttpRequest, token: str, kind: LinkKind, words: dict[str, str]) -> HttpResponse:
    now = instants.now()
    user = invitations.user_of(token, kind, now=now)
    if user is None:
        gone = {"title": words["title"], "gone": gettext(TEXTS[Refusal.NO_SUCH_LINK])}
        return render(request, "choose_password.html", gone, status=404)
    form = Choose(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        done = invitations.choose_password(token, kind, form.cleaned_data["password"], now=now)
        if not isinstance(done, Refused):
            login(request, done, backend=_BACKEND)
            return redirect("home")
        form.add_error("password", gettext(TEXTS[done.reason]))
    shown = {"form": form, "who": user.username, **words}
    return render(request, "choose_password.html", shown, status=400 if form.is_bound else 200)
