"""The installation: what all processes and backups of one database have in common, and no other database has."""

from __future__ import annotations

import secrets

from django.db import models, transaction

from ripeline.server.instants import InstantField
from ripeline.server.kept import Kept


class Installation(Kept):
    """One row, for ever: by its key a copy is known to be of this database."""

    key = models.CharField(max_length=32)
    created_at = InstantField()


def key(now: int) -> str:
    """The installation's key, made when it is first asked for."""
    if (made := Installation.objects.filter(pk=1).first()) is not None:
        return made.key
    defaults = {"key": secrets.token_hex(16), "created_at": now}
    with transaction.atomic():
        return Installation.objects.get_or_create(pk=1, defaults=defaults)[0].key


def hash_key(now: int) -> bytes:
    """By what hashes are keyed: it is the same in every backup of this installation."""
    return key(now).encode()
