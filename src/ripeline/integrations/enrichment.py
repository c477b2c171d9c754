"""What follows from an address, a number, a website or a country that somebody told, by rule and without a network."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from ripeline.integrations.countries import country, country_of_domain
from ripeline.integrations.mail_domains import is_disposable, is_private, is_role, registrable

Derived = Mapping[str, str | None]
"""Attributes that follow from one fact; none for what an address before it may have had and this one has not."""

KINDS = ("email", "website", "phone", "country")
"""From what attributes follow; where two kinds say the same attribute, the later one knows better."""

CONCLUDED = frozenset(("email_kind", "email_domain", "email_status", "country_code", "phone_e164"))
"""Attributes that nobody tells of himself: they follow by rule, or from a program that knows better."""

_EMAIL, _WEBSITE = "email", ("website", "company_domain", "domain")
_PHONES = ("phone", "mobile", "telephone", "phone_number")
_LONGEST_EMAIL, _LONGEST_NUMBER, _LONGEST_ADDRESS = 320, 60, 2_000

_NO_EMAIL: dict[str, str | None] = {
    "email_kind": None,
    "email_domain": None,
    "email_status": None,
}


def derived(told: Mapping[str, Any]) -> dict[str, Derived]:
    """What follows from the attributes that one row tells, by the kind of fact it follows from, as in `KINDS`."""
    found: dict[str, Derived] = {}
    if _EMAIL in told:
        found["email"] = of_email(told[_EMAIL])
    if site := next(filter(None, (of_website(told.get(name)) for name in _WEBSITE)), None):
        found["website"] = site
    code = country(told.get("country"))
    lives = country(_of_address(told))
    region = code or lives or next((said["country"] for said in found.values() if said.get("country")), None)
    if number := next(filter(None, (of_phone(told.get(name), region) for name in _PHONES)), None):
        found["phone"] = number
    if code:
        found["country"] = {"country_code": code}
    elif lives:
        found["country"] = _lives(lives)
    return found


def of_email(told: object) -> Derived:
    """The kind of an address, its domain, the company's, its country; that it cannot be delivered to, if so."""
    if not isinstance(told, str):
        return _NO_EMAIL if told is None else _NO_EMAIL | {"email_status": "undeliverable"}
    text = told.strip()
    return _of_email(text) if text else _NO_EMAIL


@lru_cache(maxsize=10_000)
def _of_email(text: str) -> Derived:
    host = _host_of(text)
    domain = registrable(host) if host else None
    if host is None or domain is None:
        return _NO_EMAIL | {"email_status": "undeliverable"}
    kind = _kind(text.rpartition("@")[0].lower(), host)
    said = _NO_EMAIL | {"email_kind": kind, "email_domain": domain}
    if kind in ("company", "role"):
        said["company_domain"] = domain
    return said if kind == "disposable" else said | _lives(country_of_domain(host))


def _host_of(text: str) -> str | None:
    """The host of an address that may be one; none for an address that no mail server takes."""
    if len(text) > _LONGEST_EMAIL:
        return None
    try:
        return validate_email(text, check_deliverability=False, strict=True).ascii_domain.lower()
    except (EmailNotValidError, UnicodeError):
        return None


def _kind(name: str, host: str) -> str:
    if is_disposable(host):
        return "disposable"
    if is_private(host):
        return "private"
    return "role" if is_role(name) else "company"


def of_website(told: object) -> Derived | None:
    """The company's domain and its country; none if it is no address of a website."""
    if not isinstance(told, str) or not 0 < len(told) <= _LONGEST_ADDRESS:
        return None
    host = host_of(told if "//" in told else f"//{told}")
    domain = registrable(host) if host and "." in host and not host.replace(".", "").isdigit() else None
    if domain is None:
        return None
    return {"company_domain": domain} | _lives(country_of_domain(domain))


def host_of(address: str) -> str | None:
    """The host of an address of the web, in small letters, international ones as xn--; none if it has none."""
    try:
        host = urlsplit(address.strip()).hostname or ""
        return host.rstrip(".").encode("idna").decode().lower() or None
    except (ValueError, UnicodeError):
        return None


def of_phone(told: object, region: str | None = None) -> Derived | None:
    """A number as all the world can call it (E.164) and its country; none if it is no number that could be in use.

    A number without its country's is taken for one of `region`, two letters.
    """
    if isinstance(told, int) and not isinstance(told, bool):
        told = f"+{told}" if abs(told) < 10**_LONGEST_NUMBER else ""
    if not isinstance(told, str) or not 0 < len(told) <= _LONGEST_NUMBER:
        return None
    return _of_phone(told.strip(), region)


@lru_cache(maxsize=10_000)
def _of_phone(text: str, region: str | None) -> Derived | None:
    import phonenumbers  # noqa: PLC0415 - the plans of all countries, read when first asked for

    try:
        number = phonenumbers.parse(f"+{text[2:]}" if text.startswith("00") else text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    its = country(phonenumbers.region_code_for_number(number))
    whole = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return {"phone_e164": whole} | _lives(its)


def _lives(code: str | None) -> dict[str, str | None]:
    return {"country": code, "country_code": code} if code else {}


def _of_address(told: Mapping[str, Any]) -> object:
    """The country of the address that some clients send as an object."""
    address = told.get("address")
    return address.get("country") if isinstance(address, dict) else None
