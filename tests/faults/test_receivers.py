"""Receivers drip, flood, refuse, redirect and fall silent: whoever answers well is told as fast as ever beside them."""

from __future__ import annotations

import socket
import threading
import time
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pytest
from django.db import connection, transaction

from bad_receivers import BAD, FastClock, SlowHandshake, bad
from outgoing_rows import added
from receiver import Receiver, allow
from ripeline.server import instants
from ripeline.server.delivery import courier, outbox
from ripeline.server.delivery.courier import TRIES, WAITS, Courier
from ripeline.server.delivery.endpoints import Endpoint
from ripeline.server.delivery.outbox import Delivery
from ripeline.server.delivery.webhooks import MAX_ANSWER_BYTES, TOTAL_SECONDS
from ripeline.server.instants import SECOND
from ripeline.server.instruments.bell import Bell
from set_clock import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ripeline.server.instants import Clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]

PER_SECOND = 10
BUSY = 0.1  # seconds by which a machine that others use may be late
SLOW = 0.1
"""Seconds that the receiver that answers well takes for it."""
KINDLY = 7200
"""Seconds that one receiver asks for."""


def _long(*values: object) -> list[Any]:
    """A short trial, and a long one for `make faults`."""
    short, long = values
    return [pytest.param(short, id="short"), pytest.param(long, id="long", marks=pytest.mark.faults)]


@pytest.fixture(autouse=True)
def _near(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, "127.0.0.0/8")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes have been read over each connection, each time that something was read."""
    counts: WeakKeyDictionary[socket.socket, int] = WeakKeyDictionary()
    sizes: list[int] = []
    plain = socket.socket.recv

    def counted(line: socket.socket, *arguments: Any) -> bytes:  # noqa: ANN401 - as the socket has it
        data = plain(line, *arguments)
        counts[line] = counts.get(line, 0) + len(data)
        sizes.append(counts[line])
        return data

    monkeypatch.setattr(socket.socket, "recv", counted)
    return sizes


@contextmanager
def _delivering(clock: Clock) -> Iterator[None]:
    """A courier at work, as the worker runs it."""
    bell, stopping = Bell(), threading.Event()
    running = Courier(clock, done=bell.ring)

    def run() -> None:
        while not stopping.is_set():
            if not running.step():
                bell.wait(0.02)
        running.close()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        bell.ring()
        thread.join()


def _tell(key: str, clock: Clock) -> None:
    topic, at = "lead.signal.task", clock()
    body = outbox.body(topic, at, {"lead": "7"})
    with transaction.atomic():
        outbox.tell([outbox.Message(topic, key, body)], now=at)


def _p95(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.95)]


def _told_for(seconds: float, name: str, waits: list[float], told_at: dict[str, float]) -> float:
    """Messages at an even rate to all there are; 95 of 100 were told and answered within what it returns."""
    waits.clear()
    begun, count = time.monotonic(), round(seconds * PER_SECOND)
    for number in range(count):
        time.sleep(max(0.0, begun + number / PER_SECOND - time.monotonic()))
        told_at[f"{name}-{number}"] = time.monotonic()
        _tell(f"{name}-{number}", instants.now)
    end = time.monotonic() + 30
    while len(waits) < count and time.monotonic() < end:
        time.sleep(0.05)
    assert len(waits) == count
    return _p95(waits)


@pytest.mark.parametrize("seconds", _long(8, 300))
def test_whoever_answers_well_is_told_as_fast_beside_all_the_others(
    seconds: float, read: list[int], record_property: Callable[[str, object], None]
) -> None:
    """At most twice as long for 95 of 100 messages; of no answer more than 64 KB is read, and nothing changes."""
    waits: list[float] = []
    told_at: dict[str, float] = {}

    def well(handler: Any) -> tuple[int, dict[str, str]]:  # noqa: ANN401 - the library's handler
        time.sleep(SLOW)
        waits.append(time.monotonic() - told_at[handler.headers["webhook-id"]])
        return 204, {}

    with ExitStack() as opened:
        good = opened.enter_context(Receiver(answer=well))
        added(good.url, topics=["lead"], now=instants.now())
        opened.enter_context(_delivering(instants.now))
        _told_for(2, "first", waits, told_at)
        alone = _told_for(seconds, "alone", waits, told_at)
        others = {name: opened.enter_context(bad(name)) for name in BAD}
        slow = opened.enter_context(SlowHandshake())
        for url in (slow.url, *(receiver.url for receiver in others.values())):
            added(url, now=instants.now())
        beside = _told_for(seconds, "beside", waits, told_at)
    _check_repeats(others)
    assert max(read) <= MAX_ANSWER_BYTES
    assert Endpoint.objects.filter(closed_by="gone").count() == 1
    figures = f"p95 {alone * 1000:.0f} ms alone, {beside * 1000:.0f} ms beside {len(others) + 1} bad receivers"
    record_property("figures", f"{figures}; at most {max(read)} bytes read of an answer")
    assert beside <= 2 * alone + BUSY
    assert TOTAL_SECONDS == 20


def _check_repeats(receivers: dict[str, Receiver]) -> None:
    """The same id always comes with the same body."""
    for receiver in receivers.values():
        bodies: dict[str, set[str]] = defaultdict(set)
        for got in receiver.received:
            bodies[got.headers["webhook-id"]].add(got.body)
        assert bodies
        assert all(len(each) == 1 for each in bodies.values())


@pytest.mark.parametrize("times", _long(20_000, 1_000))
def test_every_message_is_tried_on_schedule_and_ends_delivered_or_given_up(
    times: float, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """Eleven tries over 77.7 hours, each a fifth more or less, by a clock that runs a thousand times as fast."""
    monkeypatch.setattr(courier, "LEASE", round(courier.LEASE * times))  # a minute of ours, as ever
    clock = FastClock(times, MONDAY)
    arrivals: dict[str, list[int]] = defaultdict(list)
    late = 2 * times  # two of our seconds

    def stamped(name: str) -> Callable[[Any], Any]:
        def answer(handler: Any) -> Any:  # noqa: ANN401 - the library's handler
            arrivals[name].append(clock())
            return BAD[name](handler)

        return answer

    names = ("500", "429", "redirect", "reset", "bomb")
    with ExitStack() as opened:
        receivers = {name: opened.enter_context(Receiver(answer=stamped(name))) for name in names}
        for receiver in receivers.values():
            added(receiver.url, now=clock())
        with _delivering(clock):
            _tell("decision-1", clock)
            while Delivery.objects.filter(next_try_at__isnull=False).exists():
                time.sleep(0.1)
    assert Delivery.objects.filter(dead_at__isnull=False, attempts=TRIES).count() == len(names)
    _check_repeats(receivers)
    for name in names:
        spans = [(then - now) / SECOND for now, then in zip(arrivals[name], arrivals[name][1:], strict=False)]
        plan = [wait / SECOND for wait in WAITS]
        least = [max(0.8 * wait, KINDLY if name == "429" else 0) for wait in plan]
        most = [max(1.2 * wait, KINDLY if name == "429" else 0) + late for wait in plan]
        assert len(spans) == TRIES - 1
        assert all(low <= span <= high for low, span, high in zip(least, spans, most, strict=True)), (name, spans)
    hours = {name: (arrivals[name][-1] - arrivals[name][0]) / SECOND / 3600 for name in names}
    record_property("figures", f"eleven tries in {min(hours.values()):.1f} to {max(hours.values()):.1f} hours")
