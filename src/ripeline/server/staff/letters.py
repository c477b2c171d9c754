"""Letters to one of our own people: an invitation, a link for a new password. They leave beside the request.

Nobody waits for the mail server, and nobody can tell by the time whether a letter was sent. One that fails is tried
again for some minutes, and is kept nowhere meanwhile, because of the link in it only a digest is: what a restart of the
server takes along, its receiver asks for once more.
"""

from __future__ import annotations

import smtplib
import threading
import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.urls import reverse
from django.utils.translation import gettext, override

from ripeline.server.delivery.mail import AUTOMATIC
from ripeline.server.instruments import logs
from ripeline.server.staff.invitations import LinkKind

if TYPE_CHECKING:
    from ripeline.server.staff.invitations import WithToken

WAITS = (0, 10, 60, 300)
"""So many seconds pass before each try; a letter that none of them delivers is lost."""
_REFUSED = 500


def can_send() -> bool:
    """Whether a mail server is named."""
    return bool(settings.EMAIL_HOST)


def address_of(made: WithToken, kind: LinkKind) -> str:
    """The link as it is shown or mailed, once."""
    name = "invited" if kind == LinkKind.INVITED else "new_password"
    return f"{settings.URL}{reverse(name, args=[made.token])}"


def post(made: WithToken, kind: LinkKind) -> threading.Thread | None:
    """Send a link to its user in the user's language; gives the thread that does, None without a mail server."""
    if not can_send():
        return None
    address = address_of(made, kind)
    with override(made.user.language or "en"):
        subject, text = _invitation(address) if kind == LinkKind.INVITED else _new_password(address)
    return send(EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [made.user.email], headers=AUTOMATIC))


def _invitation(address: str) -> tuple[str, str]:
    text = gettext("You are invited to Ripeline. Choose a password within seven days:")
    return gettext("You are invited to Ripeline"), f"{text}\n{address}\n"


def _new_password(address: str) -> tuple[str, str]:
    text = gettext("Somebody, you as we hope, asked for a new password. Choose it within an hour:")
    rest = gettext("If it was not you, do nothing: your password stays as it is.")
    return gettext("Your new password for Ripeline"), f"{text}\n{address}\n\n{rest}\n"


def send(mail: EmailMessage) -> threading.Thread:
    """Send a mail to one of our own people; gives the thread that does."""
    thread = threading.Thread(target=_send, args=(mail,), name="letter", daemon=True)
    thread.start()
    return thread


def _send(mail: EmailMessage) -> None:
    for wait in WAITS:
        time.sleep(wait)
        try:
            EmailBackend().send_messages([mail])
        except (smtplib.SMTPException, OSError, ValueError) as error:
            logs.logger().warning("letter_failed", error=type(error).__name__)
            if _is_final(error):
                return
        else:
            return


def _is_final(error: Exception) -> bool:
    """Whether the mail server will never take it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= _REFUSED for code, _ in error.recipients.values())
    return isinstance(error, ValueError) or (
        isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= _REFUSED
    )
