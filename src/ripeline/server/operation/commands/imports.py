"""The command that imports rows of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ripeline.integrations.own_files import Row
from ripeline.server.intake import imports
from ripeline.server.operation.commands.answers import command, done

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.server.operation.commands.answers import Answer


@command
def import_rows(*, now: int, source: str, is_history: bool, dry_run: bool, rows: Sequence[Sequence[Any]]) -> Answer:
    """A portion of an import, whole or not at all: how many rows were new, known, or another under a known key.

    And how many were left out, because they tell of people who were erased.
    """
    portion = [Row(*row) for row in rows]
    return done(imports.add(portion, source=source, is_history=is_history, dry_run=dry_run, now=now), source)._asdict()
