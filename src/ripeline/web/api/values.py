"""How values stand in requests and answers: instants, numbers of rows, names, and pages of lists."""

import base64
import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from django.db.models import Model, QuerySet
from ninja import Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from ripeline.core.units import MICRO
from ripeline.server import instants
from ripeline.web.api.troubles import Code

_BIGGEST = 2**63 - 1
_CURSOR = r"^[A-Za-z0-9_-]{11}$"
MOST = 200
"""So many rows a page may have."""

M = TypeVar("M", bound=Model)
T = TypeVar("T")


def _micros(value: object) -> int:
    if isinstance(value, str):
        try:
            told = datetime.fromisoformat(value)
            if told.tzinfo is not None and instants.is_plan(at := instants.of_text(value)):
                return at
        except (ValueError, OverflowError):
            pass
    raise PydanticCustomError(Code.NOT_AN_INSTANT.value, "not an instant")


def _unfolded(value: object) -> int:
    # Base64 skips over signs that are none of its own, so the form is looked at first.
    if not isinstance(value, str) or not re.fullmatch(_CURSOR, value):
        raise PydanticCustomError(Code.NOT_A_CURSOR.value, "no cursor")
    return int.from_bytes(base64.urlsafe_b64decode(f"{value}="), "big", signed=True)


Given = Annotated[int, BeforeValidator(_micros), WithJsonSchema({"type": "string", "format": "date-time"})]
"""An instant as a program gives it; microseconds inside."""
Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""An instant as it is told: ISO 8601, UTC, with microseconds."""
Cursor = Annotated[int, BeforeValidator(_unfolded), WithJsonSchema({"type": "string", "pattern": _CURSOR})]
"""Where the page before ended."""
Number = Annotated[int, Path(ge=1, le=_BIGGEST)]
"""The number of a row in an address."""
RowNumber = Annotated[int, Field(ge=1, le=_BIGGEST)]
"""The number of a row in a body or among the parameters."""
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
"""A name of the playbook."""
Sought = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]{1,254}$")]
"""A text of any kind that is looked for; no database knows one with signs that nobody sees."""
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
"""A few words of a person."""


class Said(BaseModel):
    """What a request says; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paging(Said):
    """Which part of a list."""

    limit: Annotated[int, Field(ge=1, le=MOST)] = 50
    cursor: Cursor | None = None
    sort: Literal["newest", "oldest"] = "newest"


class Page(BaseModel, Generic[T]):
    """A part of a list, and the cursor of the part after it; there is none after the last."""

    items: list[T]
    next: str | None


def page(rows: QuerySet[M], paging: Paging, show: Callable[[list[M]], list[T]]) -> Page[T]:
    """One part of the rows, by their numbers, so that none is told twice or left out though rows come in between."""
    newest = paging.sort == "newest"
    if paging.cursor is not None:
        rows = rows.filter(pk__lt=paging.cursor) if newest else rows.filter(pk__gt=paging.cursor)
    found = list(rows.order_by("-pk" if newest else "pk")[: paging.limit + 1])
    shown, is_last = found[: paging.limit], len(found) <= paging.limit
    return Page(items=show(shown), next=None if is_last else _folded(shown[-1].pk))


def _folded(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(8, "big")).decode().rstrip("=")


def iso(micros: int) -> str:
    """An instant as it is told."""
    return instants.text(micros)


def iso_or_none(micros: int | None) -> str | None:
    """An instant as it is told; None for what has not happened, or not ended."""
    return None if micros is None or micros >= instants.FOREVER else instants.text(micros)


def happened_at(micros: int) -> str | None:
    """When something happened; None for what follows by rule from other rows, whose instant is an order and no time."""
    return None if micros < instants.TOLD else instants.text(micros)


def points(micros: dict[str, Any] | None) -> dict[str, float] | None:
    """Points by axis, of micro-points; None where there are none."""
    return {axis: value / MICRO for axis, value in micros.items()} if micros else None
