"""Where a mailbox is, read from the settings; without Django, whose settings it is part of."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ripeline.server import environment

_PORTS = {"imap": 143, "imaps": 993}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a mailbox is, and how it is opened; it is shown without its password."""

    host: str
    port: int
    is_encrypted: bool
    user: str
    password: str = field(repr=False)
    folder: str

    @property
    def name(self) -> str:
        """The mailbox, for people."""
        return f"{self.user}@{self.host}/{self.folder}"


def read(text: str, password_file: str) -> Address | None:
    """The mailbox at imaps://user:password@host/folder; none if none is named.

    Raises ValueError for what is no such address, and OSError for a file of the password that cannot be read.
    """
    if not text:
        return None
    told = environment.place(text, _PORTS)
    password = Path(password_file).read_text().strip() if password_file else told.password
    if not (told.host and told.user and password):
        raise ValueError(told.scheme)
    return Address(
        host=told.host,
        port=told.port,
        is_encrypted=told.scheme == "imaps",
        user=told.user,
        password=password,
        folder=told.path or "INBOX",
    )
