"""What tests of mails to leads share: a lead that agreed to them, a template, and the mail server they leave by."""

from __future__ import annotations

import re
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import transaction

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, said, signed
from mail_server import MailServer, page_of
from ripeline.server.delivery.courier import deliver
from ripeline.server.delivery.outbox import Delivery
from ripeline.server.instants import HOUR, SECOND
from ripeline.server.leadmail import mail_templates, mails
from ripeline.server.leadmail.mail_templates import MailTemplate
from ripeline.server.leadmail.mails import MailKind
from ripeline.server.nurture import nurturing
from ripeline.server.sales import clocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from mail_server import Mail as Taken
    from ripeline.server.leadmail.mails import Mail
    from ripeline.server.leads import Lead
    from ripeline.server.sources import Source
    from set_clock import SetClock

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
PROOF = {"wording": "News by e-mail", "proof": "a signed paper", "confirmed_at": "2026-01-05T09:00:00Z"}
SECTIONS = """<mj-section><mj-column><mj-text>{{Hello {first_name},|Hello,}}</mj-text>
<mj-text>Read about <a href="https://example.com/fees?a=1&amp;b=2">fees</a>.</mj-text>
<mj-button href="{{{content_address}|https://example.com/all}}">Read</mj-button></mj-column></mj-section>"""


@contextmanager
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """The mail server that the settings name, for a company with an imprint and a safe address."""
    with MailServer() as listening:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", listening.port
        settings.DEFAULT_FROM_EMAIL = "ripeline@example.com"
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.COMPANY, settings.IMPRINT = "Havn & Søn", ("Havn & Søn ApS, Havnegade 1", "www.example.com")
        settings.URL = "https://leads.example.com"
        yield listening


def template(
    clock: SetClock, name: str = "fees", language: str = "en", subject: str = "Fees", sections: str = SECTIONS
) -> MailTemplate:
    """A template that can be used."""
    made = mail_templates.put(name, language, subject, sections, by=None, now=clock())
    assert isinstance(made, MailTemplate), made
    return made


def agreed(source: Source, clock: SetClock, *, email: str = "ada@example.com", tracking: bool = True) -> Lead:
    """A lead that proved its yes to mails, and maybe said one to being followed."""
    signed(PLAYBOOK, now=clock())
    return agreed_too(source, clock, email=email, tracking=tracking)


def agreed_too(
    source: Source, clock: SetClock, *, email: str, tracking: bool = True, first_name: str = "Ada", **more: object
) -> Lead:
    """The same while the playbook is signed already."""
    happened(source, "paper", clock.move(60), email=email)
    happened(source, "attributes_changed", clock(), email=email, said={"first_name": first_name, **more})
    all_rounds(clock)
    lead = lead_of(email)
    said(lead, "consent_given", clock.move(1), purpose="email", **PROOF)
    if tracking:
        said(lead, "consent_given", clock(), purpose="tracking", wording="Follow me", proof="form")
    all_rounds(clock)
    return lead


def posted(lead: Lead, clock: SetClock, *, key: str = "m-1", about: str = "fees", item: str = "") -> Mail:
    """A mail on its way."""
    with transaction.atomic():
        return mails.post(lead, about, kind=MailKind.TRACK, key=key, now=clock(), item=item)


def sent(lead: Lead, clock: SetClock, *, key: str = "m-1", about: str = "fees", item: str = "") -> Mail:
    """A mail that the mail server took or that was held back."""
    mail = posted(lead, clock, key=key, about=about, item=item)
    deliver(clock)
    mail.refresh_from_db()
    return mail


def links_of(taken: Taken) -> list[str]:
    """The paths of the links that are counted."""
    found = re.findall(r'href="(https://leads\.example\.com/p/c/[^"]+)"', page_of(taken))
    return [one.removeprefix("https://leads.example.com") for one in dict.fromkeys(found)]


def end_of(taken: Taken) -> str:
    """The path by which mails like it are ended; a long header begins on a line of its own."""
    told = str(taken.message["List-Unsubscribe"]).strip()
    (path,) = re.findall(r"^<https://leads\.example\.com(/p/u/[0-9a-f]+-[\w-]{24})>$", told)
    return str(path)


def altered(link: str) -> str:
    """The same link with another last sign of its token, whatever that sign is."""
    told = link.rstrip("/")
    return told[:-1] + ("A" if told[-1] != "A" else "B") + link[len(told) :]


def worked(clock: SetClock, days: float = 0) -> None:
    """So much time, three hours by three, with all that the worker does in it."""
    for _ in range(max(1, round(days * 8))):
        clock.move(3 * HOUR / SECOND if days else 1)
        for _again in range(9):
            rounds = all_rounds(clock)
            clocks.run(clock())
            if not nurturing.run(clock()) and not rounds:
                break
        if Delivery.objects.filter(next_try_at__lte=clock()).exists():
            deliver(clock)


@dataclass(frozen=True)
class Published:
    """Our public key, as the name server tells it to whoever gets our mails."""

    key: bytes

    def verifies(self, raw: bytes) -> bool:
        """Whether what the mail server took is what we signed."""
        return bool(dkim.verify(raw, dnsfunc=self._answer))

    def _answer(self, name: bytes, timeout: int = 5) -> bytes:
        assert name == b"ripeline._domainkey.example.com."
        assert timeout
        return b"v=DKIM1; k=rsa; p=" + b64encode(self.key)


def signing(settings: Settings) -> Published:
    """Let our mails be signed from now on."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    settings.DKIM_KEY, settings.DKIM_DOMAIN = key.private_bytes(*plain), "example.com"
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    return Published(key.public_key().public_bytes(serialization.Encoding.DER, public))
