"""The past of units as the evaluator takes it: rows of the ledger, in chapters where they went from lead to lead."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.db import connection

from ripeline.core.columns import LATEST, DataProblem
from ripeline.core.history import history_from_rows
from ripeline.core.needs import RESERVED, Needs, needs_of
from ripeline.core.reserved import read_act, read_changes
from ripeline.core.scoring import Chapter, evaluate, evaluate_chapters
from ripeline.server import json_text
from ripeline.server.chunks import chunks
from ripeline.server.events import event_id
from ripeline.server.instants import FOREVER
from ripeline.server.leads import Attachment, IdentifierKind, Lead, Membership

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ripeline.core.history import History
    from ripeline.core.scoring import Evaluation, Version

_STAYS = frozenset({"override_set", "override_ended", "verdict_given", "stage_set", "touch_logged"})
"""What people did with a lead stays with it when its identifiers go to another one."""

_ROWS = """
SELECT lead.unit_id, attachment.lead_id, attachment.since, attachment.until, attachment.known_from,
    event.at, event.known_at, event.name, event.source_id, event.key, event.properties
FROM server_lead AS lead
JOIN server_attachment AS attachment ON attachment.lead_id = lead.id
JOIN server_event AS event ON event.identifier_id = attachment.identifier_id
WHERE lead.unit_id IN ({units}) AND attachment.since <= %s AND attachment.until > attachment.since
    AND event.known_at <= %s AND event.known_at < attachment.until AND event.name IN ({names})
"""


@dataclass(slots=True)
class Past:
    """One unit as of an instant: its leads, their rows, and the instants at which rows came to belong elsewhere."""

    leads: list[Lead] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    breaks: set[int] = field(default_factory=set)
    accounts: list[Membership] = field(default_factory=list)
    presences: list[Attachment] = field(default_factory=list)

    def is_there(self, lead: Lead, start: int, end: int) -> bool:
        """Whether a lead was one of its own in this time, and not merged into another."""
        own = [one for one in self.presences if one.lead_id == lead.pk]
        return not own or any(one.since < end and one.until > start for one in own)


def pasts(units: Sequence[int], at: int, versions: Sequence[Version]) -> dict[int, Past]:
    """What is known of some units at an instant, as far as the versions speak of it."""
    needs = needs_of([version.playbook for version in versions])
    found: dict[int, Past] = defaultdict(Past)
    for chunk in chunks(units):
        for lead in Lead.objects.filter(unit__in=chunk, created_at__lte=at).order_by("pk"):
            found[lead.unit_id].leads.append(lead)
        for unit, row in _rows(chunk, at, needs):
            found[unit].rows.append(row)
        _add_breaks(found, chunk, at)
        if any(version.playbook.accounts for version in versions):
            _add_accounts(found, chunk, at)
    return found


def evaluations(pasts: Sequence[Past], at: int, versions: Sequence[Version]) -> Iterator[Evaluation]:
    """All leads of these units as of an instant: together, but for units with a past in chapters."""
    needs = needs_of([version.playbook for version in versions])
    plain = [past for past in pasts if not past.breaks]
    if plain:
        yield evaluate(versions, _history(plain, needs, 0, FOREVER), at, details=True)
    for past in pasts:
        if past.breaks:
            yield evaluate_chapters(_chapters(past, needs, versions), at, details=True)


def _rows(units: Sequence[int], at: int, needs: Needs) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows that some units' leads have or had; what people did only where they did it."""
    names = [*needs.events, *RESERVED]
    query = _ROWS.format(units=", ".join(["%s"] * len(units)), names=", ".join(["%s"] * len(names)))
    with connection.cursor() as cursor:
        cursor.execute(query, [*units, at, at, *names])
        for unit, lead, since, until, known_from, happened, known, name, source, key, properties in cursor:
            if name in _STAYS and known < known_from:
                continue
            said = _understood(name, json_text.read(properties), needs)
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


def _understood(name: str, said: dict[str, Any], needs: Needs) -> dict[str, Any] | None:
    """What a row says to these versions; None if nothing. People's traits are not typed, so some cannot be read."""
    if name == "attributes_changed":
        return dict(_changes(said, needs)) or None
    if name in RESERVED:
        try:
            read_act(name, said, needs)
        except DataProblem:
            return None
    return said


def _changes(said: Mapping[str, Any], needs: Needs) -> Iterator[tuple[str, Any]]:
    for attribute, value in said.items():
        try:
            yield from read_changes({attribute: value}, needs)
        except DataProblem:
            continue


def _add_breaks(found: Mapping[int, Past], units: Sequence[int], at: int) -> None:
    """Where identifiers went from one lead to another, and so when a lead was one of its own."""
    ended = Attachment.objects.filter(lead__unit__in=units, until__lte=at).values_list("lead__unit", "until")
    for unit, until in ended:
        found[unit].breaks.add(until)
    broken = [unit for unit in units if unit in found and found[unit].breaks]
    for own in Attachment.objects.filter(lead__unit__in=broken, identifier__kind=IdentifierKind.LEAD).select_related(
        "identifier", "lead"
    ):
        if own.identifier.value == str(own.lead_id):
            found[own.lead.unit_id].presences.append(own)


def _add_accounts(found: Mapping[int, Past], units: Sequence[int], at: int) -> None:
    """Who belonged to which account; asked for only where accounts decide. Whoever came with one never changed it."""
    for membership in Membership.objects.filter(lead__unit__in=units, since__lte=at).select_related("lead"):
        past = found[membership.lead.unit_id]
        past.accounts.append(membership)
        past.breaks |= {end for end in (membership.since, membership.until) if membership.lead.created_at < end <= at}


def _chapters(past: Past, needs: Needs, versions: Sequence[Version]) -> list[Chapter]:
    """A unit's past since the first publication, cut at each publication and wherever rows went to another lead."""
    first = versions[0].published_at or 0
    published = {version.published_at or 0: version for version in versions}
    starts = sorted({*published, *(instant for instant in past.breaks if instant > first)})
    chapters: list[Chapter] = []
    for start, end in pairwise([*starts, FOREVER]):
        new = published.get(start)
        version = new or chapters[-1].version
        history = _history([past], needs, start, end)
        chapters.append(Chapter(version, history, start, judges=new is None or new.retroactive))
    return chapters


def _history(pasts: Sequence[Past], needs: Needs, start: int, end: int) -> History:
    """The rows that belong to the leads between two instants; whoever has none of their own then is not there."""
    rows = [row for past in pasts for row in past.rows if row["since"] < end and row["until"] > start]
    accounts = {
        one.lead_id: one.account_id for past in pasts for one in past.accounts if one.since < end and one.until > start
    }
    leads = [
        {
            "lead_id": str(lead.pk),
            "account_id": str(accounts[lead.pk]) if lead.pk in accounts else None,
            "created_at": lead.created_at if past.is_there(lead, start, end) else LATEST,
        }
        for past in pasts
        for lead in past.leads
    ]
    return history_from_rows(needs, leads, rows)
