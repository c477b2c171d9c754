"""Content for leads: what comes next for each, from the catalogue, what it has read, and what helped others like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from ripeline.core import content as core
from ripeline.core.content import DECIDED, Gap, Next
from ripeline.core.lifecycle import Stage
from ripeline.server import json_text, profiles
from ripeline.server.content import catalogue, readings
from ripeline.server.content.catalogue import ContentWorth
from ripeline.server.leadmail.lead_names import ITEM
from ripeline.server.leadmail.mails import Mail
from ripeline.server.leads import with_absorbed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ripeline.core.playbook import Playbook
    from ripeline.core.reasons import Reason
    from ripeline.server.content.catalogue import ContentItem
    from ripeline.server.leads import Lead

OBJECTIONS = "objections"
SALES = frozenset(stage.name.lower() for stage in (Stage.SQL, Stage.OPPORTUNITY, Stage.CUSTOMER))
"""Whoever stands here is about to decide, or has: whatever the journey's rules say by now."""


@dataclass(frozen=True, slots=True)
class Found:
    """The item that comes next for a lead, or that there is none, with the reasons for either."""

    item: ContentItem | None
    kind: str
    reasons: tuple[Reason, ...]
    funnel: core.Funnel


def next_for(lead: Lead, playbook: Playbook, *, now: int) -> Found:
    """What comes next for a lead by a playbook, or why there is none."""
    return next_for_all([lead], playbook, now=now)[lead.pk]


def next_for_all(leads: Iterable[Lead], playbook: Playbook, *, now: int) -> dict[int, Found]:
    """The same for many leads by their numbers, in six queries however many they are."""
    asked = list(leads)
    if not asked:
        return {}
    items = {row.item: row for row in catalogue.catalogue(now) if row.content in playbook.content}
    shelf = core.Shelf([shelved(row, playbook) for row in items.values()], _worths({lead.persona for lead in asked}))
    readers = readers_of(asked, playbook)
    return {lead: _found(shelf.next_for(reader), items, playbook) for lead, reader in readers.items()}


def readers_of(leads: Iterable[Lead], playbook: Playbook) -> dict[int, core.Reader]:
    """Leads as far as content is chosen for them, in four queries."""
    asked = list(leads)
    numbers = [lead.pk for lead in asked]
    topics = {name: one.topic for name, one in playbook.content.items() if one.topic}
    read, facts, sent = readings.of_all(numbers, topics), profiles.of_all(numbers), _sent(numbers)
    nothing = readings.Readings()
    return {
        lead.pk: core.Reader(
            phase=phase_of(lead),
            persona=lead.persona,
            language=lead.language,
            topics=read.get(lead.pk, nothing).topics,
            objections=_objections(facts.get(lead.pk, {})),
            seen=frozenset(read.get(lead.pk, nothing).items | sent.get(lead.pk, set())),
        )
        for lead in asked
    }


def phase_of(lead: Lead) -> str:
    """The phase for which content is chosen."""
    return phase_by(lead.stage, lead.phase)


def phase_by(stage: str, phase: str) -> str:
    """The same by the stage and the phase of the journey."""
    return DECIDED if stage in SALES else phase


def shelved(row: ContentItem, playbook: Playbook) -> core.Item:
    """An item of the catalogue as it is chosen from."""
    own = playbook.content[row.content]
    topic = row.topic or own.topic or ""
    return core.Item(row.item, own.funnel, row.language, frozenset(row.for_personas), topic, row.objection)


def _sent(leads: Iterable[int]) -> dict[int, set[str]]:
    """By lead, the items that a mail brought it or is about to."""
    found: dict[int, set[str]] = {}
    now_those = with_absorbed(leads)
    mails = Mail.objects.filter(Q(held_at=None) | Q(sent_at__isnull=False), lead__in=now_those)
    for lead, text in mails.filter(said__contains=f'"{ITEM}"').values_list("lead", "said"):
        item = json_text.read(text).get(ITEM)
        if isinstance(item, str):
            found.setdefault(now_those[lead], set()).add(item)
    return found


def _objections(facts: Mapping[str, profiles.Fact]) -> tuple[str, ...]:
    return tuple(profiles.members(facts[OBJECTIONS].value)) if OBJECTIONS in facts else ()


def _worths(personas: set[str]) -> dict[tuple[str, str], core.Worth]:
    rows = ContentWorth.objects.filter(persona__in=sorted(personas))
    columns = ("item", "persona", "readers", "moved", "others", "others_moved")
    return {(item, persona): core.Worth(*counts) for item, persona, *counts in rows.values_list(*columns)}


def _found(answer: Next | Gap, items: Mapping[str, ContentItem], playbook: Playbook) -> Found:
    if isinstance(answer, Gap):
        return Found(None, "", (answer.reason,), answer.funnel)
    row = items[answer.item.name]
    return Found(row, playbook.content[row.content].kind, answer.reasons, answer.item.funnel)
