"""Sessions: in which browsers a user is logged in, since when; each can be ended from any other."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.dispatch import receiver
from django.utils import timezone

from ripeline.server import instants
from ripeline.server.instants import InstantField
from ripeline.server.staff.users import User

if TYPE_CHECKING:
    from django.http import HttpRequest

_LONGEST = 200


class Login(models.Model):
    """One session: whose, since when, and what the browser calls itself."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="logins")
    session = models.CharField(max_length=40, unique=True)  # its key, which is in Django's own table, too
    at = InstantField()
    browser = models.CharField(max_length=_LONGEST, default="", blank=True)


def begun(request: HttpRequest, user: User, *, now: int) -> None:
    """Remember the session of a request; one that goes on under another key is remembered under that."""
    key = request.session.session_key
    if key is None:
        request.session.save()
        key = request.session.session_key
    said = {"user": user, "at": now, "browser": request.headers.get("User-Agent", "")[:_LONGEST]}
    with transaction.atomic():
        Login.objects.update_or_create(session=key, defaults=said)


def of(user: User) -> list[Login]:
    """The sessions of a user that have not ended, newest first; those that have are forgotten."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    with transaction.atomic():
        user.logins.exclude(session__in=live).delete()
    return list(user.logins.order_by("-at", "-pk"))


def end(user: User, *, number: int | None = None, besides: str | None = None) -> int:
    """End one session of a user, or all besides one; returns how many."""
    chosen = user.logins.exclude(session=besides) if number is None else user.logins.filter(pk=number)
    store = import_module(settings.SESSION_ENGINE).SessionStore
    with transaction.atomic():
        ended = list(chosen)
        for one in ended:
            store(one.session).delete()
        Login.objects.filter(pk__in=[one.pk for one in ended]).delete()
    return len(ended)


@receiver(user_logged_in, dispatch_uid="ripeline.sessions")
def _logged_in(request: HttpRequest | None, user: User, **_: Any) -> None:  # noqa: ANN401 - as Django sends it
    if request is not None:
        begun(request, user, now=instants.now())
