"""Mails that a person has asked for, such as the one by which an address is confirmed: no advertising is in them."""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

from ripeline.core.phrases import gettext as _
from ripeline.server import mail_links

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ripeline.language import Language
    from ripeline.server.mails import Mail


class Words(NamedTuple):
    """What a mail says: its subject, its paragraphs, and the link that it is about, with what stands on its button."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str = ""
    address: str = ""

    @property
    def text(self) -> str:
        """The mail as plain text."""
        link = f"{self.button}:\n{self.address}" if self.address else ""
        return "\n\n".join(filter(None, (*self.paragraphs, link))) + "\n"


def sender() -> str:
    """Who writes: our company, else the name that our mails are from, else the host of our pages."""
    return (
        str(settings.COMPANY)
        or parseaddr(settings.DEFAULT_FROM_EMAIL)[0]
        or urlsplit(settings.URL).hostname
        or "Ripeline"
    )


def _confirm(mail: Mail, say: Language) -> Words:
    """Was it you? Nothing else is in it: whoever typed the address may be a stranger."""
    return Words(
        say(_("Please confirm your e-mail address")),
        (
            say(_("Somebody gave this address on a page of {company} and agreed to be contacted."), company=sender()),
            say(_("If it was you, please confirm it. You will see once more what you agreed to.")),
            say(_("If it was not you, do nothing: you will get no further mails.")),
        ),
        say(_("Confirm")),
        mail_links.address(mail.about, mail.pk),
    )


def _data(mail: Mail, say: Language) -> Words:
    """The way to one's own data; nothing of it stands in the mail, because mails are passed on."""
    return Words(
        say(_("Your data: here is the way")),
        (
            say(_("Somebody asked for the data that {company} holds of this address."), company=sender()),
            say(_("Behind the button you can download all of it, object to its use, or have it erased.")),
            say(_("The link opens for three days, and for whoever has it: do not pass this mail on.")),
            say(_("If it was not you, do nothing: nothing changes.")),
        ),
        say(_("To my data")),
        mail_links.address(mail.about, mail.pk),
    )


SERVICES: Mapping[str, Callable[[Mail, Language], Words]] = {"confirm": _confirm, "data": _data}
"""By what a service mail is about, what it says."""


def words(mail: Mail, language: Language) -> Words | None:
    """What a mail says in a language; None if nobody knows what it is about."""
    told = SERVICES.get(mail.about)
    return told(mail, language) if told else None
