"""The folder of the data: who holds it, and room kept free on its disk."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

RESERVE_BYTES = 64 * 1024 * 1024
"""Given back when the disk is full: then even deleting needs room."""


class IsHeld(Exception):
    """Another process works on this folder; `pid` is its number, 0 if it did not say."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"process {pid} holds the data folder")
        self.pid = pid


def folder() -> Path:
    """The folder, made if it is not there."""
    path = Path(settings.DATA)
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def held() -> Iterator[None]:
    """Hold the folder: one process at a time writes to SQLite. Raises IsHeld.

    The lock ends with the process, however it ends; the file stays.
    """
    descriptor = os.open(folder() / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.read(descriptor, 20).decode()
            raise IsHeld(int(text) if text.isdigit() else 0) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def reserve() -> Path:
    """The file that keeps room free."""
    return folder() / "reserve"


def keep_reserve() -> bool:
    """Put the reserve file in place; whether it is there now. It never takes more than a tenth of what is free."""
    file = reserve()
    if file.exists() and file.stat().st_size >= RESERVE_BYTES:
        return True
    disk = os.statvfs(folder())
    if disk.f_bavail * disk.f_frsize < 10 * RESERVE_BYTES:
        return False
    with file.open("wb") as out:
        os.posix_fallocate(out.fileno(), 0, RESERVE_BYTES)
    return True
