"""Links of mails to leads: each opens one page to whoever has the mail, without a login, and nothing else opens it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from ripeline.server import tokens
from ripeline.server.leadmail.mails import Mail
from ripeline.server.leads import Lead, kept_of

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIRM, DATA, PREFERENCES, UNSUBSCRIBE = "confirm", "data", "preferences", "unsubscribe"
_PATHS: Mapping[str, str] = {
    CONFIRM: "/p/confirm/{}/",
    DATA: "/p/data/{}/",
    PREFERENCES: "/p/preferences/{}/",
    UNSUBSCRIBE: "/p/u/{}",  # as short as can be: it stands in a header
}
"""Where each page stands, by what it is for; the token of a link opens no other one."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose link was opened: the lead, the address that the mail went to, and the mail."""

    lead: Lead
    address: str
    mail: Mail


def path(page: str, mail: int) -> str:
    """Where the link of a mail leads, on our host."""
    return _PATHS[page].format(tokens.token(page, mail))


def address(page: str, mail: int) -> str:
    """The whole link, as it stands in the mail."""
    return f"{settings.URL}{path(page, mail)}"


def mail_of(page: str, token: str) -> Mail | None:
    """The mail in which a link to a page stood; None for what is no link of ours, or whose mail is gone."""
    row = tokens.row_of(page, token)
    return None if row is None else Mail.objects.filter(pk=row).first()


def lead_of(mail: Mail) -> Lead:
    """Whose a mail is now."""
    return Lead.objects.get(pk=kept_of([mail.lead_id])[mail.lead_id])
