"""What becomes of a mail: rows of the ledger, a message in quarantine, or nothing, all in one transaction."""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DataError, IntegrityError, transaction

from ripeline.integrations.clock_skew import happened_at
from ripeline.integrations.mail import meaning, reading
from ripeline.integrations.mail.meaning import Complaint
from ripeline.integrations.segment import digest
from ripeline.integrations.strict_json import Unfit, canonical
from ripeline.server import json_text, ledger, sources
from ripeline.server.instruments import logs, metrics
from ripeline.server.leadmail import mails, unsubscribing
from ripeline.server.leads import Identifier, IdentifierKind
from ripeline.server.refusals import Refused
from ripeline.server.staff.users import User

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ripeline.integrations.mail.meaning import House, Row
    from ripeline.integrations.mail.reading import Mail

KIND = "mail"
"""The kind of call that a mail in quarantine came in."""


BOUNCED = "email_bounced"


class Closed(Exception):
    """The source of mails is closed: the mail stays where it is."""


def take(
    raw: bytes,
    *,
    now: int,
    return_path: str | None = None,
    mailbox: Iterable[str] = (),
    also: Callable[[], None] = lambda: None,
) -> str:
    """Keep a mail that came to these addresses of ours; durable on return. In one word what became of it.

    `also` is done in the same transaction. Raises Closed, and the database's errors while it takes nothing.
    """
    ours, body = house(mailbox), reading.as_text(raw)
    try:
        mail = reading.read(raw, return_path=return_path)
        body = mail.kept()
        found = meaning.rows(mail, raw, ours)
    except Unfit as unfit:
        return _put_aside(unfit, body, now, also)
    if isinstance(found, str):
        return _leave(found, also)
    if isinstance(found, Complaint):
        return _complained(found, now, also)
    try:
        with transaction.atomic():
            also()
            return _store(mail, found, now)
    except (DataError, IntegrityError) as error:
        return _put_aside(Unfit("not_storable", type(error).__name__), body, now, also)


def events(body: str, *, source: int, received_at: int) -> list[ledger.NewEvent]:
    """The rows of a mail in quarantine that a person has released; raises Unfit if there are none."""
    raw = body.encode()
    mail = reading.read(raw)
    found = meaning.rows(mail, raw, house(()), is_released=True)
    if isinstance(found, str | Complaint):
        raise Unfit("no_identity", "complaint" if isinstance(found, Complaint) else found)
    return _events(mail, _of_known(found), source, received_at)


def house(mailbox: Iterable[str]) -> House:
    """What is ours: what the settings name, the mailbox itself, and our people's addresses."""
    own = {one.strip().lower().removeprefix("@") for one in settings.MAIL_OWN.split(",") if one.strip()}
    staff = User.objects.exclude(email="").values_list("email", flat=True)
    others = (parseaddr(settings.DEFAULT_FROM_EMAIL)[1], *mailbox, *staff)
    addresses = {*(one for one in own if "@" in one), *(one.lower() for one in others)}
    domains = frozenset(one for one in own if "@" not in one)
    return meaning.House(frozenset(addresses), domains, settings.MAIL_AUTHSERV.strip().lower())


def _leave(reason: str, also: Callable[[], None]) -> str:
    with transaction.atomic():
        also()
    metrics.EVENTS.labels("ignored", reason).inc()
    return reason


def _complained(complaint: Complaint, now: int, also: Callable[[], None]) -> str:
    """Whoever complains of a mail of ours gets no more of the kind; nobody can name one who has not seen it."""
    with transaction.atomic():
        also()
        for mail in mails.of_message_ids([complaint.message_id]).values():
            unsubscribing.end(mail, way="complaint", now=now)
    metrics.EVENTS.labels("ignored", "complaint").inc()
    return "complaint"


def _store(mail: Mail, found: Sequence[Row], now: int) -> str:
    source = sources.of_mail(now)
    if isinstance(source, Refused):
        raise Closed
    ours = _ours(found)
    known = _of_known(_unproven(found)) if ours is None else list(found)
    if not known:
        metrics.EVENTS.labels("ignored", "nobody_known").inc()
        return "nobody_known"
    if ours is not None and any(row.properties.get("kind") == "hard" for row in known):
        is_last = mails.bounced(ours, mails.address_of(ours), now=now)
        known = [row for row in known if is_last or row.name == BOUNCED]
    ledger.take(_events(mail, known, source.pk, now, ours), [], now=now)
    return known[0].name


def _ours(found: Iterable[Row]) -> mails.Mail | None:
    """The mail of ours that came back, if it is one: then it is its lead's, whatever the report calls the mailbox."""
    ids = {str(row.properties.get("message_id", "")) for row in found if row.name == BOUNCED}
    return next(iter(mails.of_message_ids(ids - {""}).values()), None)


def _unproven(found: Sequence[Row]) -> list[Row]:
    """What a mail tells that names none of ours: anybody can write that an address is dead, so its status stays."""
    came_back = any(row.name == BOUNCED for row in found)
    return [row for row in found if row.name == BOUNCED or not came_back]


def _of_known(found: Sequence[Row]) -> list[Row]:
    """The rows without those that a machine caused and that are of nobody we know: no lead comes of them."""
    asked = {row.email for row in found if row.needs_lead}
    leads = Identifier.objects.filter(kind=IdentifierKind.EMAIL, value__in=asked, lead__isnull=False)
    known = set(leads.values_list("value", flat=True)) if asked else set()
    return [row for row in found if not row.needs_lead or row.email in known]


def _events(
    mail: Mail, found: Sequence[Row], source: int, now: int, ours: mails.Mail | None = None
) -> list[ledger.NewEvent]:
    at, flag = happened_at(mail.date, None, now)
    whose = {"lead": str(ours.lead_id)} if ours else None
    named = {"delivery_id": ours.key} if ours else {}
    return [
        ledger.NewEvent(
            source=source,
            key=row.key,
            name=row.name,
            # What we know of a lead we know since now: the clocks of senders and of servers differ.
            at=now if row.name == "attributes_changed" else at,
            received_at=now,
            claims=json_text.written(whose or {"email": row.email}),
            properties=json_text.written(_said(row, named)),
            body="" if number else mail.kept(),
            flag=flag,
            content_digest=digest(canonical((row.name, row.email, row.properties))),
        )
        for number, row in enumerate(found)
    ]


def _said(row: Row, named: Mapping[str, str]) -> Mapping[str, object]:
    return {**row.properties, **named} if row.name == BOUNCED else row.properties


def _put_aside(unfit: Unfit, body: str, now: int, also: Callable[[], None]) -> str:
    with transaction.atomic():
        also()
        source = sources.of_mail(now)
        if isinstance(source, Refused):
            raise Closed
        row = ledger.rejection(source.pk, unfit.reason, unfit.detail, KIND, now, body, body.encode(errors="replace"))
        ledger.take([], [row], now=now)
    logs.logger().info("mail_put_aside", reason=unfit.reason)
    return unfit.reason
