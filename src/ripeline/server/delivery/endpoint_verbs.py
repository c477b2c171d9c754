"""What the command line asks for about receivers of webhooks: plain values in, plain values out, as in verbs.py."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q

from ripeline.server import outbox
from ripeline.server.delivery import addresses
from ripeline.server.outbox import Delivery, Endpoint
from ripeline.server.refusals import Refusal

Answer = dict[str, Any]


def add(*, now: int, url: str) -> Answer:
    """A new receiver, with the secret by which it checks the signatures."""
    if not addresses.is_fit(url):
        return {"refused": Refusal.NOT_A_RECEIVER.value}
    if Endpoint.objects.filter(url=url, closed_at=None).exists():
        return {"refused": Refusal.NAME_TAKEN.value}
    return {"url": url, "secret": outbox.open_endpoint(url, now).secret}


def listed(*, now: int) -> Answer:
    """All receivers, without their secrets, with how many messages wait, arrived and were given up."""
    del now
    counts = {
        "waiting": Count("delivery", filter=Q(delivery__next_try_at__isnull=False)),
        "delivered": Count("delivery", filter=Q(delivery__delivered_at__isnull=False)),
        "given_up": Count("delivery", filter=Q(delivery__dead_at__isnull=False)),
    }
    rows = Endpoint.objects.annotate(**counts).order_by("pk")
    return {"endpoints": list(rows.values("url", "created_at", "closed_at", *counts))}


def close(*, now: int, url: str) -> Answer:
    """Nothing more is told to the receiver."""
    endpoint = _open(url)
    if endpoint is None:
        return {"refused": Refusal.NO_SUCH_RECEIVER.value}
    outbox.close_endpoint(endpoint, now)
    return {"url": url}


def retry(*, now: int, url: str) -> Answer:
    """What was given up for the receiver is sent again."""
    endpoint = _open(url)
    if endpoint is None:
        return {"refused": Refusal.NO_SUCH_RECEIVER.value}
    return {"url": url, "messages": outbox.try_again(Delivery.objects.filter(endpoint=endpoint), now)}


def _open(url: str) -> Endpoint | None:
    return Endpoint.objects.filter(url=url, closed_at=None).first()
