"""What the tests of the server share: a database, a clock that is set by hand, and the first rows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from ripeline.server.leads import Identifier, Lead, Unit
from ripeline.server.sources import Source, SourceKind
from set_clock import SetClock

if TYPE_CHECKING:
    from pathlib import Path

WRITE_KEY = "website-write-key"


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
