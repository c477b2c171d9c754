"""Processes are killed at random moments under load: nothing that was acknowledged is lost, nothing counts twice."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from checker import check_sound, lost, wait_until_decided
from installations import RIPELINE, Installation, Running
from ports import free_port
from senders import Senders

if TYPE_CHECKING:
    from collections.abc import Callable

READY_SECONDS = 10.0  # in the middle; promised are 5 on a machine that does nothing else, and the figures tell
FINISH_SECONDS = 5.0

ACKNOWLEDGES_BEFORE_THE_COMMIT = f"""
import django; django.setup()
from ripeline.server.intake import group_commit

class Early(group_commit.GroupCommit):
    def add(self, events, rejected):
        future = super().add(events, rejected)
        future.set_result(None)
        return future

from ripeline.server.intake import app as intake
intake.GroupCommit = Early
{RIPELINE}
"""
"""The bug that these tests are there to find."""

pytestmark = pytest.mark.timeout(3600)


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def _check_end(installation: Installation, senders: Senders) -> None:
    """All is decided, nothing is lost, and the ledger evaluated anew says what was decided."""
    wait_until_decided(installation)
    assert lost(installation, senders) == set()
    check_sound(installation)
    assert senders.without_retry_after == 0
    assert installation.replay_differs() == ""


def _figures(rounds: int, senders: Senders, ready: list[float], finish: float) -> str:
    return (
        f"{rounds} rounds, {len(senders.acked)} acknowledged, 0 lost, 0 doubled, {senders.unknown} unknown,"
        f" {sum(senders.refused.values())} refused; ready after {_median(ready):.1f} s (longest {max(ready):.1f});"
        f" ended {finish:.1f} s after SIGTERM"
    )


@pytest.mark.timeout(3600)
def test_a_killed_server_on_sqlite_loses_nothing(
    on_sqlite: Installation, rounds: int, record_property: Callable[[str, object], None]
) -> None:
    """Intake and worker die together; the next start goes on where they were."""
    chance, ready = random.Random(1), []
    with Senders(on_sqlite.port, on_sqlite.write_key) as senders:
        for _ in range(rounds):
            with on_sqlite.start("serve") as server:
                ready.append(server.wait_until("/health/ready"))
                time.sleep(chance.uniform(0.2, 0.9))
                server.kill()
            assert lost(on_sqlite, senders) == set()
        server = on_sqlite.start("serve")
        server.wait_until("/health/ready")
        time.sleep(1)
        code, finish = server.stop()  # under load
    assert (code, lost(on_sqlite, senders)) == (0, set())
    with on_sqlite.start("serve"):
        _check_end(on_sqlite, senders)
    assert len(senders.acked) > 100 * rounds
    assert _median(ready) <= READY_SECONDS
    assert finish <= FINISH_SECONDS
    record_property("figures", f"SQLite: {_figures(rounds, senders, ready, finish)}")


def test_killed_processes_on_postgresql_lose_nothing(
    on_postgresql: Installation, rounds: int, record_property: Callable[[str, object], None]
) -> None:
    """An intake and two workers; each round one or two of them die while the others go on."""
    chance, ready = random.Random(2), []
    commands = {"web": ("serve", "--intake-only"), "first": ("worker",), "second": ("worker",)}
    running = {name: on_postgresql.start(*command) for name, command in commands.items()}
    running["web"].wait_until("/health/ready")
    try:
        with Senders(on_postgresql.port, on_postgresql.write_key) as senders:
            for _ in range(rounds):
                time.sleep(chance.uniform(0.2, 0.9))
                for name in chance.choice((("web",), ("first",), ("second",), ("web", "first"), ("first", "second"))):
                    running[name].kill()
                    running[name] = on_postgresql.start(*commands[name])
                    if name == "web":
                        ready.append(running["web"].wait_until("/health/ready"))
                assert lost(on_postgresql, senders) == set()
            time.sleep(1)
            code, finish = running["web"].stop()
        assert code == 0
        _check_end(on_postgresql, senders)
        assert {running[name].stop()[0] for name in ("first", "second")} == {0}
    finally:
        _kill_all(list(running.values()))
    assert _median(ready or [0.0]) <= READY_SECONDS
    record_property("figures", f"PostgreSQL: {_figures(rounds, senders, ready, finish)}")


def test_a_server_that_acknowledges_before_the_commit_is_caught(on_sqlite: Installation) -> None:
    """The same rounds find the loss, if there is one to be found."""
    chance = random.Random(3)
    with Senders(on_sqlite.port, on_sqlite.write_key, pause=0.0) as senders:
        for _ in range(5):
            with on_sqlite.start("serve", script=ACKNOWLEDGES_BEFORE_THE_COMMIT) as server:
                server.wait_until("/health/live")
                time.sleep(chance.uniform(0.2, 0.9))
                server.kill()
            if lost(on_sqlite, senders):
                return
    pytest.fail("the planted bug was not found")


def test_rows_committed_late_are_read_late(on_postgresql: Installation) -> None:
    """Two intakes: a transaction that stays open across rounds brings rows with lower numbers, and none is passed."""
    with on_postgresql.start("worker") as worker:
        worker.wait_until_ready()
        _late_rows_are_read(on_postgresql)
    assert on_postgresql.replay_differs() == ""


def _late_rows_are_read(on_postgresql: Installation) -> None:
    import psycopg  # noqa: PLC0415 - this test alone writes past Ripeline

    row = (
        "INSERT INTO server_event (source_id, key, name, at, received_at, claims, properties, body, flag,"
        " content_digest) SELECT id, 'late-' || n, 'paper', %(at)s, %(at)s, '{\"email\":\"late@example.com\"}', '{}',"
        " '', '', '' FROM server_source, generate_series(1, 3) n WHERE name = 'shop'"
    )
    with (
        on_postgresql.start("serve", "--intake-only") as web,
        on_postgresql.start("serve", "--intake-only", "--port", str(free_port())) as other,
        psycopg.connect(on_postgresql.address or "") as held,
    ):
        web.wait_until("/health/ready")
        other.wait_until("/health/ready")
        held.execute(row, {"at": time.time_ns() // 1000})
        with (
            Senders(web.port, on_postgresql.write_key, seed=4) as senders,
            Senders(other.port, on_postgresql.write_key, seed=5) as others,
        ):
            time.sleep(3)
        read = "SELECT count(DISTINCT known_at), count(*) FROM server_event WHERE known_at IS NOT NULL"
        assert on_postgresql.rows(read)[0] > (1, 1)
        held.commit()
        wait_until_decided(on_postgresql)
        late = on_postgresql.rows("SELECT count(*) FROM server_event WHERE key LIKE 'late-%' AND known_at IS NOT NULL")
        assert late == [(3,)]
        decided = "SELECT count(*) FROM server_decision JOIN server_identifier USING (lead_id)"
        assert on_postgresql.rows(f"{decided} WHERE value = 'late@example.com'")[0][0] > 0
        ids = {key for (key,) in on_postgresql.rows("SELECT key FROM server_event WHERE key NOT LIKE 'late-%'")}
        assert senders.acknowledged() | others.acknowledged() <= ids


def _kill_all(processes: list[Running]) -> None:
    for each in processes:
        if each.process.poll() is None:
            each.kill()
