"""Every table filled with rows of one person, made from the tables themselves, so that a new table is filled too."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from django.db import connection, models

from ripeline.server import json_text
from ripeline.server.rights.erasing import rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MARK = "mark-of-ada"
"""Stands in whatever points to the person."""
_JSON = {"claims", "properties", "evidence", "scores", "progress", "said", "filters", "body", "answer", "words"}
_instants = count(1_760_000_000_000_000)


def fill(own: Mapping[type[models.Model], models.Model], mentioned: str) -> list[models.Model]:
    """One more row of each of our tables, which point to `own` where they point to such tables.

    Their texts hold `mentioned`, and MARK besides if the row points to the person by however many steps.
    """
    made: dict[type[models.Model], models.Model] = dict(own)
    return [_make(model, made, mentioned) for model in rows.ours() if model not in own]


def everything() -> Iterable[tuple[str, str]]:
    """Each value of each row of each table of the database as text, with the table's name."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - our own names
            for row in cursor.fetchall():
                for value in row:
                    yield table, bytes(value).decode(errors="replace") if _is_bytes(value) else str(value)


def holding(*texts: str) -> set[str]:
    """The tables that hold one of these texts."""
    return {table for table, value in everything() if any(text.lower() in value.lower() for text in texts)}


def pointing() -> set[type[models.Model]]:
    """The tables whose rows point to a lead or an identifier, by however many steps."""
    found: set[type[models.Model]] = {model for model in rows.ours() if model.__name__ in {"Lead", "Identifier"}}
    while further := {model for model, to, _name in rows.pointers() if to in found} - found:
        found |= further
    return found


def _make(model: type[models.Model], made: dict[type[models.Model], models.Model], mentioned: str) -> models.Model:
    if model not in made:
        said = {}
        for field in model._meta.concrete_fields:  # noqa: SLF001 - Django's way to ask
            if not field.primary_key or field.get_internal_type() == "CharField":
                said[field.name] = _value(model, field, made, mentioned)
        made[model] = rows.manager(model).create(**said)
    return made[model]


def _value(
    model: type[models.Model],
    field: models.Field[Any, Any],
    made: dict[type[models.Model], models.Model],
    mentioned: str,
) -> object:
    kind = field.get_internal_type()
    other: Any = field.related_model
    if other is not None:
        return None if other is model else _make(other, made, mentioned)
    if field.choices:
        return list(field.choices)[-1][0]
    if kind in {"CharField", "TextField"}:
        text = f"{mentioned} {MARK}" if model in pointing() else mentioned
        text = json_text.written({"text": text}) if field.name in _JSON else text
        return text[: field.max_length] if field.max_length else text
    others: dict[str, object] = {
        "BooleanField": False,
        "BinaryField": MARK.encode(),
        "DateField": date(2026, 1, 1),
        "DateTimeField": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return others.get(kind, next(_instants) if "Big" in kind else 900)


def _is_bytes(value: object) -> bool:
    return isinstance(value, bytes | memoryview)
