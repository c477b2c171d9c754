"""What was erased, known by keyed hashes alone: so that it is neither taken in again nor counted again.

A hash stands for an identifier of a person who was erased, or for a row of the ledger that was theirs. Nothing can be
read back from it; what comes again has the same one.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from django.db import models

from ripeline.server import installations
from ripeline.server.chunks import CHUNK, chunks
from ripeline.server.instants import InstantField
from ripeline.server.leads import Identifier, IdentifierKind
from ripeline.server.sources import MAIL, SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ripeline.server.events import Event

_ROW = "row"
LENGTH = 32
"""So many signs of a hash are kept here."""


class Forgotten(models.Model):
    """The hash of an identifier or of a row's key, and when it was erased."""

    digest = models.CharField(max_length=LENGTH, unique=True)
    at = InstantField()


def identifier_digest(kind: str, value: str, *, key: bytes) -> str:
    """The hash of an identifier; `key` is the installation's."""
    return _digest(key, f"{kind}:{value}")


def row_digest(source: int, key_of_row: str, *, key: bytes) -> str:
    """The hash of a row's key; `key` is the installation's."""
    return _digest(key, f"{_ROW}:{source}:{key_of_row}")[:LENGTH]


def key(now: int) -> bytes:
    """By what the hashes are keyed: it is the same in every backup of this installation."""
    return installations.key(now).encode()


def remember(digests: Iterable[str], *, at: int) -> None:
    """Keep hashes for ever, in the caller's transaction; what is known already is known since now."""
    for chunk in chunks(sorted({digest[:LENGTH] for digest in digests})):
        rows = [Forgotten(digest=digest, at=at) for digest in chunk]
        Forgotten.objects.bulk_create(
            rows, batch_size=CHUNK, update_conflicts=True, update_fields=["at"], unique_fields=["digest"]
        )


def sort_out(events: Sequence[Event], claims: Sequence[Mapping[str, str]], *, now: int) -> set[int]:
    """Of rows that a round is about to read, the numbers of those that nobody may know any more.

    Those are rows that were erased before; what happened before the erasure of the person that they claim, whoever
    tells it; what an import tells of them even later, until they come again by themselves; and what is said of a lead
    that is no more.
    """
    gone = _of_no_lead(events, claims)
    if not Forgotten.objects.exists():
        return gone
    own = key(now)
    rows = {row_digest(one.source_id, one.key, key=own): one.pk for one in events}
    named = {event.pk: _named(claimed, own) for event, claimed in zip(events, claims, strict=True)}
    since: dict[str, int] = {}
    for chunk in chunks(sorted({*rows, *(digest for digests in named.values() for digest in digests)})):
        since |= dict(Forgotten.objects.filter(digest__in=chunk).values_list("digest", "at"))
    gone |= {rows[digest] for digest in since if digest in rows}
    for event in events:
        erased = [(since[digest], which) for digest, which in named[event.pk].items() if digest in since]
        if any(event.at <= at or (_is_copy(event) and not _is_back(which)) for at, which in erased):
            gone.add(event.pk)
    return gone


def _of_no_lead(events: Sequence[Event], claims: Sequence[Mapping[str, str]]) -> set[int]:
    """The rows that say something of a lead by its number, which no lead has."""
    asked = {event.pk: claimed["lead"] for event, claimed in zip(events, claims, strict=True) if "lead" in claimed}
    known: set[str] = set()
    for chunk in chunks(sorted(set(asked.values()))):
        own = Identifier.objects.filter(kind=IdentifierKind.LEAD, value__in=chunk)
        known |= set(own.values_list("value", flat=True))
    return {row for row, lead in asked.items() if lead not in known}


def _named(claimed: Mapping[str, str], own: bytes) -> dict[str, tuple[str, str]]:
    """By hash, the identifiers that a row claims."""
    kinds = {"previous": (IdentifierKind.USER_ID, IdentifierKind.ANONYMOUS)}
    told = [(kind, value) for name, value in claimed.items() for kind in kinds.get(name, (name,))]
    return {identifier_digest(kind, value, key=own)[:LENGTH]: (kind, value) for kind, value in told if kind != "lead"}


def _is_copy(event: Event) -> bool:
    """Whether a row comes with an import: no word of the moment, but a copy of what another system knows."""
    source = event.source
    return source.kind == SourceKind.SERVER and source.write_key_digest is None and source.name != MAIL


def _is_back(which: tuple[str, str]) -> bool:
    """Whether somebody who was erased has come again by themselves."""
    kind, value = which
    return Identifier.objects.filter(kind=kind, value=value, lead__isnull=False).exists()


def row_digests(events: Iterable[tuple[int, str]], *, now: int) -> set[str]:
    """The hashes of rows, by their sources and keys."""
    own = key(now)
    return {row_digest(source, key_of_row, key=own) for source, key_of_row in events}


def _digest(own: bytes, text: str) -> str:
    return hmac.new(own, text.encode(errors="surrogatepass"), "sha256").hexdigest()
