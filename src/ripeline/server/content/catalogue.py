"""The content catalogue: each item with its class of the playbook, for whom it is, and what it says.

An edit ends a row and begins another, and rows of the ledger are stamped with the one in force when they become known:
so an edit changes no past score, and what somebody read then is known as it was then. An item without a class is a
proposal: nobody gets points for it, and nobody is sent it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import models, transaction

from ripeline.server.chunks import CHUNK, chunks
from ripeline.server.instants import FOREVER, InstantField
from ripeline.server.languages import code_of
from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db.models import QuerySet

_CLASS = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LONGEST = 500
_MOST = {"title": 200, "address": 1_000, "personas": 900, "topic": 100, "objection": 200}
"""So many signs each of these may have."""
_BETWEEN = "|"
NAMED_BY = ("content_id", "path", "item")
"""The properties by which an event names its item; the id goes first."""
CLASS, TOPIC = "content", "content_topic"
"""The properties that a row of the ledger is stamped with: the class, and the topic, of the item that it names."""


class ContentItem(models.Model):
    """An item as it was from when until when."""

    item = models.CharField(max_length=_LONGEST)  # a path of the website, or the id that events name it by
    content = models.CharField(max_length=64, default="", blank=True)  # the class of the playbook; or none yet
    title = models.CharField(max_length=_MOST["title"], default="", blank=True)
    address = models.CharField(max_length=_MOST["address"], default="", blank=True)
    language = models.CharField(max_length=3, default="", blank=True)  # none: it is for all
    personas = models.CharField(max_length=1000, default="", blank=True)  # |owner|buyer|; none: it is for all
    topic = models.CharField(max_length=_MOST["topic"], default="", blank=True)
    objection = models.CharField(max_length=_MOST["objection"], default="", blank=True)  # that it answers
    since = InstantField()
    until = InstantField(default=FOREVER)

    class Meta:
        """An item is one thing at a time."""

        constraints = (
            models.UniqueConstraint(fields=["item"], condition=models.Q(until=FOREVER), name="one_class_now"),
        )
        indexes = (models.Index(fields=["item"], name="content_item"),)

    @property
    def for_personas(self) -> tuple[str, ...]:
        """The personas it is for; none if it is for everybody."""
        return tuple(filter(None, self.personas.split(_BETWEEN)))

    @property
    def called(self) -> str:
        """Its title, else what events name it by."""
        return self.title or self.item


class ContentWorth(models.Model):
    """What came after an item, for readers of a persona and for others who read something else, as last counted."""

    item = models.CharField(max_length=_LONGEST)
    persona = models.CharField(max_length=64, default="", blank=True)
    readers = models.PositiveIntegerField()
    moved = models.PositiveIntegerField()
    others = models.PositiveIntegerField()
    others_moved = models.PositiveIntegerField()
    at = InstantField()

    class Meta:
        """Counted once for each persona."""

        constraints = (models.UniqueConstraint(fields=["item", "persona"], name="worth_once"),)


FIELDS = ("content", "title", "address", "language", "personas", "topic", "objection")
"""What is said of an item, beside what events name it by."""


def put(item: str, content: str, *, now: int, **more: str) -> ContentItem | Refused:
    """Let an item be of a class from now on, and what else is said of it; what is not said stays as it was."""
    said = {"item": item, "content": content, **more}
    refusal = unfit(said) if content else Refusal.BAD_CLASS
    return Refused(refusal) if refusal else put_all([said], now=now)[0]


def put_all(rows: Sequence[Mapping[str, str]], *, now: int) -> list[ContentItem]:
    """The same for many items that are fit, all or none; of one that is named twice the last word counts."""
    with transaction.atomic():
        changed = {row.item: row for row in changed_by(rows, now=now)}
        wanted = [_read(row)["item"] for row in rows]
        kept = _in_force({item for item in wanted if item not in changed})
        return [changed.get(item) or kept[item] for item in dict.fromkeys(wanted)]


def changed_by(rows: Sequence[Mapping[str, str]], *, now: int, dry_run: bool = False) -> list[ContentItem]:
    """Take up what is said of items that are fit, all or none; gives those that are new or changed, or would be."""
    said: dict[str, dict[str, str]] = {}
    for row in rows:
        read = _read(row)
        said.setdefault(read.pop("item"), {}).update(read)
    with transaction.atomic():
        before = _in_force(said)
        new = [ContentItem(item=item, since=now, **_merged(before.get(item), own)) for item, own in said.items()]
        changed = [row for row in new if row.item not in before or not _is_same(before[row.item], row)]
        if not dry_run:
            for chunk in chunks([before[row.item].pk for row in changed if row.item in before]):
                ContentItem.objects.filter(pk__in=chunk).update(until=now)
            ContentItem.objects.bulk_create(changed, batch_size=CHUNK)
    return changed


def propose_all(rows: Sequence[Mapping[str, str]], *, now: int, dry_run: bool = False) -> list[ContentItem]:
    """Take up items that the catalogue does not hold, without a class; what it holds stays as it is. Gives the new."""
    with transaction.atomic():
        named = {row["item"].strip(): row for row in rows}
        known = _in_force(named)
        return changed_by([row for item, row in named.items() if item not in known], now=now, dry_run=dry_run)


def unfit(said: Mapping[str, str]) -> Refusal | None:
    """Why the catalogue cannot hold what is said of an item; None if it can."""
    row = {name: text.strip() for name, text in said.items()}
    item, language = row.get("item", ""), row.get("language", "")
    if not (0 < len(item) <= _LONGEST and item.isprintable()):
        return Refusal.BAD_ITEM
    if row.get("content") and not _CLASS.fullmatch(row["content"]):
        return Refusal.BAD_CLASS
    if language and not code_of(language):
        return Refusal.BAD_LANGUAGE
    if any(not _CLASS.fullmatch(name) for name in _names(row.get("personas", ""))):
        return Refusal.BAD_PERSONA
    if row.get("address") and not _is_page(row["address"]):
        return Refusal.NOT_A_PAGE
    is_fit = all(len(row.get(name, "")) <= most and row.get(name, "").isprintable() for name, most in _MOST.items())
    return None if is_fit else Refusal.TOO_LONG


def end(item: str, *, now: int) -> ContentItem | Refused:
    """Take an item out of the catalogue from now on."""
    with transaction.atomic():
        before = ContentItem.objects.select_for_update().filter(item=item.strip(), until=FOREVER).first()
        if before is None:
            return Refused(Refusal.CLOSED_ALREADY)
        before.until = now
        before.save(update_fields=["until"])
        return before


def items_of(events: Iterable[Mapping[str, Any]], at: int) -> list[ContentItem | None]:
    """By event, the item that its properties name, as it was at an instant; None where they name none."""
    named = [named_by(said) for said in events]
    wanted = {text for texts in named for text in texts}
    rows = ContentItem.objects.filter(since__lte=at, until__gt=at)
    found = {row.item: row for chunk in chunks(sorted(wanted)) for row in rows.filter(item__in=chunk)}
    return [next((found[text] for text in texts if text in found), None) for texts in named]


def named_by(said: Mapping[str, Any]) -> list[str]:
    """By what the properties of an event may name an item, the first that is one counts."""
    return [text for key in NAMED_BY if isinstance(text := said.get(key), str)]


def catalogue(at: int) -> list[ContentItem]:
    """All items as they are at an instant, by item."""
    return list(ContentItem.objects.filter(since__lte=at, until__gt=at).order_by("item"))


def titles(items: Iterable[str]) -> dict[str, str]:
    """What those of these items are called now that have a title. One query."""
    return dict(now_in_force().filter(item__in=set(items)).exclude(title="").values_list("item", "title"))


def now_in_force() -> QuerySet[ContentItem]:
    """The items as they are now."""
    return ContentItem.objects.filter(until=FOREVER)


# --- what is said, as it is kept ------------------------------------------------------------------


def _in_force(items: Iterable[str]) -> dict[str, ContentItem]:
    """The rows in force of these items, held for the caller's transaction."""
    rows = ContentItem.objects.select_for_update().filter(until=FOREVER)
    return {row.item: row for chunk in chunks(sorted(items)) for row in rows.filter(item__in=chunk)}


def _read(row: Mapping[str, str]) -> dict[str, str]:
    said = {name: row[name].strip() for name in ("item", *FIELDS) if name in row}
    if "language" in said:
        said["language"] = code_of(said["language"])
    if said.get("personas"):
        names = sorted(set(_names(said["personas"])))
        said["personas"] = f"{_BETWEEN}{_BETWEEN.join(names)}{_BETWEEN}" if names else ""
    return said


def _names(text: str) -> list[str]:
    """Names that people write with a comma, a | or a space between."""
    return re.split(r"[\s,|]+", text.strip(" |,")) if text.strip(" |,") else []


def _merged(before: ContentItem | None, said: Mapping[str, str]) -> dict[str, str]:
    old = {} if before is None else {name: getattr(before, name) for name in FIELDS}
    return {**old, **said}


def _is_same(one: ContentItem, other: ContentItem) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in FIELDS)


def _is_page(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
