"""Mails to leads: each is asked for once, leaves once by the way of all messages, or is held back with a reason.

Asking for a mail writes down what it is about and nothing else. What it says, to which address it goes and whether the
lead may be written to is found out when it leaves, so no copy of what we know of a person waits anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from ripeline.server import json_text, tokens
from ripeline.server.chunks import CHUNK
from ripeline.server.delivery import outbox
from ripeline.server.delivery.endpoints import TO_LEADS, Endpoint, EndpointKind
from ripeline.server.instants import InstantField
from ripeline.server.leads import Identifier, IdentifierKind, Lead, kept_of
from ripeline.server.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

    from ripeline.server.leadmail.mailings import Mailing

TOPIC = "lead.mail"
_TO = "to"


class MailKind(models.TextChoices):
    """Why a mail is sent."""

    SERVICE = "service", _("The person asked for it")
    TRACK = "track", _("Step of a track")
    MAILING = "mailing", _("Mailing")


class Held(models.TextChoices):
    """Why a mail was not sent."""

    NO_CONSENT = "no_consent", _("The lead has not agreed to it")
    NOT_CONFIRMED = "not_confirmed", _("Nothing proves that the lead itself agreed to it")
    WITHDRAWN = "withdrawn", _("The lead agrees to it no more")
    SUPPRESSED = "suppressed", _("The lead has said no to it")
    EXCLUDED = "excluded", _("The lead is excluded")
    WITH_SALES = "with_sales", _("Sales is talking to the lead")
    NO_ADDRESS = "no_address", _("The lead has no e-mail")
    NOT_DELIVERABLE = "not_deliverable", _("No mail arrives at its e-mail")
    CALLED_OFF = "called_off", _("It was called off")
    NO_TEMPLATE = "no_template", _("There is no template of this name")
    NO_CONTENT = "no_content", _("There is no page that it could lead to")
    NO_IMPRINT = "no_imprint", _("Our company or its imprint is not named")


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
    bounced_at = InstantField(null=True)  # when it came back for ever
    template = models.ForeignKey(  # the version that was sent
        "server.MailTemplate", on_delete=models.PROTECT, null=True, related_name="mails"
    )
    mailing = models.ForeignKey("server.Mailing", on_delete=models.PROTECT, null=True, related_name="mails")

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


def post_all(leads: Iterable[int], about: str, mailing: Mailing, *, now: int) -> int:
    """Put a mailing's mail to each of these leads on its way, in the caller's transaction; how many are new."""
    keys = {f"mailing-{mailing.pk}-{lead}": lead for lead in leads}
    known = set(Mail.objects.filter(key__in=keys).values_list("key", flat=True))
    said = {"kind": MailKind.MAILING, "about": about, "mailing": mailing, "created_at": now}
    made = [Mail(key=key, lead_id=lead, **said) for key, lead in keys.items() if key not in known]
    found = Mail.objects.bulk_create(made, batch_size=CHUNK)
    messages = [outbox.Message(TOPIC, f"mail-{one.key}", json_text.written({"mail": one.pk})) for one in found]
    outbox.send_all(messages, _way_out(now), now=now)
    return len(found)


def unready() -> Refusal | None:
    """Why no mail but those that a person asked for may leave at all; None if they may."""
    if not settings.EMAIL_HOST:
        return Refusal.NO_MAIL_SERVER
    return None if settings.COMPANY and settings.IMPRINT else Refusal.NO_IMPRINT


def waiting() -> QuerySet[Mail]:
    """The mails that neither left nor were held back."""
    return Mail.objects.filter(sent_at=None, held_at=None)


def held_back() -> QuerySet[Mail]:
    """The mails that were held back, newest first."""
    return Mail.objects.filter(held_at__isnull=False).order_by("-held_at", "-pk")


def count_held() -> list[tuple[str, int]]:
    """How many mails were held back, by why, the most first."""
    rows = Mail.objects.filter(held_at__isnull=False).values_list("held").annotate(count=models.Count("pk"))
    return [(why, count) for why, count in rows.order_by("-count", "held")]


def hold(mail: Mail, reason: Held, *, now: int) -> None:
    """Write down why a mail does not leave, in the caller's transaction."""
    Mail.objects.filter(pk=mail.pk, sent_at=None).update(held_at=now, held=reason)


def sent(mails: Mapping[int, int | None], template: int | None = None, *, now: int) -> None:
    """Write down that the mail server took them, made of this version of a template, in the caller's transaction.

    By mail, the number of the address that it went to, as far as that is known.
    """
    found = list(Mail.objects.filter(pk__in=mails))
    for one in found:
        to = {} if (address := mails[one.pk]) is None else {_TO: address}
        one.said = json_text.written({**said_in(one), **to})
        one.sent_at, one.held_at, one.held, one.template_id = now, None, "", template
    Mail.objects.bulk_update(found, ["said", "sent_at", "held_at", "held", "template"])


def call_off(mails: QuerySet[Mail], *, now: int) -> int:
    """Let those of these mails that wait not leave at all, in the caller's transaction; how many there were."""
    return mails.filter(sent_at=None, held_at=None).update(held_at=now, held=Held.CALLED_OFF)


def bounced(mail: Mail, address: int | None, *, now: int) -> bool:
    """Write down that it came back for ever from the address of this number, in the caller's transaction.

    Whether its lead has no other address left, as far as we know.
    """
    Mail.objects.filter(pk=mail.pk, bounced_at=None).update(bounced_at=now)
    known = Identifier.objects.filter(kind=IdentifierKind.EMAIL, lead=kept_of([mail.lead_id])[mail.lead_id])
    known.filter(pk=address or 0, bounced_at=None).update(bounced_at=now)
    return address is None or not known.filter(bounced_at=None).exists()


def id_of(mail: Mail) -> str:
    """What is before the @ of its Message-ID: nobody else can make one, so whoever names it has seen the mail."""
    return tokens.token(_PURPOSE, mail.pk)


def of_message_ids(ids: Iterable[str]) -> dict[str, Mail]:
    """By Message-ID, in angle brackets or not, the mails of ours that have one of these."""
    rows = {one: tokens.row_of(_PURPOSE, one.strip(" <>").rpartition("@")[0]) for one in ids}
    found = Mail.objects.in_bulk([row for row in rows.values() if row is not None])
    return {one: found[row] for one, row in rows.items() if row in found}


def said_in(mail: Mail) -> Mapping[str, object]:
    """What it needs beside the lead."""
    said: Mapping[str, object] = json_text.read(mail.said)
    return said


def address_of(mail: Mail) -> int | None:
    """The number of the address that it is for, or went to; None if that is the lead's first one, and it waits."""
    to = said_in(mail).get(_TO)
    return to if isinstance(to, int) else None


_PURPOSE = "mail"


def _way_out(now: int) -> Endpoint:
    with transaction.atomic():
        return Endpoint.objects.get_or_create(
            kind=EndpointKind.LEADS, defaults={"address": TO_LEADS, "created_at": now}
        )[0]
