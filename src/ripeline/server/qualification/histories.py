"""The past of units as the evaluator takes it: rows of the ledger, and where they went from lead to lead."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db import connection

from ripeline.core.needs import RESERVED, Needs, needs_of
from ripeline.core.pasts import STAYS, LeadThen, Past, Stretch, evaluations, understood
from ripeline.server import json_text
from ripeline.server.chunks import chunks
from ripeline.server.events import event_id
from ripeline.server.leads import Attachment, IdentifierKind, Lead, Membership

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ripeline.core.scoring import Version

__all__ = ["evaluations", "pasts"]

_ROWS = """
SELECT lead.unit_id, attachment.lead_id, attachment.since, attachment.until, attachment.known_from,
    event.at, event.known_at, event.name, event.source_id, event.key, event.properties
FROM server_lead AS lead
JOIN server_attachment AS attachment ON attachment.lead_id = lead.id
JOIN server_event AS event ON event.identifier_id = attachment.identifier_id
WHERE lead.unit_id IN ({units}) AND attachment.since <= %s AND attachment.until > attachment.since
    AND event.known_at <= %s AND event.known_at < attachment.until AND event.name IN ({names})
"""


def pasts(units: Sequence[int], at: int, versions: Sequence[Version]) -> dict[int, Past]:
    """What is known of some units at an instant, as far as the versions speak of it."""
    needs = needs_of([version.playbook for version in versions])
    found: dict[int, Past] = defaultdict(Past)
    for chunk in chunks(units):
        for lead in Lead.objects.filter(unit__in=chunk, created_at__lte=at).order_by("pk"):
            found[lead.unit_id].leads.append(LeadThen(str(lead.pk), lead.created_at))
        for unit, row in _rows(chunk, at, needs):
            found[unit].rows.append(row)
        _add_breaks(found, chunk, at)
        if any(version.playbook.accounts for version in versions):
            _add_accounts(found, chunk, at)
    return found


def _rows(units: Sequence[int], at: int, needs: Needs) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows that some units' leads have or had; what people did only where they did it."""
    names = [*needs.events, *RESERVED]
    query = _ROWS.format(units=", ".join(["%s"] * len(units)), names=", ".join(["%s"] * len(names)))
    with connection.cursor() as cursor:
        cursor.execute(query, [*units, at, at, *names])
        for unit, lead, since, until, known_from, happened, known, name, source, key, properties in cursor:
            if name in STAYS and known < known_from:
                continue
            said = understood(name, json_text.read(properties), needs)
            if said is not None:
                yield (
                    unit,
                    {
                        "lead_id": str(lead),
                        "at": happened,
                        "known_at": max(known, known_from),
                        "since": since,
                        "until": until,
                        "event": name,
                        "event_id": event_id(source, key),
                        "properties": said,
                    },
                )


def _add_breaks(found: Mapping[int, Past], units: Sequence[int], at: int) -> None:
    """Where identifiers went from one lead to another, and so when a lead was one of its own."""
    ended = Attachment.objects.filter(lead__unit__in=units, until__lte=at).values_list("lead__unit", "until")
    for unit, until in ended:
        found[unit].breaks.add(until)
    broken = [unit for unit in units if unit in found and found[unit].breaks]
    for one in Attachment.objects.filter(lead__unit__in=broken, since__lte=at).select_related("identifier", "lead"):
        past, stretch = found[one.lead.unit_id], Stretch(str(one.lead_id), one.since, one.until)
        past.attached.append(stretch)
        if (one.identifier.kind, one.identifier.value) == (IdentifierKind.LEAD, str(one.lead_id)):
            past.presences.append(stretch)


def _add_accounts(found: Mapping[int, Past], units: Sequence[int], at: int) -> None:
    """Who belonged to which account; asked for only where accounts decide. Whoever came with one never changed it."""
    for one in Membership.objects.filter(lead__unit__in=units, since__lte=at).select_related("lead"):
        past = found[one.lead.unit_id]
        past.accounts.append(Stretch(str(one.lead_id), one.since, one.until, str(one.account_id)))
        past.breaks |= {instant for instant in (one.since, one.until) if one.lead.created_at < instant <= at}
