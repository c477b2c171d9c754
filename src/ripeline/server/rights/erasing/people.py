"""Who a person is in the tables: all leads that were merged into one, all they are known by, and the words to look for.

A word is what no two people share: an e-mail, a number of a telephone, a long id. By it the person is found where no
column points to them: in messages that were put aside, in what waits to be sent, in what was written of others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from ripeline.server import installations, json_text
from ripeline.server.chunks import chunks
from ripeline.server.digests import keyed
from ripeline.server.events import Event
from ripeline.server.leads import Attachment, Identifier, IdentifierKind, Lead, kept_of, with_absorbed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONG = 12
"""So many signs an id has that is sought in texts: a shorter one may stand in them by chance."""
_PHONE = re.compile(r"\+?[\d\s()/.-]{7,24}")
_DIGITS = 7
_NOT_OWN = (IdentifierKind.LEAD, "account")


@dataclass(frozen=True, slots=True)
class Person:
    """The numbers of a person's leads and identifiers, the words to look for, and the hashes to know them by.

    A number of a telephone may be that of a whole company: it is looked for only where nobody else's facts stand.
    """

    leads: frozenset[int]
    identifiers: frozenset[int]
    words: tuple[str, ...]
    phones: tuple[str, ...]
    digests: frozenset[str]


def of(leads: Iterable[int], visitors: Iterable[int] = (), *, now: int) -> Person | None:
    """The person whose leads these are, or were before they were merged into others; None if there are none such."""
    here = Lead.objects.filter(pk__in=sorted(leads)).values_list("pk", flat=True)
    own = set(with_absorbed(kept_of(here).values()))
    identifiers = {one.pk: one for one in _attached(own)}
    identifiers |= Identifier.objects.filter(lead=None).in_bulk(sorted(visitors))
    if not identifiers and not own:
        return None
    claims = _claims(identifiers)
    identifiers |= {one.pk: one for one in _nobodys(claims, identifiers.values())}
    reached = set(_reached(identifiers))
    words = {word for word in _words(identifiers.values(), claims) if _is_word(word)}
    words |= {word for word in reached if "@" in word}
    return Person(
        frozenset(own),
        frozenset(identifiers),
        tuple(sorted(words - _of_others(words, set(identifiers)))),
        tuple(sorted(word for word in reached if "@" not in word)),
        frozenset(digests_of(own, identifiers.values(), now=now)),
    )


def digests_of(leads: Iterable[int], identifiers: Iterable[Identifier], *, now: int) -> Iterator[str]:
    """The hashes of identifiers, and of leads by number and beginning: another backup may give a number anew."""
    own = installations.hash_key(now)
    for one in identifiers:
        if one.kind != IdentifierKind.LEAD:
            yield keyed(one.kind, one.value, key=own)
    for chunk in chunks(sorted(set(leads))):
        for lead, created_at in Lead.objects.filter(pk__in=chunk).values_list("pk", "created_at"):
            yield lead_digest(lead, created_at, own)


def lead_digest(lead: int, created_at: int, own: bytes) -> str:
    """The hash of a lead, by its number and its beginning."""
    return keyed("lead", f"{lead} {created_at}", key=own)


def _attached(leads: set[int]) -> Iterator[Identifier]:
    """What these leads are known by, and what once was theirs and belongs to nobody now."""
    once = Attachment.objects.filter(lead__in=leads).values("identifier")
    yield from Identifier.objects.filter(Q(lead__in=leads) | Q(lead=None, pk__in=once))


def _claims(identifiers: Iterable[int]) -> set[tuple[str, str]]:
    """All that the rows of these identifiers say whose they are."""
    told: set[tuple[str, str]] = set()
    for chunk in chunks(sorted(identifiers)):
        for text in Event.objects.filter(identifier__in=chunk).values_list("claims", flat=True).distinct():
            told |= {(kind, str(value)) for kind, value in json_text.read(text).items() if kind not in _NOT_OWN}
    return told


def _nobodys(claims: Iterable[tuple[str, str]], own: Iterable[Identifier]) -> Iterator[Identifier]:
    """Identifiers of nobody with a value that this person's rows claim: an alias leaves such behind."""
    values = {value for _kind, value in claims} | {one.value for one in own if one.kind != IdentifierKind.LEAD}
    for chunk in chunks(sorted(values)):
        yield from Identifier.objects.filter(lead=None, value__in=chunk).exclude(kind=IdentifierKind.LEAD)


def _words(identifiers: Iterable[Identifier], claims: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield from (one.value for one in identifiers if one.kind != IdentifierKind.LEAD)
    yield from (value for _kind, value in claims)


def _reached(identifiers: Iterable[int]) -> Iterator[str]:
    """The addresses and numbers that were told of the person."""
    for chunk in chunks(sorted(identifiers)):
        changed = Event.objects.filter(identifier__in=chunk, name="attributes_changed")
        for text in changed.values_list("properties", flat=True):
            yield from filter(_reaches, json_text.read(text).values())


def _of_others(words: set[str], own: set[int]) -> set[str]:
    """Of these words, those by which other leads are known: a row may name somebody beside the person."""
    found: set[str] = set()
    for chunk in chunks(sorted(words)):
        rows = Identifier.objects.filter(value__in=chunk, lead__isnull=False).exclude(pk__in=own)
        found |= set(rows.values_list("value", flat=True))
    return found


def _is_word(value: str) -> bool:
    return "@" in value or len(value) >= _LONG


def _reaches(value: Any) -> bool:  # noqa: ANN401 - anything may stand in a row
    """Whether a value is an address or a number by which one reaches the person."""
    if not isinstance(value, str) or len(value) > 254:  # noqa: PLR2004 - the longest address
        return False
    is_phone = _PHONE.fullmatch(value) is not None and sum(sign.isdigit() for sign in value) >= _DIGITS
    return is_phone or ("@" in value and " " not in value)
