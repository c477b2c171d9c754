"""The commands about the catalogue: which item is of which class of content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.server import content, playbooks
from ripeline.server.operation.commands.answers import Declined, command, done

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.server.operation.commands.answers import Answer


@command
def content_put(*, now: int, rows: Sequence[Sequence[str]]) -> Answer:
    """Items and their classes from now on, all or none; a refusal names the row that it is about, from 0."""
    for place, (item, named) in enumerate(rows):
        refusal = content.unfit(item, named)
        if refusal:
            raise Declined(refusal, row=place)
    before = {row.item: row.content for row in content.catalogue(now)}
    content.put_all([(item, named) for item, named in rows], now=now)
    return {"items": len(rows), "changed": sum(before.get(item.strip()) != named for item, named in rows)}


@command
def content_end(*, now: int, item: str) -> Answer:
    """The item is of no class any more."""
    return {"item": done(content.end(item, now=now), item).item}


@command
def content_list(*, now: int) -> Answer:
    """The catalogue as it is now, and its classes that the active playbook does not know."""
    rows = content.catalogue(now)
    versions = playbooks.core_versions(now)
    strange = {row.content for row in rows} - set(versions[-1].playbook.content) if versions else set()
    items = [{"item": row.item, "content": row.content, "since": row.since} for row in rows]
    return {"items": items, "unknown": sorted(strange)}
