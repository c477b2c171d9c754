"""How the tests write mails: by hand, as mail programs do."""

from __future__ import annotations

from base64 import encodebytes
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

OURS = "rosa@ripe.example"
ADA = "Ada Lovelace <ada@engine.example>"
DATE = "Mon, 05 Jan 2026 09:12:00 +0100"
_ID = "<{}@engine.example>"


class Case(NamedTuple):
    """A mail, and what it is to be taken for: the name of its first row, why it is ignored, or why it is put aside."""

    name: str
    raw: bytes
    verdict: str
    text: str | None = None
    said: Mapping[str, object] | None = None


def mail(text: str, *, subject: str = "Re: Your offer", sender: str = ADA, id_: str = "", **headers: str) -> bytes:
    """A mail in plain text; further headers are named with _ for -, and replace those that are there always."""
    given = {
        "From": sender,
        "To": OURS,
        "Subject": subject,
        "Date": DATE,
        "Message-ID": _ID.format(id_ or abs(hash((text, subject, sender)))),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\n" for name, value in given.items() if value)
    return f"{head}\n{text}".encode().replace(b"\n", b"\r\n")


def multipart(*parts: tuple[str, str], kind: str = "mixed", subject: str = "Re: Your offer", **headers: str) -> bytes:
    """A mail of parts, each with its type."""
    inner = "".join(f"--cut\n{'Content-Type: ' if kind_ else ''}{kind_}\n\n{body}\n" for kind_, body in parts)
    content = f'multipart/{kind}; boundary="cut"'
    return mail(f"{inner}--cut--\n", subject=subject, **{"Content_Type": content} | headers)


def packed(text: str, charset: str) -> str:
    """A text in base64."""
    return encodebytes(text.encode(charset)).decode()


def report(*blocks: str, text: str = "Your mail could not be delivered.", returned: str = "", **headers: str) -> bytes:
    """A delivery status notification; each block is about one recipient."""
    status = "Reporting-MTA: dns; mx.engine.example\n\n" + "\n\n".join(blocks)
    parts = [("text/plain; charset=utf-8", text), ("message/delivery-status", status)]
    if returned:
        parts.append(("message/rfc822", returned))
    given = {"From": "MAILER-DAEMON@mx.engine.example", "Return_Path": "<>", "Auto_Submitted": "auto-replied"}
    content = 'multipart/report; report-type=delivery-status; boundary="cut"'
    return multipart(*parts, kind="report", subject="Undelivered Mail", **given | {"Content_Type": content} | headers)


def recipient(address: str, status: str, diagnostic: str = "", action: str = "failed") -> str:
    """A block of a delivery status."""
    said = f"Diagnostic-Code: smtp; {diagnostic}\n" if diagnostic else ""
    return f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n{said}".rstrip()
