"""Endpoints: to whom decisions are told. A program by signed webhook; people in a chat or by e-mail, in a sentence."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from secrets import token_bytes
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from ripeline.server.delivery import addresses
from ripeline.server.delivery.topics import FOR_PEOPLE, is_pattern, wanted
from ripeline.server.instants import DAY, InstantField
from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

OVERLAP = DAY
"""So long after a rotation messages carry the signature of the old secret, too."""
PATIENCE = 5 * DAY
"""An endpoint that has failed for so long without one success is closed."""
TO_LEADS = "leads"
"""The address of the way out to leads: whoever closes it stops all mails to leads at once."""
NOT_TRIED = "endpoint closed"
"""What is written in place of an answer where nobody was asked."""
_PREFIX = "whsec_"
_SECRET_BYTES = range(24, 65)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_MAILBOX = re.compile(rf"{_ATOM}(\.{_ATOM})*@([A-Za-z0-9-]+\.)*[A-Za-z0-9-]+")
_LONGEST_MAILBOX, _LONGEST = 254, 500


class EndpointKind(models.TextChoices):
    """How an endpoint is told."""

    WEBHOOK = "webhook", _("Signed webhook")
    CHAT = "chat", _("Chat")
    EMAIL = "email", _("E-mail")
    LEADS = "leads", _("Mails to leads")  # one, made by itself: no topics, and never closed for failing


class ClosedBy(models.TextChoices):
    """Who or what closed an endpoint."""

    PERSON = "person", _("by hand")
    GONE = "gone", _("it answered that it is gone")
    FAILING = "failing", _("it failed for five days")


class Endpoint(models.Model):
    """Where decisions are told to.

    The address is that of a webhook, or a mailbox. The old secret signs beside the new one until it ends.
    """

    address = models.CharField(max_length=_LONGEST)
    kind = models.CharField(max_length=8, choices=EndpointKind.choices, default=EndpointKind.WEBHOOK)
    topics = models.TextField(default="", blank=True)  # one a line; none: all, or for people those that concern them
    language = models.CharField(max_length=8, default="en")
    secret = models.CharField(max_length=100, default="", blank=True)
    old_secret = models.CharField(max_length=100, default="", blank=True)
    old_secret_until = InstantField(default=0)
    user = models.ForeignKey(
        "server.User", on_delete=models.CASCADE, null=True, related_name="endpoints"
    )  # a manager's
    created_at = InstantField()
    failing_since = InstantField(null=True)  # the first failure after the last success
    closed_at = InstantField(null=True)
    closed_by = models.CharField(max_length=8, choices=ClosedBy.choices, default="", blank=True)

    class Meta:
        """An address is told once."""

        constraints = (
            models.UniqueConstraint(
                fields=["address"], condition=models.Q(closed_at__isnull=True), name="open_endpoint_once"
            ),
        )


def add(
    address: str,
    *,
    kind: EndpointKind = EndpointKind.WEBHOOK,
    topics: Sequence[str] = (),
    language: str = "en",
    secret: str = "",
    now: int,
) -> Endpoint | Refused:
    """A new receiver of what is told from now on; a webhook without a secret is given one of 24 random bytes."""
    refusal = _unfit(address, kind) or _unfit_topics(topics) or _unfit_secret(secret, kind)
    if refusal:
        return Refused(refusal)
    if kind == EndpointKind.WEBHOOK and not secret:
        secret = _new_secret()
    with transaction.atomic():
        if _is_told(address):
            return Refused(Refusal.OPEN_ALREADY)
        return Endpoint.objects.create(
            address=address, kind=kind, topics="\n".join(topics), language=language, secret=secret, created_at=now
        )


def is_mailbox(address: str) -> bool:
    """Whether a text is an address of e-mail."""
    return len(address) <= _LONGEST_MAILBOX and bool(_MAILBOX.fullmatch(address))


def change(
    endpoint: Endpoint,
    *,
    address: str | None = None,
    topics: Sequence[str] | None = None,
    language: str | None = None,
) -> Endpoint | Refused:
    """Another address, other topics or another language; what is on its way goes to the new address."""
    is_new = address is not None and address != endpoint.address
    refusal = _unfit(address, EndpointKind(endpoint.kind)) if address is not None else None
    refusal = refusal or _unfit_topics(topics or ())
    if refusal:
        return Refused(refusal)
    with transaction.atomic():
        if address is not None and is_new and _is_told(address):
            return Refused(Refusal.OPEN_ALREADY)
        endpoint.address = address or endpoint.address
        endpoint.topics = endpoint.topics if topics is None else "\n".join(topics)
        endpoint.language = language or endpoint.language
        endpoint.save(update_fields=["address", "topics", "language"])
    return endpoint


def rotate(endpoint: Endpoint, *, secret: str = "", now: int) -> Endpoint | Refused:
    """A new secret; the one before it signs beside it for another day. Refused to what is not signed."""
    if endpoint.kind != EndpointKind.WEBHOOK:
        return Refused(Refusal.NOT_SIGNED_THERE)
    refusal = _unfit_secret(secret, EndpointKind.WEBHOOK)
    if refusal:
        return Refused(refusal)
    endpoint.old_secret, endpoint.old_secret_until = endpoint.secret, now + OVERLAP
    endpoint.secret = secret or _new_secret()
    with transaction.atomic():
        endpoint.save(update_fields=["secret", "old_secret", "old_secret_until"])
    return endpoint


def close(endpoint: Endpoint, *, by: ClosedBy = ClosedBy.PERSON, now: int) -> Endpoint | Refused:
    """Tell a receiver nothing any more; what was on its way is given up. Refused for one that is closed."""
    with transaction.atomic():
        won = Endpoint.objects.filter(pk=endpoint.pk, closed_at=None).update(closed_at=now, closed_by=by)
        if not won:
            return Refused(Refusal.CLOSED_ALREADY)
        waiting = endpoint.deliveries.filter(next_try_at__isnull=False)
        waiting.update(next_try_at=None, dead_at=now, last_answer=NOT_TRIED)
    endpoint.closed_at, endpoint.closed_by = now, by
    return endpoint


def reopen(endpoint: Endpoint) -> Endpoint | Refused:
    """Tell a closed receiver again what is told from now on; what was given up stays so until it is sent again."""
    refusal = _unfit(endpoint.address, EndpointKind(endpoint.kind))
    if refusal:
        return Refused(refusal)
    with transaction.atomic():
        if endpoint.closed_at is None or _is_told(endpoint.address):
            return Refused(Refusal.OPEN_ALREADY)
        endpoint.closed_at, endpoint.closed_by, endpoint.failing_since = None, "", None
        endpoint.save(update_fields=["closed_at", "closed_by", "failing_since"])
    return endpoint


def settle(endpoint: Endpoint) -> Endpoint:
    """Take note that an endpoint was closed by itself, and let it rest."""
    with transaction.atomic():
        Endpoint.objects.filter(pk=endpoint.pk, closed_at__isnull=False).update(closed_by=ClosedBy.PERSON)
    endpoint.closed_by = ClosedBy.PERSON
    return endpoint


def secrets_of(endpoint: Endpoint, now: int) -> tuple[str, ...]:
    """What messages are signed with at this instant, the newest first."""
    old = (endpoint.old_secret,) if endpoint.old_secret and now < endpoint.old_secret_until else ()
    return (endpoint.secret, *old)


def host_of(endpoint: Endpoint) -> str:
    """Where it is, as others may be told: an address as a whole can be a secret."""
    return urlsplit(endpoint.address).hostname or endpoint.address.rpartition("@")[2]


def wants(endpoint: Endpoint, topic: str, *, quiet: bool = False) -> bool:
    """Whether a message of a topic is for this endpoint; what is `quiet` is for programs only."""
    if endpoint.kind == EndpointKind.LEADS:
        return False
    if endpoint.kind == EndpointKind.WEBHOOK:
        return wanted(topic, endpoint.topics.split())
    return not quiet and wanted(topic, endpoint.topics.split() or FOR_PEOPLE)


def _is_told(address: str) -> bool:
    return Endpoint.objects.filter(address=address, closed_at=None).exists()


def _unfit(address: str, kind: EndpointKind) -> Refusal | None:
    if kind == EndpointKind.LEADS:
        return None if address == TO_LEADS else Refusal.NOT_A_RECEIVER
    if len(address) > _LONGEST:
        return Refusal.NOT_A_RECEIVER
    if kind != EndpointKind.EMAIL:
        return addresses.unfit(address)
    if not is_mailbox(address):
        return Refusal.NOT_AN_ADDRESS
    return None if settings.EMAIL_HOST else Refusal.NO_MAIL_SERVER


def _unfit_topics(patterns: Sequence[str]) -> Refusal | None:
    return None if all(map(is_pattern, patterns)) else Refusal.NO_SUCH_TOPIC


def _unfit_secret(secret: str, kind: EndpointKind) -> Refusal | None:
    if not secret:
        return None
    if kind != EndpointKind.WEBHOOK:
        return Refusal.NOT_SIGNED_THERE
    try:
        size = len(b64decode(secret.removeprefix(_PREFIX), validate=True))
    except (binascii.Error, ValueError):
        size = 0
    return None if secret.startswith(_PREFIX) and size in _SECRET_BYTES else Refusal.BAD_SECRET


def _new_secret() -> str:
    return _PREFIX + b64encode(token_bytes(_SECRET_BYTES.start)).decode()
