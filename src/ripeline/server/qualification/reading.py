"""Reading: each row gets the instant from which on it is known, and its person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from django.db import connection

from ripeline.server import consents, content, json_text, playbooks, terms
from ripeline.server.qualification import enriching, strangers, voids
from ripeline.server.qualification.identity import People
from ripeline.server.sources import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.server.events import Event

_STAMP = "UPDATE server_event SET known_at = %s, identifier_id = %s, properties = %s WHERE id = %s"
_claims = msgspec.json.Decoder(dict[str, str]).decode


def read(events: Sequence[Event], at: int) -> int:
    """Stamp rows as known at a round's instant, in the caller's transaction; how many."""
    if not events:
        return 0
    claims = [_claims(event.claims) for event in events]
    people = People(claims, at, couples=_couples())
    whose = [
        people.whose(claimed, is_public=event.source.kind in PUBLIC)
        for event, claimed in zip(events, claims, strict=True)
    ]
    people.save()
    said = _with_classes(events, at)
    with connection.cursor() as cursor:
        cursor.executemany(
            _STAMP,
            [(at, one.pk, text, event.pk) for event, one, text in zip(events, whose, said, strict=True)],
        )
    for event, one in zip(events, whose, strict=True):
        event.identifier = one
    strangers.keep_what_is_told(events)
    spoke = [event.identifier for event in events if event.name in (consents.GIVEN, consents.WITHDRAWN)]
    consents.keep_refusals([one.lead for one in (*spoke, *people.visitors) if one and one.lead], at)
    terms.keep(events, people.new_identifiers, claims)
    voids.void_machines(events, at)
    enriching.enrich(events, at)
    return len(events)


def _with_classes(events: Sequence[Event], at: int) -> list[str]:
    """The rows' properties, with the class of content that each names: the one in force now, for ever."""
    told = [json_text.read(event.properties) for event in events]
    classes = content.classes_of(told, at)
    return [
        event.properties if found is None else json_text.written({**said, "content": found})
        for event, said, found in zip(events, told, classes, strict=True)
    ]


def _couples() -> bool:
    """Whether the active definition lets the leads of an account decide together."""
    active = playbooks.active()
    return active is not None and bool(playbooks.playbook_of(active).accounts)
