"""A yes means flushed: between a request and its answer the disk was told to keep what was written.

kill -9 cannot show a missing flush, because what a process has written outlives it; so the calls are watched.
"""

from __future__ import annotations

import base64
import http.client
import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from installations import RIPELINE, Installation

if TYPE_CHECKING:
    from collections.abc import Callable

REQUESTS = 40
FLUSHES_NOTHING = f"""
import django; django.setup()
import sqlite3
from ripeline.server.intake import stores
write = stores.SQLiteStore.write
def careless(self, *arguments):
    for name in vars(self):
        if isinstance(getattr(self, name), sqlite3.Connection):
            getattr(self, name).execute("PRAGMA synchronous = OFF")
    return write(self, *arguments)
stores.SQLiteStore.write = careless
{RIPELINE}
"""
"""The fault that this test is there to find."""

pytestmark = pytest.mark.timeout(300)


def _flushed(installation: Installation, script: str) -> tuple[int, int]:
    """How many of some requests, one after the other, were answered yes, and before how many answers was flushed."""
    if shutil.which("strace") is None:
        pytest.fail("strace is not installed: please install the package strace.", pytrace=False)
    trace = installation.folder / "trace"
    calls_watched = "trace=fdatasync,fsync,read,recvfrom,recvmsg,sendto,write,writev,sendmsg"
    watching = ("strace", "-f", "--seccomp-bpf", "-e", calls_watched, "-s", "12", "-o")
    with installation.start("serve", before=(*watching, str(trace)), script=script) as server:
        server.wait_until("/health/ready", 120)
        said_yes = _send(installation)
        time.sleep(0.5)
        calls = Path(trace).read_text(errors="replace")
    flushes = since_request = 0
    for line in calls.splitlines():
        if '"POST /v1/' in line:
            since_request = 0
        elif re.search(r"\b(fdatasync|fsync)\(", line):
            since_request += 1
        elif '"HTTP/1.1 200' in line:
            flushes += since_request > 0
            since_request = 0
    assert said_yes == REQUESTS
    return said_yes, flushes


def _send(installation: Installation) -> int:
    line, yes = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=20), 0
    token = base64.b64encode(f"{installation.write_key}:".encode()).decode()
    for number in range(REQUESTS):
        body = f'{{"messageId":"flush-{number}","event":"other","anonymousId":"visitor"}}'
        line.request("POST", "/v1/track", body, {"Authorization": f"Basic {token}"})
        answer = line.getresponse()
        answer.read()
        yes += answer.status == 200
        time.sleep(0.1)  # so that the worker's own flushes lie between two requests
    line.close()
    return yes


def test_every_yes_was_flushed(on_sqlite: Installation, record_property: Callable[[str, object], None]) -> None:
    """At least one flush lies between two answers."""
    said_yes, flushes = _flushed(on_sqlite, RIPELINE)
    assert flushes >= said_yes
    record_property("figures", f"flushes: {flushes} before {said_yes} acknowledgements")


def test_a_server_that_does_not_flush_is_caught(on_sqlite: Installation) -> None:
    """The worker flushes at times, but not before every answer."""
    said_yes, flushes = _flushed(on_sqlite, FLUSHES_NOTHING)
    assert flushes < said_yes


def test_a_server_does_not_start_on_a_database_that_forgets(
    on_postgresql: Installation, record_property: Callable[[str, object], None]
) -> None:
    """Unsafe settings are named with their cure; only force overrides them."""
    import psycopg  # noqa: PLC0415 - only this test changes the settings of a database

    with psycopg.connect(on_postgresql.address or "", autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off'.encode())
    refused = on_postgresql.run("serve", "--port", str(on_postgresql.port))
    assert refused.returncode == 2
    assert "Set synchronous_commit to on." in refused.stderr
    assert on_postgresql.run("doctor").returncode == 1
    with on_postgresql.start("serve", "--intake-only", "--force") as forced:
        record_property("ready", forced.wait_until("/health/ready"))


def test_sqlite_is_asked_for_full_durability(on_sqlite: Installation) -> None:
    """What the doctor reads is what a new connection of ours has, not what SQLite has by default."""
    told = on_sqlite.run("doctor")
    assert "synchronous is 2" in told.stdout
    assert told.returncode == 0
