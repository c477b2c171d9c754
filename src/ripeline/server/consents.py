"""Consents: for what purpose a lead said yes or no, when, and to which words. Each is a row of the ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import models, transaction

from ripeline.server import json_text, ledger, sources
from ripeline.server.chunks import chunks
from ripeline.server.digests import digest_of
from ripeline.server.events import IN_FORCE, Event, consequence, event_id, is_vouched_for, rows_of
from ripeline.server.instants import InstantField
from ripeline.server.kept import Kept
from ripeline.server.leads import Lead
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sources import PUBLIC
from ripeline.server.users import Action, may

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ripeline.server.users import User

GIVEN, WITHDRAWN = "consent_given", "consent_withdrawn"
UNCONFIRMED = "unconfirmed"
"""Why a yes does not count: anybody may have said it, after a no of which we know whose it was."""


class Wording(Kept):
    """The words to which people said yes, for ever: its key is the SHA-256 of the text."""

    digest = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()
    created_at = InstantField()


@dataclass(frozen=True, slots=True)
class Consent:
    """The last word of a lead on one purpose."""

    purpose: str
    is_given: bool
    at: int
    wording: str | None
    proof: str | None


def grant(lead: Lead, purpose: str, *, wording: str, by: User, now: int, proof: str | None = None) -> str | Refused:
    """Write down that a lead said yes to these words; `proof` tells where (a form's address, the number of a mail).

    Returns the row's key in the ledger.
    """
    digest = digest_of(wording)
    said = {"purpose": purpose, "wording": digest} | ({"proof": proof} if proof else {})
    with transaction.atomic():
        if not may(by, Action.ACT_ON_LEADS):
            return Refused(Refusal.NOT_ALLOWED)
        Wording.objects.get_or_create(digest=digest, defaults={"text": wording, "created_at": now})
        return ledger.say(lead.pk, GIVEN, said, by=by.username, now=now)


def withdraw(lead: Lead, purpose: str, *, by: User, now: int) -> str | Refused:
    """Write down that a lead said no; as easy as the yes. Returns the row's key in the ledger."""
    with transaction.atomic():
        if not may(by, Action.ACT_ON_LEADS):
            return Refused(Refusal.NOT_ALLOWED)
        return ledger.say(lead.pk, WITHDRAWN, {"purpose": purpose}, by=by.username, now=now)


def keep_refusals(leads: Iterable[Lead], at: int) -> None:
    """Answer each yes by which anybody overruled a no of staff or of a server with a no of the same instant.

    Anybody can type anybody's address. The last word that somebody vouches for decides; of one instant the no counts.
    In the transaction of a caller whose round's instant is `at`.
    """
    found: list[tuple[Event, str]] = []
    for chunk in chunks(sorted({lead.pk for lead in leads})):
        refused = Event.objects.filter(name=WITHDRAWN, identifier__lead__in=chunk, known_at__isnull=False)
        refused = refused.exclude(source__kind__in=PUBLIC)
        for lead in Lead.objects.filter(pk__in=refused.values("identifier__lead")).order_by("pk"):
            found += _overruling(lead)
    for row, purpose in found:
        said = {"purpose": purpose, "reason": UNCONFIRMED, "answers": event_id(row.source_id, row.key)}
        answer = consequence(sources.own(at), row.identifier_id, WITHDRAWN, said, key=f"{UNCONFIRMED} {row.pk}", at=at)
        answer.at = row.at
        answer.save()


def _overruling(lead: Lead) -> Iterator[tuple[Event, str]]:
    """The public yeses of a lead that came after a no that somebody vouches for, with their purposes."""
    refused: set[str] = set()
    rows = list(rows_of(lead, GIVEN, WITHDRAWN).select_related("source").order_by(IN_FORCE, "name", "pk"))
    answered = {row.key for row in rows}
    for row in rows:
        said = json_text.read(row.properties)
        purpose = _text(said, "purpose")
        if purpose is None:
            continue
        if is_vouched_for(row, said):
            (refused.add if row.name == WITHDRAWN else refused.discard)(purpose)
        elif row.name == GIVEN and purpose in refused and f"{UNCONFIRMED} {row.pk}" not in answered:
            yield row, purpose


def of(lead: Lead) -> dict[str, Consent]:
    """The last word on each purpose, by purpose, of the rows that have been read."""
    found: dict[str, Consent] = {}
    # At the same instant a withdrawal is the last word.
    for row in rows_of(lead, GIVEN, WITHDRAWN).order_by(IN_FORCE, "name", "pk"):
        said = json_text.read(row.properties)
        purpose = str(said.get("purpose"))
        wording, proof = _text(said, "wording"), _text(said, "proof")
        found[purpose] = Consent(purpose, row.name == GIVEN, row.at, wording, proof)
    words = dict(Wording.objects.filter(pk__in=[one.wording for one in found.values()]).values_list("pk", "text"))
    # Other systems tell the words themselves, which then stand in the row.
    return {purpose: replace(one, wording=words.get(one.wording or "", one.wording)) for purpose, one in found.items()}


def _text(said: Mapping[str, object], name: str) -> str | None:
    """What a row says there, if it is a text: other systems may write anything."""
    value = said.get(name)
    return value if isinstance(value, str) else None
