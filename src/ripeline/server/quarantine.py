"""Messages that could not become events: to be looked at, run again once the cause is gone, or discarded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.db import connection, transaction

from ripeline.integrations import rejections
from ripeline.integrations.segment import Unreadable, open_call, read_message
from ripeline.integrations.strict_json import Unfit
from ripeline.server import forms, ledger
from ripeline.server.events import Rejected
from ripeline.server.mail import taking
from ripeline.server.operation import bell
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sources import SourceKind

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from ripeline.integrations.rejections import Reason
    from ripeline.integrations.segment import Kind, Message


@dataclass(frozen=True, slots=True)
class Stored:
    """The message is an event now, or was one already; `key` is the event's."""

    key: str


@dataclass(frozen=True, slots=True)
class StillRejected:
    """The message still cannot be an event."""

    reason: Reason
    detail: str

    @property
    def text(self) -> str:
        """The reason for people, in English; the catalogs translate it."""
        return rejections.TEXTS[self.reason]


def waiting() -> QuerySet[Rejected]:
    """The messages that nobody has settled, newest first."""
    return Rejected.objects.filter(settled_at=None).select_related("source").order_by("-received_at", "-pk")


def run_again(rejected: Rejected, *, now: int) -> Stored | StillRejected | Refused:
    """Read the message anew: as if it had only now been understood, with the instant at which it arrived."""
    with transaction.atomic():
        if not Rejected.objects.filter(pk=rejected.pk, settled_at=None).update(settled_at=now):
            return Refused(Refusal.SETTLED_ALREADY)
        try:
            key = _store(rejected, now)
        except Unfit as unfit:
            Rejected.objects.filter(pk=rejected.pk).update(
                settled_at=None, reason=unfit.reason, detail=unfit.detail[:200]
            )
            return StillRejected(unfit.reason, unfit.detail)
    return Stored(key)


def discard(rejected: Rejected, *, now: int) -> Rejected | Refused:
    """Settle a message that is of no use: its text is deleted, that it came is kept."""
    with transaction.atomic():
        won = Rejected.objects.filter(pk=rejected.pk, settled_at=None).update(settled_at=now, body="")
    if not won:
        return Refused(Refusal.SETTLED_ALREADY)
    rejected.settled_at, rejected.body = now, ""
    return rejected


def _store(rejected: Rejected, now: int) -> str:
    """Add what the message says to the ledger; returns the event's key, or raises Unfit."""
    if rejected.kind == forms.KIND:
        return forms.run_again(rejected, now=now)
    source, received_at = rejected.source_id, rejected.received_at
    if rejected.kind == taking.KIND:
        rows = taking.events(rejected.body, source=source, received_at=received_at)
    else:
        rows = [ledger.event(_read(rejected), source=source, received_at=received_at)]
    ledger.add(connection, rows, [], now)
    connection.on_commit(bell.ring)
    return rows[0].key


def _read(rejected: Rejected) -> Message:
    try:
        call = open_call(cast("Kind", rejected.kind), rejected.body.encode())
    except Unreadable:
        raise Unfit("not_json") from None
    is_trusted = rejected.source.kind == SourceKind.SERVER
    return read_message(call, 0, source=rejected.source_id, is_trusted=is_trusted, received_at=rejected.received_at)
