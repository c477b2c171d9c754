"""The bytes of one mail as plain values: who wrote it, what about, and its text; attachments are named and not read.

A mail may hold anything. What is read of it is bounded before it is parsed, because the time that parsing takes grows
with the lines, the parts and their nesting together.
"""

from __future__ import annotations

import codecs
import email
import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast

from ripeline.integrations import claims
from ripeline.integrations.mail.html import text_of
from ripeline.integrations.segment import LONGEST_KEY
from ripeline.integrations.strict_json import Unfit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_BYTES = 8 * 1024 * 1024
"""More of a mail is never looked at."""
MAX_TEXT = 64 * 1024
MAX_KEPT = 32 * 1024
_FEW_BYTES = 256 * 1024  # of a mail that is built too intricately to be read in full
_MAX_STEPS = 2_000_000  # lines times nested parts
_MAX_PARTS = 5_000
_LEAVES = 200
_HEADERS, _HEADER, _SUBJECT, _NAME = 300, 4_096, 500, 100
_PARSED = 600  # signs of a header of a part: the time that its parameters take grows with their square
_ATTACHMENTS = 20
_NO_TEXT = {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem"}
_ANY_ADDRESS = re.compile(r"<([^<>\s]{3,254})>")
_ROOM = 16  # in a key, for what tells the rows of one mail apart
_IDS = re.compile(r"<([^<>\s]{1,500})>")


class _Bounded(policy.EmailPolicy):
    """The library's, but no header is parsed further than people look."""

    def header_fetch_parse(self, name: str, value: str) -> Any:  # noqa: ANN401 - the library's
        return super().header_fetch_parse(name, value[:_PARSED])


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail; what it does not say is empty."""

    message_id: str
    sender: str  # an address in small letters
    name: str
    subject: str
    date: str | None  # ISO 8601, by the sender's clock
    refers_to: tuple[str, ...]  # message ids
    return_path: str | None  # empty: nobody wants an answer; none: not told
    headers: Mapping[str, tuple[str, ...]]  # by name in small letters, decoded
    content_type: str
    text: str
    attachments: tuple[str, ...]
    report: tuple[Mapping[str, str], ...] = ()  # the blocks of a delivery status
    feedback: Mapping[str, str] = field(default_factory=dict)  # what a report of a complaint says
    returned: Mapping[str, str] = field(default_factory=dict)  # headers of the mail that came back
    head: str = ""  # the headers as they came

    @property
    def key(self) -> str:
        """What makes it count once: its message id, or a hash of what it says if it has none."""
        if self.message_id.isprintable() and 0 < len(self.message_id) <= LONGEST_KEY - _ROOM:
            return self.message_id
        said = self.message_id or "\n".join((self.sender, self.date or "", self.subject, self.text))
        return "sha256:" + hashlib.sha256(said.encode()).hexdigest()

    def header(self, name: str) -> str:
        """The first header of that name, empty if there is none."""
        return next(iter(self.headers.get(name, ())), "")

    def kept(self) -> str:
        """The mail for keeping: its headers and its text as a mail of its own, attachments named and left out."""
        named = "".join(f"X-Ripeline-Attachment: {name}\n" for name in self.attachments)
        head = f"{self.head}{named}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        return as_text((head + self.text).encode(errors="replace"))


def as_text(raw: bytes) -> str:
    """Bytes as text for keeping, at most `MAX_KEPT` of them, with escapes for what is not UTF-8."""
    return raw[:MAX_KEPT].decode(errors="backslashreplace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def read(raw: bytes, *, return_path: str | None = None) -> Mail:
    """What a mail says; raises Unfit, and nothing else, for one that cannot be read.

    The return path is the envelope's, where that is known; else the header of that name counts.
    """
    try:
        return _read(_bounded(raw), return_path)
    except Unfit:
        raise
    except Exception as error:  # noqa: BLE001 - the library's parser fails in many ways
        raise Unfit("unreadable_mail", type(error).__name__) from None


def _bounded(raw: bytes) -> bytes:
    """As much of a mail as can be parsed in about a second."""
    for size in (MAX_BYTES, _FEW_BYTES):
        part = raw[:size]
        nested = part.lower().count(b"boundary") + part.lower().count(b"message/")
        if part.count(b"\n") * (1 + nested) <= _MAX_STEPS and part.count(b"\n--") <= _MAX_PARTS:
            return part
    raise Unfit("unreadable_mail", "too intricate")


def _read(raw: bytes, return_path: str | None) -> Mail:
    message: EmailMessage = email.message_from_bytes(raw, policy=cast("Any", _Bounded()))
    plain: dict[str, list[str]] = {}
    for name, value in list(message.raw_items())[:_HEADERS]:
        plain.setdefault(name.lower(), []).append(_eight_bit(str(value))[:_HEADER])
    headers = {name: tuple(_decoded(name, value) for value in values) for name, values in plain.items()}
    if not headers:
        raise Unfit("unreadable_mail", "no headers")
    name, address = _sender(plain)
    contents = _contents(message)
    path = return_path if return_path is not None else headers["return-path"][0] if "return-path" in headers else None
    ids = _IDS.findall(" ".join(plain.get("message-id", ())))
    return Mail(
        message_id=ids[0] if ids else "",
        sender=address,
        name=name,
        subject=" ".join(next(iter(headers.get("subject", ())), "").split())[:_SUBJECT],
        date=_date(plain),
        refers_to=tuple(_IDS.findall(" ".join((*plain.get("in-reply-to", ()), *plain.get("references", ()))))[-20:]),
        return_path=None if path is None else path.strip(" <>"),
        headers=headers,
        content_type=message.get_content_type(),
        text=contents.text,
        attachments=tuple(contents.attachments),
        report=tuple(contents.report),
        feedback=contents.feedback,
        returned=contents.returned,
        head=_head(plain),
    )


# --- headers --------------------------------------------------------------------------------------


def _eight_bit(value: str) -> str:
    """A header's value, with what is not ASCII read as UTF-8 or else as Latin-1."""
    raw = value.encode(errors="surrogateescape")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _decoded(name: str, value: str) -> str:
    text = "".join(value.splitlines())
    if name == "subject":  # the others that are looked at are plain
        with suppress(Exception):
            text = str(policy.default.header_factory(name, text))
    return _printable(text)


def _printable(text: str) -> str:
    clean = text.encode(errors="replace").decode()
    return "".join(sign if sign.isprintable() else " " for sign in clean).strip()


def _sender(plain: Mapping[str, list[str]]) -> tuple[str, str]:
    """The name and the address of the first person it is from; an empty address if it names none."""
    for value in (*plain.get("from", ()), *plain.get("sender", ())):
        folded = "".join(value.splitlines())
        try:
            parsed = cast("Any", policy.default.header_factory("from", folded))
            found = [(one.display_name, one.addr_spec) for one in parsed.addresses]
        except Exception:  # noqa: BLE001 - the library's parser fails in many ways
            found = [("", one) for one in _ANY_ADDRESS.findall(folded)[:1]]
        for name, address in found:
            known = claims.email(address)
            if known:
                return _printable(name)[:_NAME], known
    return "", ""


def _date(plain: Mapping[str, list[str]]) -> str | None:
    with suppress(Exception):
        return parsedate_to_datetime(plain["date"][0]).isoformat()
    return None


def _head(plain: Mapping[str, list[str]]) -> str:
    lines = []
    for name, values in plain.items():
        if not name.startswith("content-") and name.isprintable():
            lines += [f"{name}: {' '.join(value.split())}\n" for value in values]
    return "".join(lines)[: MAX_KEPT // 2]


# --- contents -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Contents:
    text: str = ""
    attachments: list[str] = field(default_factory=list)
    report: list[Mapping[str, str]] = field(default_factory=list)
    feedback: dict[str, str] = field(default_factory=dict)
    returned: dict[str, str] = field(default_factory=dict)


def _contents(message: EmailMessage) -> _Contents:
    found = _Contents()
    texts: list[str] = []
    pages: list[str] = []
    for part in _leaves(message):
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            found.report += [_block(block) for block in _inside(part)]
        elif kind == "message/feedback-report":
            found.feedback = found.feedback or _returned(part)
        elif kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
            found.returned = found.returned or _returned(part)
            _name(part, found.attachments, default="message")
        elif (name := _filename(part)) or part.get_content_disposition() == "attachment" or part.is_multipart():
            _name(part, found.attachments, default=name or kind)
        elif kind == "text/plain":
            texts.append(_text(part))
        elif kind == "text/html":
            pages.append(_text(part))
        else:
            _name(part, found.attachments, default=kind)
    text = "\n".join(texts)
    found.text = (text if text.strip() else text_of("\n".join(pages)))[:MAX_TEXT]
    return found


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something, in their order; what is in an attached mail stays there."""
    waiting, seen = [message], 0
    while waiting and seen < _LEAVES:
        part = waiting.pop()
        seen += 1
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting += reversed(_inside(part))
        else:
            yield part


def _inside(part: Message) -> list[Message]:
    inner = part.get_payload()
    return [one for one in inner if isinstance(one, Message)][:_LEAVES] if isinstance(inner, list) else []


def _block(block: Message) -> dict[str, str]:
    return {name.lower(): _printable(_eight_bit(str(value))[:_HEADER]) for name, value in block.raw_items()}


def _returned(part: Message) -> dict[str, str]:
    """The headers of the mail that a report is about."""
    inner = _inside(part)
    if inner:
        return _block(inner[0])
    return _block(email.message_from_string(_text(part)[:MAX_KEPT]))


def _filename(part: Message) -> str:
    try:
        return _printable(part.get_filename() or "")[:_NAME]
    except Exception:  # noqa: BLE001 - the library's parser fails in many ways
        return "?"


def _name(part: Message, names: list[str], *, default: str) -> None:
    if len(names) < _ATTACHMENTS:
        names.append(_filename(part) or default)


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    return _as_charset(raw[: 4 * MAX_TEXT], str(part.get_content_charset() or "")).replace("\r\n", "\n")


def _as_charset(raw: bytes, charset: str) -> str:
    """Bytes as text: in the charset named if it is one, else UTF-8, else Windows' Latin."""
    with suppress(LookupError, ValueError, UnicodeError):
        if charset and codecs.lookup(charset).name.replace("_", "-") not in _NO_TEXT and charset != "us-ascii":
            return _storable(raw.decode(charset, errors="replace"))
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    return _storable(text)


def _storable(text: str) -> str:
    """The text without what no database takes: NUL, and halves of characters that some charsets let through."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
