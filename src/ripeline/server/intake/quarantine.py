"""Messages that could not become events: to be looked at, run again once the cause is gone, or discarded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.db import connection, transaction

from ripeline.integrations import rejections
from ripeline.integrations.segment import Unreadable, open_call, read_message
from ripeline.integrations.strict_json import Unfit
from ripeline.server import json_text, ledger
from ripeline.server.events import Rejected
from ripeline.server.instruments import bell
from ripeline.server.intake import forms
from ripeline.server.mail import taking
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.rights import forgotten
from ripeline.server.sources import SourceKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.db.models import QuerySet

    from ripeline.integrations.rejections import Reason
    from ripeline.integrations.segment import Kind
    from ripeline.server.events import Event
    from ripeline.server.ledger import NewEvent, NewRejected

_ERASED: Reason = "erased"


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
            key = _STORE.get(rejected.kind, _of_call)(rejected, now)
        except Unfit as unfit:
            Rejected.objects.filter(pk=rejected.pk).update(
                settled_at=None, reason=unfit.reason, detail=unfit.detail[:200]
            )
            return StillRejected(unfit.reason, unfit.detail)
    return Stored(key)


def of_erased(event: Event) -> NewRejected:
    """What another program tells of somebody who was erased, as a message to be put aside."""
    said, body = event.key.encode() + event.body.encode(), f'{{"batch":[{event.body}]}}'
    return ledger.rejection(event.source_id, _ERASED, "", "batch", event.received_at, body, said)


def discard(rejected: Rejected, *, now: int) -> Rejected | Refused:
    """Settle a message that is of no use: its text is deleted, that it came is kept."""
    with transaction.atomic():
        won = Rejected.objects.filter(pk=rejected.pk, settled_at=None).update(settled_at=now, body="")
    if not won:
        return Refused(Refusal.SETTLED_ALREADY)
    rejected.settled_at, rejected.body = now, ""
    return rejected


# --- reading it anew ------------------------------------------------------------------------------


def _of_mail(rejected: Rejected, now: int) -> str:
    return _add(taking.events(rejected.body, source=rejected.source_id, received_at=rejected.received_at), now)


def _of_call(rejected: Rejected, now: int) -> str:
    try:
        call = open_call(cast("Kind", rejected.kind), rejected.body.encode())
    except Unreadable:
        raise Unfit("not_json") from None
    source, received_at = rejected.source, rejected.received_at
    is_trusted = source.kind == SourceKind.SERVER
    message = read_message(call, 0, source=source.pk, is_trusted=is_trusted, received_at=received_at)
    row = ledger.event(message, source=source.pk, received_at=received_at)
    if rejected.reason == _ERASED:  # whoever runs it again lets the person in
        forgotten.let_in(json_text.read(row.claims), now=now)
    return _add([row], now)


def _add(rows: Sequence[NewEvent], now: int) -> str:
    ledger.add(connection, rows, [], now)
    connection.on_commit(bell.ring)
    return rows[0].key


_STORE: Mapping[str, Callable[[Rejected, int], str]] = {forms.KIND: forms.run_again, taking.KIND: _of_mail}
"""What adds to the ledger what was put aside, where that is no call: returns the event's key, or raises Unfit."""
