"""The intake's own connection to either database: what it writes is durable when it returns."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
from django.db import connections

from ripeline.server import ledger
from ripeline.server.sqlite.fair_lock import WRITERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.server.ledger import Added, NewEvent, NewRejected

_BUSY_MS = 5_000  # to wait for a foreign program that writes
_SHORT_MS = 200  # to wait for readers
_LOG_BYTES = 4 * 1024 * 1024  # of the write-ahead log, after which it is carried over
_LONGEST_LOG = 32 * 1024 * 1024
_PAGE = 4_096
_NEVER = -1
_ROW = 1_024  # of a row beside its body, with its share of the indexes
_OFTEN = 0.2  # seconds between looks at what others wrote


class Away(Exception):
    """The database does not take anything just now."""


class Store(Protocol):
    """A connection of the writing thread's own."""

    def write(self, events: list[NewEvent], rejected: list[NewRejected], now: int) -> Added:
        """Store all in one durable transaction; raises Away, or for a row that cannot be stored anything else."""

    def rest(self) -> None:
        """Do what is better done between two commits; raises Away."""

    def close(self) -> None:
        """Leave."""


def connect() -> Store:
    """A connection to the database of the settings; raises Away."""
    default = connections["default"]
    if default.vendor == "sqlite":
        return SQLiteStore(str(default.settings_dict["NAME"]))
    return PostgreSQLStore(default.settings_dict)


class SQLiteStore:
    """Writes in the one queue of this process, and alone carries the write-ahead log over into the database."""

    def __init__(self, path: str) -> None:
        self._unsaved = 0
        self._seen = 0
        self._rested_at = time.monotonic()
        try:
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_MS / 1_000, isolation_level=None, uri=path.startswith("file:")
            )
            for setting in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "wal_autocheckpoint = 0",
                "secure_delete = ON",
                "foreign_keys = ON",
            ):
                self._connection.execute(f"PRAGMA {setting}").fetchone()
        except sqlite3.Error as error:
            raise Away(str(error)) from error

    def write(self, events: list[NewEvent], rejected: list[NewRejected], now: int) -> Added:
        """As `Store` says."""
        with WRITERS:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                added = ledger.add(self._connection, events, rejected, now)
                self._connection.execute("COMMIT")
            except BaseException as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if _is_passing(error):
                    raise Away(str(error)) from error
                raise
        bodies = sum(len(event.body) for event in events) + sum(len(row.body) for row in rejected)
        self._unsaved += bodies + (len(events) + len(rejected)) * _ROW
        return added

    def rest(self) -> None:
        """Carry the log over when it has grown, and soon after anyone wrote."""
        if self._unsaved < _LOG_BYTES and time.monotonic() - self._rested_at < _OFTEN:
            return
        try:
            version = self._connection.execute("PRAGMA data_version").fetchone()[0]
            is_done = self._carry_over() if self._unsaved or version != self._seen else True
        except sqlite3.Error as error:
            raise Away(str(error)) from error
        # Whom a reader kept from it tries again, although nobody writes any more.
        self._unsaved, self._seen, self._rested_at = 0, version if is_done else _NEVER, time.monotonic()

    def _carry_over(self) -> bool:
        """Whether the log is carried over, and short."""
        with WRITERS:
            _is_busy, pages, carried = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if pages * _PAGE <= _LONGEST_LOG:
                return bool(pages == carried)
            # Cut here: whoever writes next need not know how long the log may be.
            self._connection.execute(f"PRAGMA busy_timeout = {_SHORT_MS}").fetchone()
            is_busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            self._connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}").fetchone()
            return not is_busy

    def close(self) -> None:
        """Leave."""
        with WRITERS:
            self._connection.close()


class PostgreSQLStore:
    """One connection that waits for the server's disk."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        try:
            self._connection = psycopg.connect(
                dbname=settings["NAME"],
                user=settings["USER"] or None,
                password=settings["PASSWORD"] or None,
                host=settings["HOST"] or None,
                port=settings["PORT"] or None,
                connect_timeout=3,
                keepalives_idle=5,
                tcp_user_timeout=5_000,
                options="-c synchronous_commit=on -c statement_timeout=10s -c lock_timeout=5s",
            )
        except psycopg.Error as error:
            raise Away(str(error)) from error

    def write(self, events: list[NewEvent], rejected: list[NewRejected], now: int) -> Added:
        """As `Store` says."""
        try:
            with self._connection.transaction():
                return ledger.add(self._connection, events, rejected, now)
        except psycopg.Error as error:
            if self._connection.closed or _is_passing(error):
                raise Away(str(error)) from error
            raise

    def rest(self) -> None:
        """Nothing is left to do."""

    def close(self) -> None:
        """Leave."""
        self._connection.close()


def _is_passing(error: BaseException) -> bool:
    """Whether it is the database that has a problem, and not a row."""
    if isinstance(error, sqlite3.IntegrityError | sqlite3.DataError | psycopg.IntegrityError | psycopg.DataError):
        return False
    return isinstance(error, sqlite3.DatabaseError | psycopg.OperationalError | psycopg.InternalError)
