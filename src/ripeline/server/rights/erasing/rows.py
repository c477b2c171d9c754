"""The rows of a person: all that points to a lead or to one of its identifiers, over however many tables.

Which tables these are is read off the tables themselves, so that one that comes anew is erased too. This is the only
place that deletes from tables whose rows stand for ever.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models

from ripeline.server.chunks import chunks
from ripeline.server.leads import Identifier, Lead

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

Model = type[models.Model]
Rows = dict[Model, set[int]]


def of(leads: Iterable[int], identifiers: Iterable[int]) -> Rows:
    """The numbers of all rows, by table, that point to these leads and identifiers, or to such a row, and their own."""
    return _closed({Lead: set(leads), Identifier: set(identifiers)})


def pointing_to(model: Model, numbers: Iterable[int]) -> Rows:
    """The same of the rows of one table."""
    return _closed({model: set(numbers)})


def _closed(first: Rows) -> Rows:
    found: Rows = defaultdict(set, first)
    fresh: Rows = dict(found)
    while fresh:
        pointing = [(model, to, name) for model, to, name in pointers() if to in fresh]
        further: Rows = defaultdict(set)
        for model, to, name in pointing:
            for chunk in chunks(sorted(fresh[to])):
                numbers = manager(model).filter(**{f"{name}__in": chunk}).values_list("pk", flat=True)
                further[model] |= set(numbers) - found[model]
        fresh = {model: rows for model, rows in further.items() if rows}
        for model, rows in fresh.items():
            found[model] |= rows
    return {model: rows for model, rows in found.items() if rows}


def pointers() -> list[tuple[Model, Model, str]]:
    """Each column by which the rows of one of our tables point to those of another: the table, the other, its name."""
    return [
        (model, field.related_model, field.name)
        for model in ours()
        for field in model._meta.concrete_fields  # noqa: SLF001 - Django's way to ask
        if isinstance(field.related_model, type)
    ]


def ours() -> list[Model]:
    """Our own tables."""
    return list(apps.get_app_config("server").get_models())


def delete(model: Model, rows: Collection[int]) -> int:
    """Delete rows, also of tables that are only ever added to, in the caller's transaction; how many there were."""
    return sum(
        manager(model).filter(pk__in=chunk)._raw_delete("default")  # noqa: SLF001 - Django's own delete asks each table
        for chunk in chunks(sorted(rows))
    )


def delete_all(found: Mapping[Model, Collection[int]]) -> dict[str, int]:
    """The same of many tables; how many by table. Which goes first is all one: the database looks at the end."""
    return {model.__name__.lower(): delete(model, rows) for model, rows in found.items() if rows}


def manager(model: Model) -> models.QuerySet[Any]:
    """All rows of a table, also of one that guards its rows."""
    return models.QuerySet(model)
