"""Brings messages to their receivers: at least once each, in no promised order, the same id and body at every try.

Sending waits for the network, so it happens in threads that touch no database; one thread claims what is due and
writes down what came of it. A claim is a lease: who dies with it loses it, and who comes back too late writes nothing.
"""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection, transaction

from ripeline.server import instants, outbox
from ripeline.server.delivery import webhooks
from ripeline.server.instants import HOUR, MINUTE, SECOND
from ripeline.server.operation import metrics
from ripeline.server.operation.bell import Bell
from ripeline.server.operation.failpoints import failpoint
from ripeline.server.outbox import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from ripeline.server.instants import Clock

WAITS = (
    *(5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE),
    *(2 * HOUR, 5 * HOUR, 10 * HOUR, 24 * HOUR, 36 * HOUR),
)
"""After the first try, after the second …: eleven tries over 77 hours, most of them early, because reps' clocks run."""

TRIES = len(WAITS) + 1
LEASE = MINUTE
_JITTER = 0.2
_THREADS, _PER_ENDPOINT = 24, 8


class _Errand(NamedTuple):
    """A claimed delivery; `attempt` and `until` prove that the claim is still ours."""

    pk: int
    endpoint: int
    attempt: int
    until: int
    url: str
    secret: str
    key: str
    body: str


class Courier:
    """One process's way out: at most so many messages at once, and so many of them to one endpoint."""

    def __init__(self, clock: Clock = instants.now, *, done: Callable[[], None] = lambda: None) -> None:
        self._clock = clock
        self._done = done
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="send")
        self._out: Counter[int] = Counter()
        self._back: SimpleQueue[tuple[_Errand, webhooks.Answer]] = SimpleQueue()
        self._ended: list[tuple[_Errand, webhooks.Answer]] = []  # stays until it is written down

    @property
    def is_out(self) -> bool:
        """Whether something was sent of which nothing is written down yet."""
        return self._out.total() > 0

    def step(self) -> int:
        """Write down what has come back, send what is due; returns how many tries were begun or ended."""
        ended = self._take_back()
        begun = self._claim()
        for errand in begun:
            self._out[errand.endpoint] += 1
            self._pool.submit(self._send, errand)
        return len(begun) + ended

    def close(self) -> None:
        """Wait for what is out, and write down what came of it."""
        self._pool.shutdown()
        self._take_back()

    def _send(self, errand: _Errand) -> None:
        try:
            answer = webhooks.send(errand.url, errand.secret, errand.key, errand.body, now=self._clock())
        except Exception as error:  # noqa: BLE001 - what is out must come back, or its place is never free again
            answer = webhooks.Answer(0, type(error).__name__)
        failpoint("after_send")
        self._back.put((errand, answer))
        self._done()

    def _claim(self) -> list[_Errand]:
        now = self._clock()
        if self._out.total() >= _THREADS or not self._due(now).exists():
            return []
        errands: list[_Errand] = []
        with transaction.atomic():
            due = self._due(now).select_related("outgoing", "endpoint").order_by("next_try_at")
            if connection.vendor == "postgresql":
                due = due.select_for_update(skip_locked=True, of=("self",))
            room = Counter(self._out)
            for delivery in due[: _THREADS - self._out.total()]:
                room[delivery.endpoint_id] += 1
                if room[delivery.endpoint_id] <= _PER_ENDPOINT:
                    errands.append(_claimed(delivery, now + LEASE))
        return errands

    def _due(self, now: int) -> QuerySet[Delivery]:
        full = [endpoint for endpoint, count in self._out.items() if count >= _PER_ENDPOINT]
        return Delivery.objects.filter(next_try_at__lte=now, claimed_until__lte=now).exclude(endpoint_id__in=full)

    def _take_back(self) -> int:
        with suppress(Empty):
            while True:
                self._ended.append(self._back.get_nowait())
        if not self._ended:
            return 0
        failpoint("before_mark")
        now = self._clock()
        with transaction.atomic():
            for errand, answer in self._ended:
                _mark(errand, answer, now)
        count = len(self._ended)
        self._out.subtract(errand.endpoint for errand, _ in self._ended)
        self._ended.clear()
        return count


def deliver(clock: Clock) -> None:
    """Send all that is due once, and wait until what came of it is written down."""
    came = Bell()
    courier = Courier(clock, done=came.ring)
    while courier.step() or courier.is_out:
        came.wait(0.05)
    courier.close()


def _claimed(delivery: Delivery, until: int) -> _Errand:
    delivery.attempts += 1
    delivery.claimed_until = until
    delivery.save(update_fields=["attempts", "claimed_until"])
    message, endpoint = delivery.outgoing, delivery.endpoint
    return _Errand(
        delivery.pk, endpoint.pk, delivery.attempts, until, endpoint.url, endpoint.secret, message.key, message.body
    )


def _mark(errand: _Errand, answer: webhooks.Answer, now: int) -> None:
    ours = Delivery.objects.filter(pk=errand.pk, attempts=errand.attempt, claimed_until=errand.until)
    if answer.is_success:
        verdict = "delivered"
        ours.update(next_try_at=None, delivered_at=now, claimed_until=0, last_answer=answer.said)
    elif answer.status == webhooks.GONE or errand.attempt >= TRIES:
        verdict = "dead"
        ours.update(next_try_at=None, dead_at=now, claimed_until=0, last_answer=answer.said)
        if answer.status == webhooks.GONE:
            outbox.close_endpoint(outbox.Endpoint(pk=errand.endpoint), now=now)
    else:
        verdict = "failed"
        wait = pause(errand.attempt, answer.retry_after)
        ours.update(next_try_at=now + wait, claimed_until=0, last_answer=answer.said)
    metrics.DELIVERIES.labels(verdict).inc()


def pause(attempt: int, retry_after: float | None) -> int:
    """Microseconds until the next try after this one: as planned, a fifth more or less, or later if asked for it."""
    planned = WAITS[attempt - 1] * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - spreads, hides nothing
    asked = 0.0 if retry_after is None else min(retry_after * SECOND, WAITS[-1])
    return round(max(planned, asked))
