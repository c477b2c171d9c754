"""One message to one mailbox by SMTP, through the server that RIPELINE_SMTP names."""

from __future__ import annotations

import time
from contextlib import suppress
from email.utils import parseaddr
from queue import Empty, SimpleQueue
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from ripeline.server.delivery.webhooks import Answer

if TYPE_CHECKING:
    from ripeline.server.delivery.notices import Notice

_TAKEN = 250
_NEVER = 500
"""From here on the mail server says that trying again is in vain."""
_POLICY = b"5.7."
"""How a refusal begins that tells of no mailbox, such as of a server that passes nothing on (RFC 3463)."""
_SURE = 5.0
"""Seconds after which a way that nobody went on is looked at first: mail servers part from who says nothing."""
AUTOMATIC = {"Auto-Submitted": "auto-generated"}
"""So that no holiday notice comes back."""


def told(mailbox: str, notice: Notice, key: str) -> EmailMessage:
    """A notice to one of our own people, with the same id at every try, so that a mailbox can drop a repetition."""
    headers = AUTOMATIC | {"Message-ID": id_of(key)}
    return EmailMessage(notice.headline, notice.text, settings.DEFAULT_FROM_EMAIL, [mailbox], headers=headers)


def id_of(key: str) -> str:
    """The Message-ID of a message's key."""
    return f"<{key}@{domain()}>"


def domain() -> str:
    """That of the address that our mails are from."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]


def send(message: EmailMessage) -> Answer:
    """Send it once and tell what came of it: only what the mail server took has been delivered.

    What it refuses of this message or to this recipient for ever is final; what it refuses to us may be mended.
    """
    way = EmailBackend()
    try:
        return _sent(way, message)
    finally:
        _close(way)


class Post:
    """Ways to the mail server that stay open between mails, because each greeting costs more than a mail."""

    def __init__(self) -> None:
        self._free: SimpleQueue[tuple[EmailBackend, float]] = SimpleQueue()

    def send(self, message: EmailMessage) -> Answer:
        """The same as `send`, over a way that is open if there is one; from any thread."""
        way = self._open()
        try:
            answer = _sent(way, message)
        except BaseException:
            way.close()
            raise
        if answer.is_success or answer.is_final:
            self._free.put((way, time.monotonic()))
        else:
            _close(way)
        return answer

    def close(self) -> None:
        """Part from the mail server."""
        with suppress(Empty):
            while True:
                _close(self._free.get_nowait()[0])

    def _open(self) -> EmailBackend:
        with suppress(Empty):
            while True:
                way, since = self._free.get_nowait()
                if time.monotonic() - since < _SURE or _is_alive(way):
                    return way
                _close(way)
        way = EmailBackend()
        with suppress(SMTPException, OSError):  # whoever sends finds out
            way.open()
        return way


def _is_alive(way: EmailBackend) -> bool:
    try:
        return way.connection is not None and way.connection.noop()[0] == _TAKEN
    except (SMTPException, OSError):
        return False


def _close(way: EmailBackend) -> None:
    with suppress(SMTPException, OSError):
        way.close()


def _sent(way: EmailBackend, message: EmailMessage) -> Answer:
    try:
        way.open()
    except (SMTPException, OSError, ValueError) as error:
        return Answer(0, str(getattr(error, "smtp_code", type(error).__name__)))
    try:
        way.send_messages([message])
    except SMTPRecipientsRefused as refused:
        codes, texts = zip(*refused.recipients.values(), strict=True)
        is_final = all(code >= _NEVER for code in codes)
        is_nobody = is_final and not any(text.startswith(_POLICY) for text in texts)
        return Answer(0, " ".join(map(str, codes)), is_final=is_final, is_nobody=is_nobody)
    except SMTPResponseException as refused:
        is_final = isinstance(refused, SMTPDataError) and refused.smtp_code >= _NEVER
        return Answer(0, str(refused.smtp_code), is_final=is_final)
    except (SMTPException, OSError, ValueError) as error:
        # The way is open: what is wrong with values is wrong with this message.
        return Answer(0, type(error).__name__, is_final=isinstance(error, ValueError | SMTPNotSupportedError))
    return Answer(_TAKEN, str(_TAKEN))
