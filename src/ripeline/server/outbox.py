"""What is to be told to others, written in the transaction of the decision that it tells."""

from __future__ import annotations

from base64 import b64encode
from secrets import token_bytes
from typing import TYPE_CHECKING, NamedTuple

from django.db import models, transaction

from ripeline.server.instants import InstantField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet


class Endpoint(models.Model):
    """Where decisions are told to, by signed webhook."""

    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=100)
    created_at = InstantField()
    closed_at = InstantField(null=True)


class Outgoing(models.Model):
    """One message; told at least once, with the same id and body at every try."""

    topic = models.CharField(max_length=32)
    key = models.CharField(max_length=64, unique=True)
    body = models.TextField()
    created_at = InstantField()


class Delivery(models.Model):
    """One message on its way to one endpoint."""

    outgoing = models.ForeignKey(Outgoing, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = InstantField(null=True)  # none: delivered, or given up
    delivered_at = InstantField(null=True)
    dead_at = InstantField(null=True)
    claimed_until = InstantField(default=0)
    last_answer = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        """Each message goes to an endpoint once; what is due is found at once."""

        constraints = (models.UniqueConstraint(fields=["outgoing", "endpoint"], name="delivery_once"),)
        indexes = (
            models.Index(fields=["next_try_at"], name="delivery_due", condition=models.Q(next_try_at__isnull=False)),
        )


class Message(NamedTuple):
    """What is to be told: its topic, a key that names it for ever, and its body, a JSON text."""

    topic: str
    key: str
    body: str


def tell(messages: Sequence[Message], *, now: int) -> None:
    """Put messages on their way to every open endpoint, in the caller's transaction.

    Without an endpoint they are kept and go nowhere. Raises IntegrityError for a key that was told before.
    """
    if not messages:
        return
    rows = Outgoing.objects.bulk_create(
        [Outgoing(topic=each.topic, key=each.key, body=each.body, created_at=now) for each in messages]
    )
    open_ones = list(Endpoint.objects.filter(closed_at=None).values_list("pk", flat=True))
    Delivery.objects.bulk_create(
        [Delivery(outgoing=row, endpoint_id=endpoint, next_try_at=now) for row in rows for endpoint in open_ones]
    )


def open_endpoint(url: str, *, secret: str = "", now: int) -> Endpoint:
    """A new receiver of everything that is told from now on; without a secret it is given one of 24 random bytes."""
    made = secret or "whsec_" + b64encode(token_bytes(24)).decode()
    with transaction.atomic():
        return Endpoint.objects.create(url=url, secret=made, created_at=now)


def close_endpoint(endpoint: Endpoint, *, now: int) -> None:
    """Tell a receiver nothing any more; what was on its way is given up."""
    with transaction.atomic():
        Endpoint.objects.filter(pk=endpoint.pk, closed_at=None).update(closed_at=now)
        waiting = Delivery.objects.filter(endpoint=endpoint, next_try_at__isnull=False)
        waiting.update(next_try_at=None, dead_at=now, last_answer="endpoint closed")


def try_again(deliveries: QuerySet[Delivery], *, now: int) -> int:
    """Put messages that were given up on their way again, from the first try; returns how many."""
    with transaction.atomic():
        dead = deliveries.filter(dead_at__isnull=False, endpoint__closed_at=None)
        return dead.update(dead_at=None, next_try_at=now, attempts=0, claimed_until=0)
