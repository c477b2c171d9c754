"""Rounds of qualification: the instants at which the ledger was read."""

from __future__ import annotations

from django.db import connection, models

from ripeline.server.instants import InstantField


class Round(models.Model):
    """One pass of qualification: it read the rows that had come, as of its instant."""

    at = InstantField(unique=True)
    rows = models.PositiveIntegerField(default=0)
    finished_at = InstantField(null=True)


_ROUNDS = 0x52495045
"""PostgreSQL's number for the lock that orders rounds."""


def open_round(now: int) -> Round:
    """A round later than all before it, in the caller's transaction; others wait until that transaction ends.

    Its instant is `now`, or as little after it as it takes: one instant before it is left for what it causes itself.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ROUNDS])
    last = Round.objects.order_by("-at").values_list("at", flat=True).first()
    return Round.objects.create(at=now if last is None else max(now, last + 2))
