"""People are erased under load, backups of before are put back: of the erased no byte is left anywhere."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import polars as pl
import psycopg
import pytest

from checker import check_sound, wait_until_decided
from installations import RIPELINE, Installation
from ripeline.server.instruments.failpoints import DIED
from senders import Senders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postgresql import Cluster

pytestmark = [pytest.mark.timeout(1800), pytest.mark.faults]

FORGETS_NOTES = f"""
import django; django.setup()
from ripeline.server.rights.erasing import rows
found = rows.of
rows.of = lambda *who: {{model: of for model, of in found(*who).items() if model.__name__ != "Term"}}
{RIPELINE}
"""
FORGETS_THE_LOG = f"""
import django; django.setup()
from ripeline.server.rights.erasing import again
again.catch_up = lambda now: 0
{RIPELINE}
"""
"""The bugs that these tests are there to find."""


class Victim:
    """Somebody who is erased, and the texts by which the search knows them."""

    def __init__(self, number: int) -> None:
        self.email = f"victim-{number}-q7x@erased.example"
        self.browser = f"browser-of-victim-{number}-q7x"
        self.texts = (
            self.email,
            self.browser,
            f"Quibblewick{number}x",
            f"geheim-{number}-wort",
            f"victim-{number}-key",
        )
        self._number = number

    def batch(self, first: int, count: int = 30) -> str:
        """Some events of theirs, from a number on; the same ones for the same numbers."""
        return json.dumps({"batch": [self._event(number) for number in range(first, first + count)]})

    def _event(self, number: int) -> dict[str, object]:
        said = {"page": "/", "message": f"geheim-{self._number}-wort " * 20}
        traits = {"email": self.email, "name": f"Zerlina Quibblewick{self._number}x", "phone": "+49 30 77 12 99 10"}
        who = {"anonymousId": self.browser, "messageId": f"victim-{self._number}-key-{number}"}
        if number % 10 == 0:
            return {"type": "identify", "userId": self.email, "traits": traits, **who}
        return {"type": "track", "event": "ask", "userId": self.email, "properties": said, **who}


def test_of_the_erased_nothing_is_left_on_sqlite(
    on_sqlite: Installation, tmp_path: Path, rounds: int, record_property: Callable[[str, object], None]
) -> None:
    """Neither in the file, nor in its log, nor in what is logged, nor in an export; nor after a restore."""
    _round_trip(on_sqlite, tmp_path, max(2, rounds // 10), lambda texts: _in_folder(on_sqlite.folder, texts))
    record_property("figures", f"SQLite: {max(2, rounds // 10)} people erased under load and after a restore")


def test_of_the_erased_nothing_is_left_on_postgresql(
    on_postgresql: Installation,
    cluster: Cluster,
    tmp_path: Path,
    rounds: int,
    record_property: Callable[[str, object], None],
) -> None:
    """Neither in a dump nor in the files of the tables; what is written ahead is the operator's to let go."""

    def search(texts: tuple[str, ...]) -> set[str]:
        found = _in_folder(on_postgresql.folder, texts) | _in_dump(cluster, on_postgresql, texts)
        with psycopg.connect(str(on_postgresql.address), autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        return found | {name for name in _in_folder(cluster.data, texts) if "pg_wal" not in name}

    _round_trip(on_postgresql, tmp_path, max(2, rounds // 10), search)
    record_property("figures", f"PostgreSQL: {max(2, rounds // 10)} people erased under load and after a restore")


def _round_trip(
    installation: Installation, folder: Path, rounds: int, search: Callable[[tuple[str, ...]], set[str]]
) -> None:
    victims = [Victim(number) for number in range(rounds)]
    export = folder / "export"
    with installation.start("serve") as server:
        server.wait_until("/health/ready")
        with Senders(installation.port, installation.write_key, clients=2) as senders:
            for victim in victims:
                assert senders.send(victim.batch(0)) == 200
        wait_until_decided(installation)
        assert installation.run("backup", str(folder / "before")).returncode == 0
        assert installation.run("export", str(export)).returncode == 0
        assert search(victims[0].texts)
        with Senders(installation.port, installation.write_key, clients=4, seed=2) as senders:
            for victim in victims:
                assert senders.send(victim.batch(20)) == 200  # some of it new, and not yet read
                done = installation.run("person", "erase", victim.email, "--yes")
                assert done.returncode == 0, done.stderr
                assert senders.send(victim.batch(0, 50)) == 200  # all of it again, from before
        wait_until_decided(installation)
        _wait_until_done(installation)
        assert installation.run("export", str(export)).returncode == 0
    texts = tuple(text for victim in victims for text in victim.texts)
    assert (search(texts), _in_folder(export, texts)) == (set(), set())
    assert installation.replay_differs() == ""
    check_sound(installation)
    _restore(installation, folder / "before", search, texts)


def _restore(
    installation: Installation, backup: Path, search: Callable[[tuple[str, ...]], set[str]], texts: tuple[str, ...]
) -> None:
    """By the command; and past it, as an operator may copy a file."""
    done = installation.run("restore", str(backup), "--replace")
    assert done.returncode == 0, done.stderr
    assert search(texts) == set()
    if installation.address is None:
        for name in installation.folder.glob("ripeline.sqlite3*"):
            name.unlink()
        shutil.copyfile(backup, installation.folder / "ripeline.sqlite3")
        with installation.start("serve") as server:
            server.wait_until("/health/ready")
            assert _in_database(installation, texts[0]) == 0
            server.stop()
        assert search(texts) == set()
    assert installation.replay_differs() == ""


@pytest.mark.parametrize("place", ["before_erasure_log", "after_erasure_log", "before_words_go"])
def test_an_erasure_that_dies_is_finished_by_the_next_start(on_sqlite: Installation, place: str) -> None:
    """Whoever was to be erased is not at all, or wholly, once the server stands again."""
    victim = Victim(1)
    _with_victim(on_sqlite, victim)
    done = on_sqlite.run("person", "erase", victim.email, "--yes", RIPELINE_FAILPOINT=place)
    assert done.returncode == DIED
    with on_sqlite.start("serve") as server:
        server.wait_until("/health/ready")
        if place == "before_erasure_log":
            assert _in_database(on_sqlite, victim.email) > 0
            assert on_sqlite.run("person", "erase", victim.email, "--yes").returncode == 0
        _wait_until_done(on_sqlite)
        server.stop()
    assert _in_folder(on_sqlite.folder, victim.texts) == set()


def test_a_table_that_is_forgotten_is_found(on_sqlite: Installation) -> None:
    """The search finds what one table still holds, or the database refuses."""
    victim = Victim(1)
    _with_victim(on_sqlite, victim)
    done = _run(on_sqlite, FORGETS_NOTES, "person", "erase", victim.email, "--yes")
    assert done.returncode != 0 or _in_folder(on_sqlite.folder, victim.texts)


def test_a_log_that_is_not_heeded_is_found(on_sqlite: Installation, tmp_path: Path) -> None:
    """The search finds whom a restore brought back."""
    victim = Victim(1)
    _with_victim(on_sqlite, victim)
    assert on_sqlite.run("backup", str(tmp_path / "before")).returncode == 0
    assert on_sqlite.run("person", "erase", victim.email, "--yes").returncode == 0
    assert _in_folder(on_sqlite.folder, victim.texts) == set()
    assert _run(on_sqlite, FORGETS_THE_LOG, "restore", str(tmp_path / "before"), "--replace").returncode == 0
    assert _in_folder(on_sqlite.folder, victim.texts)


def _with_victim(installation: Installation, victim: Victim) -> None:
    with installation.start("serve") as server:
        server.wait_until("/health/ready")
        senders = Senders(installation.port, installation.write_key, clients=0)
        assert senders.send(victim.batch(0)) == 200
        wait_until_decided(installation)
        server.stop()


def _wait_until_done(installation: Installation) -> None:
    wait_until_decided(installation)
    for _ in range(600):
        if installation.rows("SELECT count(*) FROM server_erasure WHERE done_at IS NULL") == [(0,)]:
            return
        time.sleep(0.2)
    raise TimeoutError(installation.log()[-2000:])


def _in_database(installation: Installation, email: str) -> int:
    return len(installation.rows(f"SELECT 1 FROM server_identifier WHERE value = '{email}'"))  # noqa: S608 - ours


def _in_folder(folder: Path, texts: tuple[str, ...]) -> set[str]:
    """The files that hold one of the texts."""
    sought = [text.encode() for text in texts]
    return {
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and any(text in content for content in _contents(file) for text in sought)
    }


def _contents(file: Path) -> Iterator[bytes]:
    yield file.read_bytes()
    if file.suffix == ".parquet":  # its columns are packed
        yield pl.read_parquet(file).select(pl.all().cast(pl.String, strict=False)).write_csv().encode()


def _in_dump(cluster: Cluster, installation: Installation, texts: tuple[str, ...]) -> set[str]:
    command = [str(cluster.programs / "pg_dump"), str(installation.address)]
    dump = subprocess.run(command, check=True, capture_output=True).stdout
    return {"dump"} if any(text.encode() in dump for text in texts) else set()


def _run(installation: Installation, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(
        command, env=installation.environment(LANG="C"), capture_output=True, text=True, check=False, timeout=120
    )
