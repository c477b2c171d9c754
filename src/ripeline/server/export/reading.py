"""Short reads: each statement is a transaction of its own, so that an export holds no snapshot of the live store."""

from __future__ import annotations

import time
from bisect import bisect_left
from contextlib import contextmanager
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Max

from ripeline.server.decisions import Decision
from ripeline.server.rounds import Round

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = tuple[Any, ...]

PAGE = 50_000
"""So many rows a statement reads at most: a fraction of a second."""
_PAUSE, _PATIENCE = 0.05, 60.0
_LAST = 2**62

_EVENTS = """
    SELECT event.known_at, event.id, event.at, event.name, event.key || '@' || event.source_id, event.identifier_id,
        event.properties, event.source_id
    FROM server_event AS event
    WHERE event.known_at IS NOT NULL AND (event.known_at, event.id) > (%(known)s, %(number)s)
        AND event.known_at <= %(upto)s
    ORDER BY event.known_at, event.id LIMIT %(page)s
"""
_WRITERS = """
    SELECT DISTINCT virtualtransaction FROM pg_locks
    WHERE relation = 'server_decision'::regclass AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()
"""


class StillWriting(Exception):
    """A transaction that writes decisions has been open for longer than any of ours."""


@contextmanager
def reading_only() -> Iterator[None]:
    """Nothing is written through this thread's connection meanwhile."""
    with connection.cursor() as cursor:
        is_sqlite = connection.vendor == "sqlite"
        cursor.execute("PRAGMA query_only = ON" if is_sqlite else "SET default_transaction_read_only = on")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = OFF" if is_sqlite else "SET default_transaction_read_only = off")


def newest_round() -> int:
    """The instant up to which no row can become known any more; 0 before the first round.

    Rounds read one after the other, each in one transaction, so whoever sees a round sees all that it has read.
    """
    return Round.objects.aggregate(last=Max("at"))["last"] or 0


def newest_decision() -> int:
    """The number up to which no decision can be added any more.

    On PostgreSQL numbers are drawn before the commit: whoever may have drawn a lower one is waited for, and nothing is
    held meanwhile. Raises StillWriting after a minute.
    """
    last = Decision.objects.aggregate(last=Max("pk"))["last"] or 0
    if connection.vendor == "postgresql":
        end, writing = time.monotonic() + _PATIENCE, _writers()
        while writing & _writers():
            if time.monotonic() > end:
                raise StillWriting
            time.sleep(_PAUSE)
    return last


def _writers() -> set[str]:
    return {name for (name,) in rows(_WRITERS)}


def rows(query: str, **parameters: int) -> list[Row]:
    """All that a query finds."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        found: list[Row] = cursor.fetchall()
        return found


def by_number(query: str, **parameters: int) -> Iterator[list[Row]]:
    """The pages of a query that asks for numbers above `after`, in their order, and for `page` of them at most.

    Each row begins with its number.
    """
    after = parameters.pop("after", 0)
    while page := rows(query, after=after, page=PAGE, **parameters):
        yield page
        after = page[-1][0]


def events(after: int, upto: int) -> Iterator[list[Row]]:
    """The rows that became known after one instant and up to another, in that order; no round is parted."""
    known, number, kept = after, _LAST, list[Row]()
    while page := rows(_EVENTS, known=known, number=number, upto=upto, page=PAGE):
        kept += page
        known, number = page[-1][:2]
        cut = bisect_left(kept, known, key=itemgetter(0)) if len(page) == PAGE else len(kept)
        if cut:
            yield kept[:cut]
            kept = kept[cut:]
    if kept:
        yield kept
