"""Adding rows to the ledger: the same few statements for the intake, for imports and for what people say.

They are written by hand for both databases, because they are what the speed of the intake hangs on; a test compares
what they store with the tables as Django knows them.
"""

from __future__ import annotations

import secrets
import sqlite3
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from ripeline.integrations.segment import digest
from ripeline.server import json_text, sources
from ripeline.server.instants import TOLD
from ripeline.server.instruments import bell, metrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ripeline.integrations.rejections import Reason
    from ripeline.integrations.segment import Message

Connection = BaseDatabaseWrapper | sqlite3.Connection | psycopg.Connection[Any]
"""A connection inside a transaction of the caller's: Django's own, or a plain one."""
_TURN = count()


class NewEvent(NamedTuple):
    """A row of the ledger before it is stored; `claims` and `properties` are JSON objects."""

    source: int
    key: str
    name: str
    at: int
    received_at: int
    claims: str
    properties: str
    body: str
    flag: str
    content_digest: str


class NewRejected(NamedTuple):
    """A message that cannot be an event, with the reason from the closed list."""

    source: int
    reason: Reason
    detail: str
    kind: str
    received_at: int
    body: str
    digest: str


class Added(NamedTuple):
    """How many rows were new, how many were there before, and how many of those said something else."""

    stored: int
    repeated: int
    conflicts: int


def event(message: Message, *, source: int, received_at: int) -> NewEvent:
    """The row of a message."""
    return NewEvent(
        source,
        message.key,
        message.name,
        message.at,
        received_at,
        message.claims,
        message.properties,
        message.body,
        message.flag,
        message.content_digest,
    )


def rejection(
    source: int, reason: Reason, detail: str, kind: str, received_at: int, body: str, said: bytes
) -> NewRejected:
    """A rejected message and the call it is kept in; `said`, the message alone, is kept once however often it comes."""
    detail = detail.replace("\0", "")[:200].encode(errors="replace").decode()
    return NewRejected(source, reason, detail, kind, received_at, body, digest(kind.encode() + said))


def add(connection: Connection, events: Sequence[NewEvent], rejected: Sequence[NewRejected], now: int) -> Added:
    """Add the rows in the caller's transaction, each (source, key) once for ever; the first one stays.

    Another event under a key that is taken is counted as a conflict. Raises what the database raises.
    """
    events = [event if event.at >= TOLD else event._replace(at=TOLD) for event in events]
    plain = _plain(connection)
    if isinstance(plain, sqlite3.Connection):
        return _add(_SQLite(plain.cursor()), events, rejected, now)
    return _add(_PostgreSQL(psycopg.Cursor(plain)), events, rejected, now)


def take(events: Sequence[NewEvent], rejected: Sequence[NewRejected], *, now: int) -> Added:
    """Add what came in, in the caller's transaction of Django's own; it is counted, and what is new is soon read."""
    own = connections["default"]
    added = add(own, events, rejected, now)
    metrics.count(added, rejected)
    if events:
        own.on_commit(bell.ring)
    return added


def say(lead_id: int, name: str, properties: Mapping[str, object], *, by: str, now: int) -> str:
    """Add what one of our own people says of a lead, in the caller's transaction; its key in the ledger."""
    # Of one instant the key decides the order: that in which this process was told.
    key = f"{now:017d}{next(_TURN) % 10**9:09d}{secrets.token_hex(8)}"
    tell({"lead": str(lead_id)}, name, properties, key=key, at=now, by=by, now=now)
    return key


def tell(
    claims: Mapping[str, str],
    name: str,
    properties: Mapping[str, object],
    *,
    key: str,
    at: int,
    by: str | None,
    now: int,
) -> Added:
    """Add what one of our own people says happened at an instant, in the caller's transaction, once for its key.

    What nobody says, Ripeline itself has noticed.
    """
    return tell_all([Telling(claims, name, properties, key)], at=at, by=by, now=now)


class Telling(NamedTuple):
    """What one of our own people says, or Ripeline itself has noticed: of whom, what, and under which key."""

    claims: Mapping[str, str]
    name: str
    properties: Mapping[str, object]
    key: str


def tell_all(tellings: Sequence[Telling], *, at: int, by: str | None, now: int) -> Added:
    """The same for many at once."""
    if not tellings:
        return Added(0, 0, 0)
    own, source = connections["default"], sources.own(now).pk
    rows = [_told(each, source, at, by, now) for each in tellings]
    added = add(own, rows, [], now)
    own.on_commit(bell.ring)
    return added


def _told(telling: Telling, source: int, at: int, by: str | None, now: int) -> NewEvent:
    author = {} if by is None else {"by": by}
    said, whose = json_text.written({**telling.properties, **author}), json_text.written(telling.claims)
    content = digest(json_text.written((telling.name, at, whose, said)).encode())
    return NewEvent(source, telling.key, telling.name, at, now, whose, said, "", "", content)


def _plain(connection: Connection) -> sqlite3.Connection | psycopg.Connection[Any]:
    if isinstance(connection, sqlite3.Connection | psycopg.Connection):
        return connection
    connection.ensure_connection()  # Django's, or its proxy for that of the calling thread
    plain: sqlite3.Connection | psycopg.Connection[Any] = connection.connection
    return plain


def _add(
    database: _SQLite | _PostgreSQL, events: Sequence[NewEvent], rejected: Sequence[NewRejected], now: int
) -> Added:
    stored = database.insert("event", NewEvent._fields, events, "(source_id, key)") if events else 0
    if rejected:
        database.insert("rejected", NewRejected._fields, rejected, "(source_id, digest)")
    if stored == len(events):
        return Added(stored, 0, 0)
    conflicts = _conflicts(events, database.kept(events))
    if conflicts:
        database.count(conflicts, now)
    return Added(stored, len(events) - stored, sum(conflicts.values()))


def _conflicts(events: Iterable[NewEvent], kept: Mapping[tuple[int, str], str]) -> dict[tuple[int, str], int]:
    found: dict[tuple[int, str], int] = {}
    for event in events:
        which = (event.source, event.key)
        if kept[which] != event.content_digest:
            found[which] = found.get(which, 0) + 1
    return found


def _columns(fields: Iterable[str]) -> str:
    return ", ".join("source_id" if field == "source" else field for field in fields)


_COUNT = """
    INSERT INTO server_conflict (source_id, key, count, last_at) VALUES ({0}, {0}, {0}, {0})
    ON CONFLICT (source_id, key)
    DO UPDATE SET count = server_conflict.count + excluded.count, last_at = excluded.last_at
"""


class _SQLite:
    """Many rows in one step: each step gives up the interpreter's lock, and waits for it again."""

    _SIZES = (100, 10, 1)

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    def insert(self, table: str, fields: Sequence[str], rows: Sequence[tuple[object, ...]], once: str) -> int:
        stored = start = 0
        for size in self._SIZES:
            while len(rows) - start >= size:
                values = [value for row in rows[start : start + size] for value in row]
                stored += self._cursor.execute(self._statement(table, fields, size, once), values).rowcount
                start += size
        return stored

    @staticmethod
    def _statement(table: str, fields: Sequence[str], size: int, once: str) -> str:
        row = f"({', '.join('?' * len(fields))})"
        return (
            f"INSERT INTO server_{table} ({_columns(fields)}) "  # noqa: S608 - our own names
            f"VALUES {', '.join([row] * size)} ON CONFLICT {once} DO NOTHING"
        )

    def kept(self, events: Sequence[NewEvent]) -> dict[tuple[int, str], str]:
        ask = "SELECT content_digest FROM server_event WHERE source_id = ? AND key = ?"
        return {(event.source, event.key): self._cursor.execute(ask, event[:2]).fetchone()[0] for event in events}

    def count(self, conflicts: Mapping[tuple[int, str], int], now: int) -> None:
        rows = [(*which, times, now) for which, times in conflicts.items()]
        self._cursor.executemany(_COUNT.format("?"), rows)


class _PostgreSQL:
    """One array for each column, in binary: as text they cost more than all the rest."""

    def __init__(self, cursor: psycopg.Cursor[Any]) -> None:
        self._cursor = cursor

    def insert(self, table: str, fields: Sequence[str], rows: Sequence[tuple[object, ...]], once: str) -> int:
        columns = [list(column) for column in zip(*rows, strict=True)]
        arrays = ", ".join(f"%b::{'bigint' if isinstance(column[0], int) else 'text'}[]" for column in columns)
        statement = (
            f"INSERT INTO server_{table} ({_columns(fields)}) "  # noqa: S608 - our own names
            f"SELECT * FROM unnest({arrays}) ON CONFLICT {once} DO NOTHING"
        )
        return self._cursor.execute(statement, columns, prepare=True).rowcount

    def kept(self, events: Sequence[NewEvent]) -> dict[tuple[int, str], str]:
        ask = """
            SELECT event.source_id, event.key, event.content_digest
            FROM server_event AS event JOIN unnest(%b::bigint[], %b::text[]) AS asked (source_id, key)
            ON event.source_id = asked.source_id AND event.key = asked.key
        """
        asked = [[event.source for event in events], [event.key for event in events]]
        return {(source, key): content for source, key, content in self._cursor.execute(ask, asked)}

    def count(self, conflicts: Mapping[tuple[int, str], int], now: int) -> None:
        rows = [(*which, times, now) for which, times in conflicts.items()]
        self._cursor.executemany(_COUNT.format("%s"), rows)
