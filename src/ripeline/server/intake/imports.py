"""Imports: rows of files become rows of the ledger, a portion at a time, each portion whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import connection, transaction

from ripeline.integrations.clock_skew import TOLERANCE
from ripeline.integrations.segment import digest
from ripeline.integrations.strict_json import canonical
from ripeline.server import json_text, ledger, sources
from ripeline.server.events import event_id
from ripeline.server.instruments import bell
from ripeline.server.refusals import Refused
from ripeline.server.rights import forgotten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.integrations.own_files import Row
    from ripeline.server.sources import Source


class Imported(NamedTuple):
    """How many rows were new, how many were there before, how many of those said something else.

    And how many were left out, because they tell of people who were erased and have not come again by themselves.
    """

    stored: int
    repeated: int
    conflicts: int
    erased: int = 0


def add(rows: Sequence[Row], *, source: str, is_history: bool, dry_run: bool, now: int) -> Imported | Refused:
    """Add rows, each once for ever, all or none; a dry run tells the same and writes nothing.

    Refused if the name of the source is that of another kind of source, or if it is closed.
    """
    with transaction.atomic():
        known = sources.of_import(source, is_history=is_history, now=now)
        if isinstance(known, Refused):
            return known
        events = [_event(row, known, now) for row in rows]
        erased = forgotten.of_erased(events, known, now=now)
        added = ledger.add(connection, [one for place, one in enumerate(events) if place not in erased], [], now)
        if dry_run:
            transaction.set_rollback(True)
        else:
            connection.on_commit(bell.ring)
        return Imported(*added, len(erased))


def _event(row: Row, source: Source, now: int) -> ledger.NewEvent:
    properties = row.properties
    if row.voids:
        said = json_text.read(properties)
        properties = json_text.written(said | {"voids": event_id(source.pk, row.voids)})
    at = now if row.at is None else row.at
    is_ahead = at > now + TOLERANCE
    return ledger.NewEvent(
        source=source.pk,
        key=row.key,
        name=row.name,
        at=min(at, now),
        received_at=now,
        claims=row.claims,
        properties=properties,
        body="",
        flag="future" if is_ahead else "",
        content_digest=digest(canonical((row.name, row.at, row.claims, row.properties))),
    )
