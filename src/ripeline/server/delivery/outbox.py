"""What is to be told to others, written in the transaction of the decision that it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse

from ripeline.server import instants, json_text
from ripeline.server.delivery.endpoints import NOT_TRIED, Endpoint, wants
from ripeline.server.instants import InstantField

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet


class Outgoing(models.Model):
    """One message; told at least once, with the same id and body at every try."""

    topic = models.CharField(max_length=32)
    key = models.CharField(max_length=64, unique=True)
    body = models.TextField()
    created_at = InstantField()


class Delivery(models.Model):
    """One message on its way to one endpoint."""

    outgoing = models.ForeignKey(Outgoing, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = InstantField(null=True)  # none: delivered, or given up
    delivered_at = InstantField(null=True)
    dead_at = InstantField(null=True)
    claimed_until = InstantField(default=0)
    last_answer = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        """Each message goes to an endpoint once; what is due at one is found at once."""

        constraints = (models.UniqueConstraint(fields=["outgoing", "endpoint"], name="delivery_once"),)
        indexes = (
            models.Index(
                fields=["endpoint", "next_try_at"],
                name="delivery_due",
                condition=models.Q(next_try_at__isnull=False),
            ),
        )


class Message(NamedTuple):
    """What is to be told: its topic, a key that names it for ever, and its body, a JSON text.

    What is `quiet` is told to programs only: people are told by another message of the same moment.
    """

    topic: str
    key: str
    body: str
    quiet: bool = False


def body(topic: str, at: int, data: Mapping[str, object]) -> str:
    """A body as Standard Webhooks recommends it: what it is about, when that happened, and the rest."""
    return json_text.written({"type": topic, "timestamp": instants.text(at), "data": data})


def about(lead: int, *, sequence: int, version: str) -> dict[str, object]:
    """What every message on a lead says: no personal data, but where to look."""
    address = settings.URL + reverse("lead", args=[lead])
    return {"lead": str(lead), "sequence": sequence, "version": version, "address": address}


def tell(messages: Sequence[Message], *, now: int) -> None:
    """Put messages on their way to every open endpoint that wants them, in the caller's transaction.

    Without an endpoint they are kept and go nowhere. Raises IntegrityError for a key that was told before.
    """
    if not messages:
        return
    rows = Outgoing.objects.bulk_create(
        [Outgoing(topic=each.topic, key=each.key, body=each.body, created_at=now) for each in messages]
    )
    open_ones = list(Endpoint.objects.filter(closed_at=None))
    Delivery.objects.bulk_create(
        [
            Delivery(outgoing=row, endpoint=endpoint, next_try_at=now)
            for row, message in zip(rows, messages, strict=True)
            for endpoint in open_ones
            if wants(endpoint, message.topic, quiet=message.quiet)
        ]
    )


def send(message: Message, endpoint: Endpoint, *, now: int) -> Delivery:
    """Put a message on its way to one endpoint, in the caller's transaction; a closed one gets it once it is open."""
    return send_all([message], endpoint, now=now)[0]


def send_all(messages: Sequence[Message], endpoint: Endpoint, *, now: int) -> list[Delivery]:
    """The same for many messages."""
    rows = Outgoing.objects.bulk_create(
        [Outgoing(topic=each.topic, key=each.key, body=each.body, created_at=now) for each in messages]
    )
    is_open = endpoint.closed_at is None
    said: dict[str, Any] = {"next_try_at": now} if is_open else {"dead_at": now, "last_answer": NOT_TRIED}
    return Delivery.objects.bulk_create([Delivery(outgoing=row, endpoint=endpoint, **said) for row in rows])


def tell_once(messages: Sequence[Message], *, now: int) -> None:
    """The same for messages of which some may have been told before, by whoever holds the caller's locks."""
    told = set(Outgoing.objects.filter(key__in=[each.key for each in messages]).values_list("key", flat=True))
    tell([each for each in messages if each.key not in told], now=now)


def dead(endpoint: Endpoint) -> QuerySet[Delivery]:
    """The messages that were given up for a receiver, oldest first."""
    return Delivery.objects.filter(endpoint=endpoint, dead_at__isnull=False).order_by("pk")


def try_again(deliveries: QuerySet[Delivery], *, now: int) -> int:
    """Put messages that were given up on their way again, from the first try; returns how many.

    Those of a closed endpoint stay where they are.
    """
    with transaction.atomic():
        given_up = deliveries.filter(dead_at__isnull=False, endpoint__closed_at=None)
        return given_up.update(dead_at=None, next_try_at=now, attempts=0, claimed_until=0)


def purge(deliveries: QuerySet[Delivery]) -> int:
    """Forget messages that were given up; returns how many."""
    with transaction.atomic():
        return deliveries.filter(dead_at__isnull=False).delete()[0]
