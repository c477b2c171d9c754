"""Where a person is mentioned beyond their own rows: in texts of others, in what was put aside, in what goes out.

All columns of text of all tables are looked through for the person's words; a table that comes anew is, too. What is
published and signed, and our own people's accounts, are left as they are.
"""

from __future__ import annotations

import re
import secrets
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.contrib.admin.models import LogEntry
from django.db import models, transaction
from django.db.models import Q

from ripeline.server import json_text
from ripeline.server.chunks import chunks
from ripeline.server.erasing import rows
from ripeline.server.events import Event, Rejected
from ripeline.server.outbox import Outgoing
from ripeline.server.topics import ERASED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

LEFT = frozenset(
    (
        *("user", "endpoint", "login", "link", "badlogin", "apikey"),  # our own people, and whom we tell
        *("playbookversion", "formversion", "mailtemplate", "wording", "signature"),  # signed, or sent as they stand
        *("identifier", "term", "attachment"),  # those of others are others' own
        *("erasure", "forgotten", "suppression", "installation"),
    )
)
"""The tables that are not looked through."""
SLICE = 20_000
"""So many rows of the ledger are looked through at once, so that whoever writes need not wait."""
GONE = "[erased]"
_DELETED = (Rejected, Outgoing)


def in_ledger(words: Sequence[str], *, after: int) -> int | None:
    """Take the words out of the next rows of the ledger, which are others'; up to where, None at the end."""
    upto = Event.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:SLICE]
    last = max(upto, default=None)
    if last is None or not words:
        return None
    found = Event.objects.filter(_holding(Event, words), pk__gt=after, pk__lte=last, known_at__isnull=False)
    numbers = list(found.values_list("pk", flat=True))
    pattern = _pattern(words)
    for chunk in chunks(numbers):
        with transaction.atomic():
            for event in Event.objects.select_for_update().filter(pk__in=chunk):
                _take_out(event, pattern)
    return last


def elsewhere(words: Sequence[str], leads: Collection[int]) -> None:
    """Take the words out of all other tables, and delete what was put aside or goes out that speaks of the person."""
    if leads:
        told = reduce(or_, (Q(body__contains=f'"lead":"{lead}"') for lead in sorted(leads)))
        _delete(Outgoing, Outgoing.objects.exclude(topic=ERASED).filter(told))
    if not words:
        return
    pattern = _pattern(words)
    for model in looked_through():
        found = rows.manager(model).filter(_holding(model, words))
        if model in _DELETED:
            _delete(model, found)
        else:
            _replace(found, texts(model), pattern)


def looked_through() -> list[rows.Model]:
    """The tables beside the ledger that are looked through."""
    every: list[rows.Model] = [*rows.ours(), LogEntry]
    names = {model: model._meta.model_name for model in every}  # noqa: SLF001 - Django's way to ask
    return [model for model in every if model is not Event and names[model] not in LEFT and texts(model)]


def texts(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """The columns of a table in which anybody may have written anything."""
    fields = model._meta.concrete_fields  # noqa: SLF001 - Django's way to ask
    return [one for one in fields if isinstance(one, models.CharField | models.TextField) and not one.choices]


def _holding(model: type[models.Model], words: Iterable[str]) -> Q:
    spoken = [*words]
    spoken += [written for word in words if (written := json_text.written(word)[1:-1]) != word]
    return reduce(or_, (Q(**{f"{field.name}__icontains": word}) for field in texts(model) for word in spoken))


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    spoken = {form for word in words for form in (word, json_text.written(word)[1:-1])}
    return re.compile("|".join(map(re.escape, sorted(spoken, key=len, reverse=True))), re.IGNORECASE)


def _take_out(event: Event, pattern: re.Pattern[str]) -> None:
    """Leave of another's row what counts: its body goes, and what it claims or says of the person."""
    claims = {name: value for name, value in json_text.read(event.claims).items() if not pattern.search(str(value))}
    said = pattern.sub(GONE, event.properties)
    body = "" if pattern.search(event.body) else event.body
    name, key = pattern.sub(GONE, event.name), event.key
    if pattern.search(key):
        key = f"erased-{secrets.token_hex(8)}"
    put = {"claims": json_text.written(claims), "properties": said, "body": body, "name": name[:100], "key": key}
    Event.objects.filter(pk=event.pk).update(**put)


def _delete(model: type[models.Model], found: models.QuerySet[Any]) -> None:
    numbers = set(found.values_list("pk", flat=True))
    if numbers:
        with transaction.atomic():
            rows.delete_all(rows.pointing_to(model, numbers))


def _replace(found: models.QuerySet[Any], fields: Sequence[models.Field[Any, Any]], pattern: re.Pattern[str]) -> None:
    for row in found.iterator(chunk_size=500):
        put = dict(_told(row, fields, pattern))
        if put:
            with transaction.atomic():
                rows.manager(type(row)).filter(pk=row.pk).update(**put)


def _told(
    row: models.Model, fields: Iterable[models.Field[Any, Any]], pattern: re.Pattern[str]
) -> Iterator[tuple[str, str]]:
    for field in fields:
        text = getattr(row, field.name)
        if isinstance(text, str) and pattern.search(text):
            new = f"erased-{secrets.token_hex(8)}" if field.unique else pattern.sub(GONE, text)
            yield field.name, new[: field.max_length] if field.max_length else new
