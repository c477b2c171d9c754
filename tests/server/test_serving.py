"""``ripeline serve`` as a process: one for a folder, ready when it can decide, and a clean end."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
import threading
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connection

from installations import RIPELINE, Installation
from postgresql import sibling
from ripeline.server import asgi
from senders import Senders

if TYPE_CHECKING:
    from pathlib import Path

SERVE = ("serve", "--force")  # the PostgreSQL of the tests is fast and not durable
A_SLOW_ANSWER = f"""
import django; django.setup()
import asyncio
from ripeline.server import asgi
answer = asgi.Server._tell_ready
async def slowly(self, send):
    await asyncio.sleep(1.0 if self.is_warm else 0)
    await answer(self, send)
asgi.Server._tell_ready = slowly
{RIPELINE}
"""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation on the database that the tests run on."""
    folder = tmp_path_factory.mktemp("serving")
    address = os.environ.get("RIPELINE_DATABASE")
    return Installation(folder / "data", sibling(address, f"serving_{secrets.token_hex(4)}") if address else None)


def test_a_request_in_flight_is_finished(installation: Installation) -> None:
    """SIGTERM takes nothing new, lets what is being answered be answered, and leaves with 0."""
    status: list[int] = []
    with installation.start(*SERVE, script=A_SLOW_ANSWER) as server:
        server.wait_until("/health/ready")
        asking = threading.Thread(target=lambda: status.append(server.status("/health/ready")))
        with Senders(server.port, installation.write_key) as senders:
            asking.start()
            time.sleep(0.3)
            code, seconds = server.stop()
            asking.join()
    assert (code, status) == (0, [200])
    assert seconds < 10
    stored = {key for (key,) in installation.rows("SELECT key FROM server_event")}
    assert senders.acknowledged() <= stored
    assert '"event": "stopped"' in installation.log()


def test_health_metrics_and_pages_answer(installation: Installation) -> None:
    """Live at once, ready when the evaluator is loaded; a page's answer has its request's number."""
    with installation.start(*SERVE) as server:
        server.wait_until("/health/live")
        server.wait_until("/health/ready")
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10) as answer:
            assert b"ripeline_queue_age_seconds" in answer.read()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{server.port}/nothing-here/ada@example.com", headers={"X-Request-ID": "12345678-abcd"}
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=10)  # noqa: S310
        with refused.value as answer:
            assert (answer.code, answer.headers["X-Request-ID"]) == (404, "12345678-abcd")
        told = installation.run("doctor", "--json")
    lines = [json.loads(line) for line in installation.log().splitlines()]
    (page,) = [line for line in lines if line["event"] == "page"]
    assert (page["request"], page["status"], page["method"]) == ("12345678-abcd", 404, "GET")
    assert "@" not in installation.log()
    assert {each["level"] for each in json.loads(told.stdout) if each["name"] in {"playbook", "unread"}} == {"ok"}


def test_what_lies_in_the_folder_is_for_its_owner_alone(installation: Installation) -> None:
    """Also in a folder that was there before, which all may enter, and by whatever command the tables were made."""
    assert installation.folder.stat().st_mode & 0o055
    files = [file for file in installation.folder.iterdir() if file.name != "log"]  # the log is that of the tests
    assert [file.name for file in files if file.stat().st_mode & 0o077] == []


def test_a_new_installation_is_told_with_its_place(tmp_path: Path) -> None:
    """Who starts a command in another folder, or without the settings of the server, notices it at once, and once."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("RIPELINE_")}
    command = [sys.executable, "-c", RIPELINE, "--lang", "en", "source", "list", "--json"]
    told = [
        subprocess.run(command, env=own, cwd=tmp_path, capture_output=True, text=True, check=True).stderr
        for _ in range(2)
    ]
    assert told == [f"A new installation is made in {tmp_path / 'ripeline-data'}.\n", ""]


def test_a_second_server_on_the_same_folder_is_refused(installation: Installation) -> None:
    """On SQLite one process writes; on PostgreSQL there may be many."""
    with installation.start(*SERVE) as server:
        server.wait_until("/health/ready")
        if installation.address is None:
            second = installation.run("serve", "--port", "0")
            assert second.returncode == 2
            assert f"in use by process {server.process.pid}" in second.stderr
            assert installation.run("serve", "--intake-only").returncode == 2
            assert installation.run("worker").returncode == 2
        else:
            with installation.start("worker", "--force") as worker:
                worker.wait_until_ready()
                assert worker.stop()[0] == 0


@pytest.mark.parametrize(
    ("setting", "value", "cure"),
    [
        ("RIPELINE_DATABASE", "mysql://ada:secret@localhost/leads", "postgresql://user:password@host:port/name"),
        ("RIPELINE_DATABASE", "postgresql://localhost:port/leads", "postgresql://user:password@host:port/name"),
        ("RIPELINE_DATABASE", "postgresql://localhost", "postgresql://user:password@host:port/name"),
        ("RIPELINE_URL", "leads.example.com", "https://leads.example.com"),
        ("RIPELINE_DATA", "/proc/leads", "--data"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_with_its_cure(
    installation: Installation, setting: str, value: str, cure: str
) -> None:
    """In one line, whatever command is run, and without the password that stands in it."""
    told = installation.run("user", "list", **{setting: value})
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)
    assert cure in told.stderr
    assert "secret" not in told.stderr


def test_a_taken_port_is_told(installation: Installation) -> None:
    """In one line, with exit code 2."""
    import socket  # noqa: PLC0415 - only this test takes a port

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = installation.run(*SERVE, "--port", str(taken.getsockname()[1]))
    assert refused.returncode == 2
    assert "cannot be listened on" in refused.stderr


# --- who may read the metrics ---------------------------------------------------------------------


class NoIntake:
    """An intake that takes no path."""

    def takes(self, _: str) -> bool:
        """None."""
        return False


def _metrics(headers: list[tuple[bytes, bytes]], client: str = "127.0.0.1") -> int:
    statuses: list[int] = []

    async def send(message: Any) -> None:  # noqa: ANN401 - as ASGI has it
        statuses.extend([message["status"]] if "status" in message else [])

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    intake: Any = NoIntake()
    scope = {"type": "http", "path": "/metrics", "method": "GET", "headers": headers, "client": (client, 1)}
    asyncio.run(asgi.Server(intake, pages=False)(scope, receive, send))
    return statuses[0]


@pytest.mark.django_db(transaction=True)
def test_the_metrics_are_for_this_machine_or_for_who_has_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a proxy passes on comes from elsewhere."""
    monkeypatch.setattr(settings, "METRICS_TOKEN", "")
    assert _metrics([]) == 200
    assert _metrics([(b"x-forwarded-for", b"203.0.113.1")]) == 404
    assert _metrics([(b"x-real-ip", b"203.0.113.1")]) == 404
    assert _metrics([], client="203.0.113.1") == 404
    monkeypatch.setattr(settings, "METRICS_TOKEN", "secret")
    assert _metrics([]) == 404
    assert _metrics([(b"authorization", b"Bearer secret")], client="203.0.113.1") == 200
    connection.close()
