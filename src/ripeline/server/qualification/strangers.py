"""What a form or a website says of a lead whom others know: anybody can name anybody, so it fills in and no more.

What staff or a server has told stands, and what follows by rule is for no visitor to tell. Both are taken out of the
row when the row is read; its body keeps what was sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from ripeline.integrations.enrichment import CONCLUDED
from ripeline.server import json_text
from ripeline.server.events import IN_FORCE, is_vouched_for, rows_of
from ripeline.server.sources import PUBLIC, SourceKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.server.events import Event
    from ripeline.server.leads import Lead

_CHANGED = "attributes_changed"
_PUT = "UPDATE server_event SET properties = %s WHERE id = %s"


def keep_what_is_told(events: Sequence[Event]) -> None:
    """Take out of rows that were just read what others have told otherwise, in the caller's transaction."""
    of_anybody = [event for event in events if event.name == _CHANGED and event.source.kind in PUBLIC]
    told: dict[int, set[str]] = {}
    changed = []
    for event in of_anybody:
        lead = event.identifier.lead if event.identifier else None
        if lead is not None and lead.pk not in told:
            told[lead.pk] = _told(lead)
        kept = CONCLUDED | told[lead.pk] if lead else CONCLUDED
        said = json_text.read(event.properties)
        left = {name: value for name, value in said.items() if name not in kept}
        if len(left) < len(said):
            event.properties = json_text.written(left)
            changed.append((event.properties, event.pk))
    if changed:
        with connection.cursor() as cursor:
            cursor.executemany(_PUT, changed)


def _told(lead: Lead) -> set[str]:
    """The attributes of a lead that staff or a server has told, and not made unknown since."""
    rows = rows_of(lead, _CHANGED).filter(source__kind__in=(SourceKind.SERVER, SourceKind.OWN))
    last: dict[str, Any] = {}
    for row in rows.select_related("source").order_by(IN_FORCE, "pk"):
        said = json_text.read(row.properties)
        if is_vouched_for(row, said):
            last |= said
    return {name for name, value in last.items() if value is not None}
