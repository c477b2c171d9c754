"""Logging in: whoever guesses has to wait, and learns nothing about who is a user."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db import models, transaction

from ripeline.server.instants import HOUR, MINUTE, SECOND, InstantField, now

if TYPE_CHECKING:
    from django.http import HttpRequest

    from ripeline.server.staff.users import User

FREE = 20
"""So many bad logins in a row cost nothing but themselves."""

FREE_FROM_ONE_ADDRESS = 100
LONGEST_WAIT = 5 * MINUTE
FORGOTTEN_AFTER = HOUR


class BadLogin(models.Model):
    """How often in a row a name, or an address, could not log in; which one it is only its hash tells."""

    who = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField(default=0)
    last_at = InstantField()


class Backend(ModelBackend):
    """Users by name and password, as Django does it, but slower for whoever guesses."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,  # noqa: ANN401 - as Django types it
    ) -> User | None:
        """The user; None for a wrong password, an unknown name or a disabled user alike, and while one has to wait."""
        address = request.META.get("REMOTE_ADDR", "") if request else ""
        instant = now()
        user = super().authenticate(request, username=username, password=password, **more)
        if username is None or has_to_wait(username, address, now=instant):
            return None  # after the hashing, so that the answer takes as long as any
        if user is None:
            count_bad(username, address, now=instant)
            return None
        forget(username)
        return user


def has_to_wait(name: str, address: str, *, now: int) -> bool:
    """Whether so many logins of this name, or from this address, were bad that it is not even looked at."""
    frees = {_hashed("name", name): FREE, _hashed("address", address): FREE_FROM_ONE_ADDRESS}
    rows = BadLogin.objects.filter(who__in=frees)
    return any(now < row.last_at + _wait(row.count - frees[row.who]) for row in rows)


def count_bad(name: str, address: str, *, now: int) -> None:
    """Remember one more bad login; after an hour without any the count begins anew."""
    with transaction.atomic():
        for who in sorted((_hashed("name", name), _hashed("address", address))):
            row, _ = BadLogin.objects.select_for_update().get_or_create(who=who, defaults={"last_at": now})
            row.count = 1 if row.last_at < now - FORGOTTEN_AFTER else row.count + 1
            row.last_at = now
            row.save()
        BadLogin.objects.filter(last_at__lt=now - FORGOTTEN_AFTER).delete()


def forget(name: str) -> None:
    """Let a good login end the count of the name; that of the address stays, as the guesser may have one account."""
    who = _hashed("name", name)
    if BadLogin.objects.filter(who=who).exists():
        with transaction.atomic():
            BadLogin.objects.filter(who=who).delete()


def _wait(too_many: int) -> int:
    """One second after the last free login, then twice as long each time."""
    return 0 if too_many < 0 else min(SECOND << min(too_many, 16), LONGEST_WAIT)


def _hashed(kind: str, value: str) -> str:
    text = f"{kind}:{value.strip().casefold()}".encode(errors="replace")
    return hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).hexdigest()
