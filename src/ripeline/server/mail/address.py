"""Where a mailbox is, read from the settings; without Django, whose settings it is part of."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

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
    told = urlsplit(text)
    password = Path(password_file).read_text().strip() if password_file else unquote(told.password or "")
    if told.scheme not in _PORTS or not told.hostname or not told.username or not password:
        raise ValueError(told.scheme)
    return Address(
        host=told.hostname,
        port=told.port or _PORTS[told.scheme],
        is_encrypted=told.scheme == "imaps",
        user=unquote(told.username),
        password=password,
        folder=unquote(told.path.strip("/")) or "INBOX",
    )
