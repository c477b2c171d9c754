"""What the command line asks for when it exports: it reads by itself, and asks only for what may have to be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.server import installations
from ripeline.server.operation.commands import command

if TYPE_CHECKING:
    from ripeline.server.operation.commands import Answer


@command
def installation(*, now: int) -> Answer:
    """The key by which a copy is known to be of this database."""
    return {"key": installations.key(now)}
