"""Mails that a person has asked for, such as the one by which an address is confirmed: no advertising is in them."""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

from ripeline.core.phrases import gettext as _
from ripeline.server.leadmail import mail_links

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.language import Language
    from ripeline.server.leadmail.mails import Mail


class Words(NamedTuple):
    """What a mail says: its subject, its paragraphs, and the link that it is about, with what stands on its button."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str
    address: str

    @property
    def text(self) -> str:
        """The mail as plain text."""
        return "\n\n".join((*self.paragraphs, f"{self.button}:\n{self.address}")) + "\n"


def sender() -> str:
    """Who writes: our company, else the name that our mails are from, else the host of our pages."""
    return (
        str(settings.COMPANY)
        or parseaddr(settings.DEFAULT_FROM_EMAIL)[0]
        or urlsplit(settings.URL).hostname
        or "Ripeline"
    )


class Service(NamedTuple):
    """What a kind of service mail says: its subject, its paragraphs, and what stands on the button of its link."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str


SERVICES: Mapping[str, Service] = {
    # Nothing else is in it: whoever typed the address may be a stranger.
    mail_links.CONFIRM: Service(
        _("Please confirm your e-mail address"),
        (
            _("Somebody gave this address on a page of {company} and agreed to be contacted."),
            _("If it was you, please confirm it. You will see once more what you agreed to."),
            _("If it was not you, do nothing: you will get no further mails."),
        ),
        _("Confirm"),
    ),
    # Nothing of the data stands in it, because mails are passed on.
    mail_links.DATA: Service(
        _("Your data: here is the way"),
        (
            _("Somebody asked for the data that {company} holds of this address."),
            _("Behind the button you can download all of it, object to its use, or have it erased."),
            _("The link opens for three days, and for whoever has it: do not pass this mail on."),
            _("If it was not you, do nothing: nothing changes."),
        ),
        _("To my data"),
    ),
}
"""By what a service mail is about, which is what its link opens, what it says."""


def words(mail: Mail, say: Language) -> Words | None:
    """What a mail says in a language; None if nobody knows what it is about."""
    told = SERVICES.get(mail.about)
    if told is None:
        return None
    paragraphs = tuple(say(one, company=sender()) for one in told.paragraphs)
    return Words(say(told.subject), paragraphs, say(told.button), mail_links.address(mail.about, mail.pk))
