"""One try: a message in the shape that its endpoint takes, sent there once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ripeline.server.delivery import mail, webhooks
from ripeline.server.delivery.endpoints import EndpointKind, secrets_of
from ripeline.server.delivery.notices import notice
from ripeline.server.delivery.webhooks import Answer
from ripeline.server.leadmail import lead_letters, to_leads
from ripeline.server.leadmail.to_leads import LeadMail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from django.core.mail import EmailMessage

    from ripeline.server.delivery.endpoints import Endpoint
    from ripeline.server.delivery.outbox import Outgoing
    from ripeline.server.leadmail.to_leads import Later


class Letter(NamedTuple):
    """A message with all that sending it takes, so that whoever sends it asks no database."""

    kind: str
    address: str
    language: str
    secrets: tuple[str, ...]
    key: str
    body: str


def letters(
    endpoint: Endpoint, messages: Sequence[Outgoing], *, now: int
) -> Mapping[int, Letter] | Mapping[int, LeadMail | Later | None]:
    """By message, what is sent of it as of an instant, or when; None for what may not be, which is written down."""
    if endpoint.kind == EndpointKind.LEADS:
        return to_leads.letters(messages, now=now)
    return {each.pk: letter(endpoint, each.key, each.body, now) for each in messages}


def letter(endpoint: Endpoint, key: str, body: str, now: int) -> Letter:
    """A message to an endpoint, to be signed as of an instant."""
    return Letter(endpoint.kind, endpoint.address, endpoint.language, secrets_of(endpoint, now), key, body)


def send(letter: Letter | LeadMail, *, now: int, post: Callable[[EmailMessage], Answer] = mail.send) -> Answer:
    """Send it once, and tell what came of it; raises errors of the message and of the secret, not of the network.

    `post` takes mails to leads to the mail server. One that cannot be written fails alone: their way out is for all.
    """
    if isinstance(letter, LeadMail):
        try:
            message = lead_letters.message(letter.draft)
        except Exception as error:  # noqa: BLE001 - whatever a template and what we know of a lead can cause
            return Answer(0, type(error).__name__, is_final=True)
        return post(message)
    match letter.kind:
        case EndpointKind.EMAIL:
            told = mail.told(letter.address, notice(letter.body, letter.language), letter.key)
            return replace(mail.send(told), is_final=False)  # a mailbox of our own is mended sooner or later
        case EndpointKind.CHAT:
            text = json.dumps({"text": notice(letter.body, letter.language).text}, ensure_ascii=False)
            return webhooks.post(letter.address, {}, text, now=now)
    headers = webhooks.signed(letter.secrets, letter.key, letter.body, now)
    return webhooks.post(letter.address, headers, letter.body, now=now)


def follow(answered: Iterable[tuple[Letter | LeadMail, Answer]], *, now: int) -> None:
    """Write down what follows from answers beside the deliveries themselves, in the caller's transaction."""
    mails = [(letter, answer) for letter, answer in answered if isinstance(letter, LeadMail)]
    if mails:
        to_leads.follow(mails, now=now)
