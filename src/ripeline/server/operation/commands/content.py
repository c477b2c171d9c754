"""The commands about content: the catalogue, its proposals and gaps, and what comes next for a lead."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

from ripeline.language import Language, Speaker
from ripeline.server import playbooks
from ripeline.server.content import catalogue, gaps, sitemaps, suggestions
from ripeline.server.content.catalogue import FIELDS
from ripeline.server.operation.commands.answers import Declined, command, done
from ripeline.server.operation.commands.people import lead_of
from ripeline.server.refusals import Refusal

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


@command
def content_sitemap(*, now: int, address: str = "", text: str = "", dry_run: bool = False) -> Answer:
    """The pages of a sitemap at an address, or of one in base64, are proposed."""
    if address:
        done_ = done(sitemaps.take(address, now=now, dry_run=dry_run), address)
    else:
        done_ = done(sitemaps.take_file(b64decode(text), now=now, dry_run=dry_run), "")
    new = [row.item for row in done_.new]
    return {"pages": done_.pages, "new": new, "left": done_.left, "dry_run": dry_run}


@command
def content_next(*, now: int, lead: str, language: str = "en") -> Answer:
    """What comes next for a lead, named as a person is, and why, or why there is nothing."""
    playbook, row = playbooks.active_playbook(), lead_of(lead)
    if playbook is None:
        raise Declined(Refusal.NO_DEFINITION)
    found, speaker = suggestions.next_for(row, playbook, now=now), Speaker(Language.of(language), playbook)
    reasons = [{"code": reason.code, "text": speaker.say(reason)} for reason in found.reasons]
    item = None if found.item is None else _told(found.item)
    return {"item": item, "kind": found.kind, "funnel": found.funnel, "reasons": reasons}


@command
def content_gaps(*, now: int) -> Answer:
    """The cells of persona, stage of the funnel and language; those first where nothing is and most leads are."""
    del now
    playbook = playbooks.active_playbook()
    if playbook is None:
        raise Declined(Refusal.NO_DEFINITION)
    found = gaps.matrix(playbook)
    return {
        "cells": [dict(cell._asdict()) for cell in found.cells],
        "gaps": [dict(cell._asdict()) for cell in found.gaps],
        "proposed": found.proposed,
    }


def _told(row: catalogue.ContentItem) -> dict[str, object]:
    said = {name: getattr(row, name) for name in FIELDS} | {"personas": list(row.for_personas)}
    return {"item": row.item, **said, "since": row.since}
