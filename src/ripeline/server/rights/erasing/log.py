"""The log of erasures: a file outside the database, so that no backup brings back who was erased.

Each line names an erasure by a number at random and whom it erased by keyed hashes; there is no person in it. A line is
on the disk before the erasure is committed. A database that does not know a line is older than the log.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator


class Line(msgspec.Struct, frozen=True):
    """One erasure: when it was, of which installation, and the hashes of all that the person was known by."""

    token: str
    at: int
    installation: str
    digests: list[str]
    purposes: list[str]


def path() -> Path:
    """Where the log is."""
    return Path(settings.ERASURES)


def append(line: Line) -> None:
    """Add a line; it is on the disk on return. Raises OSError."""
    file = path()
    is_new = not file.exists()
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # Whoever died while writing left a line without an end.
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        _write(descriptor, (b"\n" if torn else b"") + msgspec.json.encode(line) + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def lines() -> Iterator[Line]:
    """All lines that are whole, in order; none if there is no log yet."""
    with suppress(FileNotFoundError), path().open("rb") as file:
        for text in file:
            with suppress(msgspec.DecodeError):
                yield msgspec.json.decode(text, type=Line)


def _write(descriptor: int, text: bytes) -> None:
    while text:
        text = text[os.write(descriptor, text) :]
