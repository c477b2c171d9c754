"""The disk fills up, the database goes away, another program holds it: refused in order, and nothing is lost."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from contextlib import ExitStack, closing, suppress
from typing import TYPE_CHECKING, Self

import psycopg
import pytest

from checker import check_sound, lost, wait_until_decided
from installations import RIPELINE, Installation
from postgresql import Cluster
from senders import Senders

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.timeout(1800), pytest.mark.faults]

BACK_SECONDS = 10.0
"""How soon good answers come again after the cause is gone."""

NO_MORE_PAGES = f"""
import os, django; django.setup()
from ripeline.server.intake import stores
from ripeline.server.sqlite import base

full = os.environ["TEST_FULL"]
write, connect = stores.SQLiteStore.write, base.DatabaseWrapper.get_new_connection

def limited(connection):
    pages = connection.execute("PRAGMA page_count").fetchone()[0] if os.path.exists(full) else 2**30
    connection.execute(f"PRAGMA max_page_count = {{pages}}")

def write_limited(self, *arguments):
    limited(self._connection)
    return write(self, *arguments)

stores.SQLiteStore.write = write_limited
{RIPELINE}
"""
"""A disk that is full, for who may not mount one: the database may not grow while a file is there."""


def _back(senders: Senders, since: float) -> float:
    """Wait for an acknowledgement; returns the seconds since an instant."""
    while time.monotonic() < since + 60:
        if senders.last_ack > since:
            return senders.last_ack - since
        time.sleep(0.02)
    raise TimeoutError("nothing is acknowledged")


def _check(installation: Installation, senders: Senders) -> None:
    assert set(senders.refused) <= {503}
    assert senders.without_retry_after == 0
    wait_until_decided(installation)
    assert lost(installation, senders) == set()
    check_sound(installation)
    assert installation.replay_differs() == ""


class Disk:
    """A small disk of its own, which is filled by a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "disk"
        self.script, self.environment = RIPELINE, dict[str, str]()
        self._filler = self.folder / "filler"

    def __enter__(self) -> Self:
        self.folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", self.folder], check=True)  # noqa: S607
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "-l", self.folder], check=True)  # noqa: S607

    def fill(self) -> None:
        """Leave no byte free."""
        with self._filler.open("wb", buffering=0) as out:
            for size in (65_536, 4_096, 512):
                with suppress(OSError):
                    while True:
                        out.write(b"\0" * size)

    def free(self) -> None:
        """Make room again."""
        self._filler.unlink()


class FewPages(Disk):
    """The same for who may not mount a disk: the database may not grow while a file is there."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.script, self.environment = NO_MORE_PAGES, {"TEST_FULL": str(self._filler)}

    def __enter__(self) -> Self:
        self.folder.mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left to do."""

    def fill(self) -> None:
        """Allow no page more."""
        self._filler.touch()


def test_a_full_disk_is_refused_until_there_is_room(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """503 with Retry-After while it is full, good answers soon after there is room, without a restart."""
    backs = []
    with (Disk if os.geteuid() == 0 else FewPages)(tmp_path) as disk:
        installation = Installation(disk.folder / "data")
        with installation.start("serve", script=disk.script, environment=disk.environment) as server:
            server.wait_until("/health/ready")
            with Senders(server.port, installation.write_key) as senders:
                for _ in range(5):
                    time.sleep(0.5)
                    disk.fill()
                    _refused(senders)
                    disk.free()
                    backs.append(_back(senders, time.monotonic()))
            _check(installation, senders)
            assert server.stop()[0] == 0
    assert max(backs) <= BACK_SECONDS
    record_property("figures", _figures("full disk", senders, backs))


def _refused(senders: Senders) -> None:
    """Wait until some more messages are refused."""
    before, end = senders.refused[503], time.monotonic() + 60
    while senders.refused[503] < before + 20:
        assert time.monotonic() < end
        time.sleep(0.02)


def _figures(what: str, senders: Senders, backs: list[float]) -> str:
    acked = len(senders.acked)
    return f"{what}, {len(backs)} times: {acked} acknowledged, 0 lost; back after at most {max(backs):.1f} s"


def test_a_postgresql_that_goes_away_and_comes_back(
    record_property: Callable[[str, object], None], tmp_path: Path
) -> None:
    """Stopped at once and started again, and all its sessions ended by hand, ten times each."""
    cluster, backs = Cluster(durable=True), []
    cluster.start()
    try:
        installation = Installation(tmp_path / "data", cluster.create("ripeline"))
        with installation.start("worker") as worker, ExitStack() as stack:
            worker.wait_until_ready()
            web = stack.enter_context(installation.start("serve", "--intake-only"))
            web.wait_until("/health/ready")
            with Senders(web.port, installation.write_key) as senders:
                for _ in range(10):
                    time.sleep(0.3)
                    cluster.crash()
                    time.sleep(0.3)
                    cluster.start()
                    backs.append(_back(senders, time.monotonic()))
                    _end_sessions(installation)
                    backs.append(_back(senders, time.monotonic()))
                    assert lost(installation, senders) == set()
            _check(installation, senders)
            assert web.stop()[0] == 0
    finally:
        cluster.remove()
    assert max(backs) <= BACK_SECONDS
    figures = (
        f"PostgreSQL away: 20 times, {len(senders.acked)} acknowledged, 0 lost; back after at most {max(backs):.1f} s"
    )
    record_property("figures", figures)


def _end_sessions(installation: Installation) -> None:
    ended = b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = %s"
    with psycopg.connect(installation.address or "") as connection:
        for _ in range(5):
            connection.execute(ended, ["ripeline"])
            time.sleep(0.02)


@pytest.mark.parametrize(("seconds", "times"), [(3, 10), (30, 2)])
def test_a_foreign_program_that_holds_the_file_is_waited_for(
    on_sqlite: Installation, seconds: int, times: int, record_property: Callable[[str, object], None]
) -> None:
    """Waiting or 503, never 500 and never a yes without the row; as before within a second of its release."""
    backs = []
    with on_sqlite.start("serve") as server:
        server.wait_until("/health/ready")
        with Senders(server.port, on_sqlite.write_key) as senders:
            for _ in range(times):
                time.sleep(0.5)
                _hold(on_sqlite, seconds)
                backs.append(_back(senders, time.monotonic()))
        _check(on_sqlite, senders)
        assert server.stop()[0] == 0
    assert max(backs) <= 1.0
    record_property(
        "figures", f"file held {seconds} s: {len(senders.acked)} acknowledged, 0 lost; back after {max(backs):.1f} s"
    )


def _hold(installation: Installation, seconds: int) -> None:
    file = installation.folder / "ripeline.sqlite3"
    with closing(sqlite3.connect(file, timeout=20, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")
