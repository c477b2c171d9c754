"""Mails that say that a mail did not arrive: to whom, for how long, and why.

Delivery status notifications (RFC 3464) are read here; what older programs write instead is known to flufl.bounce.
"""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from flufl.bounce import all_failures

from ripeline.integrations import claims

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ripeline.integrations.mail.reading import Mail

Kind = Literal["hard", "soft"]
"""Whether the address is dead, or only this mail did not arrive."""

_RECIPIENTS = 50
_REASON = 200
_ADDRESS_CODES = re.compile(r"5\.(?:1\.(?:0|1|2|3|6|10)|2\.1|4\.1|4\.4)")
"""Permanent codes that speak of the address: unknown, moved, disabled, of no such domain (RFC 3463, 7505)."""
_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -])")
_FULL = re.compile(
    r"mailbox (?:is )?full|over ?quota|quota (?:is )?exceeded|exceeded .{0,20}quota|insufficient (?:system )?storage"
    r"|out of storage|(?:postfach|mailbox) .{0,20}voll|speicherplatz|mailbox .{0,20}vol\b"
    r"|postkasse.{0,20}(?:fuld|fyldt)",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"(?:user|recipient|mailbox|address|account|alias|domain)\b.{0,40}(?:unknown|not (?:be )?found"
    r"|does(?:n't| not) exist|not exist|no longer|disabled|invalid|inactive|unavailable$)"
    r"|(?:unknown|invalid|no such|bad destination) (?:\w+ )?(?:user|recipient|mailbox|address|host|domain|account)"
    r"|recipientnotfound|not listed in|no mailbox here"
    r"|empfänger .{0,30}(?:unbekannt|nicht gefunden)|(?:adresse|postfach) .{0,30}(?:existiert nicht|nicht gefunden)"
    r"|adres .{0,30}(?:bestaat niet|niet gevonden)|(?:adressen|modtager\w*) .{0,40}(?:findes ikke|ikke fundet|ukendt)"
    r"|host (?:or domain name )?not found|name service error",
    re.IGNORECASE,
)
_SENDER = re.compile(r"mailer[._-]?daemon|mail[._-]?daemon|postmaster|microsoftexchange\w*|mail-?delivery\S*|mdaemon")
_SUBJECT = re.compile(
    r"\s*(?:undeliver(?:able|ed)|un?zustellbar|nicht zustellbar|returned mail|mail delivery (?:failed|failure|system)"
    r"|delivery (?:status notification|failure|has failed)|failure notice|delivery delayed|warning: message"
    r"|mail(?:zustellung|sendung) .{0,20}fehlgeschlagen|zustellung .{0,20}fehlgeschlagen"
    r"|unzustellbar|onbestelbaar|niet[ -]bezorg|niet afgeleverd|ikke leveret|kunne ikke leveres|kan ikke leveres"
    r"|message (?:not delivered|you sent blocked)|rejected:)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient whom a mail did not reach."""

    recipient: str
    kind: Kind
    code: str  # such as 5.1.1; empty if none is told
    reason: str


def is_report(mail: Mail) -> bool:
    """Whether it speaks of a mail's delivery, not of what a person read or complained of."""
    if mail.report:
        return True
    return _is_from_a_server(mail) and (
        bool(mail.header("x-failed-recipients")) or _SUBJECT.match(mail.subject) is not None
    )


def failures(mail: Mail, raw: bytes) -> tuple[Failure, ...]:
    """Whom the mail did not reach that a report is about; nobody if it tells of success, or does not say."""
    found = list(_told(mail)) if mail.report else list(_guessed(mail, raw))
    return tuple({one.recipient: one for one in reversed(found[:_RECIPIENTS])}.values())[::-1]


def _is_from_a_server(mail: Mail) -> bool:
    return mail.return_path == "" or _SENDER.fullmatch(mail.sender.partition("@")[0]) is not None


# --- delivery status ------------------------------------------------------------------------------


def _told(mail: Mail) -> Iterator[Failure]:
    for block in mail.report:
        action = block.get("action", "").lower()
        if not action.startswith(("fail", "error", "delay")):
            continue
        recipient = _address(block, "original-recipient") or _address(block, "final-recipient")
        if recipient is None:
            continue
        said = " ".join(block.get("diagnostic-code", "").partition(";")[2].split())
        status = _CODE.search(block.get("status", ""))
        code = status[1] if status else _code_in(said)
        yield _failure(recipient, code, said, mail, is_delayed=action.startswith("delay"))


def _address(block: Mapping[str, str], name: str) -> str | None:
    value = block.get(name, "")
    return claims.email(value.rpartition(";")[2].strip(" <>"))


def _failure(recipient: str, code: str, said: str, mail: Mail, *, is_delayed: bool) -> Failure:
    reason = said or _sentence(mail, recipient)
    more = _code_in(said)  # some servers tell 5.0.0 in the field, and what they mean in the text
    if code in ("", "5.0.0", "4.0.0") and more:
        code = more
    return Failure(recipient, _kind(code, said or mail.text[:4_000], is_delayed=is_delayed), code, reason[:_REASON])


def _kind(code: str, said: str, *, is_delayed: bool) -> Kind:
    if is_delayed or code.startswith("4") or _FULL.search(said):
        return "soft"
    return "hard" if _ADDRESS_CODES.fullmatch(code) or _NOBODY.search(said[:4_000]) else "soft"


def _code_in(said: str) -> str:
    extended: list[str] = [code for code in _CODE.findall(said) if not code.startswith("2")]
    if extended:
        return extended[0]
    plain = _REPLY.search(said)
    return "" if plain is None else f"{str(plain[1])[:1]}.0.0"


def _sentence(mail: Mail, recipient: str) -> str:
    """The line that speaks of the recipient, or the first one."""
    lines = [" ".join(line.split()) for line in mail.text.splitlines() if line.strip()]
    near = [place for place, line in enumerate(lines) if recipient in line.lower()]
    return " ".join(lines[near[0] : near[0] + 2]) if near else next(iter(lines), "")


# --- what older programs write --------------------------------------------------------------------


def _guessed(mail: Mail, raw: bytes) -> Iterator[Failure]:
    named = [claims.email(one.strip()) for one in mail.header("x-failed-recipients").split(",")]
    permanent: set[str | None] = {one for one in named if one}
    passing: set[str | None] = set()
    if not permanent:
        later, never = _scanned(raw)
        passing, permanent = {claims.email(one) for one in later}, {claims.email(one) for one in never}
    said = _before_the_mail(mail.text)
    code = _code_in(said)
    for recipient in sorted(one for one in permanent | passing if one):
        yield _failure(recipient, code, said, mail, is_delayed=recipient in passing)


def _scanned(raw: bytes) -> tuple[list[str], list[str]]:
    """The recipients whom a mail reaches later, and never, as flufl.bounce finds them."""
    try:
        later, never = all_failures(email.message_from_bytes(raw[: 64 * 1024]))
    except Exception:  # noqa: BLE001 - a mail may hold anything
        return [], []
    return [one.decode() for one in later], [one.decode() for one in never]


def _before_the_mail(text: str) -> str:
    """What the server says, without the mail that it returns below."""
    said = re.split(r"(?im)^\W*(?:original message|return-path:|received:|message-id:).*$", text[:8_000], maxsplit=1)
    return " ".join(said[0].split())
