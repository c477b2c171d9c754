"""Brings messages to their receivers: at least once each, in no promised order, the same id and body at every try.

Sending waits for the network, so it happens in threads that touch no database; one thread claims what is due and
writes down what came of it. A claim is a lease: who dies with it loses it, and who comes back too late writes nothing.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef

from ripeline.server import instants
from ripeline.server.delivery import mail, outbox, sending, webhooks
from ripeline.server.delivery.endpoints import NOT_TRIED, PATIENCE, ClosedBy, Endpoint, EndpointKind, close, host_of
from ripeline.server.delivery.outbox import Delivery
from ripeline.server.delivery.topics import CLOSED
from ripeline.server.delivery.webhooks import Answer
from ripeline.server.instants import HOUR, MINUTE, SECOND
from ripeline.server.instruments import logs, metrics
from ripeline.server.instruments.bell import Bell
from ripeline.server.instruments.failpoints import failpoint
from ripeline.server.leadmail import to_leads
from ripeline.server.leadmail.to_leads import Later, LeadMail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from django.db.models import QuerySet

    from ripeline.server.delivery.sending import Letter
    from ripeline.server.instants import Clock

WAITS = (
    *(5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE),
    *(2 * HOUR, 5 * HOUR, 10 * HOUR, 24 * HOUR, 36 * HOUR),
)
"""After the first try, after the second …: eleven tries over 77 hours, most of them early, because reps' clocks run."""

TRIES = len(WAITS) + 1
LEASE = MINUTE
_JITTER = 0.2
_THREADS = 32
_FIRST, _MOST = 2, 16
"""So many messages are sent at once to an endpoint of which nothing is known yet, and to one that answers well."""
_MAILS, _MAIL_THREADS = 40, 6
"""So many mails to leads are claimed at once, because each claim asks a lot, and so many ways to their server open."""
_FAILING = 8
"""So many are sent at once to all endpoints together that have failed, each one alone: they cost the most time."""


class _Errand(NamedTuple):
    """A claimed delivery; `attempt` and `until` prove that the claim is still ours."""

    pk: int
    endpoint: int
    is_failing: bool
    is_mail: bool
    attempt: int
    until: int
    letter: Letter | LeadMail


class Courier:
    """One process's way out. However slowly some answer, there is room for those that answer well."""

    def __init__(self, clock: Clock = instants.now, *, done: Callable[[], None] = lambda: None) -> None:
        self._clock = clock
        self._done = done
        self._post = mail.Post()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="send")
        self._mail_pool = ThreadPoolExecutor(_MAIL_THREADS, thread_name_prefix="mail")  # takes nobody's room
        self._out: Counter[int] = Counter()
        self._failing_out = self._mails_out = self._on_the_wire = 0
        self._ready: deque[_Errand] = deque()  # mails to leads that wait for a way of their own
        self._well: Counter[int] = Counter()  # how often each endpoint has answered well of late
        self._back: SimpleQueue[tuple[_Errand, Answer]] = SimpleQueue()
        self._ended: list[tuple[_Errand, Answer]] = []  # stays until it is written down

    @property
    def is_out(self) -> bool:
        """Whether something was sent of which nothing is written down yet."""
        return self._out.total() > 0

    def step(self) -> int:
        """Write down what has come back, send what is due; returns how many tries were begun or ended."""
        self._drain()
        begun, ended = self._hand_over(), self._take_back()
        for errand in self._claim():
            self._out[errand.endpoint] += 1
            self._failing_out += errand.is_failing
            self._mails_out += errand.is_mail
            if errand.is_mail:
                self._ready.append(errand)
            else:
                begun += 1
                self._pool.submit(self._send, errand)
        return begun + self._hand_over() + ended

    def close(self) -> None:
        """Wait for what is out, and write down what came of it; what was not begun is left to others."""
        self._pool.shutdown()
        self._mail_pool.shutdown()
        self._post.close()
        self._drain()
        self._take_back()
        _let_go({errand.pk: errand.until for errand in self._ready})
        self._ready.clear()

    def _drain(self) -> None:
        with suppress(Empty):
            while True:
                self._ended.append(self._back.get_nowait())
                self._on_the_wire -= self._ended[-1][0].is_mail

    def _hand_over(self) -> int:
        """Give mails to the ways that are free, and ask of each once more whether it may leave; how many were begun."""
        errands = list(islice(self._ready, _MAIL_THREADS - self._on_the_wire))
        if not errands:
            return 0
        now = self._clock()
        stopped = to_leads.stopped([each.letter for each in errands if isinstance(each.letter, LeadMail)], now=now)
        left = {each.pk: each.until for each in errands if each.letter.key in stopped}
        _let_go(left, next_try_at=None, last_answer=NOT_TRIED)
        begun = 0
        for errand in errands:
            self._ready.popleft()
            if errand.pk in left or errand.until <= now:  # whose claim has run out is another one's
                self._out[errand.endpoint] -= 1
                self._failing_out -= errand.is_failing
                self._mails_out -= 1
                continue
            begun += 1
            self._on_the_wire += 1
            self._mail_pool.submit(self._send, errand)
        return begun

    def _send(self, errand: _Errand) -> None:
        try:
            answer = sending.send(errand.letter, now=self._clock(), post=self._post.send)
        except Exception as error:  # noqa: BLE001 - what is out must come back, or its place is never free again
            answer = Answer(0, type(error).__name__)
        failpoint("after_send")
        self._back.put((errand, answer))
        self._done()

    def _claim(self) -> list[_Errand]:
        """Something for each endpoint that has room, those first to which the least is under way."""
        now = self._clock()
        if self._out.total() - self._mails_out >= _THREADS and self._mails_out > _MAILS // 2:
            return []
        due = Delivery.objects.filter(next_try_at__lte=now, claimed_until__lte=now)
        # Asked for each endpoint, because one may have more waiting than anybody wants to look through.
        waiting = Endpoint.objects.filter(Exists(due.filter(endpoint=OuterRef("pk"))))
        endpoints = [endpoint for endpoint in waiting if self._room(endpoint, {}) > 0]
        if not endpoints:
            return []
        claims: dict[Endpoint, list[Delivery]] = {}
        with transaction.atomic():
            for endpoint in sorted(endpoints, key=lambda each: self._out[each.pk]):
                own = due.filter(endpoint=endpoint).select_related("outgoing").order_by("next_try_at")
                if connection.vendor == "postgresql":
                    own = own.select_for_update(skip_locked=True, of=("self",))
                claims[endpoint] = _claimed(own[: self._room(endpoint, claims)], now)
        # Asked when the claims are written, because what a mail says takes long, and others want to write meanwhile.
        return [errand for endpoint, own in claims.items() for errand in _errands(endpoint, own, now)]

    def _room(self, endpoint: Endpoint, claims: Mapping[Endpoint, Sequence[Delivery]]) -> int:
        """How many more may be sent there; more with each good answer, and half as many after a bad one."""
        out = self._out[endpoint.pk]
        if endpoint.kind == EndpointKind.LEADS:
            return _room_for_mails(out, is_failing=endpoint.failing_since is not None)
        others = sum(len(own) for each, own in claims.items() if each.kind != EndpointKind.LEADS)
        free = _THREADS - (self._out.total() - self._mails_out + others)
        if endpoint.failing_since is None:
            return max(0, min(free, _FIRST + self._well[endpoint.pk] - out, _MOST - out))
        failing = sum(len(own) for each, own in claims.items() if each.failing_since is not None)
        return max(0, min(free, 1 - out, _FAILING - self._failing_out - failing))

    def _take_back(self) -> int:
        if not self._ended:
            return 0
        failpoint("before_mark")
        now = self._clock()
        with transaction.atomic():
            won = [(errand, answer) for errand, answer in self._ended if _mark(errand, answer, now)]
            sending.follow([(errand.letter, answer) for errand, answer in won], now=now)
            _look_at_endpoints([(errand.endpoint, answer) for errand, answer in won], now)
        count = len(self._ended)
        for errand, answer in self._ended:
            self._out[errand.endpoint] -= 1
            self._failing_out -= errand.is_failing
            self._mails_out -= errand.is_mail
            well = self._well[errand.endpoint]
            self._well[errand.endpoint] = min(_MOST, well + 1) if answer.is_success else well // 2
        self._ended.clear()
        return count


def deliver(clock: Clock) -> None:
    """Send all that is due once, and wait until what came of it is written down."""
    came = Bell()
    courier = Courier(clock, done=came.ring)
    while courier.step() or courier.is_out:
        came.wait(0.05)
    courier.close()


def _room_for_mails(out: int, *, is_failing: bool) -> int:
    """How many mails to leads are claimed next: many or none, but one by one while their server is away."""
    if is_failing:
        return max(0, 1 - out)
    return _MAILS - out if out <= _MAILS // 2 else 0


def _claimed(deliveries: Iterable[Delivery], now: int) -> list[Delivery]:
    """Claim these: their attempt and the end of their lease prove it, here and in the database."""
    found = list(deliveries)
    for each in found:
        each.attempts, each.claimed_until = each.attempts + 1, now + LEASE
    claimed = Delivery.objects.filter(pk__in=[each.pk for each in found])
    claimed.update(attempts=F("attempts") + 1, claimed_until=now + LEASE)
    return found


def _errands(endpoint: Endpoint, claimed: Sequence[Delivery], now: int) -> list[_Errand]:
    """What is sent of these; those that may not leave any more, by what is known at this instant, end here."""
    is_failing, is_mail = endpoint.failing_since is not None, endpoint.kind == EndpointKind.LEADS
    letters = sending.letters(endpoint, [each.outgoing for each in claimed], now=now)
    errands: list[_Errand] = []
    held: dict[int, int] = {}
    later: dict[int, dict[int, int]] = defaultdict(dict)
    for each in claimed:
        letter = letters[each.outgoing_id]
        if letter is None:
            held[each.pk] = each.claimed_until
        elif isinstance(letter, Later):
            later[letter.until][each.pk] = each.claimed_until
        else:
            said = (endpoint.pk, is_failing, is_mail, each.attempts, each.claimed_until, letter)
            errands.append(_Errand(each.pk, *said))
    _let_go(held, next_try_at=None, last_answer=NOT_TRIED)
    for until, own in later.items():
        _let_go(own, next_try_at=until)
    return errands


def _let_go(claims: Mapping[int, int], **changes: object) -> None:
    """End claims of which nothing was tried: by delivery the end of its lease, which proves that it is ours."""
    for until in set(claims.values()):
        own = [delivery for delivery, its_own in claims.items() if its_own == until]
        ours = Delivery.objects.filter(pk__in=own, claimed_until=until)
        ours.update(attempts=F("attempts") - 1, claimed_until=0, **changes)


def _mark(errand: _Errand, answer: Answer, now: int) -> bool:
    """Write down what came of a try; whether it was still ours."""
    told: dict[str, Any]
    ours = Delivery.objects.filter(pk=errand.pk, attempts=errand.attempt, claimed_until=errand.until)
    if answer.is_success:
        verdict, told = "delivered", {"next_try_at": None, "delivered_at": now}
    elif answer.status == webhooks.GONE or answer.is_final or errand.attempt >= TRIES:
        verdict, told = "dead", {"next_try_at": None, "dead_at": now}
    else:
        verdict, told = "failed", {"next_try_at": now + pause(errand.attempt, answer.retry_after)}
    won = ours.update(claimed_until=0, last_answer=answer.said, **told)
    if won:
        metrics.DELIVERIES.labels(verdict).inc()
    return won > 0


def _look_at_endpoints(marked: Sequence[tuple[int, Answer]], now: int) -> None:
    """Remember since when endpoints fail, and close those that are gone or have failed for too long."""
    for pk in sorted({pk for pk, _ in marked}):  # in one order, because other workers do the same
        answers = [answer for each, answer in marked if each == pk]
        endpoint = Endpoint.objects.filter(pk=pk, closed_at=None)
        if any(answer.status == webhooks.GONE for answer in answers):
            _close(endpoint, ClosedBy.GONE, now)
        elif any(answer.is_success or answer.is_final for answer in answers):
            endpoint.filter(failing_since__isnull=False).update(failing_since=None)
        elif not endpoint.filter(failing_since=None).update(failing_since=now):
            given_up = endpoint.filter(failing_since__lte=now - PATIENCE).exclude(kind=EndpointKind.LEADS)
            _close(given_up, ClosedBy.FAILING, now)


def _close(endpoints: QuerySet[Endpoint], by: ClosedBy, now: int) -> None:
    """Close an endpoint and tell staff at the others; its host is told only, because an address can be a secret."""
    for endpoint in endpoints:
        close(endpoint, by=by, now=now)
        said = {"endpoint": str(endpoint.pk), "kind": endpoint.kind, "host": host_of(endpoint), "closed_by": by.value}
        key = f"endpoint-{endpoint.pk}-closed-{now}"
        outbox.tell([outbox.Message(CLOSED, key, outbox.body(CLOSED, now, said))], now=now)
        logs.logger().warning("endpoint_closed", endpoint=endpoint.pk, reason=by.value)


def pause(attempt: int, retry_after: float | None) -> int:
    """Microseconds until the next try after this one: as planned, a fifth more or less, or later if asked for it."""
    planned = WAITS[attempt - 1] * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - spreads, hides nothing
    asked = 0.0 if retry_after is None else min(retry_after * SECOND, WAITS[-1])
    return round(max(planned, asked))
