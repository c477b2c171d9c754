"""Confirmations: whoever said yes in a form is asked by a mail whether it was they (double opt-in).

Anybody can type anybody's address. So one mail goes to it, in which nothing is advertised; the answer to its link is
the person's own yes, which proves the words, where they stood and when, and lifts a no of before. Without an answer
the request ends, and nothing follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import models, transaction

from ripeline.integrations.form_posts import TYPED
from ripeline.server import instants, json_text
from ripeline.server.consent import consents, suppressions
from ripeline.server.consent.consents import GIVEN, UNCONFIRMED, WITHDRAWN, Wording, Yes
from ripeline.server.events import IN_FORCE, rows_of
from ripeline.server.instants import DAY, HOUR, InstantField
from ripeline.server.instruments import logs
from ripeline.server.intake.forms import FormVersion, definition_of
from ripeline.server.leadmail import lead_languages, mail_links, mails
from ripeline.server.leadmail.mails import Mail, MailKind
from ripeline.server.leads import Identifier, IdentifierKind
from ripeline.server.sources import PUBLIC, SourceKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ripeline.server.events import Event
    from ripeline.server.leads import Lead

ABOUT = mail_links.CONFIRM
"""What the mail is about, and what its link is for."""
LASTS = 14 * DAY
"""So long a request can be answered."""
PAUSE = DAY
"""At most one such mail goes to an address in this time, whoever types it how often."""
PATIENCE, MOST_UNANSWERED = 30 * DAY, 3
"""Whoever left so many without an answer in this time is left alone."""
MOST = 300
"""So many mails of this kind leave in an hour, so that nobody has us write to half the world by a form."""


class Confirmation(models.Model):
    """A mail by which an address was asked whether its owner said yes, and when that was answered."""

    identifier = models.ForeignKey(Identifier, on_delete=models.PROTECT, related_name="confirmations")
    mail = models.OneToOneField(Mail, on_delete=models.PROTECT)
    asked_at = InstantField()
    ends_at = InstantField()
    answered_at = InstantField(null=True)

    class Meta:
        """Those of the last hour are counted before each."""

        indexes = (models.Index(fields=["asked_at"], name="confirmation_asked"),)


@dataclass(frozen=True, slots=True)
class Asked:
    """A yes that waits for its confirmation: the row that says it, its purpose, its words and where they stood."""

    row: int
    purpose: str
    wording: str
    where: str
    at: int
    sender: str


# --- asking ---------------------------------------------------------------------------------------


def ask_after(events: Iterable[Event], at: int) -> None:
    """Ask whose yes it was, of rows that a round has just read, in its transaction; only where that is needed.

    Needed it is where the country's rule wants a confirmed yes, and where a no of before stands against it.
    """
    public = [event for event in events if event.name == GIVEN and event.source.kind in PUBLIC]
    said: dict[int, set[str]] = {}
    whose: dict[int, tuple[Identifier, Lead, Event]] = {}
    for event in public:
        one = event.identifier
        if one is not None and one.lead is not None and one.kind == IdentifierKind.EMAIL:
            said.setdefault(one.pk, set()).add(str(json_text.read(event.properties).get("purpose")))
            whose[one.pk] = one, one.lead, event
    leads = {lead.pk for _one, lead, _event in whose.values()}
    allowed = consents.may_contact_all(leads, "email", now=at) if leads else {}
    needed = consents.purposes_needed(leads, "email") if leads else {}
    for number, (one, lead, event) in whose.items():
        if not allowed[lead.pk] and said[number] & needed[lead.pk]:
            ask(one, lead, language=_language(lead, event), now=at)


def ask(identifier: Identifier, lead: Lead, *, language: str, now: int) -> Mail | None:
    """Ask an address of a lead, in the caller's transaction; None if it was asked lately, or never answers.

    None too if so many were asked within the hour that somebody must be playing with us.
    """
    Identifier.objects.select_for_update().get(pk=identifier.pk)  # whoever asks at the same time waits here
    if Confirmation.objects.filter(asked_at__gt=now - HOUR).count() >= MOST:
        logs.logger().warning("too_many_confirmations")
        return None
    asked = Confirmation.objects.filter(_same_mailbox(identifier.value))
    if asked.filter(asked_at__gt=now - PAUSE).exists():
        return None
    if asked.filter(asked_at__gt=now - PATIENCE, answered_at=None).count() >= MOST_UNANSWERED:
        return None
    key = f"{ABOUT}-{identifier.pk}-{now}"
    mail = mails.post(lead, ABOUT, kind=MailKind.SERVICE, key=key, now=now, to=identifier.pk, language=language)
    Confirmation.objects.create(identifier=identifier, mail=mail, asked_at=now, ends_at=now + LASTS)
    return mail


def mailbox(address: str) -> str:
    """The mailbox in which an address arrives, as far as a plus in it tells."""
    name, at, domain = address.partition("@")
    return f"{name.partition('+')[0] or name}{at}{domain}"


def _same_mailbox(address: str) -> models.Q:
    """All ways to write an address that arrive in one mailbox."""
    name, _at, domain = mailbox(address).partition("@")
    tagged = models.Q(identifier__value__startswith=f"{name}+", identifier__value__endswith=f"@{domain}")
    return tagged | models.Q(identifier__value=f"{name}@{domain}")


def _language(lead: Lead, event: Event) -> str:
    """The lead's language; while that is unknown, that of the form in which it said yes."""
    version = FormVersion.objects.filter(form__source=event.source).order_by("pk").last()
    otherwise = "en" if version is None else definition_of(version).language
    return lead_languages.languages_of([lead.pk], otherwise=otherwise)[lead.pk]


# --- answering ------------------------------------------------------------------------------------


def of_token(token: str, *, now: int) -> Confirmation | None:
    """The request whose link this is; None for what is no link of ours, has ended, or belongs to nobody any more."""
    mail = mail_links.mail_of(ABOUT, token)
    found = Confirmation.objects.filter(mail=mail).select_related("identifier__lead", "mail").first()
    if found is None or found.identifier.lead is None:
        return None
    return found if now < found.ends_at else None


def pending(confirmation: Confirmation) -> tuple[Asked, ...]:
    """What the owner of the address is asked to confirm: each last yes that is neither proven nor taken back since.

    A mail proves nothing for calls, so a yes to them is not among it.
    """
    lead = confirmation.identifier.lead
    if lead is None:
        return ()
    of_phone = suppressions.purposes_of("phone")
    waiting: dict[str, Asked] = {}
    fresh = [row for _lead, row in consents.unread_of([lead.pk])]
    rows = rows_of(lead, GIVEN, WITHDRAWN).select_related("source").order_by(IN_FORCE, "name", "pk")
    for row in (*rows, *fresh):
        said = json_text.read(row.properties)
        purpose, words = consents.text_of(said, "purpose") or "", consents.text_of(said, "wording")
        is_proven = consents.is_confirmed_by(row.source.kind, said)
        if is_proven or (row.name == WITHDRAWN and said.get("reason") != UNCONFIRMED):
            waiting.pop(purpose, None)
        elif row.name == GIVEN and words and purpose not in of_phone and _is_asked(row, confirmation):
            where = (consents.text_of(said, "proof") or row.source.name).removesuffix(TYPED)
            waiting[purpose] = Asked(row.pk, purpose, words, where, row.at, consents.text_of(said, "from") or "")
    known = dict(Wording.objects.filter(pk__in=[one.wording for one in waiting.values()]).values_list("pk", "text"))
    return tuple(replace(one, wording=known.get(one.wording, one.wording)) for one in waiting.values())


def confirm(confirmation: Confirmation, rows: Collection[int], *, sender: str, now: int) -> bool:
    """The owner of the address says yes to what these rows say; whether anything of it was still to be confirmed.

    `sender` is the address on the internet from which it came. Said twice, it counts once.
    """
    with transaction.atomic():
        confirmation = Confirmation.objects.select_for_update().select_related("mail").get(pk=confirmation.pk)
        identifier = Identifier.objects.select_related("lead").get(pk=confirmation.identifier_id)
        confirmed = [one for one in pending(confirmation) if one.row in rows]
        if identifier.lead is None or not confirmed or now >= confirmation.ends_at:
            return False
        for one in confirmed:
            beside = {"requested_at": instants.text(one.at), "requested_from": one.sender}
            beside |= {"confirmed_from": sender, "mail": confirmation.mail.key}
            told = {name: text for name, text in beside.items() if text}
            yes = Yes(one.purpose, one.wording, one.where, beside=told)
            once = f"confirmed {one.row}"
            consents.accept(identifier.lead, yes, address=identifier.value, once=once, now=now)
        Confirmation.objects.filter(pk=confirmation.pk, answered_at=None).update(answered_at=now)
        return True


def _is_asked(row: Event, confirmation: Confirmation) -> bool:
    """Whether the yes was said for this address, or written down by our own people, and not too long ago."""
    is_whose = row.identifier_id == confirmation.identifier_id or row.source.kind == SourceKind.OWN
    return is_whose and row.at > confirmation.asked_at - LASTS
