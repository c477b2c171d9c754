"""A connection whose writes wait in one queue."""

from __future__ import annotations

import os
from contextlib import nullcontext, suppress
from typing import Any

from django.db.backends.sqlite3 import base

from ripeline.server.sqlite.fair_lock import WRITERS

SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # an acknowledgement outlives a power cut
    "PRAGMA wal_autocheckpoint = 0",  # the intake writer checkpoints, and nobody else
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten
    "PRAGMA cache_size = -16000",  # 16 MB: lists are counted in what has been read once
)
_WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "ALTER", "DROP")


def _make(file: str) -> None:
    """Make the file for its owner alone; one that is there is not opened: to close it would end SQLite's locks."""
    with suppress(OSError):  # what is wrong with the place, SQLite says itself
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))


class Cursor(base.SQLiteCursorWrapper):
    """Takes its turn with what is written outside of a transaction."""

    def execute(self, query: str, params: Any = None) -> Any:  # noqa: ANN401 - as Django types it
        """As Django's own."""
        alone = not self.connection.in_transaction and query.lstrip()[:7].upper().startswith(_WRITING)
        with WRITERS if alone else nullcontext():
            return super().execute(query, params)


class DatabaseWrapper(base.DatabaseWrapper):
    """Leans on how Django 5.2 begins and ends a transaction; the tests tell when that changes."""

    _writes = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:  # noqa: ANN401 - as Django types it
        """A connection with the settings on which durability rests, to a file that is its owner's alone."""
        if not self.is_in_memory_db():
            _make(conn_params["database"])
        connection = super().get_new_connection(conn_params)
        for setting in SETTINGS:
            connection.execute(setting)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:  # noqa: ANN401 - as Django types it
        """A cursor that takes its turn."""
        del name
        return self.connection.cursor(factory=Cursor)

    def _start_transaction_under_autocommit(self) -> None:
        WRITERS.acquire()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            WRITERS.release()
            raise
        self._writes = True

    def _commit(self) -> None:
        super()._commit()
        self._leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()
        finally:
            self._leave()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            self._leave()

    def _leave(self) -> None:
        if self._writes:
            self._writes = False
            WRITERS.release()
