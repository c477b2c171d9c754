"""Ending mails by a mail: whoever holds its link, or complains of it, gets no more of the kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from ripeline.server.consent import consents, suppressions
from ripeline.server.leadmail import mail_links

if TYPE_CHECKING:
    from ripeline.server.leadmail.mails import Mail


def end(mail: Mail, *, way: str, now: int) -> bool:
    """Take the person's no to all purposes of e-mail; it stands at once. Whether it is new.

    `way` tells how it came: by the link, or as a complaint.
    """
    with transaction.atomic():
        lead = mail_links.lead_of(mail)
        asked = suppressions.purposes_of("email")
        if asked <= suppressions.of_all([lead.pk], now=now).get(lead.pk, {}).keys():
            return False
        consents.refuse(lead, asked, proof=f"{way} {mail.key}", now=now)
        return True
