"""The demo: a made-up company whose past was lived through, and to which things go on to happen."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from installations import REPLAY, RIPELINE
from ports import free_port

if TYPE_CHECKING:
    from pathlib import Path

FEW = ("--leads", "80")


def _environment(folder: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("RIPELINE_")}
    return own | {"RIPELINE_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "ripeline.server.settings", "LANG": "C"}


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RIPELINE, *arguments]
    return subprocess.run(command, env=_environment(folder), capture_output=True, text=True, check=False, timeout=240)


def _rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "ripeline.sqlite3", timeout=30)) as database:
        return database.execute(query).fetchall()


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small made-up company."""
    folder = tmp_path_factory.mktemp("demo") / "company"
    told = _run(folder, "demo", "--no-serve", *FEW)
    assert (told.returncode, told.stderr) == (0, "")
    return folder


def test_some_of_its_leads_may_be_written_to(made_up: Path) -> None:
    """Some proved their yes, some did not, and a few took it back."""
    said = "SELECT count(*) > 5 FROM server_event WHERE name = '{}' AND properties LIKE '%\"email\"%' {}"
    proven = "AND properties {} '%confirmed_at%'"
    assert _rows(made_up, said.format("consent_given", proven.format("LIKE"))) == [(1,)]
    assert _rows(made_up, said.format("consent_given", proven.format("NOT LIKE"))) == [(1,)]
    assert _rows(made_up, "SELECT count(*) > 0 FROM server_suppression WHERE purpose = 'email'") == [(1,)]


def test_it_has_written_to_its_leads(made_up: Path) -> None:
    """By its tracks, and by one mailing that says of itself that it is made up; not to those who did not agree."""
    assert _rows(made_up, "SELECT name, status FROM server_mailing") == [("News of the month, generated", "done")]
    count = "SELECT count(*) > 3 FROM server_mail WHERE kind = '{}' AND {}"
    for kind, what in (("track", "sent_at > 0"), ("mailing", "sent_at > 0"), ("mailing", "held = 'no_consent'")):
        assert _rows(made_up, count.format(kind, what)) == [(1,)], (kind, what)
    assert _rows(made_up, "SELECT count(*) FROM server_mail WHERE sent_at IS NULL AND held = ''") == [(0,)]
    assert _rows(
        made_up, "SELECT count(DISTINCT lead_id) > 3 FROM server_click JOIN server_mail m ON m.id = mail_id"
    ) == [(1,)]


def test_its_past_was_decided_round_by_round(made_up: Path) -> None:
    """Over weeks, by the signed definition, with reps who answered; and a replay finds the same."""
    assert _rows(made_up, "SELECT count(DISTINCT at / 86400000000) > 20 FROM server_round") == [(1,)]
    stages = {stage for (stage,) in _rows(made_up, "SELECT DISTINCT new FROM server_decision WHERE kind = 'move'")}
    assert {"mql", "sql", "opportunity"} <= stages
    assert _rows(made_up, "SELECT count(DISTINCT status) > 1 FROM server_handoff") == [(1,)]
    command = [sys.executable, "-c", REPLAY]
    told = subprocess.run(command, env=_environment(made_up), capture_output=True, text=True, check=True, timeout=120)
    assert told.stdout == ""


def test_it_goes_on_in_the_browser(made_up: Path) -> None:
    """The login is told; every page says that all is made up; what comes next comes in over the intake."""
    port, before = free_port(), _rows(made_up, "SELECT count(*) FROM server_event")
    command = [sys.executable, "-c", RIPELINE, "demo", "--port", str(port), "--seconds", "0.1"]
    own = _environment(made_up)
    with subprocess.Popen(command, env=own, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as demo:
        end = time.monotonic() + 120
        while _rows(made_up, "SELECT count(*) FROM server_event") == before:
            assert demo.poll() is None
            assert time.monotonic() < end
            time.sleep(0.2)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/login/", timeout=20) as page:
            assert "All people and companies on these pages are made up." in page.read().decode()
        demo.send_signal(signal.SIGTERM)
        assert demo.stdout is not None
        said = demo.stdout.read().decode()
    assert demo.returncode == 0
    assert f"http://127.0.0.1:{port}" in said
    assert all(name in said for name in ("mara", "rosa", "anna", "password"))


def test_an_installation_of_somebody_is_left_alone(tmp_path: Path) -> None:
    """In one line, with the cure."""
    assert _run(tmp_path, "user", "add", "ada", "--role", "admin").returncode == 0
    told = _run(tmp_path, "demo", "--no-serve", *FEW)
    assert told.returncode == 2
    assert "holds an installation. Name another folder with --data." in told.stderr
    assert _rows(tmp_path, "SELECT username FROM server_user") == [("ada",)]


def test_a_template_without_a_company_is_told(tmp_path: Path) -> None:
    """With those that there are."""
    told = _run(tmp_path, "demo", "--no-serve", "--template", "bakery")
    assert told.returncode == 2
    assert "consultancy" in told.stderr
