"""Whom we are never to get in touch with for a purpose, known by keyed hashes of how the person is known.

A no of the person's own stands here beside the ledger, because it outlasts what the ledger can: the lead may be merged,
be erased and come again with an import. Nothing but the person's own yes lifts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from ripeline.core.consent import contact_rules
from ripeline.core.playbook_consent import COUNTRY
from ripeline.integrations.countries import country
from ripeline.integrations.enrichment import of_phone
from ripeline.server import installations, playbooks, profiles
from ripeline.server.chunks import chunks
from ripeline.server.digests import keyed
from ripeline.server.instants import InstantField
from ripeline.server.leads import Identifier, IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ripeline.core.playbook_consent import Channel

_KINDS = (IdentifierKind.EMAIL, IdentifierKind.USER_ID, IdentifierKind.EXTERNAL)
"""By what a person may come again; a visitor's number and ours are forgotten with the lead."""
NUMBERS = ("phone_e164", "phone", "mobile", "telephone", "phone_number")
"""The attributes that tell a lead's number of telephone, the surest first."""
_NUMBER = "tel:"
"""How hashes of numbers of telephone begin: a no to calls of whoever has one."""


class Suppression(models.Model):
    """A no to one purpose of whoever is known by what has this hash, and since when."""

    digest = models.CharField(max_length=64)
    purpose = models.CharField(max_length=63)
    since = InstantField()

    class Meta:
        """A no is kept once."""

        constraints = (models.UniqueConstraint(fields=["digest", "purpose"], name="suppressed_once"),)


def suppress(lead: int, purposes: Iterable[str], *, since: int) -> None:
    """Keep a no to these purposes, by all that a lead is known by, in the caller's transaction.

    A no to calls holds for the lead's numbers too, whosever they are besides.
    """
    asked = set(purposes)
    suppress_digests(_digests([lead], now=since), asked, since=since)
    if of_calls := asked & purposes_of("phone"):
        suppress_digests(_number_digests([lead], now=since), of_calls, since=since)


def suppress_number(number: str, *, since: int) -> bool:
    """Keep a no to calls of whoever has a number, known or not, in the caller's transaction; False if it is none."""
    known = of_phone(number)
    if known is None:
        return False
    suppress_digests(
        [_number_digest(str(known["phone_e164"]), installations.hash_key(since))], purposes_of("phone"), since=since
    )
    return True


def suppress_digests(digests: Iterable[str], purposes: Iterable[str], *, since: int) -> None:
    """The same by hashes that are known from before, as the log of erasures has them."""
    digests, asked = sorted(set(digests)), sorted(set(purposes))
    rows = [Suppression(digest=digest, purpose=purpose, since=since) for digest in digests for purpose in asked]
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
    Suppression.objects.filter(digest__in=digests, purpose__in=asked, since__lt=since).update(since=since)


def lift(lead: int, purposes: Iterable[str], *, now: int) -> None:
    """Forget the no of a lead to these purposes, in the caller's transaction that keeps the person's own yes."""
    digests = [*_digests([lead], now=now), *_number_digests([lead], now=now)]
    Suppression.objects.filter(digest__in=digests, purpose__in=sorted(set(purposes))).delete()


def of_all(leads: Iterable[int], *, now: int) -> dict[int, dict[str, int]]:
    """By lead, the purposes to which a no is kept, with since when; leads without one are left out."""
    asked = sorted(set(leads))
    whose = {digest: {lead} for digest, lead in _digests(asked, now=now).items()}
    if asked and Suppression.objects.filter(digest__startswith=_NUMBER).exists():
        whose |= _number_digests(asked, now=now)
    found: dict[int, dict[str, int]] = {}
    for chunk in chunks(sorted(whose)):
        rows = Suppression.objects.filter(digest__in=chunk)
        for digest, purpose, since in rows.values_list("digest", "purpose", "since"):
            for lead in whose[digest]:
                kept = found.setdefault(lead, {})
                kept[purpose] = max(since, kept.get(purpose, since))
    return found


def _digests(leads: Iterable[int], *, now: int) -> dict[str, int]:
    """The hashes of what leads are known by, with their leads."""
    found: dict[str, int] = {}
    if not (asked := sorted(set(leads))):
        return found
    key = installations.hash_key(now)
    for chunk in chunks(asked):
        known = Identifier.objects.filter(lead__in=chunk, kind__in=_KINDS)
        for kind, value, lead in known.values_list("kind", "value", "lead"):
            found[keyed(kind, value, key=key)] = lead
    return found


def _number_digests(leads: Iterable[int], *, now: int) -> dict[str, set[int]]:
    """The hashes of the numbers of these leads, with all who have one: a company's is that of many."""
    key = installations.hash_key(now)
    found: dict[str, set[int]] = {}
    for lead, facts in profiles.of_all(leads).items():
        where = country(facts[COUNTRY].value) if COUNTRY in facts else None
        for name in NUMBERS:
            known = of_phone(facts[name].value, where) if name in facts else None
            if known is not None:
                found.setdefault(_number_digest(str(known["phone_e164"]), key), set()).add(lead)
    return found


def _number_digest(number: str, key: bytes) -> str:
    return _NUMBER + keyed("phone", number, key=key)[: -len(_NUMBER)]


def purposes_of(channel: Channel) -> set[str]:
    """To what whoever is to be reached on a channel must have said yes, wherever they live."""
    return {rule.purpose for rule in contact_rules(playbooks.active_playbook(), channel, None)}
