"""Erasure of a person (GDPR art. 17): everything of all leads that are the person, everywhere, for ever.

One transaction deletes all rows that point to them, and keeps what has no person in it: keyed hashes, by which they are
not taken in again, and how often leads moved. Before it commits, the log of erasures is on the disk. The worker then
looks through all texts for the person's words and has the database give up the pages that held them (`finishing`).
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.db import IntegrityError, models, transaction

from ripeline.server import installations, instants, json_text, playbooks
from ripeline.server.accounts import Account
from ripeline.server.chunks import chunks
from ripeline.server.consent import objections, suppressions
from ripeline.server.decisions import Decision, DecisionKind
from ripeline.server.delivery import outbox
from ripeline.server.delivery.outbox import Message, Outgoing
from ripeline.server.delivery.topics import ERASED
from ripeline.server.digests import keyed
from ripeline.server.events import Conflict, Event
from ripeline.server.instants import MINUTE, SECOND, InstantField
from ripeline.server.instruments.failpoints import failpoint
from ripeline.server.leadmail.mails import Mail
from ripeline.server.leads import Identifier, Lead, Membership, Unit
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.rights import forgotten, person_requests
from ripeline.server.rights.erasing import log, people, rows
from ripeline.server.rounds import open_round
from ripeline.server.staff.users import Action, User, may

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ripeline.server.rights.erasing.people import Person

_TRIES = 3
_AGAIN, _ASKED = "again", "asked"
_SOON, _REST = 20 * SECOND, MINUTE
_ALWAYS = ("email", "phone", "tracking", "profiling")


class Erasure(models.Model):
    """That somebody was erased, and how far it is; who it was stands nowhere once it is done."""

    token = models.CharField(max_length=32, unique=True)  # as the log names it
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True)  # none: the person, or because time was over
    reason = models.CharField(max_length=16, default=_ASKED)
    at = InstantField()
    leads = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    words = models.TextField(default="", blank=True)  # what is still looked for, until it is done: JSON
    looked_upto = models.BigIntegerField(default=0)  # in the ledger
    is_looked = models.BooleanField(default=False)  # no text holds them any more: the pages are left
    claimed_until = InstantField(default=0)
    done_at = InstantField(null=True)

    class Meta:
        """What is not done is found at once."""

        indexes = (models.Index(fields=["id"], name="erasure_open", condition=models.Q(done_at__isnull=True)),)


class ErasedMove(models.Model):
    """How often erased leads went from one stage to another in a month: a number, and nobody."""

    month = models.CharField(max_length=7)
    old = models.CharField(max_length=16)
    new = models.CharField(max_length=16)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        """Each counted once."""

        constraints = (models.UniqueConstraint(fields=["month", "old", "new"], name="erased_move_once"),)


@dataclass(frozen=True, slots=True)
class Erased:
    """A person is erased: by which erasure, how many leads they were, how many rows went of each table."""

    erasure: int
    leads: int
    rows: Mapping[str, int]


def erase(lead: Lead, by: User | None, *, now: int, reason: str = _ASKED) -> Erased | Refused:
    """Erase the person whose lead this is, for ever; by nobody when the person asks for it, or when time is over.

    On return nothing points to them any more, and nothing is sent to them; the worker sees to texts and pages. What was
    asked for is written down as done. Refused to whoever may not, for a lead that is no more, and if the log cannot be
    written.
    """
    if by is not None and not may(by, Action.ERASE):
        return Refused(Refusal.NOT_ALLOWED)
    return _erase([lead.pk], (), _Why(secrets.token_hex(16), by, reason), now)


def erase_again(leads: Iterable[int], visitors: Iterable[int], line: log.Line, *, now: int) -> Erased | Refused:
    """Erase of a database that is older than the log whomever a line of the log names; nobody, if it has nobody."""
    return _erase(leads, visitors, _Why(line.token, None, "restored", is_logged=True), now)


def forget_visitors(identifiers: Iterable[int], *, now: int) -> Erased | Refused:
    """Erase visitors who never became leads, because time is over; after a restore it will be over again."""
    return _erase([], identifiers, _Why(secrets.token_hex(16), None, "retention", is_logged=True, is_quiet=True), now)


def clear_after(dropped: int, *, now: int) -> None:
    """Have the pages cleared soon of rows that came again and were dropped, in the caller's transaction."""
    if dropped and not Erasure.objects.filter(reason=_AGAIN, done_at=None).exists():
        left = {"tables": ["event"], "words": [], "phones": [], "leads": []}
        made = {"token": secrets.token_hex(16), "reason": _AGAIN, "at": now, "words": json_text.written(left)}
        rests = Erasure.objects.filter(reason=_AGAIN, done_at__gt=now - _REST).exists()
        Erasure.objects.create(**made, rows=dropped, claimed_until=now + (_REST if rests else _SOON))


def preview(lead: Lead, *, now: int) -> Mapping[str, int] | Refused:
    """How many rows of each table would go; nothing is changed."""
    person = people.of([lead.pk], now=now)
    if person is None:
        return Refused(Refusal.NO_SUCH_LEAD)
    return {model.__name__.lower(): len(found) for model, found in _rows_of(person).items() if found}


class _Why(NamedTuple):
    token: str
    by: User | None
    reason: str
    is_logged: bool = False
    is_quiet: bool = False  # nobody speaks of a visitor: no text is looked through


def _erase(leads: Iterable[int], visitors: Iterable[int], why: _Why, now: int) -> Erased | Refused:
    asked, nobodys = sorted(leads), sorted(visitors)
    for _ in range(_TRIES - 1):
        # On PostgreSQL somebody may add a row to what is about to go; with the next look it is seen.
        with suppress(IntegrityError):
            return _erase_once(asked, nobodys, why, now)
    return _erase_once(asked, nobodys, why, now)


def _erase_once(asked: Sequence[int], visitors: Sequence[int], why: _Why, now: int) -> Erased | Refused:
    with transaction.atomic(durable=True):
        at = open_round(now).at  # rounds that read, merges and other erasures wait here
        list(Unit.objects.select_for_update().filter(leads__in=asked).order_by("pk"))  # and whoever decides on them
        person = people.of(asked, visitors, now=at)
        if person is None and not why.is_logged:
            return Refused(Refusal.NO_SUCH_LEAD)
        if Erasure.objects.filter(token=why.token).exists():  # another process was faster
            return Refused(Refusal.NO_SUCH_LEAD)
        gone = {} if person is None else _delete(person, why, at, now)
        row = Erasure.objects.create(
            token=why.token,
            by=why.by,
            reason=why.reason,
            at=at,
            words="" if why.is_quiet else _left(person, gone),
            done_at=at if why.is_quiet else None,
            leads=0 if person is None else len(person.leads),
            rows=sum(gone.values()),
        )
        if why.reason == _ASKED:
            person_requests.was_erased(now=now, by=why.by)
        failpoint("before_erasure_log")
        if person is not None and not why.is_logged:
            try:
                log.append(log.Line(why.token, at, installation(at), sorted(person.digests), _purposes()))
            except OSError:
                transaction.set_rollback(True)
                return Refused(Refusal.NO_ERASURE_LOG)
        failpoint("after_erasure_log")
    return Erased(row.pk, row.leads, gone)


def _delete(person: Person, why: _Why, at: int, now: int) -> dict[str, int]:
    list(Lead.objects.select_for_update().filter(pk__in=person.leads).order_by("pk"))  # nobody adds to them any more
    list(Identifier.objects.select_for_update().filter(pk__in=person.identifiers).order_by("pk"))
    found = _rows_of(person)
    _keep_hashes(person, found.get(Event, ()), at)
    _count_moves(found.get(Decision, ()))
    units = set(Lead.objects.filter(pk__in=person.leads).values_list("unit", flat=True))
    accounts = set(Membership.objects.filter(lead__in=person.leads).values_list("account", flat=True))
    gone = rows.delete_all(found)
    _tidy(units, accounts, at)
    outbox.tell([_message(number, why.token, at) for number in sorted(person.leads)], now=now)
    return gone


def _left(person: Person | None, gone: Mapping[str, int]) -> str:
    """What is still to be done: JSON."""
    told: dict[str, object] = {"tables": sorted({*gone, "unit", "account"})}
    if person is not None:
        told |= {"words": person.words, "phones": person.phones, "leads": sorted(person.leads)}
    return json_text.written(told)


def installation(now: int) -> str:
    """By what the log knows this installation."""
    return keyed("installation", "", key=installations.hash_key(now))


def _rows_of(person: Person) -> rows.Rows:
    """All rows that go at once: what points to the person, and what is on its way about them.

    What nobody has read yet goes when it is read.
    """
    found = rows.of(person.leads, person.identifiers)
    keys = [f"decision-{number}" for number in found.get(Decision, ())]
    keys += [f"mail-{key}" for key in Mail.objects.filter(lead__in=person.leads).values_list("key", flat=True)]
    told: set[int] = set()
    for some in chunks(keys):
        told |= set(Outgoing.objects.filter(key__in=some).values_list("pk", flat=True))
    for model, numbers in rows.pointing_to(Outgoing, told).items():
        found.setdefault(model, set()).update(numbers)
    for chunk in chunks(sorted(found.get(Event, ()))):
        same = Conflict.objects.filter(key__in=Event.objects.filter(pk__in=chunk).values("key"))
        found.setdefault(Conflict, set()).update(same.values_list("pk", flat=True))
    return found


def _keep_hashes(person: Person, events: Iterable[int], at: int) -> None:
    suppressions.suppress_digests(person.digests, _purposes(), since=at)
    forgotten.remember(person.digests, at=at)
    for chunk in chunks(sorted(events)):
        keys = Event.objects.filter(pk__in=chunk).values_list("source", "key")
        forgotten.remember(forgotten.row_digests(keys, now=at), at=at)


def _purposes() -> list[str]:
    """To what whoever comes again has said no, from whatever country, until they say yes themselves."""
    return sorted({*_ALWAYS, *objections.purposes()})


def _count_moves(decisions: Iterable[int]) -> None:
    for chunk in chunks(sorted(decisions)):
        moves = Decision.objects.filter(pk__in=chunk, kind=DecisionKind.MOVE).values_list("at", "old", "new")
        for at, old, new in moves:
            row, _is_new = ErasedMove.objects.get_or_create(month=instants.text(at)[:7], old=old, new=new)
            ErasedMove.objects.filter(pk=row.pk).update(count=models.F("count") + 1)


def _tidy(units: set[int], accounts: set[int], at: int) -> None:
    """Units and companies in which nobody is left go; whoever is left is evaluated anew."""
    left = set(Lead.objects.filter(unit__in=units).values_list("unit", flat=True))
    rows.delete(Unit, units - left)
    # A round that has the unit in hand has seen the erased: it finds that the unit is no more its own.
    Unit.objects.filter(pk__in=left).update(claimed_by=0, claimed_until=0, dirty_at=at)
    if any(version.playbook.accounts for version in playbooks.core_versions(at)):
        Unit.objects.filter(pk__in=left).update(parted_at=at)
    peopled = set(Membership.objects.filter(account__in=accounts).values_list("account", flat=True))
    rows.delete(Account, accounts - peopled)


def _message(lead: int, token: str, at: int) -> Message:
    return Message(ERASED, f"erased-{token[:16]}-{lead}", outbox.body(ERASED, at, {"lead": str(lead)}))
