"""A mail server that takes what comes, or answers as told, over real SMTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from email import message_from_bytes, policy
from socketserver import StreamRequestHandler
from typing import TYPE_CHECKING, Self

from listening import listening

if TYPE_CHECKING:
    from email.message import EmailMessage


@dataclass
class Mail:
    """One mail as the server took it: its envelope, and what was in it."""

    sender: str
    mailbox: str
    message: EmailMessage
    raw: bytes = b""


@dataclass
class MailServer:
    """Listens on this machine; `refusals` gives the answer to a command, such as RCPT, in place of a yes."""

    refusals: dict[str, str] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)

    def __enter__(self) -> Self:
        mail_server = self

        class Handler(StreamRequestHandler):
            def _say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())

            def handle(self) -> None:
                self._say("220 tests")
                sender = mailbox = ""
                while line := self.rfile.readline().decode().strip():
                    verb = line.partition(" ")[0].upper()
                    if verb in mail_server.refusals:
                        self._say(mail_server.refusals[verb])
                    elif verb == "DATA":
                        self._say("354 go on")
                        raw = self._data()
                        message = message_from_bytes(raw, policy=policy.default)
                        mail_server.mails.append(Mail(sender, mailbox, message, raw))
                        self._say("250 taken")
                    else:
                        sender = line if verb == "MAIL" else sender
                        mailbox = line if verb == "RCPT" else mailbox
                        self._say("221 bye" if verb == "QUIT" else "250 yes")

            def _data(self) -> bytes:
                lines = []
                while (line := self.rfile.readline()) not in {b".\r\n", b""}:
                    lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
                return b"".join(lines)

        self._listening = listening(Handler)
        self.port = self._listening.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.__exit__(None, None, None)


def text_of(mail: Mail) -> str:
    """What a mail says to whoever reads mails as text."""
    part = mail.message.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text


def page_of(mail: Mail) -> str:
    """What a mail says to everybody else."""
    part = mail.message.get_body(("html",))
    assert part is not None
    text: str = part.get_content()
    return text
