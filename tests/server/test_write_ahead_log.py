"""SQLite's write-ahead log is carried over and cut, whoever wrote it and whoever reads beside."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from ripeline.server.intake.stores import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG = 32 * 1024 * 1024


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "ripeline.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteStore]:
    """The intake's connection to it."""
    found = SQLiteStore(str(path))
    yield found
    found.close()


def _other(path: Path) -> sqlite3.Connection:
    """A connection of somebody else, who leaves the log alone."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA wal_autocheckpoint = 0")
    return other


def _write_much(writer: sqlite3.Connection) -> None:
    writer.execute("CREATE TABLE much (text BLOB)")
    for _ in range(40):
        writer.execute("INSERT INTO much VALUES (zeroblob(1048576))")


def _log(path: Path) -> int:
    return path.with_name(f"{path.name}-wal").stat().st_size


def _rests(store: SQLiteStore) -> None:
    time.sleep(0.25)
    store.rest()


def test_a_long_log_of_others_is_cut_though_nobody_writes_any_more(path: Path, store: SQLiteStore) -> None:
    """What the worker wrote last is carried over by the intake."""
    writer = _other(path)
    _write_much(writer)
    assert _log(path) > LONG
    _rests(store)
    assert _log(path) == 0
    writer.close()


def test_whom_a_reader_kept_from_it_cuts_it_later(path: Path, store: SQLiteStore) -> None:
    """Readers are not disturbed, and nothing has to be written first once they are gone."""
    writer, reader = _other(path), _other(path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
    _write_much(writer)
    _rests(store)
    assert _log(path) > LONG
    assert reader.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    reader.execute("COMMIT")
    _rests(store)
    assert _log(path) == 0
    assert writer.execute("SELECT count(*) FROM much").fetchone() == (40,)
    writer.close()
    reader.close()
