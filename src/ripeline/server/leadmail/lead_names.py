"""What a mail may say of its reader, and of what it brings: each on one line, and nothing where nothing is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ripeline.language import readable
from ripeline.server import json_text, people, playbooks
from ripeline.server.content.catalogue import ContentItem
from ripeline.server.instants import FOREVER
from ripeline.server.leads import Lead
from ripeline.server.people import COMPANIES, NAMES, TITLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ripeline.core.playbook import Playbook
    from ripeline.server.leadmail.mails import Mail
    from ripeline.server.profiles import Fact

ITEM = "item"
"""Under which name a mail says which item it brings."""
_LONGEST = 80
_FIRST = ("first_name", "firstName")
_NO_NAME = re.compile(r"://|www\.|@|\w\.\w{2,}|[<>{}|\\]")
"""What no person is called: whoever types it into a form wants to say something to somebody in our name."""


def values_of(
    mails: Iterable[Mail], whose: Mapping[int, int], facts: Mapping[int, Mapping[str, Fact]]
) -> dict[tuple[int, str], dict[str, str]]:
    """By the lead that a mail was meant for and the item that it brings, what it says by name; in three queries."""
    asked = {(mail.lead_id, item_of(mail)) for mail in mails}
    named = {item for _lead, item in asked if item}
    rows = ContentItem.objects.filter(item__in=named, until=FOREVER) if named else ()
    items = {row.item: row for row in rows}
    leads = Lead.objects.filter(pk__in={whose[lead] for lead, _item in asked}).select_related("owner").in_bulk()
    playbook = playbooks.active_playbook()
    return {
        (lead, item): _of_lead(leads[whose[lead]], facts.get(whose[lead], {}), playbook) | _of_item(items.get(item))
        for lead, item in asked
        if whose[lead] in leads
    }


def item_of(mail: Mail) -> str:
    """The item that a mail brings; empty if none."""
    item = json_text.read(mail.said).get(ITEM)
    return item if isinstance(item, str) else ""


def _of_lead(lead: Lead, facts: Mapping[str, Fact], playbook: Playbook | None) -> dict[str, str]:
    names = (" ".join(filter(None, (people.text_of(facts, part) for part in parts))) for parts in NAMES)
    persona = getattr(playbook, "personas", {}).get(lead.persona) if playbook else None
    return {
        "first_name": _name(people.first_text(facts, _FIRST)),
        "name": _name(next(filter(None, names), "")),
        "company": _short(people.first_text(facts, COMPANIES)),
        "job_title": _short(people.first_text(facts, TITLES)),
        "persona": (getattr(persona, "label", None) or readable(lead.persona)) if persona else "",
        "rep_name": (lead.owner.get_full_name() or lead.owner.username) if lead.owner else "",
    }


def _of_item(item: ContentItem | None) -> dict[str, str]:
    return {"content_title": item.title, "content_address": item.address} if item else {}


def _name(text: str) -> str:
    return "" if _NO_NAME.search(text) else _short(text)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST and "://" not in text and text.isprintable() else ""
