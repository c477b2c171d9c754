"""One message to one mailbox by SMTP, through the server that RIPELINE_SMTP names."""

from __future__ import annotations

from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from ripeline.server.delivery.webhooks import Answer

if TYPE_CHECKING:
    from ripeline.server.delivery.notices import Notice

_TAKEN = 250


def send(mailbox: str, notice: Notice, key: str) -> Answer:
    """Send a notice once and tell what came of it: only what the mail server took has been delivered."""
    mail = EmailMessage(notice.headline, notice.text, settings.DEFAULT_FROM_EMAIL, [mailbox])
    # The same id at every try, so that a mailbox can drop a repetition; and no holiday notice comes back.
    mail.extra_headers = {"Message-ID": f"<{key}@{_host()}>", "Auto-Submitted": "auto-generated"}
    try:
        EmailBackend().send_messages([mail])
    except SMTPRecipientsRefused as refused:
        return Answer(0, " ".join(str(code) for code, _ in refused.recipients.values()))
    except SMTPResponseException as refused:
        return Answer(0, str(refused.smtp_code))
    except (SMTPException, OSError, ValueError) as error:
        return Answer(0, type(error).__name__)
    return Answer(_TAKEN, str(_TAKEN))


def _host() -> str:
    return str(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2].strip("<> ")
