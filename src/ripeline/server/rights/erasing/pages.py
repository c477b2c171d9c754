"""The pages of the database's files: what was deleted is to stand in them no more.

SQLite overwrites what is deleted, but for copies that moving rows between pages leaves behind, and PostgreSQL lets it
stand until its room is used again. So a file of SQLite, and a table of PostgreSQL, is written anew if it is not large;
that holds up everybody who writes. A large file of SQLite is searched for the person's words, and written anew only
where one is found; the room of a large table of PostgreSQL is free to be used again.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import OperationalError, connection

from ripeline.server.sqlite.fair_lock import WRITERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LARGE = 512 * 1024 * 1024
"""A file of SQLite or a table of PostgreSQL with so many bytes is large."""
_PIECE = 4 * 1024 * 1024
_WAIT_MS = 2_000
_STATISTICS = "pg_catalog.pg_statistic"


def free(tables: Iterable[str], words: Sequence[str] | None) -> bool:
    """Have the files hold nothing that was deleted; False while others read it, then once more later.

    `tables` are the names of the models from which something was deleted, `words` what no file may hold; unknown ones
    have everything written anew.
    """
    if connection.vendor == "sqlite":
        return _free_sqlite(words)
    return _free_postgresql(tables)


def remains(words: Sequence[str]) -> bool:
    """Whether a file of SQLite's database still holds one of these words."""
    sought = [word.encode() for word in words]
    return any(_holds(file, sought) for file in _files())


def _files() -> list[Path]:
    name = str(connection.settings_dict["NAME"])
    return [Path(name), Path(f"{name}-wal")]


def _holds(file: Path, sought: Sequence[bytes]) -> bool:
    """Whether a file holds one of these; read in pieces, so that other threads have their turn."""
    longest = max(map(len, sought), default=1)
    with suppress(FileNotFoundError), file.open("rb") as content:
        before = b""
        while piece := content.read(_PIECE):
            if any(word in before + piece for word in sought):
                return True
            before = piece[-longest:]
    return False


def _free_sqlite(words: Sequence[str] | None) -> bool:
    with WRITERS:
        if not _carry_over():
            return False
    size = sum(file.stat().st_size for file in _files() if file.exists())
    if size >= LARGE and words is not None and not remains(words):
        return True
    with WRITERS:
        try:
            _run("VACUUM")
        except OperationalError:  # somebody reads a table
            return False
        return _carry_over()


def _carry_over() -> bool:
    """Empty the write-ahead log into the database; False if somebody reads what is in it."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return bool(cursor.fetchone()[0] == 0)


def _free_postgresql(tables: Iterable[str]) -> bool:
    names = [apps.get_model("server", name)._meta.db_table for name in sorted({*tables, "erasure"})]  # noqa: SLF001
    try:
        _run(f"SET lock_timeout = {_WAIT_MS}")
        for name in names:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [name])
                is_large = cursor.fetchone()[0] >= LARGE
            _run(f"VACUUM ({'' if is_large else 'FULL, '}ANALYZE) {name}")
        _run(f"VACUUM (FULL) {_STATISTICS}")  # samples of what columns hold
        _run("CHECKPOINT") if _may_checkpoint() else None
    except OperationalError:
        return False
    finally:
        _run("RESET lock_timeout")
    return True


def _may_checkpoint() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
