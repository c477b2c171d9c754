"""Ending mails by a mail: whoever holds its link, or complains of it, gets no more of the kind."""

from __future__ import annotations

from django.db import transaction

from ripeline.server import consents, suppressions, tokens
from ripeline.server.leads import Lead, kept_of
from ripeline.server.mails import Mail

PURPOSE = "unsubscribe"
"""What the tokens are for by which mails are ended."""


def token_of(mail: int) -> str:
    """The token by which whoever has a mail ends mails like it."""
    return tokens.token(PURPOSE, mail)


def mail_of(token: str) -> Mail | None:
    """The mail that a token came with; None for what we did not make."""
    row = tokens.row_of(PURPOSE, token)
    return None if row is None else Mail.objects.filter(pk=row).first()


def lead_of(mail: Mail) -> Lead:
    """Whose it is now."""
    return Lead.objects.get(pk=kept_of([mail.lead_id])[mail.lead_id])


def end(mail: Mail, *, way: str, now: int) -> bool:
    """Take the person's no to all purposes of e-mail; it stands at once. Whether it is new.

    `way` tells how it came: by the link, or as a complaint.
    """
    with transaction.atomic():
        lead = lead_of(mail)
        asked = suppressions.purposes_of("email")
        if asked <= suppressions.of_all([lead.pk], now=now).get(lead.pk, {}).keys():
            return False
        consents.refuse(lead, asked, proof=f"{way} {mail.key}", now=now)
        return True
