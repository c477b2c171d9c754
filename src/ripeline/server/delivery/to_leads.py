"""Mails to leads on their way out: whether each may leave at this instant, what it says, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage

from ripeline.language import Language
from ripeline.server import json_text, lead_languages, ledger, mails, people
from ripeline.server.delivery import mail as smtp
from ripeline.server.delivery import service_mails
from ripeline.server.leads import Identifier, IdentifierKind
from ripeline.server.mails import Held, Mail, MailKind
from ripeline.server.profiles import CHANGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ripeline.server.delivery.webhooks import Answer
    from ripeline.server.outbox import Outgoing

DELIVERED, BOUNCED = "email_delivered", "email_bounced"


class LeadMail(NamedTuple):
    """A mail as it leaves."""

    mail: int
    lead: int
    key: str
    message: EmailMessage


def letters(messages: Sequence[Outgoing], *, now: int) -> dict[int, LeadMail | None]:
    """By message, the mail as it leaves at this instant; None for one that is held back, which is written down.

    In the transaction of whoever claims them: what was said before that is heeded.
    """
    asked = {int(json_text.read(each.body)["mail"]): each for each in messages}
    found = Mail.objects.in_bulk(asked)
    whose = _leads_of(found.values())
    leads = set(whose.values())
    addresses, languages = people.emails(leads), lead_languages.languages_of(leads)
    made: dict[int, LeadMail | None] = dict.fromkeys(each.pk for each in messages)
    for number, one in found.items():
        lead, said = whose[one.lead_id], json_text.read(one.said)
        address = _address(int(said["to"]), lead) if "to" in said else addresses.get(lead, "")
        held = _held(one, address)
        if held is not None:
            mails.hold(one, held, now=now)
            continue
        message = _message(one, address, Language.of(str(said.get("language", languages[lead]))))
        made[asked[number].pk] = LeadMail(one.pk, lead, one.key, message)
    return made


def follow(letter: LeadMail, answer: Answer, *, now: int) -> None:
    """Write down that a mail was taken, or that its mailbox is no more, with what the ledger is told of it."""
    said = {"delivery_id": letter.key}
    if answer.is_success:
        mails.sent(letter.mail, now=now)
        _conclude(letter, DELIVERED, said, now=now)
    elif answer.is_final:
        _conclude(letter, BOUNCED, said | {"kind": "hard", "code": answer.said}, now=now)
        _conclude(letter, CHANGED, {"email_status": "undeliverable"}, now=now)


def _conclude(letter: LeadMail, name: str, said: Mapping[str, object], *, now: int) -> None:
    ledger.tell({"lead": str(letter.lead)}, name, said, key=f"{name} {letter.key}", at=now, by=None, now=now)


def _held(mail: Mail, address: str) -> Held | None:
    if not address:
        return Held.NO_ADDRESS
    return None if mail.kind == MailKind.SERVICE else Held.NO_CONSENT


def _address(identifier: int, lead: int) -> str:
    """One address that a mail is about, as long as it is the lead's; empty if it is not any more."""
    found = Identifier.objects.filter(pk=identifier, kind=IdentifierKind.EMAIL, lead=lead).first()
    return "" if found is None else found.value


def _leads_of(found: Iterable[Mail]) -> dict[int, int]:
    """By the lead that a mail was meant for, the lead that it is now: it may have been merged into another one."""
    numbers = [str(one.lead_id) for one in found]
    own = Identifier.objects.filter(kind=IdentifierKind.LEAD, value__in=numbers, lead__isnull=False)
    return {int(value): lead for value, lead in own.values_list("value", "lead")}


def _message(mail: Mail, address: str, language: Language) -> EmailMessage:
    words = service_mails.words(mail, language)
    headers = {"Message-ID": smtp.id_of(mail.key), "Auto-Submitted": "auto-generated"}
    return EmailMessage(words.subject, words.text, settings.DEFAULT_FROM_EMAIL, [address], headers=headers)
