"""One try: a message in the shape that its endpoint takes, sent there once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from ripeline.server.delivery import mail, webhooks
from ripeline.server.delivery.notices import notice
from ripeline.server.endpoints import EndpointKind, secrets_of

if TYPE_CHECKING:
    from ripeline.server.delivery.webhooks import Answer
    from ripeline.server.endpoints import Endpoint


class Letter(NamedTuple):
    """A message with all that sending it takes, so that whoever sends it asks no database."""

    kind: str
    address: str
    language: str
    secrets: tuple[str, ...]
    key: str
    body: str


def letter(endpoint: Endpoint, key: str, body: str, now: int) -> Letter:
    """A message to an endpoint, to be signed as of an instant."""
    return Letter(endpoint.kind, endpoint.address, endpoint.language, secrets_of(endpoint, now), key, body)


def send(letter: Letter, *, now: int) -> Answer:
    """Send it once, and tell what came of it; raises errors of the message and of the secret, not of the network."""
    match letter.kind:
        case EndpointKind.EMAIL:
            return mail.send(letter.address, notice(letter.body, letter.language), letter.key)
        case EndpointKind.CHAT:
            text = json.dumps({"text": notice(letter.body, letter.language).text}, ensure_ascii=False)
            return webhooks.post(letter.address, {}, text, now=now)
    headers = webhooks.signed(letter.secrets, letter.key, letter.body, now)
    return webhooks.post(letter.address, headers, letter.body, now=now)
