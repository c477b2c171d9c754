"""The command that imports rows of files."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ripeline.core.columns import read_value
from ripeline.core.needs import RESERVED, needs_of
from ripeline.integrations.own_files import Row
from ripeline.server import json_text, playbooks
from ripeline.server.intake import imports
from ripeline.server.operation.commands.answers import command, done

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.core.columns import Kind
    from ripeline.server.operation.commands.answers import Answer


@command
def import_rows(*, now: int, source: str, is_history: bool, dry_run: bool, rows: Sequence[Sequence[Any]]) -> Answer:
    """A portion of an import, whole or not at all: how many rows were new, known, or another under a known key.

    And how many were left out, because they tell of people who were erased; and what in them counts for nothing.
    """
    portion = [Row(*row) for row in rows]
    added = done(imports.add(portion, source=source, is_history=is_history, dry_run=dry_run, now=now), source)
    unknown, unfit = _unheard(portion, now)
    return {"counts": added._asdict(), "unknown": unknown, "unfit": unfit}


def _unheard(rows: Sequence[Row], now: int) -> tuple[Counter[str], Counter[str]]:
    """How often rows tell what the active playbook does not speak of, and values of attributes that it cannot read."""
    unknown, unfit = Counter[str](), Counter[str]()
    versions = playbooks.core_versions(now)
    if not versions:
        return unknown, unfit
    needs = needs_of([versions[-1].playbook])
    unknown.update(row.name for row in rows if row.name not in {*needs.events, *RESERVED})
    for row in rows:
        for name, value in json_text.read(row.properties).items() if row.name == "attributes_changed" else ():
            kind = needs.attributes.get(name)
            if kind is None:
                unknown[name] += 1
            elif not _is_read(value, kind):
                unfit[name] += 1
    return unknown, unfit


def _is_read(value: object, kind: Kind) -> bool:
    try:
        read_value(value, kind)
    except ValueError:
        return False
    return True
