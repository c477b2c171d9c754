"""The content catalogue: which item belongs to which class of the playbook."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from ripeline.server.instants import FOREVER, InstantField
from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from ripeline.core.playbook import Playbook

_CLASS = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LONGEST = 500
_FUNNEL = {"awareness": "top", "consideration": "middle", "decision": "bottom"}
BY_ID, BY_PATH = "content_id", "path"
"""The properties by which an event names its item; the id goes first."""


class ContentItem(models.Model):
    """An item and its class, from when until when.

    The class in force is stamped on a row when it becomes known, so that an edit changes no past score.
    """

    item = models.CharField(max_length=500)  # a path of the website, or the id that events carry as `content_id`
    content = models.CharField(max_length=64)  # the class, as the playbook names it
    since = InstantField()
    until = InstantField(default=FOREVER)

    class Meta:
        """An item has one class at a time."""

        constraints = (
            models.UniqueConstraint(fields=["item"], condition=models.Q(until=FOREVER), name="one_class_now"),
        )
        indexes = (models.Index(fields=["item"], name="content_item"),)


def put(item: str, content: str, *, now: int) -> ContentItem | Refused:
    """Let an item belong to a class from now on; that of before ends."""
    refusal = unfit(item, content)
    return Refused(refusal) if refusal else put_all([(item, content)], now=now)[0]


def put_all(rows: Sequence[tuple[str, str]], *, now: int) -> list[ContentItem]:
    """The same for many items that are fit, all or none."""
    with transaction.atomic():
        return [_put(item.strip(), content, now) for item, content in rows]


def unfit(item: str, content: str) -> Refusal | None:
    """Why the catalogue cannot hold it; None if it can."""
    if not _CLASS.fullmatch(content):
        return Refusal.BAD_CLASS
    return None if 0 < len(item.strip()) <= _LONGEST and item.isprintable() else Refusal.BAD_ITEM


def end(item: str, *, now: int) -> ContentItem | Refused:
    """Let an item belong to no class from now on."""
    with transaction.atomic():
        before = ContentItem.objects.select_for_update().filter(item=item.strip(), until=FOREVER).first()
        if before is None:
            return Refused(Refusal.CLOSED_ALREADY)
        _end(before, now)
        return before


def classes_of(events: Iterable[Mapping[str, Any]], at: int) -> list[str | None]:
    """By event, the class of the item that its properties name, as it was at an instant; None for one of no class."""
    named = [[text for key in (BY_ID, BY_PATH) if isinstance(text := said.get(key), str)] for said in events]
    wanted = {text for texts in named for text in texts}
    rows = ContentItem.objects.filter(since__lte=at, until__gt=at)
    if len(wanted) <= _LONGEST:
        rows = rows.filter(item__in=wanted)
    found = dict(rows.values_list("item", "content")) if wanted else {}
    return [next((found[text] for text in texts if text in found), None) for texts in named]


def catalogue(at: int) -> list[ContentItem]:
    """All items with their classes at an instant, by item."""
    return list(ContentItem.objects.filter(since__lte=at, until__gt=at).order_by("item"))


def next_for(playbook: Playbook, phase: str, *, seen: Collection[str], at: int) -> ContentItem | None:
    """The first item that serves a lead in this phase of its journey and that it has not seen; None if there is none.

    Classes stand in the order of the definition, items of a class by name.
    """
    funnel = _FUNNEL.get(phase, "top")
    classes = [name for name, one in playbook.content.items() if one.funnel == funnel]
    items = ContentItem.objects.filter(since__lte=at, until__gt=at, content__in=classes).exclude(item__in=seen)
    return min(items, key=lambda one: (classes.index(one.content), one.item), default=None)


def _put(item: str, content: str, now: int) -> ContentItem:
    before = ContentItem.objects.select_for_update().filter(item=item, until=FOREVER).first()
    if before is not None and before.content == content:
        return before
    _end(before, now)
    return ContentItem.objects.create(item=item, content=content, since=now)


def _end(row: ContentItem | None, now: int) -> None:
    if row is not None:
        row.until = now
        row.save(update_fields=["until"])
