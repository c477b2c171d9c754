"""Whose row a message says it is: identifiers, cleaned of what could be anybody's."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 254
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"  # what stands for signs that nobody can read
_LONGEST_NUMBER = 2**63
_LONGEST_LABEL = 63
_SHARP = "\N{LATIN SMALL LETTER SHARP S}"
_NOBODY = frozenset(
    {
        "",
        "-",
        "-1",
        "0",
        "[object object]",
        "{}",
        "anonymous",
        "anonymousid",
        "distinct_id",
        "distinctid",
        "email",
        "false",
        "guest",
        "id",
        "n/a",
        "na",
        "nan",
        "nil",
        "no-reply",
        "none",
        "not_authenticated",
        "null",
        "test",
        "true",
        "undefined",
        "unknown",
        "user",
        "user_id",
        "userid",
        "visitor",
        "00000000-0000-0000-0000-000000000000",
    }
)
"""What programs send when they do not know who it is: taken for a name it would make one person of many."""


def identifier(value: object) -> str | None:
    """An identifier without the spaces around it; none if it is no text or number, too long, or could be anybody's."""
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
    elif isinstance(value, int) and abs(value) < _LONGEST_NUMBER:
        text = str(value)
    else:
        return None
    if len(text) > LONGEST or text.lower() in _NOBODY or not text.isprintable() or _UNREADABLE in text:
        return None
    return text


def email(value: object) -> str | None:
    """An e-mail address in small letters, each mailbox in one way of the several to write it; none if it is not one."""
    text = identifier(value)
    if text is None:
        return None
    name, at, domain = text.partition("@")
    if not text.isascii() or "xn--" in domain.lower():
        name, domain = unicodedata.normalize("NFC", name), _in_letters(domain)
        text = f"{name}{at}{domain}"
    if not (name and at and "." in domain) or "@" in domain or any(character.isspace() for character in text):
        return None
    if not all(0 < len(label) <= _LONGEST_LABEL for label in domain.split(".")):
        return None
    if any(character in '<>(),;:"[]\\' for character in text):
        return None
    small = text.lower()
    return small if len(small) <= LONGEST else None  # some letters become two


def _in_letters(domain: str) -> str:
    """A domain in its own letters, as its mailboxes are reached whichever way it is written; empty if it is none."""
    small = unicodedata.normalize("NFC", domain.lower())
    if _SHARP in small:
        # Mail programs that know only the older rule would write to strasse.de, which is somebody else's.
        return ".".join(map(_encoded, small.split(".")))
    try:
        return small.encode("idna").decode("idna")
    except UnicodeError:
        return small if small.isascii() else ""


def _encoded(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode()}"


def elsewhere(context: Mapping[str, Any]) -> str | None:
    """The first identifier of another system, as type:id."""
    given = context.get("externalIds") or context.get("externalId")
    for entry in given if isinstance(given, list) else [given]:
        if isinstance(entry, dict) and (value := identifier(entry.get("id"))):
            kind = identifier(entry.get("type"))
            named = f"{kind}:{value}" if kind else value
            return named if len(named) <= LONGEST else None
    return None
