"""What the tests of the server share: a database, a clock that is set by hand, and the first rows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from ripeline.server.instants import SECOND
from ripeline.server.leads import Identifier, Lead, Unit
from ripeline.server.sources import Source, SourceKind

if TYPE_CHECKING:
    from pathlib import Path

MONDAY = 1_767_603_600_000_000
"""Monday, 5 January 2026, 9 o'clock UTC."""

WRITE_KEY = "website-write-key"


class SetClock:
    """A clock that stands still until it is moved; times are microseconds."""

    def __init__(self, now: int = MONDAY) -> None:
        self.now = now

    def __call__(self) -> int:
        """The present instant."""
        return self.now

    def move(self, seconds: float) -> int:
        """Let so many seconds pass, or take them back; returns the new instant."""
        self.now += round(seconds * SECOND)
        return self.now


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """SQLite's database is a file, as in life, so that threads and processes share it."""
    del django_db_modify_db_settings_parallel_suffix
    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite"):
        file: Path = tmp_path_factory.mktemp("database") / "tests.sqlite3"
        default.setdefault("TEST", {})["NAME"] = str(file)


@pytest.fixture
def clock() -> SetClock:
    """A clock that is set by hand; it starts on a Monday morning."""
    return SetClock()


@pytest.fixture
def source(transactional_db: None, clock: SetClock) -> Source:
    """A website whose write key is WRITE_KEY."""
    del transactional_db
    digest = hashlib.sha256(WRITE_KEY.encode()).hexdigest()
    return Source.objects.create(name="website", kind=SourceKind.WEB, write_key_digest=digest, created_at=clock())


@pytest.fixture
def lead(transactional_db: None, clock: SetClock) -> Lead:
    """Ada, known by her e-mail."""
    del transactional_db
    ada = Lead.objects.create(unit=Unit.objects.create(), created_at=clock())
    Identifier.objects.create(kind="email", value="ada@example.com", lead=ada, created_at=clock())
    return ada
