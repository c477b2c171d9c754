"""What people ask of us about their own data, and until when it is to be answered (art. 12(3) GDPR).

Anybody can type anybody's address, so asking by the page gives one answer, whether we know the address or not: only its
address is kept, and looked up later. If we know it, one mail goes there, and its link opens what the person may do.
"""

from __future__ import annotations

import calendar
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ripeline.core.instants import instant
from ripeline.integrations import claims
from ripeline.server import installations, instants, playbooks
from ripeline.server.digests import keyed
from ripeline.server.instants import DAY, InstantField
from ripeline.server.intake.form_guard import Guard
from ripeline.server.leadmail import mail_links, mails
from ripeline.server.leadmail.confirmations import MOST_UNANSWERED, PATIENCE, mailbox
from ripeline.server.leadmail.mail_links import Whose
from ripeline.server.leadmail.mails import Held, Mail, MailKind
from ripeline.server.leads import Identifier, IdentifierKind, Lead
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff.users import Action, User, may

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

ABOUT = mail_links.DATA
"""What the mail is about, and what its link is for."""
LASTS = 3 * DAY
"""So long the link opens."""
PAUSE = DAY
"""At most one such mail goes to a mailbox in this time, whoever types its addresses how often."""
_MOST = 10_000
"""So many addresses are taken in that time; whoever types more of them fills no table."""
_PORTION = 100
_OLDEST, _NOON = timedelta(days=366), time(12)
"""What was asked for longer ago is not written down any more; of another day nobody knows the hour."""
_guard = Guard()


class Wish(models.TextChoices):
    """What a person asks for."""

    LINK = "link", _("The way to its data")
    COPY = "copy", _("A copy of its data")
    OBJECT = "object", _("No profiling and no advertising")
    ERASE = "erase", _("Erasure")
    CORRECT = "correct", _("Correction")


class PersonRequest(models.Model):
    """What a person asked for, and when it was done; without a lead once that is erased."""

    lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, related_name="requests")
    wish = models.CharField(max_length=8, choices=Wish.choices)
    asked_at = InstantField()
    due_at = InstantField()
    done_at = InstantField(null=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # who did it; none: the person
    address = models.ForeignKey(Identifier, on_delete=models.SET_NULL, null=True, related_name="+")  # typed on the page
    mail = models.OneToOneField(Mail, on_delete=models.SET_NULL, null=True)  # that shows the way

    class Meta:
        """What is open is looked at, the most urgent first."""

        indexes = (models.Index(fields=["due_at"], name="request_open", condition=models.Q(done_at__isnull=True)),)


class Asking(models.Model):
    """An address that somebody typed; the address itself goes as soon as it is looked up."""

    digest = models.CharField(max_length=64, unique=True)  # keyed
    address = models.CharField(max_length=254, default="", blank=True)
    language = models.CharField(max_length=8, default="en")
    at = InstantField()

    class Meta:
        """Those that wait are found at once."""

        indexes = (models.Index(fields=["id"], name="asking_waits", condition=models.Q(address__gt="")),)


# --- asking by the page ---------------------------------------------------------------------------


def ask(typed: str, *, language: str, now: int, sender: str = "") -> None:
    """Take an address that somebody typed; whatever it is, the same is done, and nothing is told.

    `sender` is the address on the internet that it came from: of what one network types too much is left.
    """
    if _guard.is_too_often("", sender, now):
        return
    address = claims.email(typed) or ""
    digest = _digest("asking", address or typed, now)
    with transaction.atomic():
        Asking.objects.filter(at__lt=now - PAUSE, address="").delete()
        if Asking.objects.count() < _MOST:
            said = {"address": address, "language": language, "at": now}
            Asking.objects.get_or_create(digest=digest, defaults=said)


def run(now: int) -> int:
    """Send a mail to each address that was typed and that we know; how many were looked up."""
    waiting = list(Asking.objects.filter(address__gt="").order_by("pk")[:_PORTION])
    for one in waiting:
        with transaction.atomic():
            if Asking.objects.filter(pk=one.pk, address__gt="").update(address=""):
                known = Identifier.objects.filter(kind=IdentifierKind.EMAIL, value=one.address, lead__isnull=False)
                identifier = known.select_related("lead").first()
                if identifier is not None:
                    send_link(identifier, language=one.language, now=now)
    return len(waiting)


def send_link(identifier: Identifier, *, language: str, now: int) -> Mail | None:
    """Send the way to its data to an address of a lead, in the caller's transaction.

    None if it was too often, and for an address of which only strangers say that it is the lead's: staff answers.
    """
    # Whoever asks at the same time waits here.
    identifier = Identifier.objects.select_for_update(of=("self",)).select_related("lead").get(pk=identifier.pk)
    if identifier.lead is None:
        return None
    if not _is_own(identifier):
        if not _undone().filter(lead=identifier.lead, wish=Wish.LINK, address=identifier, mail=None).exists():
            _add(identifier.lead, Wish.LINK, now, address=identifier)
        return None
    key = f"{ABOUT}-{_digest('mailbox', mailbox(identifier.value), now)[:24]}"
    if Mail.objects.filter(key__startswith=f"{key}-", created_at__gt=now - PAUSE).exists():
        return None
    unused = _undone().filter(wish=Wish.LINK, mail__key__startswith=f"{key}-", asked_at__gt=now - PATIENCE)
    if unused.count() >= MOST_UNANSWERED:
        return None
    said = {"to": identifier.pk, "language": language}
    mail = mails.post(identifier.lead, ABOUT, kind=MailKind.SERVICE, key=f"{key}-{now}", now=now, **said)
    _add(identifier.lead, Wish.LINK, now, address=identifier, mail=mail)
    return mail


# --- the link -------------------------------------------------------------------------------------


def whose(token: str, *, now: int) -> Whose | None:
    """Whose data this is; None for what is no link of ours, is too old, or of somebody who is forgotten."""
    mail = mail_links.mail_of(mail_links.DATA, token)
    if mail is None or (mail.about, mail.kind) != (ABOUT, MailKind.SERVICE) or mail.created_at <= now - LASTS:
        return None
    lead = mail_links.lead_of(mail)
    address = Identifier.objects.filter(pk=mails.address_of(mail) or 0, lead=lead).first()
    return Whose(lead, address.value, mail) if address is not None and _is_own(address) else None


def served(lead: Lead, wish: Wish, *, now: int) -> None:
    """Write down what a person did by itself behind the link, in the caller's transaction; the link is used then."""
    _undone().filter(lead=lead, wish__in=(Wish.LINK, wish)).update(done_at=now)
    _add(lead, wish, now, done_at=now)


def was_erased(*, now: int, by: User | None = None) -> None:
    """Write down in the caller's transaction that somebody is erased; who it was stands nowhere any more."""
    _add(None, Wish.ERASE, now, done_at=now, by=by)


# --- what staff sees ------------------------------------------------------------------------------


def note(lead: Lead, wish: Wish, *, by: User, now: int, on: date | None = None) -> PersonRequest | Refused:
    """Write down what a person asked for by mail or by telephone: it is to be answered a month after that day."""
    if not may(by, Action.SERVE_RIGHTS):
        return Refused(Refusal.NOT_ALLOWED)
    zone = playbooks.timezone()
    today = instants.moment(now).astimezone(zone).date()
    day = on or today
    if not today - _OLDEST <= day <= today:
        return Refused(Refusal.IN_THE_FUTURE if day > today else Refusal.IN_THE_PAST)
    asked_at = now if day == today else instant(datetime.combine(day, _NOON, zone))
    with transaction.atomic():
        return _add(lead, wish, asked_at)


def settle(request: PersonRequest, *, by: User, now: int) -> PersonRequest | Refused:
    """Say that it was answered; once."""
    if not may(by, Action.SERVE_RIGHTS):
        return Refused(Refusal.NOT_ALLOWED)
    with transaction.atomic():
        if not PersonRequest.objects.filter(pk=request.pk, done_at=None).update(done_at=now, by=by):
            return Refused(Refusal.SETTLED_ALREADY)
    request.refresh_from_db()
    return request


def settle_all(lead: Lead, wish: Wish, *, by: User | None, now: int) -> int:
    """Let what a lead asked for of this kind be done, in the caller's transaction; how many there were."""
    return _undone().filter(lead=lead, wish=wish).update(done_at=now, by=by)


def open_ones(now: int) -> QuerySet[PersonRequest]:
    """What is to be answered, the most urgent first; a link that arrived and was not used asks for nothing more."""
    unused = models.Q(wish=Wish.LINK, asked_at__lte=now - LASTS, mail__sent_at__isnull=False, mail__bounced_at=None)
    return _undone().exclude(unused).select_related("lead", "mail", "address").order_by("due_at", "pk")


def waits_for_person(request: PersonRequest) -> bool:
    """Whether the person has been shown the way, and is at the move."""
    mail = request.mail
    return request.wish == Wish.LINK and mail is not None and mail.sent_at is not None and mail.bounced_at is None


def no_link(request: PersonRequest) -> str:
    """Why whoever asked by the page has no link, in the reader's language; nothing if it has one, or needs none."""
    mail = request.mail
    if request.wish != Wish.LINK or request.done_at is not None or waits_for_person(request):
        return ""
    if mail is None:
        return gettext("No link was sent: only strangers have named this address. Find out first who asks.")
    if mail.bounced_at is not None:
        return gettext("The mail with the link came back.")
    if mail.held:
        return gettext("No link was sent: {why}.").format(why=Held(mail.held).label)
    return gettext("The mail with the link is on its way.")


def settled() -> QuerySet[PersonRequest]:
    """What was done, newest first."""
    return (
        PersonRequest.objects.filter(done_at__isnull=False)
        .select_related("mail", "address")
        .order_by("-done_at", "-pk")
    )


def due(asked_at: int) -> int:
    """A month later: the same day of the next month, or its last one."""
    told = instants.moment(asked_at)
    year, month = divmod(told.year * 12 + told.month, 12)
    day = min(told.day, calendar.monthrange(year, month + 1)[1])
    return asked_at + (told.replace(year=year, month=month + 1, day=day) - told).days * DAY


def _digest(kind: str, value: str, now: int) -> str:
    return keyed(kind, value, key=installations.hash_key(now))


def _add(lead: Lead | None, wish: Wish, asked_at: int, **more: Any) -> PersonRequest:  # noqa: ANN401 - its columns
    return PersonRequest.objects.create(lead=lead, wish=wish, asked_at=asked_at, due_at=due(asked_at), **more)


def _is_own(address: Identifier) -> bool:
    """Whether an address may open its lead: if a server or one of us has named that, then by this address too."""
    named = Identifier.objects.filter(lead=address.lead_id, is_vouched_for=True)
    return address.is_vouched_for or not named.exists()


def _undone() -> QuerySet[PersonRequest]:
    return PersonRequest.objects.filter(done_at=None)
