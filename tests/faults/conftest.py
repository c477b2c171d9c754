"""What the tests with faults share: the databases, and how many rounds they run."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

import pytest

from command_line import PLAYBOOK
from installations import Installation
from postgresql import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUNDS = int(os.environ.get("RIPELINE_TEST_ROUNDS", "20"))
"""How often a process is killed on each database."""


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL that writes through to the disk."""
    server = Cluster(durable=True)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def playbook() -> str:
    """What an installation has agreed on; tests with another one say so."""
    return PLAYBOOK


@pytest.fixture
def on_sqlite(tmp_path: Path, playbook: str) -> Installation:
    """An installation with everything in one process."""
    return Installation(tmp_path / "data", playbook=playbook)


@pytest.fixture
def on_postgresql(tmp_path: Path, cluster: Cluster, playbook: str) -> Installation:
    """An installation of several processes."""
    return Installation(tmp_path / "data", cluster.create(f"ripeline_{secrets.token_hex(4)}"), playbook=playbook)


@pytest.fixture
def rounds() -> int:
    """How often a process is killed on each database."""
    return ROUNDS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the figures of the rounds, because a test that passed says nothing of how much it tried."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "figures":
                terminalreporter.write_line(str(value))
