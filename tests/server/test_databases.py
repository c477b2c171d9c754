"""The tests run on the database they were asked to run on, and on nobody's own data."""

from __future__ import annotations

import os
import tempfile
import threading
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from ripeline.server.sources import Source, SourceKind

if TYPE_CHECKING:
    from pathlib import Path

    from ripeline.server.leads import Lead


def test_the_database_is_the_one_asked_for(lead: Lead) -> None:
    """SQLite in a file with full durability, or a PostgreSQL that the tests started."""
    assert lead.pk
    asked = os.environ.get("RIPELINE_TEST_DATABASE", "sqlite")
    assert connection.vendor == asked
    if asked == "sqlite":
        with connection.cursor() as cursor:
            found = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
        assert found == {"journal_mode": "wal", "synchronous": 2}


def test_the_developers_data_is_out_of_reach() -> None:
    """Settings and key lie in a temporary folder."""
    folder: Path = settings.DATA
    assert str(folder).startswith(tempfile.gettempdir())
    assert os.environ["RIPELINE_DATA"] == str(folder)


@pytest.mark.django_db(transaction=True)
def test_threads_share_the_database() -> None:
    """What one thread has committed another one reads; both close what they opened."""

    def write() -> None:
        with transaction.atomic():
            Source.objects.create(name="shop", kind=SourceKind.SERVER, created_at=0)
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
    assert Source.objects.filter(name="shop").exists()


def test_a_name_is_taken_once(source: Source) -> None:
    """The constraints of the tables hold on both databases."""
    with pytest.raises(IntegrityError), transaction.atomic():
        Source.objects.create(name=source.name, kind=source.kind, created_at=0)
