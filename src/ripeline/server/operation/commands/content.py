"""The commands about content: the catalogue, its proposals and gaps, and what comes next for a lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.server import catalogue, playbooks
from ripeline.server.catalogue import FIELDS
from ripeline.server.operation.commands.answers import Declined, command, done

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ripeline.server.operation.commands.answers import Answer


@command
def content_put(*, now: int, rows: Sequence[Mapping[str, str]], dry_run: bool = False) -> Answer:
    """Items as they are from now on, all or none; a refusal names the row that it is about, from 0."""
    for place, row in enumerate(rows):
        refusal = catalogue.unfit(row)
        if refusal:
            raise Declined(refusal, row=place)
    return {
        "items": len(rows),
        "changed": len(catalogue.changed_by(rows, now=now, dry_run=dry_run)),
        "dry_run": dry_run,
    }


@command
def content_end(*, now: int, item: str) -> Answer:
    """The item is in the catalogue no more."""
    return {"item": done(catalogue.end(item, now=now), item).item}


@command
def content_list(*, now: int) -> Answer:
    """The catalogue as it is now, and its classes and personas that the active playbook does not know."""
    rows, versions = catalogue.catalogue(now), playbooks.core_versions(now)
    classes, personas = {row.content for row in rows} - {""}, {one for row in rows for one in row.for_personas}
    strange = classes - set(versions[-1].playbook.content) if versions else set()
    strangers = personas - set(versions[-1].playbook.personas) if versions else set()
    items = [_told(row) for row in rows]
    return {"items": items, "unknown": sorted(strange), "unknown_personas": sorted(strangers)}


def _told(row: catalogue.ContentItem) -> dict[str, object]:
    said = {name: getattr(row, name) for name in FIELDS} | {"personas": list(row.for_personas)}
    return {"item": row.item, **said, "since": row.since}
