"""Backups of everything that is in the database, taken while it is used, and put back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from django.db import connection, connections, transaction

from ripeline.server.events import Event
from ripeline.server.instants import SECOND
from ripeline.server.leadmail.mails import Mail
from ripeline.server.operation import data_folder, tables
from ripeline.server.rights.erasing import again

_PROGRAMS = Path("/usr/lib/postgresql")


class NotABackup(Exception):
    """The file is no sound backup for this kind of database."""


class IsUsed(Exception):
    """The database holds rows already, and they were not to be replaced."""


class NoProgram(Exception):
    """PostgreSQL's own program for this is not installed."""


def write(target: Path) -> int:
    """Write a backup with everything that was committed before it began; returns its size in bytes.

    The file appears when it is whole and on the disk. Raises OSError, NoProgram and the database's errors.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        if connection.vendor == "sqlite":
            _copy(_file(), part)
        else:
            _run("pg_dump", "--format=custom", f"--file={part}")
        _to_disk(part)
        part.replace(target)
        _to_disk(target.parent)
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def restore(path: Path, *, replace: bool, now: int) -> Path | None:
    """Put a backup in place of the database, and bring its tables up to date; nobody may be serving.

    On SQLite what was there before is kept beside it; returns where. Raises NotABackup, IsUsed unless `replace`,
    IsHeld, NoProgram and OSError; then nothing has changed.
    """
    if connection.vendor == "sqlite":
        with data_folder.held():
            kept = _restore_file(path, replace=replace, now=now)
            tables.migrate()
            _no_number_twice(now)
            again.catch_up(now)
        return kept
    if not replace and _is_used():
        raise IsUsed
    if path.read_bytes()[:5] != b"PGDMP":
        raise NotABackup(str(path))
    connections.close_all()
    options = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
    _run("pg_restore", *options, f"--dbname={connection.settings_dict['NAME']}", str(path))
    tables.migrate()
    _no_number_twice(now)
    again.catch_up(now)
    return None


def _restore_file(path: Path, *, replace: bool, now: int) -> Path | None:
    file, part = _file(), _file().with_suffix(".part")
    if not path.is_file():
        raise FileNotFoundError(path)
    try:
        if not _is_sound(path):
            raise NotABackup(str(path))
        is_used = _is_used()
        if is_used and not replace:
            raise IsUsed
        connections.close_all()
        shutil.copyfile(path, part)
        part.chmod(0o600)
        _to_disk(part)
        kept = file.with_suffix(f".before-{now}") if is_used else None
        if kept is not None:
            _copy(file, kept)
        for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
            (file.parent / name).unlink(missing_ok=True)
        part.replace(file)
        _to_disk(file.parent)
    finally:
        part.unlink(missing_ok=True)
    return kept


def _no_number_twice(now: int) -> None:
    """Let no mail from now on have the number of one that is newer than the backup.

    The links of that one stay in a mailbox, and stand for a number: they are to open nothing, and nobody else's data.
    """
    table, past = Mail._meta.db_table, now * 1000 // SECOND  # noqa: SLF001 - Django's way to ask
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = %s", [past, table])
            if cursor.rowcount == 0:
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, past])
        else:
            own = "pg_get_serial_sequence(%s, 'id')"
            cursor.execute(f"SELECT setval({own}, greatest(%s, nextval({own})))", [table, past, table])


def _file() -> Path:
    return Path(connection.settings_dict["NAME"])


def _copy(source: Path, target: Path) -> None:
    """A consistent copy of a database that may be in use."""
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _is_sound(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
            whole = database.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
            ours = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'server_event'").fetchone()
    except sqlite3.DatabaseError:
        return False
    return whole and ours is not None


def _is_used() -> bool:
    if Event._meta.db_table not in connection.introspection.table_names():  # noqa: SLF001 - Django's way to ask
        return False
    return Event.objects.exists()


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _run(program: str, *arguments: str) -> None:
    versions = sorted(_PROGRAMS.glob(f"*/bin/{program}"), key=lambda found: int(found.parts[-3]))
    name = str(versions[-1]) if versions else shutil.which(program)
    if name is None:
        raise NoProgram(program)
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    told = {variable: str(connection.settings_dict[key]) for variable, key in names.items()}
    environment = os.environ | {variable: value for variable, value in told.items() if value}
    done = subprocess.run([name, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise OSError(f"{program}: {done.stderr.strip()[-300:]}")
