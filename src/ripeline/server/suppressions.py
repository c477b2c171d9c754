"""Whom we are never to get in touch with for a purpose, known by keyed hashes of how the person is known.

A no of the person's own stands here beside the ledger, because it outlasts what the ledger can: the lead may be merged,
be erased and come again with an import. Nothing but the person's own yes lifts it.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from django.db import models

from ripeline.server import installations
from ripeline.server.chunks import chunks
from ripeline.server.instants import InstantField
from ripeline.server.leads import Identifier, IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Iterable

_KINDS = (IdentifierKind.EMAIL, IdentifierKind.USER_ID, IdentifierKind.EXTERNAL)
"""By what a person may come again; a visitor's number and ours are forgotten with the lead."""


class Suppression(models.Model):
    """A no to one purpose of whoever is known by what has this hash, and since when."""

    digest = models.CharField(max_length=64)
    purpose = models.CharField(max_length=63)
    since = InstantField()

    class Meta:
        """A no is kept once."""

        constraints = (models.UniqueConstraint(fields=["digest", "purpose"], name="suppressed_once"),)


def suppress(lead: int, purposes: Iterable[str], *, since: int) -> None:
    """Keep a no to these purposes, by all that a lead is known by, in the caller's transaction."""
    asked = sorted(set(purposes))
    suppress_digests(_digests([lead], now=since), asked, since=since)


def suppress_digests(digests: Iterable[str], purposes: Iterable[str], *, since: int) -> None:
    """The same by hashes that are known from before, as the log of erasures has them."""
    digests, asked = sorted(set(digests)), sorted(set(purposes))
    rows = [Suppression(digest=digest, purpose=purpose, since=since) for digest in digests for purpose in asked]
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
    Suppression.objects.filter(digest__in=digests, purpose__in=asked, since__lt=since).update(since=since)


def lift(lead: int, purposes: Iterable[str], *, now: int) -> None:
    """Forget the no of a lead to these purposes, in the caller's transaction that keeps the person's own yes."""
    Suppression.objects.filter(digest__in=list(_digests([lead], now=now)), purpose__in=sorted(set(purposes))).delete()


def of_all(leads: Iterable[int], *, now: int) -> dict[int, dict[str, int]]:
    """By lead, the purposes to which a no is kept, with since when; leads without one are left out."""
    whose = _digests(leads, now=now)
    found: dict[int, dict[str, int]] = {}
    for chunk in chunks(sorted(whose)):
        rows = Suppression.objects.filter(digest__in=chunk)
        for digest, purpose, since in rows.values_list("digest", "purpose", "since"):
            kept = found.setdefault(whose[digest], {})
            kept[purpose] = max(since, kept.get(purpose, since))
    return found


def _digests(leads: Iterable[int], *, now: int) -> dict[str, int]:
    """The hashes of what leads are known by, with their leads."""
    found: dict[str, int] = {}
    if not (asked := sorted(set(leads))):
        return found
    key = installations.key(now).encode()
    for chunk in chunks(asked):
        known = Identifier.objects.filter(lead__in=chunk, kind__in=_KINDS)
        for kind, value, lead in known.values_list("kind", "value", "lead"):
            found[hmac.new(key, f"{kind}:{value}".encode(), "sha256").hexdigest()] = lead
    return found
