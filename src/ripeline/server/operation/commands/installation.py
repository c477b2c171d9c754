"""The commands about the installation as a whole: its key, and its backup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ripeline.server import installations
from ripeline.server.operation import backup as backups
from ripeline.server.operation.commands.answers import command

if TYPE_CHECKING:
    from ripeline.server.operation.commands.answers import Answer


@command
def installation(*, now: int) -> Answer:
    """The key by which a copy is known to be of this database."""
    return {"key": installations.key(now)}


@command
def backup(*, now: int, path: str) -> Answer:
    """A backup as a file that is not there yet, and its size in bytes."""
    return {"path": path, "size": backups.write(Path(path))}
