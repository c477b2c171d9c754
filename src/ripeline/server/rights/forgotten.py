"""What was erased, known by keyed hashes alone: so that it is neither taken in again nor counted again.

A hash stands for an identifier of a person who was erased, or for a row of the ledger that was theirs. Nothing can be
read back from it; what comes again has the same one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import models

from ripeline.server import installations, json_text
from ripeline.server.chunks import CHUNK, chunks
from ripeline.server.digests import keyed
from ripeline.server.instants import InstantField
from ripeline.server.leads import Identifier, IdentifierKind
from ripeline.server.sources import MAIL, SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ripeline.server.events import Event
    from ripeline.server.ledger import NewEvent
    from ripeline.server.sources import Source

_ROW = "row"
LENGTH = 32
"""So many signs of a hash are kept here."""


class Forgotten(models.Model):
    """The hash of an identifier or of a row's key, and when it was erased; staff may let somebody be known again."""

    digest = models.CharField(max_length=LENGTH, unique=True)
    at = InstantField()
    is_let_in = models.BooleanField(default=False)


class Sorted(NamedTuple):
    """The places of rows that nobody may know any more, and of those that staff has to let in first."""

    gone: set[int]
    aside: set[int]


class _Row(NamedTuple):
    source: Source
    key: str
    at: int
    claimed: Mapping[str, str]


def row_digest(source: int, key_of_row: str, *, key: bytes) -> str:
    """The hash of a row's key; `key` is the installation's."""
    return keyed(_ROW, f"{source}:{key_of_row}", key=key)[:LENGTH]


def remember(digests: Iterable[str], *, at: int) -> None:
    """Keep hashes for ever, in the caller's transaction; what is known already is known since now."""
    for chunk in chunks(sorted({digest[:LENGTH] for digest in digests})):
        rows = [Forgotten(digest=digest, at=at) for digest in chunk]
        Forgotten.objects.bulk_create(
            rows, batch_size=CHUNK, update_conflicts=True, update_fields=["at", "is_let_in"], unique_fields=["digest"]
        )


def sort_out(events: Sequence[Event], claims: Sequence[Mapping[str, str]], *, now: int) -> Sorted:
    """Of rows that a round is about to read, the places of those that are not to be known.

    Gone are rows that were erased before; what happened before the erasure of the person that they claim, whoever tells
    it; what an import tells of them even later; and what is said of a lead that is no more. What another program tells
    of them later is put aside, until they come again by themselves.
    """
    asked = [_Row(one.source, one.key, one.at, claimed) for one, claimed in zip(events, claims, strict=True)]
    found, of_no_lead = _sorted(asked, now), _of_no_lead(claims)
    copied = {place for place in found.aside if asked[place].source.write_key_digest is None}
    return Sorted(found.gone | of_no_lead | copied, found.aside - of_no_lead - copied)


def of_erased(events: Sequence[NewEvent], source: Source, *, now: int) -> set[int]:
    """Of rows that an import is about to add, the places of those that tell of whoever was erased."""
    found = _sorted([_Row(source, one.key, one.at, json_text.read(one.claims)) for one in events], now)
    return found.gone | found.aside


def let_in(claimed: Mapping[str, str], *, now: int) -> None:
    """Let those whom a row claims be known from now on although they were erased, in the caller's transaction."""
    Forgotten.objects.filter(digest__in=_named(claimed, installations.hash_key(now))).update(is_let_in=True)


def _sorted(asked: Sequence[_Row], now: int) -> Sorted:
    gone, aside = set[int](), set[int]()
    if not Forgotten.objects.exists():
        return Sorted(gone, aside)
    own = installations.hash_key(now)
    rows = [row_digest(one.source.pk, one.key, key=own) for one in asked]
    named = [_named(one.claimed, own) for one in asked]
    since: dict[str, int] = {}
    let_in = set[str]()
    for chunk in chunks(sorted({*rows, *(digest for digests in named for digest in digests)})):
        for one in Forgotten.objects.filter(digest__in=chunk):
            since[one.digest] = one.at
            let_in |= {one.digest} if one.is_let_in else set()
    for place, row in enumerate(asked):
        erased = named[place].keys() & since.keys()
        if rows[place] in since or any(row.at <= since[digest] for digest in erased):
            gone.add(place)
        elif erased and _is_told(row.source) and not erased & let_in and not _are_back(named[place], erased):
            aside.add(place)
    return Sorted(gone, aside)


def _of_no_lead(claims: Sequence[Mapping[str, str]]) -> set[int]:
    """The places of rows that say something of a lead by its number, which no lead has."""
    asked = {place: claimed["lead"] for place, claimed in enumerate(claims) if "lead" in claimed}
    known: set[str] = set()
    for chunk in chunks(sorted(set(asked.values()))):
        own = Identifier.objects.filter(kind=IdentifierKind.LEAD, value__in=chunk)
        known |= set(own.values_list("value", flat=True))
    return {place for place, lead in asked.items() if lead not in known}


def _named(claimed: Mapping[str, str], own: bytes) -> dict[str, tuple[str, str]]:
    """By hash, the identifiers that a row claims."""
    kinds = {"previous": (IdentifierKind.USER_ID, IdentifierKind.ANONYMOUS)}
    told = [(kind, value) for name, value in claimed.items() for kind in kinds.get(name, (name,))]
    return {keyed(kind, value, key=own)[:LENGTH]: (kind, value) for kind, value in told if kind != "lead"}


def _is_told(source: Source) -> bool:
    """Whether a source tells what another system knows, and not what the person does before our eyes."""
    return source.kind == SourceKind.SERVER and source.name != MAIL


def _are_back(named: Mapping[str, tuple[str, str]], erased: Iterable[str]) -> bool:
    """Whether those who were erased have come again by themselves, under any of these names."""
    known = Identifier.objects.filter(lead__isnull=False)
    return any(known.filter(kind=kind, value=value).exists() for kind, value in map(named.__getitem__, erased))


def row_digests(events: Iterable[tuple[int, str]], *, now: int) -> set[str]:
    """The hashes of rows, by their sources and keys."""
    own = installations.hash_key(now)
    return {row_digest(source, key_of_row, key=own) for source, key_of_row in events}
