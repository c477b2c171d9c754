"""Where a person is mentioned beyond their own rows: in texts of others, in what was put aside, in what goes out.

All columns of text of all tables are looked through for the person's words; a table that comes anew is, too. What is
published and signed, and our own people's accounts, are left as they are.
"""

from __future__ import annotations

import re
import secrets
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl
from django.contrib.admin.models import LogEntry
from django.db import models, transaction
from django.db.models import Q

from ripeline.server import json_text
from ripeline.server.chunks import chunks
from ripeline.server.delivery.outbox import Outgoing
from ripeline.server.delivery.topics import ERASED
from ripeline.server.events import Event, Rejected
from ripeline.server.rights.erasing import rows

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
SLICE = 5_000
"""So many rows of a table are looked through at once, so that whoever writes need not wait."""
GONE = "[erased]"
_DELETED = (Rejected, Outgoing)
_LEADS = 100  # in one question: SQLite takes no longer ones


class _Looked(NamedTuple):
    last: Any
    holding: list[Any]


def in_ledger(words: Sequence[str], *, after: int) -> int | None:
    """Take the words out of the next rows of the ledger, which are others'; up to where, None at the end."""
    found = _look(Event, words, after) if words else None
    if found is None:
        return None
    pattern = _pattern(words)
    for chunk in chunks(found.holding):
        with transaction.atomic():
            for event in Event.objects.select_for_update().filter(pk__in=chunk, known_at__isnull=False):
                _take_out(event, pattern)
    return int(found.last)


def elsewhere(words: Sequence[str], leads: Collection[int]) -> None:
    """Take the words out of all other tables, and delete what was put aside or goes out that speaks of the leads."""
    for some in chunks(sorted(leads), _LEADS):
        told = reduce(or_, (Q(body__contains=f'"lead":"{lead}"') for lead in some))
        _delete(Outgoing, Outgoing.objects.exclude(topic=ERASED).filter(told).values_list("pk", flat=True))
    if not words:
        return
    pattern = _pattern(words)
    for model in looked_through():
        after = None
        while (found := _look(model, words, after)) is not None:
            after = found.last
            if model in _DELETED:
                _delete(model, found.holding)
            else:
                _replace(model, found.holding, pattern)


def looked_through() -> list[rows.Model]:
    """The tables beside the ledger that are looked through."""
    every: list[rows.Model] = [*rows.ours(), LogEntry]
    names = {model: model._meta.model_name for model in every}  # noqa: SLF001 - Django's way to ask
    return [model for model in every if model is not Event and names[model] not in LEFT and texts(model)]


def texts(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """The columns of a table in which anybody may have written anything."""
    fields = model._meta.concrete_fields  # noqa: SLF001 - Django's way to ask
    return [one for one in fields if isinstance(one, models.CharField | models.TextField) and not one.choices]


def _look(model: rows.Model, words: Iterable[str], after: Any) -> _Looked | None:  # noqa: ANN401 - a table's own key
    """The next rows of a table after one, and which of them hold a word, in capitals or not; None at the end.

    All words are sought at once, so that a person of a thousand browsers, or fifty people, take no longer than one.
    """
    every = rows.manager(model).order_by("pk")
    told = every if after is None else every.filter(pk__gt=after)
    names = [field.name for field in texts(model)]
    found = list(told.values_list("pk", *names)[:SLICE])
    if not found:
        return None
    spoken = pl.DataFrame([row[1:] for row in found], dict.fromkeys(names, pl.String), orient="row")
    text = spoken.select(pl.concat_str(names, separator="\n", ignore_nulls=True)).to_series()
    sought = pl.Series(_forms(words), dtype=pl.String).str.to_lowercase()
    is_holding = text.str.to_lowercase().str.contains_any(sought.to_list())
    return _Looked(found[-1][0], [found[place][0] for place in is_holding.arg_true()])


def _forms(words: Iterable[str]) -> list[str]:
    """The words, and how they are written within JSON; the longest first."""
    return sorted({form for word in words for form in (word, json_text.written(word)[1:-1])}, key=len, reverse=True)


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, _forms(words))), re.IGNORECASE)


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


def _delete(model: rows.Model, numbers: Iterable[int]) -> None:
    told = set(numbers)
    if told:
        with transaction.atomic():
            rows.delete_all(rows.pointing_to(model, told))


def _replace(model: rows.Model, numbers: Sequence[Any], pattern: re.Pattern[str]) -> None:
    for chunk in chunks(numbers):
        for row in rows.manager(model).filter(pk__in=chunk):
            put = dict(_told(row, texts(model), pattern))
            if put:
                with transaction.atomic():
                    rows.manager(model).filter(pk=row.pk).update(**put)


def _told(
    row: models.Model, fields: Iterable[models.Field[Any, Any]], pattern: re.Pattern[str]
) -> Iterator[tuple[str, str]]:
    for field in fields:
        text = getattr(row, field.name)
        if isinstance(text, str) and pattern.search(text):
            new = f"erased-{secrets.token_hex(8)}" if field.unique else pattern.sub(GONE, text)
            yield field.name, new[: field.max_length] if field.max_length else new
