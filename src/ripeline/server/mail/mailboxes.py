"""Mailboxes that are read: how far each has been read, and which process reads it now.

A mailbox is left as it is: what tells a read mail from an unread one is its number, which is kept here and moves on in
the transaction that stores the mail. So nothing is lost or read twice, whatever people do in the same mailbox.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models, transaction
from django.db.models import Q

from ripeline.server.instants import MINUTE, InstantField

LEASE = MINUTE
"""So long a mailbox is one process's; who reads renews it with each mail."""


class Mailbox(models.Model):
    """One folder of one account on an IMAP server."""

    name = models.CharField(max_length=300, unique=True)  # user@host/folder
    uid_validity = models.BigIntegerField(default=0)  # when it changes, the server has numbered anew
    last_uid = models.BigIntegerField(default=0)
    read_at = InstantField(null=True)  # when the server was last asked
    claimed_by = models.CharField(max_length=32, default="", blank=True)
    claimed_until = InstantField(default=0)


@dataclass(frozen=True, slots=True)
class Claim:
    """A mailbox that is ours for a while, and how far it has been read."""

    pk: int
    holder: str
    uid_validity: int
    last_uid: int


class Lost(Exception):
    """The mailbox is another process's by now; nothing was stored."""


def claim(name: str, *, holder: str, now: int) -> Claim | None:
    """Make the mailbox ours, or ours for longer; None while another process reads it."""
    with transaction.atomic():
        box = Mailbox.objects.get_or_create(name=name)[0]
        free = Q(claimed_by=holder) | Q(claimed_until__lte=now)
        claimed = {"claimed_by": holder, "claimed_until": now + LEASE, "read_at": now}
        if not Mailbox.objects.filter(free, pk=box.pk).update(**claimed):
            return None
        box.refresh_from_db()
    return Claim(box.pk, holder, box.uid_validity, box.last_uid)


def advance(claimed: Claim, *, uid_validity: int, last_uid: int, now: int) -> None:
    """Note in the caller's transaction how far it has been read; raises Lost if the mailbox is ours no more."""
    ours = Mailbox.objects.filter(pk=claimed.pk, claimed_by=claimed.holder)
    if not ours.update(uid_validity=uid_validity, last_uid=last_uid, claimed_until=now + LEASE):
        raise Lost


def give_back(claimed: Claim) -> None:
    """Let another process read the mailbox at once."""
    with transaction.atomic():
        Mailbox.objects.filter(pk=claimed.pk, claimed_by=claimed.holder).update(claimed_until=0)
