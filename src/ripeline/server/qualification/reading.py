"""Reading: each row gets the instant from which on it is known, and its person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django.db import connection

from ripeline.core.needs import RESERVED
from ripeline.server import json_text, languages, ledger, playbooks, profiles, terms
from ripeline.server.consent import consents
from ripeline.server.content import catalogue
from ripeline.server.events import Event
from ripeline.server.intake import quarantine
from ripeline.server.leadmail import confirmations
from ripeline.server.nurture import enrollments
from ripeline.server.qualification import enriching, strangers, voids
from ripeline.server.qualification.identity import People
from ripeline.server.rights import erasures, forgotten
from ripeline.server.rights.erasing import rows
from ripeline.server.sources import MAIL, PUBLIC, SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ripeline.server.content.catalogue import ContentItem
    from ripeline.server.leads import Lead

_STAMP = "UPDATE server_event SET known_at = %s, identifier_id = %s, properties = %s, item_id = %s WHERE id = %s"
_claims = msgspec.json.Decoder(dict[str, str]).decode


def read(events: Sequence[Event], at: int) -> int:
    """Stamp rows as known at a round's instant, in the caller's transaction; how many were read."""
    count = len(events)
    if not events:
        return 0
    events, claims = _still_known(events, at)
    people = People(claims, at, couples=_couples())
    whose = [
        people.whose(claimed, is_public=event.source.kind in PUBLIC, vouches=_vouches(event))
        for event, claimed in zip(events, claims, strict=True)
    ]
    people.save()
    said = _with_items(events, at)
    with connection.cursor() as cursor:
        cursor.executemany(
            _STAMP,
            [
                (at, one.pk, text, None if item is None else item.pk, event.pk)
                for event, one, (text, item) in zip(events, whose, said, strict=True)
            ],
        )
    for event, one in zip(events, whose, strict=True):
        event.identifier = one
    strangers.keep_what_is_told(events)
    spoke = [event.identifier for event in events if event.name in (consents.GIVEN, consents.WITHDRAWN)]
    consents.keep_noes(events)
    consents.remember(people.new_identifiers, at)
    consents.keep_refusals([one.lead for one in (*spoke, *people.visitors) if one and one.lead], at)
    confirmations.ask_after(events, at)
    told = [event.identifier for event in events if event.name == profiles.CHANGED]
    enrollments.awaken({one.lead.pk for one in (*spoke, *told) if one and one.lead}, at)
    terms.keep(events, people.new_identifiers, claims)
    voids.void_machines(events, at)
    enriching.enrich(events, at)
    languages.keep(_who_may_speak_another(events, people))
    return count


def _vouches(event: Event) -> bool:
    """Whether a server or one of our people names the person: not a mail, whose sender names itself."""
    if event.source.kind == SourceKind.OWN:
        return "by" in json_text.read(event.properties)
    return event.source.kind == SourceKind.SERVER and event.source.name != MAIL


def _still_known(events: Sequence[Event], at: int) -> tuple[list[Event], list[dict[str, str]]]:
    """The rows that may be known, with what each claims; those that were erased and have come again are deleted.

    What another program tells of whoever was erased is put aside, as it came.
    """
    claims = [_claims(event.claims) for event in events]
    found = forgotten.sort_out(events, claims, now=at)
    erasures.clear_after(rows.delete(Event, {events[place].pk for place in found.gone}), now=at)
    if found.aside:
        aside = [events[place] for place in sorted(found.aside)]
        ledger.add(connection, [], [quarantine.of_erased(event) for event in aside], at)
        rows.delete(Event, {event.pk for event in aside})
    kept = [place for place in range(len(events)) if place not in found.gone | found.aside]
    return [events[place] for place in kept], [claims[place] for place in kept]


def _with_items(events: Sequence[Event], at: int) -> list[tuple[str, ContentItem | None]]:
    """The rows' properties with what is in force now, for ever, of the item that each names: its class, its topic."""
    told = [json_text.read(event.properties) for event in events]
    # What our own people say of a lead names other items than those of content.
    items = catalogue.items_of(
        [{} if one.name in RESERVED else said for one, said in zip(events, told, strict=True)], at
    )
    return [
        (event.properties if item is None else _stamped(event.properties, said, item), item)
        for event, said, item in zip(events, told, items, strict=True)
    ]


def _stamped(text: str, said: dict[str, Any], item: ContentItem) -> str:
    stamp = {catalogue.CLASS: item.content, catalogue.TOPIC: item.topic}
    told = {name: value for name, value in stamp.items() if value}
    return json_text.written({**said, **told}) if told else text


def _who_may_speak_another(events: Sequence[Event], people: People) -> Iterator[Lead]:
    """The leads of whom something was told, and those who have got a visitor's past."""
    told = (event.identifier for event in events if event.name == profiles.CHANGED)
    yield from (one.lead for one in (*told, *people.visitors) if one is not None and one.lead is not None)


def _couples() -> bool:
    """Whether the active definition lets the leads of an account decide together."""
    active = playbooks.active()
    return active is not None and bool(playbooks.playbook_of(active).accounts)
