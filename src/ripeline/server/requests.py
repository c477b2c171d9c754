"""Requests that are done once: a program that repeats one, not knowing what became of it, is given the same answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models, transaction

from ripeline.server.digests import digest_of
from ripeline.server.instants import DAY, InstantField
from ripeline.server.staff.users import ApiKey

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = DAY
"""So long at least a repeated request gets the same answer."""


class Request(models.Model):
    """What a program asked for under a key of its own choice, and what it was answered."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="requests", db_index=False)
    digest = models.CharField(max_length=64)  # of the key that the program chose
    asked = models.CharField(max_length=64)  # digest of what was asked for
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(default="")
    at = InstantField(db_index=True)

    class Meta:
        """A key stands for one request of one program."""

        constraints = (models.UniqueConstraint(fields=["api_key", "digest"], name="request_once"),)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered: a status of HTTP and JSON."""

    status: int
    body: str


def once(api_key: ApiKey, key: str, asked: str, act: Callable[[], Answer], *, now: int) -> Answer | None:
    """The answer of `act`, which is called the first time only; None if the key stood for something else.

    `act` runs in the transaction that remembers its answer, so that there is never one without the other.
    """
    with transaction.atomic():
        Request.objects.filter(at__lt=now - KEPT).delete()
        said = {"asked": digest_of(asked), "at": now}
        # Whoever sends the same at the same moment waits here until this answer is there.
        row, is_new = Request.objects.get_or_create(api_key=api_key, digest=digest_of(key), defaults=said)
        if not is_new:
            return Answer(row.status, row.answer) if row.asked == said["asked"] else None
        answer = act()
        row.status, row.answer = answer.status, answer.body
        row.save(update_fields=["status", "answer"])
        return answer
