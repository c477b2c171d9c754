"""The tables as this release knows them: whether they are there, and bringing them up to date."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

if TYPE_CHECKING:
    from collections.abc import Iterator

_MIGRATING = 0x52495046
"""PostgreSQL's number for the lock under which one process changes the tables."""


def missing() -> int:
    """How many steps the tables are behind; 0 when they are up to date."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate() -> int:
    """Bring the tables up to date; returns how many steps it took. On PostgreSQL others wait meanwhile."""
    with _alone():
        steps = missing()
        if steps:
            call_command("migrate", interactive=False, verbosity=0)
    return steps


@contextmanager
def _alone() -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATING])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATING])
