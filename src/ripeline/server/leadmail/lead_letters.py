"""A mail to a lead as its mail server gets it: page and text, headers, signature. Nothing here asks a database."""

from __future__ import annotations

import re
import secrets
from email.utils import formataddr, formatdate, parseaddr
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import dkim
from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from ripeline.core.phrases import gettext as _
from ripeline.integrations.mail import pages, personal
from ripeline.integrations.mail.pages import Foot
from ripeline.language import Language
from ripeline.server.delivery.mail import AUTOMATIC, domain, id_of
from ripeline.server.leadmail.service_mails import sender as company

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNSUBSCRIBE, _PREFERENCES = "{{{unsubscribe}|}}", "{{{preferences}|}}"
_ONCE = (
    *(b"from", b"to", b"subject", b"date", b"message-id", b"content-type", b"reply-to"),
    *(b"list-unsubscribe", b"list-unsubscribe-post"),
)
"""Signed once more than there are, so that nobody adds another one: mail programs may show that."""
_SIGNED = (*_ONCE, b"mime-version", b"list-id", b"feedback-id", b"auto-submitted")
_NO_WORD = re.compile(r"[^A-Za-z0-9_-]+")
_HTTPS = "https://"


class Draft(NamedTuple):
    """All that a mail takes: to whom, what it says, and where its links lead.

    `unsubscribe` is the address that ends these mails; what the person asked for has none, and no advertising. A
    `text` of its own goes in place of that of the page.
    """

    to: str
    language: str
    subject: str
    sections: str
    values: Mapping[str, str]
    links: Mapping[str, str]
    id: str
    about: str
    unsubscribe: str = ""
    preferences: str = ""
    text: str = ""


class Page(NamedTuple):
    """What a mail says."""

    subject: str
    html: str
    text: str


def page(draft: Draft) -> Page:
    """What a mail says, as HTML and as text."""
    say = Language.of(draft.language)
    foot = tuple(Foot(line) for line in settings.IMPRINT)
    if draft.unsubscribe:
        foot = (*foot, Foot(say(_("Unsubscribe from these mails")), _UNSUBSCRIBE))
        foot = (*foot, Foot(say(_("What you have agreed to")), _PREFERENCES))
    values = {**draft.values, "unsubscribe": draft.unsubscribe, "preferences": draft.preferences}
    whole = pages.html(draft.sections, title=draft.subject, language=say.code, sender=company(), foot=foot)
    html = personal.filled(whole, values, escape)
    html = pages.relinked(html, draft.links)
    lines = dict.fromkeys(filter(None, (settings.COMPANY, *settings.IMPRINT)))  # many an imprint begins with the name
    below = "\n".join(("--", *lines)) if settings.COMPANY else ""
    text = f"{draft.text}\n{below}".rstrip() + "\n" if draft.text else pages.text(html)
    return Page(" ".join(personal.filled(draft.subject, values).split()), html, text)


def message(draft: Draft) -> EmailMultiAlternatives:
    """The mail, with the same id at every try."""
    said = page(draft)
    mail = _Signed(said.subject, said.text, sender(), [draft.to], headers=_headers(draft))
    mail.attach_alternative(said.html, "text/html")
    return mail


def sender() -> str:
    """Who mails to leads are from: our company, at the address of all our mails."""
    return formataddr((company(), parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))


def any_id() -> str:
    """What no other mail has before the @ of its Message-ID."""
    return secrets.token_urlsafe(18)


def _headers(draft: Draft) -> dict[str, str]:
    headers = AUTOMATIC | {"Message-ID": id_of(draft.id), "Date": formatdate(localtime=False)}
    if not draft.unsubscribe:
        return headers
    about = _NO_WORD.sub("-", draft.about)
    headers |= {
        "List-Unsubscribe": f"<{draft.unsubscribe}>",
        "List-Id": formataddr((settings.COMPANY, f"mails.{domain()}")),
        "Feedback-ID": f"{about}:ripeline:{domain()}",
    }
    # Mail programs ask by themselves only where nobody can listen.
    is_safe = draft.unsubscribe.startswith(_HTTPS)
    return headers | ({"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if is_safe else {})


class _Signed(EmailMultiAlternatives):
    """Signed by us if there is a key; else the mail server does it, or nobody."""

    def message(self, **given: Any) -> Any:  # noqa: ANN401 - Django's own kinds of messages
        made: Any = super().message(**given)
        if settings.DKIM_KEY:
            present = {name.lower().encode() for name in made}
            line = dkim.sign(
                made.as_bytes(linesep="\r\n"),
                settings.DKIM_SELECTOR.encode(),
                settings.DKIM_DOMAIN.encode(),
                settings.DKIM_KEY,
                canonicalize=(b"relaxed", b"relaxed"),
                include_headers=[*(name for name in _SIGNED if name in present), *_ONCE],
            )
            made["DKIM-Signature"] = " ".join(line.decode().partition(":")[2].split())
        return made
