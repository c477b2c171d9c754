"""The large made-up store on which speed is measured, made small: it keeps up with tables, pages and the export."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

import pytest

import lists
import store
from installations import Installation
from installed import publish
from postgresql import sibling
from ripeline.core.exported import Export

if TYPE_CHECKING:
    from pathlib import Path

LEADS, EVENTS = 2_000, 10_000


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """One with a large store, but for its size."""
    folder, address = tmp_path_factory.mktemp("large"), os.environ.get("RIPELINE_DATABASE")
    made = Installation(folder / "data", sibling(address, f"large_{secrets.token_hex(4)}") if address else None)
    publish(made, lists.DEFINITION)
    lists.made(made, LEADS, EVENTS)
    return made


def test_each_page_that_is_measured_answers(installation: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    """A page that does not is told with its status, and has no times."""
    capsys.readouterr()
    lists.paged(installation, 1, "--force")  # the database of the tests is not durable, because that is faster
    told = capsys.readouterr().out.splitlines()
    assert [line for line in told if "p95" not in line] == []
    assert len(told) == 2 * len(lists.PAGES)


def test_it_is_exported_whole(installation: Installation, tmp_path: Path) -> None:
    """All its rows, and the scores of all leads that no other lead absorbed."""
    copy = tmp_path / "copy"
    done = installation.run("export", str(copy))
    assert done.returncode == 0, done.stderr
    tables = Export.opened(copy).manifest.tables
    assert sum(part.rows for part in tables["events"]) >= EVENTS
    assert sum(part.rows for part in tables["scores"]) == LEADS - LEADS // store.MERGED
