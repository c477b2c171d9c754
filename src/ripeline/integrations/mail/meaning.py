"""What a mail is: a person's reply or question, an automatic reply, a bounce, or nothing that concerns a lead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ripeline.integrations.mail.automatic import away_until, is_automatic, is_for_many, is_machine
from ripeline.integrations.mail.bounces import Failure, failures, is_report
from ripeline.integrations.mail.own_words import own_words
from ripeline.integrations.strict_json import Unfit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.integrations.mail.reading import Mail

Ignored = Literal["own", "list", "machine", "receipt", "complaint", "calendar", "delivered", "unclear_bounce"]
"""Why a mail concerns no lead."""

_MAX_SAID = 8_000
_REPLY = re.compile(r"\s*\[?(?:re|aw|antw|antwort|antwoord|sv|vs|svar|betr)(?:\[\d+\]|\^\d+)?\s?:", re.IGNORECASE)
_VERDICT = re.compile(r"\bdmarc\s*=\s*(\w+)")
_IS_SPAM = re.compile(r"yes\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class House:
    """What is ours: addresses and domains whose mails are no leads', and the server whose word on senders counts."""

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    authserv_id: str = ""

    def holds(self, address: str) -> bool:
        """Whether an address is one of ours."""
        return address in self.addresses or address.partition("@")[2] in self.domains


class Row(NamedTuple):
    """A row of the ledger that a mail becomes; one of a machine counts only for a lead that is known already."""

    key: str
    name: str
    email: str
    properties: Mapping[str, Any]
    needs_lead: bool


class Complaint(NamedTuple):
    """Somebody told the mail server that a mail of this Message-ID was not wanted."""

    message_id: str


def rows(mail: Mail, raw: bytes, house: House, *, is_released: bool = False) -> list[Row] | Complaint | Ignored:
    """What a mail says, as rows, or why it says nothing; raises Unfit for one that a person should look at.

    A mail that a person has looked at and released is neither forged nor spam.
    """
    try:
        return _rows(mail, raw, house, is_released=is_released)
    except Unfit:
        raise
    except Exception as error:
        raise Unfit("unreadable_mail", type(error).__name__) from error


def _rows(mail: Mail, raw: bytes, house: House, *, is_released: bool) -> list[Row] | Complaint | Ignored:
    if not is_released and _is_forged(mail, house):
        raise Unfit("forged", mail.sender)
    if is_report(mail):
        found = failures(mail, raw)
        return _bounced(mail, found) if found else "delivered" if mail.report else "unclear_bounce"
    if mail.content_type == "multipart/report" and "feedback-report" in mail.header("content-type").lower():
        return _complaint(mail)
    why = _no_person(mail, house)
    if why is not None:
        return why
    if is_automatic(mail):
        return [_automatic(mail)]
    if not is_released and any(_IS_SPAM.match(mail.header(name)) for name in ("x-spam-flag", "x-spam")):
        raise Unfit("mail_spam", mail.sender)
    return _written(mail)


def _no_person(mail: Mail, house: House) -> Ignored | None:
    """Why it is not a person's mail to us; raises Unfit if it says not at all whose it is."""
    if mail.content_type == "multipart/report":
        return "receipt"
    if not mail.sender:
        raise Unfit("no_identity")
    if house.holds(mail.sender):
        return "own"
    if is_machine(mail) and not is_automatic(mail):
        return "machine"
    if not is_automatic(mail) and is_for_many(mail, house.domains):
        return "list"
    return "calendar" if mail.content_type == "text/calendar" else None


def _complaint(mail: Mail) -> Complaint | Ignored:
    """A complaint of a mail that it names (RFC 5965); that somebody took one back is none."""
    named = mail.returned.get("message-id", "").strip(" <>")
    is_none = mail.feedback.get("feedback-type", "").lower() == "not-spam"
    return "complaint" if is_none or not named else Complaint(named)


def _is_forged(mail: Mail, house: House) -> bool:
    """Whether our own server found that the sender's domain disowns the mail; nobody else's word counts."""
    if not house.authserv_id:
        return False
    for value in mail.headers.get("authentication-results", ()):
        server, _, said = value.lower().partition(";")
        if server.split()[:1] == [house.authserv_id] and _VERDICT.findall(said)[:1] == ["fail"]:
            return True
    return False


def _written(mail: Mail) -> list[Row]:
    text = own_words(mail.text)
    said: dict[str, Any] = {"subject": mail.subject, "text": text[:_MAX_SAID], "text_length": len(text)}
    if mail.name:
        said["name"] = mail.name
    if mail.attachments:
        said["attachments"] = list(mail.attachments)
    if mail.refers_to or _REPLY.match(mail.subject):
        row = Row(mail.key, "email_replied", mail.sender, said, needs_lead=False)
    else:
        row = Row(mail.key, "question_asked", mail.sender, said | {"by": "mail"}, needs_lead=False)
    known = {"email": mail.sender, "email_status": "deliverable"}
    return [row, Row(_beside(mail.key, "status"), "attributes_changed", mail.sender, known, needs_lead=False)]


def _automatic(mail: Mail) -> Row:
    said = {"subject": mail.subject}
    until = away_until(mail)
    if until:
        said["away_until"] = until
    return Row(mail.key, "automatic_reply_received", mail.sender, said, needs_lead=True)


def _bounced(mail: Mail, found: tuple[Failure, ...]) -> list[Row]:
    made = []
    for number, one in enumerate(found):
        key = _beside(mail.key, str(number)) if number else mail.key
        said = {"kind": one.kind, "code": one.code, "reason": one.reason}
        returned = mail.returned.get("message-id", "").strip(" <>")
        if returned:
            said["message_id"] = returned
        made.append(Row(key, "email_bounced", one.recipient, said, needs_lead=True))
        if one.kind == "hard":
            status = {"email_status": "undeliverable"}
            made.append(Row(_beside(key, "status"), "attributes_changed", one.recipient, status, needs_lead=True))
    return made


def _beside(key: str, what: str) -> str:
    """The key of a further row of the same mail: no message id has a space."""
    return f"{key} {what}"
