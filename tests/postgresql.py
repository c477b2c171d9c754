"""PostgreSQL servers that the tests start and stop themselves, each in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg

from ports import free_port

USER = "ripeline"
MISSING = "PostgreSQL is not installed: please install the package postgresql."


def _programs() -> Path:
    """The folder of the newest installed version."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if not found:
        raise FileNotFoundError(MISSING)
    return max(found, key=lambda path: int(path.parent.name))


def _owner() -> str | None:
    """Who runs the server: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def sibling(address: str, name: str) -> str:
    """A new, empty database beside the one at the address; returns its own address."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    return f"{address.rpartition('/')[0]}/{name}"


class Cluster:
    """One server of databases, reached through a socket in its folder; what is in it goes when it is removed."""

    def __init__(self, *, durable: bool) -> None:
        """A server that is set up and not started; without durability it is faster."""
        self.programs = _programs()
        self.folder = Path(tempfile.mkdtemp(prefix="ripeline-postgresql-"))
        self.data = self.folder / "data"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._owner = _owner()
        if self._owner is not None:
            shutil.chown(self.folder, self._owner)
        self._run("initdb", "-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        fast = "" if durable else "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
        settings = self.data / "postgresql.conf"
        settings.write_text(
            f"{settings.read_text()}\nlisten_addresses = ''\nport = {self.port}\nmax_connections = 60\n"
            f"unix_socket_directories = '{self.folder}'\n{fast}"
        )

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder, user=self._owner)

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        log = (self.folder / "log").open("ab")
        command = [str(self.programs / "postgres"), "-D", str(self.data)]
        self.process = subprocess.Popen(
            command, cwd=self.folder, user=self._owner, stdout=log, stderr=log, start_new_session=True
        )
        log.close()
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                psycopg.connect(self._address("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError((self.folder / "log").read_text()[-2000:])

    def stop(self, *, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT in good order, SIGQUIT at once and without writing anything down."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)
            self.process = None

    def crash(self) -> None:
        """End it at once, as ``pg_ctl stop --mode immediate`` does."""
        self.stop(how=signal.SIGQUIT)

    def remove(self) -> None:
        """End the server and delete its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def create(self, name: str) -> str:
        """A new, empty database; returns its address."""
        return sibling(self._address("postgres"), name)

    def _address(self, name: str) -> str:
        return f"postgresql://{USER}@{quote(str(self.folder), safe='')}:{self.port}/{name}"
