"""Consents: for what purpose a lead said yes or no, when, and to which words. Each is a row of the ledger."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import F

from ripeline.core import consent
from ripeline.core.consent import ConsentRow
from ripeline.core.playbook_consent import CHANNELS
from ripeline.server import instants, json_text, ledger, playbooks, sources
from ripeline.server.chunks import chunks
from ripeline.server.consent import lead_countries, standing_noes, suppressions
from ripeline.server.digests import digest_of
from ripeline.server.events import (
    IN_FORCE,
    OF_LEAD,
    Event,
    consequence,
    event_id,
    is_vouched_for,
    rows_of,
    rows_of_all,
)
from ripeline.server.instants import InstantField
from ripeline.server.kept import Kept
from ripeline.server.leads import Identifier, IdentifierKind, Lead, kept_of
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sources import PUBLIC, SourceKind
from ripeline.server.staff.users import Action, may

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ripeline.core.consent import Permission
    from ripeline.core.playbook_consent import Channel
    from ripeline.server.staff.users import User

GIVEN, WITHDRAWN = "consent_given", "consent_withdrawn"
OWN_WORD: dict[str, object] = {"own": True}
"""What the rows say that hold the person's own word, given by the link of a mail."""
UNCONFIRMED = "unconfirmed"
"""Why a yes does not count: anybody may have said it, after a no of which we know whose it was."""
SUPPRESSED = "suppressed"
"""Why there is a no: the person said it before."""


class Wording(Kept):
    """The words to which people said yes, for ever: its key is the SHA-256 of the text."""

    digest = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()
    created_at = InstantField()


@dataclass(frozen=True, slots=True)
class Consent:
    """The last word of a lead on one purpose; confirmed is a yes that is proven to be the person's own."""

    purpose: str
    is_given: bool
    at: int
    wording: str | None
    proof: str | None
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Yes:
    """What a person says yes to by the link of a mail: to which words, where, and what else proves it."""

    purpose: str
    wording: str
    proof: str
    is_confirmed: bool = True
    beside: Mapping[str, str] = field(default_factory=dict)


def grant(
    lead: Lead,
    purpose: str,
    *,
    wording: str,
    by: User,
    now: int,
    proof: str | None = None,
    is_confirmed: bool = False,
) -> str | Refused:
    """Write down that a lead said yes to these words; `proof` tells where (a form's address, the number of a mail).

    Confirmed is a yes whose proof shows that it is the person's own: a signed paper, a mail of theirs. Returns the
    row's key in the ledger; refused without any proof of what is confirmed.
    """
    digest = digest_of(wording)
    said = {"purpose": purpose, "wording": digest} | ({"proof": proof} if proof else {})
    if is_confirmed:
        said["confirmed_at"] = instants.text(now)
    with transaction.atomic():
        if not may(by, Action.ACT_ON_LEADS):
            return Refused(Refusal.NOT_ALLOWED)
        if is_confirmed and not proof:
            return Refused(Refusal.NO_PROOF)
        keep_words(wording, now=now)
        return ledger.say(lead.pk, GIVEN, said, by=by.username, now=now)


def withdraw(lead: Lead, purpose: str, *, by: User, now: int, proof: str | None = None) -> str | Refused:
    """Write down that a lead said no; as easy as the yes. It stands. Returns the row's key in the ledger."""
    with transaction.atomic():
        if not may(by, Action.ACT_ON_LEADS):
            return Refused(Refusal.NOT_ALLOWED)
        suppressions.suppress(lead.pk, [purpose], since=now)
        return ledger.say(lead.pk, WITHDRAWN, _no(purpose, proof), by=by.username, now=now)


def refuse(lead: Lead, purposes: Iterable[str], *, proof: str, now: int, by: str | None = None) -> None:
    """Write down the person's own no to each purpose, which stands, in the caller's transaction.

    `proof` tells by which way it came: the page, the number of the mail whose link was used, a complaint; `by` to whom
    of our people it was said, if to one.
    """
    asked = sorted(set(purposes))
    suppressions.suppress(lead.pk, asked, since=now)
    for purpose in asked:
        said = _no(purpose, proof) | OWN_WORD
        key = secrets.token_hex(16)
        ledger.tell({"lead": str(lead.pk)}, WITHDRAWN, said, key=key, at=now, by=by, now=now)


def accept(lead: Lead, yes: Yes, *, address: str, once: str, now: int) -> None:
    """Write down the person's own yes, which ends a no of before, in the caller's transaction; `once` for its key.

    `address` is the e-mail to which the mail went whose link was used.
    """
    told = {"purpose": yes.purpose, "wording": keep_words(yes.wording, now=now), "proof": yes.proof}
    confirmed = {"confirmed_at": instants.text(now)} if yes.is_confirmed else {}
    said: dict[str, object] = {**told, **confirmed, **OWN_WORD, **yes.beside}
    suppressions.lift(lead.pk, [yes.purpose], now=now)
    ledger.tell({"email": address}, GIVEN, said, key=once, at=now, by=None, now=now)


def keep_words(wording: str, *, now: int) -> str:
    """The digest of words to which people say yes, which are kept for ever."""
    digest = digest_of(wording)
    Wording.objects.get_or_create(digest=digest, defaults={"text": wording, "created_at": now})
    return digest


def _no(purpose: str, proof: str | None) -> dict[str, object]:
    return {"purpose": purpose, **({"proof": proof} if proof else {})}


def keep_refusals(leads: Iterable[Lead], at: int) -> None:
    """Answer each yes that does not count against the no before it with a no of the same instant.

    Anybody can type anybody's address. The last word that somebody vouches for decides, and against a no of the
    person's own only the person's own yes; of one instant the no counts.
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


def keep_noes(events: Iterable[Event]) -> None:
    """Let each no that was just read and that somebody vouches for stand, in the caller's transaction.

    One from the past of another system does not, if a later yes is proven by then to be the person's own.
    """
    for event in events:
        lead = event.identifier.lead if event.identifier else None
        if event.name != WITHDRAWN or lead is None:
            continue
        said = json_text.read(event.properties)
        purpose = text_of(said, "purpose")
        since = min(event.at, event.received_at)
        if purpose is not None and is_vouched_for(event, said) and not _has_confirmed(lead, purpose, after=since):
            suppressions.suppress(lead.pk, [purpose], since=since)


def _has_confirmed(lead: Lead, purpose: str, *, after: int) -> bool:
    """Whether a no is the past already, because the person is proven to have said yes since."""
    rows = rows_of(lead, GIVEN).filter(at__gt=after).select_related("source")
    told = [(row, json_text.read(row.properties)) for row in rows]
    return any(said.get("purpose") == purpose and is_confirmed_by(row.source.kind, said) for row, said in told)


def remember(identifiers: Iterable[Identifier], at: int) -> None:
    """Say again what a lead once said no to that was forgotten since, and has come anew.

    In the transaction of a caller whose round's instant is `at`, and for whom these identifiers are new.
    """
    new = {one.lead.pk: one for one in identifiers if one.lead is not None}
    for lead, kept in suppressions.of_all(new, now=at).items():
        rows = rows_of_all([lead], WITHDRAWN).values_list("properties", flat=True)
        known = {json_text.read(text).get("purpose") for text in rows}
        for purpose, since in sorted((purpose, since) for purpose, since in kept.items() if purpose not in known):
            said = {"purpose": purpose, "reason": SUPPRESSED}
            key = f"{SUPPRESSED} {new[lead].pk} {purpose}"
            row = consequence(sources.own(at), new[lead].pk, WITHDRAWN, said, key=key, at=at)
            row.at = min(since, at)
            row.save()


def _overruling(lead: Lead) -> Iterator[tuple[Event, str]]:
    """The yeses of a lead that do not count against the no before them, with their purposes.

    Anybody's against a no that somebody vouches for; all but the person's own against a no of the person's own.
    """
    refused: set[str] = set()
    stands: set[str] = set()
    rows = list(rows_of(lead, GIVEN, WITHDRAWN).select_related("source").order_by(IN_FORCE, "name", "pk"))
    answered = {row.key for row in rows}
    for row in rows:
        said = json_text.read(row.properties)
        purpose = text_of(said, "purpose")
        if purpose is None:
            continue
        is_no, is_own = row.name == WITHDRAWN, _is_own_word(row, said)
        if is_own:
            (stands.add if is_no else stands.discard)(purpose)
        if is_own or (is_vouched_for(row, said) and (is_no or purpose not in stands)):
            (refused.add if is_no else refused.discard)(purpose)
        elif not is_no and purpose in refused and f"{UNCONFIRMED} {row.pk}" not in answered:
            yield row, purpose


def _is_own_word(row: Event, said: Mapping[str, object]) -> bool:
    """Whether a row holds the person's own word, also where it is said again because the person came anew."""
    is_told = said.get("own") is True or said.get("reason") == SUPPRESSED
    return is_told and row.source.kind == SourceKind.OWN


# --- may we? --------------------------------------------------------------------------------------


def may_contact(lead: Lead, channel: Channel, *, now: int) -> Permission:
    """Whether we may write to a lead, or call, at this instant, and why; what no round has read yet is heeded.

    Whoever sends asks this in the transaction in which the sending is claimed.
    """
    return may_contact_all([lead.pk], channel, now=now)[lead.pk]


def may_contact_all(leads: Iterable[int], channel: Channel, *, now: int) -> dict[int, Permission]:
    """The same of many leads, by their numbers, in few queries; of one that was merged away, as of the kept one."""
    asked = permissions_of_all(leads, now=now)
    return {number: permissions[channel] for number, permissions in asked.items()}


def permissions_of_all(leads: Iterable[int], *, now: int) -> dict[int, dict[Channel, Permission]]:
    """The same of every channel."""
    whose = kept_of(leads)
    numbers = set(whose.values())
    said, countries = said_of_all(numbers, now=now), lead_countries.of_all(numbers)
    playbook = playbooks.active_playbook()
    answers: dict[int, dict[Channel, Permission]] = {}
    for number in numbers:
        where, rows = countries[number], said[number]
        answers[number] = {one: consent.may_contact(playbook, rows, one, where, now) for one in CHANNELS}
    return {number: answers[kept] for number, kept in whose.items()}


def purposes_needed(leads: Iterable[int], channel: Channel) -> dict[int, set[str]]:
    """By lead, to what it must have said yes for us to get in touch on a channel, in its country."""
    countries, playbook = lead_countries.of_all(leads), playbooks.active_playbook()
    rules = {number: consent.contact_rules(playbook, channel, where) for number, where in countries.items()}
    return {number: {rule.purpose for rule in asked} for number, asked in rules.items()}


def may_score(lead: Lead, *, now: int) -> Permission | None:
    """Whether a lead may be scored at this instant, and why, as the evaluator has it; None without a definition."""
    playbook = playbooks.active_playbook()
    if playbook is None:
        return None
    rows = [row for row in said_of_all([lead.pk], now=now)[lead.pk] if not row.stands]
    return consent.may_score(playbook, rows, now)


def said_of_all(leads: Iterable[int], *, now: int) -> dict[int, list[ConsentRow]]:
    """By lead, all that was said of any purpose up to now, as permissions are found by it.

    Of what no round has read yet every no counts at once, and a yes if it is our people's or the person's own.
    """
    numbers = sorted(set(leads))
    found: dict[int, list[ConsentRow]] = {number: [] for number in numbers}
    # What nobody has read is asked for first: a round that reads it between the two makes it come twice, not never.
    fresh = unread_of(numbers)
    for chunk in chunks(numbers):
        rows = rows_of_all(chunk, GIVEN, WITHDRAWN).select_related("source").annotate(lead=F(OF_LEAD), since=IN_FORCE)
        for read in rows:
            found[read.lead] += _row_of(read, read.since)
    for number, row in fresh:
        found[number] += _row_of(row, min(row.at, now))
    for number, rows_kept in standing_noes.rows_of_all(suppressions.of_all(numbers, now=now), now=now).items():
        found[number] += rows_kept
    return found


def _row_of(row: Event, since: int) -> Iterator[ConsentRow]:
    said = json_text.read(row.properties)
    purpose = text_of(said, "purpose")
    if purpose is not None:
        is_given = row.name == GIVEN
        yield ConsentRow(purpose, since, given=is_given, confirmed=is_given and is_confirmed_by(row.source.kind, said))


def unread_of(leads: Sequence[int]) -> list[tuple[int, Event]]:
    """What nobody has read and claims any of these leads by what it is known by: every no, and each yes of our own."""
    # Put in order here, because an order by number would have the database go through all that is unread.
    rows = Event.objects.filter(known_at=None, name__in=(GIVEN, WITHDRAWN)).select_related("source")
    in_order = sorted(rows, key=lambda row: row.pk)
    counting = [row for row in in_order if row.name == WITHDRAWN or row.source.kind == SourceKind.OWN]
    fresh = [(row, json_text.read(row.claims)) for row in counting]
    if not fresh:
        return []
    claimed = {str(value) for _row, claims in fresh for value in claims.values()}
    whose: dict[tuple[str, str], int] = {(IdentifierKind.LEAD, str(lead)): lead for lead in leads}
    for chunk in chunks(sorted(claimed)):
        known = Identifier.objects.filter(value__in=chunk, lead__in=leads)
        whose |= {(kind, value): lead for kind, value, lead in known.values_list("kind", "value", "lead")}
    keys = [(row, ((kind, str(value)) for kind, value in claims.items())) for row, claims in fresh]
    return [(lead, row) for row, asked in keys for lead in {whose[key] for key in asked if key in whose}]


# --- what is shown --------------------------------------------------------------------------------


def of(lead: Lead) -> dict[str, Consent]:
    """The last word on each purpose, by purpose, of the rows that have been read."""
    found: dict[str, Consent] = {}
    # At the same instant a withdrawal is the last word.
    for row in rows_of(lead, GIVEN, WITHDRAWN).select_related("source").order_by(IN_FORCE, "name", "pk"):
        said = json_text.read(row.properties)
        purpose = str(said.get("purpose"))
        wording, proof = text_of(said, "wording"), text_of(said, "proof")
        is_confirmed = row.name == GIVEN and is_confirmed_by(row.source.kind, said)
        found[purpose] = Consent(purpose, row.name == GIVEN, row.at, wording, proof, is_confirmed)
    words = dict(Wording.objects.filter(pk__in=[one.wording for one in found.values()]).values_list("pk", "text"))
    # Other systems tell the words themselves, which then stand in the row.
    return {purpose: replace(one, wording=words.get(one.wording or "", one.wording)) for purpose, one in found.items()}


def is_confirmed_by(kind: str, said: Mapping[str, object]) -> bool:
    """Whether what a row says proves that a yes is the person's own.

    It tells the words, where they were said and when they were confirmed; a stranger's does not count, as anybody can
    claim that.
    """
    return kind not in PUBLIC and all(text_of(said, name) for name in ("wording", "proof", "confirmed_at"))


def text_of(said: Mapping[str, object], name: str) -> str | None:
    """What a row says there, if it is a text: other systems may write anything."""
    value = said.get(name)
    return value if isinstance(value, str) else None
