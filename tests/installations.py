"""Installations of Ripeline in folders of their own, run as processes of their own, so that tests can kill them."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psycopg

from command_line import PLAYBOOK
from ports import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping

RIPELINE = "from ripeline.cli import main; main()"
_TESTS = Path(__file__).parent

FIRST_ROWS = """
import json, django; django.setup()
from ripeline.server import instants
from ripeline.server.operation import tables
from ripeline.server.operation.commands import playbooks, sources, users
from ripeline.server.operation.doctor import durability
tables.migrate()
now = instants.now()
key = sources.source_add(now=now, name="shop", kind="server")["write_key"]
for name, role in (("rosa", "sales"), ("max", "marketing"), ("root", "admin")):
    users.user_add(now=now, name=name, role=role)
text = {text!r}
playbooks.sign(now=now, side="sales", user="rosa", text=text)
playbooks.sign(now=now, side="marketing", user="max", text=text)
playbooks.publish(now=now, user="root", mode="from_now_on", text=text)
print(json.dumps(key))
"""

ENDPOINT = """
import django; django.setup()
from ripeline.server import instants
from ripeline.server.delivery import endpoints
print(endpoints.add("{url}", now=instants.now()).secret)
"""

REPLAY = """
import django; django.setup()
from ripeline.server.qualification.replay import replay
found = replay()
assert found.leads
print(*found.differences, sep="\\n", end="")
"""


class Running:
    """One process of an installation, with all that it started."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path, said: int) -> None:
        self.process = process
        self.port = port
        self._log, self._said = log, said  # what was in the log before it began
        self.begun = time.monotonic()

    def wait_until(self, path: str, seconds: float = 180.0) -> float:
        """Wait until the path answers 200; returns the seconds since the start. The very first start compiles."""
        while time.monotonic() < self.begun + seconds:
            assert self.process.poll() is None, f"ended with {self.process.returncode}"
            if self.status(path) == 200:
                return time.monotonic() - self.begun
            time.sleep(0.02)
        raise TimeoutError(path)

    def wait_until_ready(self, seconds: float = 180.0) -> None:
        """Wait until it logs that it is ready, while nothing else starts: for workers, which answer nobody."""
        while b'"ready"' not in self._log.read_bytes()[self._said :]:
            assert self.process.poll() is None, f"ended with {self.process.returncode}"
            assert time.monotonic() < self.begun + seconds, "never ready"
            time.sleep(0.02)

    def status(self, path: str) -> int:
        """The status that the path answers with; 0 if nothing answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def kill(self) -> None:
        """Kill -9 for the process and all that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process and all that it started."""
        os.killpg(self.process.pid, number)

    def stop(self) -> tuple[int, float]:
        """SIGTERM; returns the exit code and the seconds it took."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        return code, time.monotonic() - begun

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()


class Installation:
    """A data folder and its database, with a source, three users and a published playbook."""

    def __init__(self, folder: Path, address: str | None = None, *, playbook: str = PLAYBOOK) -> None:
        self.folder = folder
        self.address = address
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self.write_key: str = json.loads(self.python(FIRST_ROWS.format(text=playbook)))

    def environment(self, **more: str) -> dict[str, str]:
        """The environment in which its processes run."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("RIPELINE_")}
        own |= {"RIPELINE_DATA": str(self.folder), "DJANGO_SETTINGS_MODULE": "ripeline.server.settings"}
        own["PYTHONPATH"] = os.pathsep.join([str(_TESTS), *filter(None, [os.environ.get("PYTHONPATH", "")])])
        if self.address is not None:
            own["RIPELINE_DATABASE"] = self.address
        return own | more

    def start(
        self,
        *arguments: str,
        script: str = RIPELINE,
        before: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
    ) -> Running:
        """Start a command of it; `serve` listens on the installation's port unless told another one."""
        port = self.port
        if arguments[0] == "serve" and "--port" not in arguments:
            arguments = (*arguments, "--port", str(port))
        elif "--port" in arguments:
            port = int(arguments[arguments.index("--port") + 1])
        with (self.folder / "log").open("ab") as log:
            command = [*before, sys.executable, "-c", script, *arguments]
            own = self.environment(**(environment or {}))
            said = log.tell()
            process = subprocess.Popen(command, env=own, stderr=log, start_new_session=True)
        return Running(process, port, self.folder / "log", said)

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command of it to its end."""
        command = [sys.executable, "-c", RIPELINE, *arguments]
        environment = self.environment(LANG="C", **more)
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)

    def add_endpoint(self, url: str) -> str:
        """A receiver of webhooks; returns its secret."""
        return self.python(ENDPOINT.format(url=url), RIPELINE_ALLOWED_NETWORKS="127.0.0.0/8").strip()

    def replay_differs(self) -> str:
        """Where the ledger, evaluated anew, differs from what was recorded; empty if nowhere."""
        return self.python(REPLAY)

    def python(self, script: str, **more: str) -> str:
        """What a script says that runs beside it."""
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, env=self.environment(**more), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database answers, asked past Ripeline."""
        if self.address is not None:
            with psycopg.connect(self.address) as connection:
                return connection.execute(query.encode()).fetchall()
        with closing(sqlite3.connect(self.folder / "ripeline.sqlite3", timeout=20)) as connection:
            return connection.execute(query).fetchall()

    def log(self) -> str:
        """All that its processes have logged."""
        return (self.folder / "log").read_text()
