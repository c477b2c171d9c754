"""Messages reach their receivers at least once, signed, on a schedule, and within bounds no receiver can stretch."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from standardwebhooks import Webhook

from outgoing_rows import added
from receiver import Receiver, allow
from ripeline.server.delivery import outbox, sending, webhooks
from ripeline.server.delivery.courier import LEASE, TRIES, WAITS, Courier, deliver, pause
from ripeline.server.delivery.endpoints import Endpoint
from ripeline.server.delivery.outbox import Delivery
from ripeline.server.instants import SECOND
from ripeline.server.instants import now as present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _near(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, "127.0.0.0/8")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything until it is told otherwise."""
    with Receiver() as listening:
        yield listening


@pytest.fixture
def endpoint(receiver: Receiver, clock: SetClock) -> Endpoint:
    """The receiver, as Ripeline knows it."""
    clock.now = present()  # the library that checks signatures looks at the real clock
    return added(receiver.url, now=clock())


def _tell(clock: SetClock, key: str = "decision-1", body: str = '{"lead":1}') -> None:
    with transaction.atomic():
        outbox.tell([outbox.Message("lead.move", key, body)], now=clock())


def test_a_message_arrives_once_and_signed(endpoint: Endpoint, receiver: Receiver, clock: SetClock) -> None:
    """The receiver can check by Standard Webhooks who sent it, and it is not sent again."""
    _tell(clock, body='{"name":"Jürgen"}')
    deliver(clock)
    deliver(clock)
    (got,) = receiver.received
    Webhook(endpoint.secret).verify(got.body, dict(got.headers))
    assert (got.body, got.headers["webhook-id"]) == ('{"name":"Jürgen"}', "decision-1")
    delivery = Delivery.objects.get()
    assert (delivery.delivered_at, delivery.next_try_at, delivery.attempts) == (clock(), None, 1)


def test_the_official_example_is_signed_as_it_should_be() -> None:
    """The vector of the Standard Webhooks library's own tests."""
    headers = webhooks.signed(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        '{"test": 2432232314}',
        1_614_265_330 * SECOND,
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_is_rolled_back_is_told_to_nobody(endpoint: Endpoint, clock: SetClock) -> None:
    """A message lives and dies with the transaction of its decision."""
    with transaction.atomic():
        outbox.tell([outbox.Message("lead.move", "decision-1", "{}")], now=clock())
        transaction.set_rollback(True)
    assert endpoint.pk
    assert not Delivery.objects.exists()


def test_nothing_is_told_twice_under_one_key(endpoint: Endpoint, clock: SetClock) -> None:
    """The key of a message is taken once for ever."""
    _tell(clock)
    with pytest.raises(IntegrityError):
        _tell(clock)
    assert Delivery.objects.filter(endpoint=endpoint).count() == 1


def test_a_failing_receiver_is_tried_eleven_times_over_three_days(
    endpoint: Endpoint, receiver: Receiver, clock: SetClock
) -> None:
    """Early tries come close together; at the end the message is given up, visibly, and can be sent again."""
    receiver.answer = lambda _: (500, {})
    _tell(clock)
    begun, spans = clock(), []
    for _ in range(TRIES):
        deliver(clock)
        due = Delivery.objects.get().next_try_at
        if due is not None:
            spans.append(due - clock())
            clock.now = due
    delivery = Delivery.objects.get()
    assert (len(receiver.received), delivery.attempts, delivery.dead_at) == (11, 11, clock())
    assert {got.headers["webhook-id"] for got in receiver.received} == {"decision-1"}
    assert {got.body for got in receiver.received} == {'{"lead":1}'}
    assert all(0.8 * plan <= span <= 1.2 * plan for plan, span in zip(WAITS, spans, strict=True))
    assert 0.8 * 77 < (clock() - begun) / (3600 * SECOND) < 1.2 * 78
    receiver.answer = lambda _: (200, {})
    assert outbox.try_again(Delivery.objects.filter(endpoint=endpoint), now=clock()) == 1
    deliver(clock)
    assert Delivery.objects.get().delivered_at == clock()


@pytest.mark.parametrize(("header", "seconds"), [("7200", 7200.0), ("1", None), ("soon", None)])
def test_a_receiver_may_ask_for_patience(
    endpoint: Endpoint, receiver: Receiver, clock: SetClock, header: str, seconds: float | None
) -> None:
    """Retry-After puts the next try off; it never brings it forward."""
    receiver.answer = lambda _: (503, {"Retry-After": header})
    _tell(clock)
    deliver(clock)
    due = Delivery.objects.get(endpoint=endpoint).next_try_at
    assert due is not None
    wait = (due - clock()) / SECOND
    assert wait == seconds if seconds is not None else 4 <= wait <= 6


def test_a_receiver_that_is_gone_is_told_nothing_more(endpoint: Endpoint, receiver: Receiver, clock: SetClock) -> None:
    """410 closes the endpoint, with all that was on its way to it."""
    receiver.answer = lambda _: (410, {})
    _tell(clock)
    deliver(clock)
    _tell(clock, key="decision-2")
    endpoint.refresh_from_db()
    assert endpoint.closed_at == clock()
    assert Delivery.objects.filter(next_try_at=None, dead_at=clock()).count() == Delivery.objects.count() == 1


def test_a_redirect_is_a_failure(endpoint: Endpoint, receiver: Receiver, clock: SetClock) -> None:
    """Nothing is sent to where a receiver points."""
    with Receiver() as elsewhere:
        receiver.answer = lambda _: (307, {"Location": elsewhere.url})
        _tell(clock)
        deliver(clock)
        assert elsewhere.connections == 0
    assert Delivery.objects.get(endpoint=endpoint).delivered_at is None


def test_an_endless_answer_is_left_after_a_little(endpoint: Endpoint, receiver: Receiver, clock: SetClock) -> None:
    """Of a body only 64 KB are read, and none of it is kept."""

    def endless(handler: Any) -> None:  # noqa: ANN401 - the library's handler
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        handler.wfile.write(b"x" * 200_000)

    receiver.answer = endless
    _tell(clock)
    begun = time.monotonic()
    deliver(clock)
    assert time.monotonic() - begun < 5
    delivery = Delivery.objects.get(endpoint=endpoint)
    assert (delivery.delivered_at, delivery.last_answer) == (clock(), "200")


def test_a_receiver_that_drips_is_left_in_time(
    endpoint: Endpoint, receiver: Receiver, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte now and then does not stretch the whole."""
    monkeypatch.setattr(webhooks, "TOTAL_SECONDS", 0.5)

    def drip(handler: Any) -> None:  # noqa: ANN401
        for _ in range(40):
            handler.wfile.write(b"H")
            handler.wfile.flush()
            time.sleep(0.1)

    receiver.answer = drip
    _tell(clock)
    begun = time.monotonic()
    deliver(clock)
    assert time.monotonic() - begun < 2
    assert Delivery.objects.get(endpoint=endpoint).delivered_at is None


def test_nothing_leaves_for_an_address_that_is_not_allowed(
    endpoint: Endpoint, receiver: Receiver, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is judged when the connection is made, however the endpoint came to be."""
    allow(monkeypatch, "")
    _tell(clock)
    deliver(clock)
    assert receiver.connections == 0
    assert Delivery.objects.get(endpoint=endpoint).last_answer == "address not allowed"


def test_a_slow_receiver_does_not_hold_up_another(endpoint: Endpoint, receiver: Receiver, clock: SetClock) -> None:
    """One endpoint never takes all the room there is."""
    assert endpoint.pk

    def slow(_: object) -> tuple[int, dict[str, str]]:
        time.sleep(0.5)
        return 204, {}

    receiver.answer = slow
    for number in range(30):
        _tell(clock, key=f"slow-{number}")
    with Receiver() as quick:
        added(quick.url, now=clock())
        _tell(clock, key="quick")
        running = Courier(clock)
        end = time.monotonic() + 2
        while not quick.received and time.monotonic() < end:
            running.step()
            time.sleep(0.01)
        assert len(quick.received) == 1
        assert len(receiver.received) < 30
        running.close()


def test_what_came_back_after_its_lease_is_not_written_down(
    endpoint: Endpoint, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one has taken over meanwhile: the late answer changes nothing."""
    assert endpoint.pk
    _tell(clock)
    late = Courier(clock)
    monkeypatch.setattr(sending, "send", lambda *_, **__: webhooks.Answer(500, "500"))
    late.step()
    late._pool.shutdown()  # noqa: SLF001 - what was sent is back, and not yet written down
    clock.move(2 * LEASE / SECOND)
    monkeypatch.setattr(sending, "send", lambda *_, **__: webhooks.Answer(204, "204"))
    deliver(clock)
    late.close()
    delivery = Delivery.objects.get()
    assert (delivery.last_answer, delivery.attempts, delivery.next_try_at) == ("204", 2, None)


def test_an_endpoint_without_a_usable_secret_fails_like_any_other(endpoint: Endpoint, clock: SetClock) -> None:
    """It is tried again on schedule, and takes nobody's place for ever."""
    Endpoint.objects.filter(pk=endpoint.pk).update(secret="whsec_")  # noqa: S106 - none
    for number in range(10):
        _tell(clock, key=f"decision-{number}")
    deliver(clock)
    answers = set(Delivery.objects.values_list("last_answer", "attempts"))
    assert answers == {("EmptyWebhookSecretError", 1)}


def test_the_schedule_spreads_what_failed_together() -> None:
    """A fifth more or less, so that a thousand messages do not come back in one second."""
    waits = {pause(1, None) for _ in range(100)}
    assert len(waits) > 50
    assert min(waits) >= 4 * SECOND
    assert max(waits) <= 6 * SECOND
