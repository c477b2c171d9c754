"""Mails to leads: each is asked for once, leaves once by the way of all messages, or is held back with a reason.

Asking for a mail writes down what it is about and nothing else. What it says, to which address it goes and whether the
lead may be written to is found out when it leaves, so no copy of what we know of a person waits anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from ripeline.server import json_text, outbox
from ripeline.server.endpoints import TO_LEADS, Endpoint, EndpointKind
from ripeline.server.instants import InstantField
from ripeline.server.leads import Lead

if TYPE_CHECKING:
    from django.db.models import QuerySet

TOPIC = "lead.mail"


class MailKind(models.TextChoices):
    """Why a mail is sent."""

    SERVICE = "service", _("The person asked for it")
    TRACK = "track", _("Step of a track")
    CAMPAIGN = "campaign", _("Campaign")


class Held(models.TextChoices):
    """Why a mail was not sent."""

    NO_CONSENT = "no_consent", _("The lead has not agreed to it")
    NO_ADDRESS = "no_address", _("The lead has no e-mail")
    NOT_DELIVERABLE = "not_deliverable", _("No mail arrives at its e-mail")
    CALLED_OFF = "called_off", _("It was called off")


class Mail(models.Model):
    """One mail to one lead: why it is sent, what it is about, and what became of it."""

    key = models.CharField(max_length=60, unique=True)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="mails")
    kind = models.CharField(max_length=8, choices=MailKind.choices)
    about = models.CharField(max_length=64)  # which service, or the name of a template
    said = models.TextField(default="{}")  # what it needs beside the lead: JSON
    created_at = InstantField()
    sent_at = InstantField(null=True)  # when the mail server took it
    held_at = InstantField(null=True)
    held = models.CharField(max_length=16, choices=Held.choices, default="", blank=True)

    class Meta:
        """Those held back are looked at, newest first."""

        indexes = (models.Index(fields=["held_at"], name="mail_held", condition=models.Q(held_at__isnull=False)),)


def post(lead: Lead, about: str, *, kind: MailKind, key: str, now: int, **said: object) -> Mail:
    """Put a mail to a lead on its way, in the caller's transaction; asked for again by the same key it is the same."""
    made = {"lead": lead, "kind": kind, "about": about, "said": json_text.written(said), "created_at": now}
    mail, is_new = Mail.objects.get_or_create(key=key, defaults=made)
    if is_new:
        message = outbox.Message(TOPIC, f"mail-{key}", json_text.written({"mail": mail.pk}))
        outbox.send(message, _way_out(now), now=now)
    return mail


def waiting() -> QuerySet[Mail]:
    """The mails that neither left nor were held back."""
    return Mail.objects.filter(sent_at=None, held_at=None)


def held_back() -> QuerySet[Mail]:
    """The mails that were held back, newest first."""
    return Mail.objects.filter(held_at__isnull=False).order_by("-held_at", "-pk")


def hold(mail: Mail, reason: Held, *, now: int) -> None:
    """Write down why a mail does not leave, in the caller's transaction."""
    Mail.objects.filter(pk=mail.pk, sent_at=None).update(held_at=now, held=reason)


def sent(mail: int, *, now: int) -> None:
    """Write down that the mail server took it, in the caller's transaction."""
    Mail.objects.filter(pk=mail).update(sent_at=now, held_at=None, held="")


def _way_out(now: int) -> Endpoint:
    with transaction.atomic():
        return Endpoint.objects.get_or_create(
            kind=EndpointKind.LEADS, defaults={"address": TO_LEADS, "created_at": now}
        )[0]
