"""Terms: by what leads are found in lists, kept beside the ledger because no index looks into its rows.

The words of names, companies, e-mails and numbers are found by how they begin; how a lead came, by the whole word. A
term belongs to an identifier, so whoever gets the identifier is found by it. A name that changed goes on being found.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models

from ripeline.server.chunks import CHUNK, chunks
from ripeline.server.leads import Identifier, IdentifierKind
from ripeline.server.people import COMPANIES, NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ripeline.server.events import Event

LONGEST = 60
"""So many bytes of a word are kept; more is no word that anybody types."""
MOST_WORDS = 12
"""So many words of one text are kept."""
_MOST_KNOWN = 100
_SPOKEN = (*(name for names in NAMES for name in names), *COMPANIES, "phone_e164")
_AFTER = b"\xff"  # no text in UTF-8 has this byte


class TermKind(models.TextChoices):
    """What kind of term it is."""

    WORD = "word"
    SOURCE = "source"
    CAMPAIGN = "campaign"


class Term(models.Model):
    """One word by which the lead of an identifier is found; bytes, which every database sorts alike."""

    identifier = models.ForeignKey(Identifier, on_delete=models.CASCADE, related_name="terms")
    kind = models.CharField(max_length=8, choices=TermKind.choices)
    value = models.BinaryField(max_length=LONGEST)

    class Meta:
        """Each once; found by the beginning of the value."""

        constraints = (models.UniqueConstraint(fields=["kind", "value", "identifier"], name="term_once"),)


class _New(NamedTuple):
    identifier: int
    kind: str
    value: bytes


def keep(events: Sequence[Event], identifiers: Iterable[Identifier], claims: Sequence[Mapping[str, str]]) -> None:
    """What rows that have just got their people tell of names and companies, and the new ones' e-mails."""
    found: set[_New] = set()
    for identifier in identifiers:
        if identifier.kind == IdentifierKind.EMAIL:
            found |= _words(identifier.pk, f"{identifier.value} {identifier.value.partition('@')[2]}")
    for event, claimed in zip(events, claims, strict=True):
        if event.identifier_id is not None and "account" in claimed:
            found |= _words(event.identifier_id, claimed["account"])
    _add(found)


def told(facts: Iterable[tuple[int | None, Mapping[str, Any]]]) -> None:
    """The names, companies and numbers among attributes, each with the identifier of which they are told."""
    found: set[_New] = set()
    for identifier, said in facts:
        for text in (said.get(name) for name in _SPOKEN):
            if identifier is not None and isinstance(text, str):
                found |= _words(identifier, text)
    _add(found)


def came(arrivals: Iterable[tuple[int | None, Mapping[str, Any]]]) -> None:
    """How somebody came: the channel, and the campaign's code."""
    kinds = (TermKind.SOURCE, TermKind.CAMPAIGN)
    _add(
        {
            _New(identifier, kind.value, folded(said[kind])[0])
            for identifier, said in arrivals
            for kind in kinds
            if identifier is not None and isinstance(said.get(kind), str) and folded(said[kind])
        }
    )


def folded(text: str, *, parts: bool = False) -> list[bytes]:
    """A text as terms hold it: without marks and capitals; in `parts` its words, else as one."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    words = plain.split()[:MOST_WORDS] if parts else [" ".join(plain.split())]
    return [word.encode(errors="ignore")[:LONGEST] for word in words if word]


def found_by(text: str) -> models.Q:
    """The leads of which each word of a text is the beginning of one of theirs."""
    every = models.Q()
    for word in folded(text, parts=True):
        matching = Term.objects.filter(kind=TermKind.WORD, value__gte=word, value__lt=word + _AFTER)
        every &= models.Q(pk__in=matching.values("identifier__lead"))
    return every


def came_by(kind: TermKind, text: str) -> models.Q:
    """The leads that came by a channel or a campaign."""
    own = Term.objects.filter(identifier__lead=models.OuterRef("pk"), kind=kind, value__in=folded(text))
    return models.Q(models.Exists(own))


def known(kind: TermKind) -> list[str]:
    """The first hundred different values of a kind, in order, as they are kept."""
    values = Term.objects.filter(kind=kind).order_by("value").values_list("value", flat=True).distinct()
    return [bytes(value).decode(errors="ignore") for value in values[:_MOST_KNOWN]]


def _words(identifier: int, text: str) -> set[_New]:
    return {_New(identifier, TermKind.WORD.value, word) for word in folded(text, parts=True)}


def _add(terms: set[_New]) -> None:
    """Those that are not there yet; asked for first, because most are."""
    missing = set(terms)
    for chunk in chunks(sorted({term.identifier for term in terms})):
        known = Term.objects.filter(identifier__in=chunk).values_list("identifier", "kind", "value")
        missing -= {_New(identifier, kind, bytes(value)) for identifier, kind, value in known}
    if missing:
        rows = [Term(identifier_id=one.identifier, kind=one.kind, value=one.value) for one in sorted(missing)]
        Term.objects.bulk_create(rows, batch_size=CHUNK, ignore_conflicts=True)
