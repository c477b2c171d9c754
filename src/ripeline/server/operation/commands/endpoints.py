"""The commands about endpoints: who is told what is decided, how, and what became of it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q

from ripeline.server.delivery import addresses, endpoints, outbox, sending, topics
from ripeline.server.delivery.endpoints import ClosedBy, Endpoint, EndpointKind
from ripeline.server.operation.commands.answers import Answer, Declined, command, done
from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from ripeline.server.delivery.outbox import Delivery


@command
def endpoint_add(
    *,
    now: int,
    address: str,
    kind: str = "webhook",
    topics: Sequence[str] = (),
    language: str = "en",
    secret: str = "",
) -> Answer:
    """A new receiver; a webhook with the secret by which it checks the signatures."""
    chosen = EndpointKind(kind)
    made = done(endpoints.add(address, kind=chosen, topics=topics, language=language, secret=secret, now=now), address)
    return {"address": address, "kind": kind, "secret": made.secret}


@command
def endpoint_change(
    *,
    now: int,
    address: str,
    to: str | None = None,
    topics: Sequence[str] | None = None,
    language: str | None = None,
) -> Answer:
    """Another address, other topics or another language for a receiver."""
    changed = done(endpoints.change(_open(address), address=to, topics=topics, language=language), to or address)
    return {"address": changed.address, "topics": changed.topics.split(), "language": changed.language}


@command
def endpoint_list(*, now: int) -> Answer:
    """All receivers, without their secrets, with how many messages wait, arrived and were given up."""
    counts = {
        "waiting": Count("deliveries", filter=Q(deliveries__next_try_at__isnull=False)),
        "delivered": Count("deliveries", filter=Q(deliveries__delivered_at__isnull=False)),
        "given_up": Count("deliveries", filter=Q(deliveries__dead_at__isnull=False)),
    }
    names = ("address", "kind", "language", "created_at", "failing_since", "closed_at", "closed_by")
    rows = Endpoint.objects.annotate(**counts).order_by("pk")
    told = [{"topics": row.pop("topics").split()} | row for row in rows.values(*names, "topics", *counts)]
    return {"endpoints": told}


@command
def endpoint_topics(*, now: int) -> Answer:
    """All topics, when each is told, and whether people are told it unless they ask for others."""
    told = {topic: topics.wanted(topic, topics.FOR_PEOPLE) for topic in topics.TOPICS}
    return {"topics": [{"topic": topic, "when": topics.TOPICS[topic], "for_people": told[topic]} for topic in told]}


@command
def endpoint_close(*, now: int, address: str) -> Answer:
    """Nothing more is told to the receiver; one that was closed by itself is settled."""
    endpoint = _any(address)
    if endpoint.closed_by in (ClosedBy.GONE, ClosedBy.FAILING):
        endpoints.settle(endpoint)
    else:
        done(endpoints.close(_open(address), now=now), address)
    return {"address": address}


@command
def endpoint_reopen(*, now: int, address: str) -> Answer:
    """The receiver is told again what is told from now on."""
    done(endpoints.reopen(_any(address)), address)
    return {"address": address}


@command
def endpoint_rotate(*, now: int, address: str, secret: str = "") -> Answer:
    """A new secret; the old one signs beside it until it ends."""
    rotated = done(endpoints.rotate(_open(address), secret=secret, now=now), address)
    return {"address": address, "secret": rotated.secret, "old_until": rotated.old_secret_until}


@command
def endpoint_test(*, now: int, address: str) -> Answer:
    """A test message, sent at once and once: what came back, and whether that means it arrived."""
    endpoint = _open(address)
    if endpoint.kind != EndpointKind.EMAIL and (refusal := addresses.unfit(address)):
        raise Declined(refusal, which=address)
    letter = sending.letter(endpoint, f"test-{secrets.token_hex(16)}", outbox.body(topics.TEST, now, {}), now)
    answer = sending.send(letter, now=now)
    return {"address": address, "answer": answer.said, "arrived": answer.is_success}


# --- the dead list --------------------------------------------------------------------------------


@command
def endpoint_dead(*, now: int, address: str, limit: int = 100) -> Answer:
    """The messages that were given up for the receiver, oldest first, and how many there are."""
    rows = outbox.dead(_any(address))
    told = [
        {
            "message": row.pk,
            "topic": row.outgoing.topic,
            "key": row.outgoing.key,
            "created_at": row.outgoing.created_at,
            "attempts": row.attempts,
            "dead_at": row.dead_at,
            "last_answer": row.last_answer,
        }
        for row in rows.select_related("outgoing")[:limit]
    ]
    return {"address": address, "count": rows.count(), "messages": told}


@command
def endpoint_retry(*, now: int, address: str, messages: Sequence[int] = ()) -> Answer:
    """What was given up for the receiver is sent again: the messages named, or all."""
    return {"address": address, "messages": outbox.try_again(_given_up(_open(address), messages), now=now)}


@command
def endpoint_purge(*, now: int, address: str, messages: Sequence[int] = ()) -> Answer:
    """What was given up for the receiver is forgotten: the messages named, or all."""
    return {"address": address, "messages": outbox.purge(_given_up(_any(address), messages))}


def _given_up(endpoint: Endpoint, messages: Sequence[int]) -> QuerySet[Delivery]:
    """Refused if one of the messages named is not among them."""
    rows = outbox.dead(endpoint)
    if not messages:
        return rows
    named = rows.filter(pk__in=messages)
    return done(named if named.count() == len(set(messages)) else Refused(Refusal.NOT_GIVEN_UP), endpoint.address)


def _open(address: str) -> Endpoint:
    found = Endpoint.objects.filter(address=address, closed_at=None).first()
    return done(found or Refused(Refusal.NO_SUCH_RECEIVER), address)


def _any(address: str) -> Endpoint:
    """The one that is open, else the one that was closed last."""
    found = Endpoint.objects.filter(address=address).order_by(F("closed_at").desc(nulls_first=True))
    return done(found.first() or Refused(Refusal.NO_SUCH_RECEIVER), address)
