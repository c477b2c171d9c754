"""Endpoints say what they want to be told, change their secrets without a gap, and are closed when they are dead."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from standardwebhooks import Webhook, WebhookVerificationError

from command_line import Capture, refusal
from outgoing_rows import added
from receiver import Receiver, allow
from ripeline.core.lifecycle import HandoffStatus, Signal, Stage
from ripeline.server.delivery import endpoints, outbox
from ripeline.server.delivery.courier import deliver
from ripeline.server.delivery.endpoints import OVERLAP, PATIENCE, ClosedBy, Endpoint, EndpointKind
from ripeline.server.delivery.outbox import Delivery, Outgoing
from ripeline.server.delivery.topics import CLOSED, FOR_PEOPLE, TOPICS, is_pattern, wanted
from ripeline.server.instants import HOUR, SECOND
from ripeline.server.instants import now as present
from ripeline.server.operation.commands import endpoints as commands
from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

NEAR = "http://10.1.2.3:9000/hook"


@pytest.fixture(autouse=True)
def _near(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, "127.0.0.0/8,10.1.0.0/16")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything until it is told otherwise."""
    with Receiver() as listening:
        yield listening


def _secret(size: int) -> str:
    return "whsec_" + b64encode(bytes(range(size))).decode()


def _tell(clock: SetClock, topic: str = "lead.move.mql", key: str = "decision-1", *, quiet: bool = False) -> None:
    with transaction.atomic():
        outbox.tell([outbox.Message(topic, key, outbox.body(topic, clock(), {}), quiet)], now=clock())


# --- topics ---------------------------------------------------------------------------------------


def test_every_move_status_and_signal_is_a_topic() -> None:
    """What the evaluator can say stands in the closed list."""
    said = {f"lead.move.{stage.name.lower()}" for stage in Stage}
    said |= {f"lead.handoff.{status.name.lower()}" for status in HandoffStatus if status} | {"lead.handoff.touched"}
    said |= {f"lead.signal.{signal.name.lower()}" for signal in Signal} | {"lead.refused"}
    reminders = {f"lead.handoff.{what}" for what in ("due_soon", "overdue", "escalated", "reassigned", "nobody")}
    assert set(TOPICS) == said | reminders | {"lead.nurture", "lead.erased", "endpoint.closed", "endpoint.test"}
    assert all(map(is_pattern, FOR_PEOPLE))


def test_every_topic_is_documented() -> None:
    """With when it is told, and whether people are told it who have chosen none."""
    text = (Path(__file__).parents[2] / "docs/reference/outgoing.md").read_text("utf-8")
    rows = {topic: f"| `{topic}` | {when} | {'✓ ' * wanted(topic, FOR_PEOPLE)}|" for topic, when in TOPICS.items()}
    assert [row for row in rows.values() if row not in text] == []


@pytest.mark.parametrize(
    ("pattern", "topic", "holds"),
    [
        ("lead.move", "lead.move.mql", True),
        ("lead.move.mql", "lead.move.mql", True),
        ("lead", "lead.handoff.due_soon", True),
        ("lead.move.mql", "lead.move.sql", False),
        ("lead.mov", "lead.move.mql", False),
        ("endpoint", "lead.move.mql", False),
    ],
)
def test_a_pattern_is_a_topic_or_the_beginning_of_some(pattern: str, topic: str, *, holds: bool) -> None:
    """Up to a dot, so that a name that happens to begin alike is another one."""
    assert wanted(topic, [pattern]) is holds


def test_an_endpoint_is_told_what_it_wants(clock: SetClock) -> None:
    """Programs everything unless they choose; people what concerns them, and nothing twice."""
    everything = added(NEAR, now=clock())
    moves = added(NEAR + "/moves", topics=["lead.move"], now=clock())
    chat = added(NEAR + "/chat", kind=EndpointKind.CHAT, now=clock())
    for number, topic in enumerate(TOPICS):
        _tell(clock, topic, f"decision-{number}")
    _tell(clock, "lead.move.mql", "recycled", quiet=True)
    told: dict[Endpoint, set[str]] = {each: set() for each in (everything, moves, chat)}
    for delivery in Delivery.objects.select_related("outgoing", "endpoint"):
        told[delivery.endpoint].add(delivery.outgoing.topic)
    assert told[everything] == set(TOPICS)
    assert told[moves] == {topic for topic in TOPICS if topic.startswith("lead.move.")}
    assert told[chat] == {topic for topic in TOPICS if wanted(topic, FOR_PEOPLE)}
    assert not Delivery.objects.filter(endpoint=chat, outgoing__key="recycled").exists()


def test_a_topic_that_is_not_in_the_list_is_refused(clock: SetClock) -> None:
    """When an endpoint is made and when it is changed; a spelling mistake would be told nothing for ever."""
    assert endpoints.add(NEAR, topics=["lead.moves"], now=clock()) == Refused(Refusal.NO_SUCH_TOPIC)
    endpoint = added(NEAR, topics=["lead.move"], now=clock())
    assert endpoints.change(endpoint, topics=["lead", "leads"]) == Refused(Refusal.NO_SUCH_TOPIC)
    endpoint.refresh_from_db()
    assert endpoint.topics == "lead.move"


# --- secrets --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [24, 32, 64])
def test_an_own_secret_may_be_given(clock: SetClock, size: int) -> None:
    """Of 24 to 64 bytes, as Standard Webhooks asks."""
    assert added(NEAR, secret=_secret(size), now=clock()).secret == _secret(size)


@pytest.mark.parametrize(
    "secret", [_secret(23), _secret(65), "whsec_", "whsec_?", "a secret", _secret(24)[6:], "whsk_aa"]
)
def test_a_secret_that_is_none_is_refused(clock: SetClock, secret: str) -> None:
    """When an endpoint is made and when its secret is changed."""
    assert endpoints.add(NEAR, secret=secret, now=clock()) == Refused(Refusal.BAD_SECRET)
    endpoint = added(NEAR, now=clock())
    assert endpoints.rotate(endpoint, secret=secret, now=clock()) == Refused(Refusal.BAD_SECRET)


def test_for_a_day_both_secrets_sign_and_then_the_new_one_only(receiver: Receiver, clock: SetClock) -> None:
    """A receiver that changes its secret meanwhile misses nothing."""
    clock.now = present()
    endpoint = added(receiver.url, now=clock())
    old = endpoint.secret
    rotated = endpoints.rotate(endpoint, now=clock())
    assert isinstance(rotated, Endpoint)
    for key, seconds in (("first", 0), ("second", (OVERLAP - SECOND) / SECOND), ("third", 1)):
        clock.move(seconds)
        _tell(clock, key=key)
        deliver(clock)
    signatures = [got.headers["webhook-signature"].split(" ") for got in receiver.received]
    assert [len(each) for each in signatures] == [2, 2, 1]
    for secret in (rotated.secret, old):
        Webhook(secret).verify(receiver.received[0].body, dict(receiver.received[0].headers))
    third = receiver.received[2]
    headers = {**third.headers, "webhook-timestamp": str(present() // SECOND)}
    assert Webhook(rotated.secret).sign(headers["webhook-id"], _moment(third), third.body) == signatures[2][0]


def _moment(got: Any) -> Any:  # noqa: ANN401 - as the library has it
    from datetime import UTC, datetime  # noqa: PLC0415

    return datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), UTC)


def test_only_webhooks_have_secrets(clock: SetClock) -> None:
    """Whom nobody can check needs none."""
    chat = added(NEAR, kind=EndpointKind.CHAT, now=clock())
    assert chat.secret == ""
    assert endpoints.rotate(chat, now=clock()) == Refused(Refusal.NOT_SIGNED_THERE)
    kind = EndpointKind.CHAT
    assert endpoints.add(NEAR, kind=kind, secret=_secret(24), now=clock()) == Refused(Refusal.NOT_SIGNED_THERE)


@pytest.mark.parametrize("name", ["body", "webhook-id", "webhook-timestamp", "webhook-signature"])
def test_whoever_alters_a_byte_is_found_out(receiver: Receiver, clock: SetClock, name: str) -> None:
    """Of the body, or of what is signed beside it; so is whoever sends it again later."""
    clock.now = present()
    endpoint = added(receiver.url, now=clock())
    _tell(clock)
    deliver(clock)
    (got,) = receiver.received
    verifier, headers = Webhook(endpoint.secret), dict(got.headers)
    verifier.verify(got.body, headers)
    body = got.body.replace("mql", "sql") if name == "body" else got.body
    if name in headers:
        # The third sign from the end, because of the last one of a signature not every bit counts.
        headers[name] = headers[name][:-3] + ("1" if headers[name][-3] != "1" else "2") + headers[name][-2:]
    with pytest.raises((WebhookVerificationError, ValueError)):
        verifier.verify(body, headers)


def test_an_old_stamp_is_found_out(receiver: Receiver, clock: SetClock) -> None:
    """A message that somebody kept and sends again is too old for the receiver."""
    clock.now = present() - HOUR
    endpoint = added(receiver.url, now=clock())
    _tell(clock)
    deliver(clock)
    (got,) = receiver.received
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(endpoint.secret).verify(got.body, dict(got.headers))


# --- closing --------------------------------------------------------------------------------------


def test_five_days_without_a_success_close_an_endpoint_and_staff_is_told(receiver: Receiver, clock: SetClock) -> None:
    """One success in between begins the five days anew; the others are told where, but not the whole address."""
    failing = added(receiver.url, now=clock())

    def told(times: int) -> int:
        """Every eight hours a message; the instant of the first one."""
        begun = clock()
        for number in range(times):
            _tell(clock, key=f"decision-{clock()}")
            deliver(clock)
            clock.move(8 * HOUR / SECOND * (number < times - 1))
        return begun

    receiver.answer = lambda _: (500, {})
    told(14)
    receiver.answer = lambda _: (200, {})
    clock.move(1)
    told(1)
    assert Endpoint.objects.get().failing_since is None
    receiver.answer = lambda _: (500, {})
    clock.move(1)
    begun = told(15)
    assert Endpoint.objects.get().closed_at is None
    clock.now = begun + PATIENCE
    told(1)
    failing.refresh_from_db()
    assert (failing.closed_by, failing.closed_at) == (ClosedBy.FAILING, begun + PATIENCE)
    assert not Delivery.objects.filter(next_try_at__isnull=False).exists()
    message = Outgoing.objects.get(topic=CLOSED)
    assert '"host":"127.0.0.1"' in message.body
    assert "/hook" not in message.body


def test_one_that_is_gone_is_closed_and_the_others_are_told(receiver: Receiver, clock: SetClock) -> None:
    """410 closes at once."""
    gone = added(receiver.url, now=clock())
    receiver.answer = lambda _: (410, {})
    with Receiver() as other:
        added(other.url, topics=[CLOSED], now=clock())
        _tell(clock)
        deliver(clock)
        assert [got.headers["webhook-id"] for got in other.received] == [f"endpoint-{gone.pk}-closed-{clock()}"]
    gone.refresh_from_db()
    assert (gone.closed_by, gone.closed_at) == (ClosedBy.GONE, clock())


def test_a_closed_endpoint_can_be_opened_again(receiver: Receiver, clock: SetClock) -> None:
    """With its secret and five new days; what was given up meanwhile, and nothing else, is sent if somebody says so."""
    endpoint = added(receiver.url, now=clock())
    _tell(clock, key="delivered")
    deliver(clock)
    _tell(clock)
    Endpoint.objects.update(failing_since=clock())
    endpoint.refresh_from_db()
    endpoints.close(endpoint, now=clock())
    assert outbox.try_again(outbox.dead(endpoint), now=clock()) == 0
    assert endpoints.close(endpoint, now=clock()) == Refused(Refusal.CLOSED_ALREADY)
    assert isinstance(endpoints.reopen(endpoint), Endpoint)
    assert Endpoint.objects.get().failing_since is None
    assert endpoints.reopen(endpoint) == Refused(Refusal.OPEN_ALREADY)
    assert outbox.dead(endpoint).count() == 1
    assert outbox.try_again(endpoint.deliveries.all(), now=clock()) == 1
    deliver(clock)
    assert len(receiver.received) == 2


def test_what_may_not_be_sent_to_any_more_is_not_opened_again(
    receiver: Receiver, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An administrator may have taken its network from the list since."""
    endpoint = added(receiver.url, now=clock())
    endpoints.close(endpoint, now=clock())
    allow(monkeypatch, "")
    assert endpoints.reopen(endpoint) == Refused(Refusal.NOT_A_RECEIVER)


def test_an_address_is_told_once(clock: SetClock) -> None:
    """While it is open; a closed one may be added anew, and the old one then stays closed."""
    first = added(NEAR, now=clock())
    assert endpoints.add(NEAR, now=clock()) == Refused(Refusal.OPEN_ALREADY)
    endpoints.close(first, now=clock())
    added(NEAR, now=clock())
    assert endpoints.reopen(first) == Refused(Refusal.OPEN_ALREADY)
    other = added(NEAR + "/other", now=clock())
    assert endpoints.change(other, address=NEAR) == Refused(Refusal.OPEN_ALREADY)


# --- the commands ---------------------------------------------------------------------------------


def test_the_dead_list_is_told_sent_again_and_forgotten(clock: SetClock) -> None:
    """One by one, or all; a message that is not in it is refused."""
    commands.endpoint_add(now=clock(), address=NEAR)
    for number in range(3):
        _tell(clock, key=f"decision-{number}")
    Delivery.objects.update(next_try_at=None, dead_at=clock(), attempts=11, last_answer="500")
    told = commands.endpoint_dead(now=clock(), address=NEAR, limit=2)
    assert (told["count"], [row["key"] for row in told["messages"]]) == (3, ["decision-0", "decision-1"])
    first, second = (row["message"] for row in told["messages"])
    assert commands.endpoint_retry(now=clock(), address=NEAR, messages=[first])["messages"] == 1
    assert commands.endpoint_retry(now=clock(), address=NEAR, messages=[first])["refused"] == "not_given_up"
    assert commands.endpoint_purge(now=clock(), address=NEAR, messages=[second])["messages"] == 1
    assert commands.endpoint_purge(now=clock(), address=NEAR)["messages"] == 1
    assert (Delivery.objects.get().next_try_at, Delivery.objects.get().attempts) == (clock(), 0)


def test_a_test_says_what_came_back(receiver: Receiver, clock: SetClock) -> None:
    """It is signed like any message, sent once, and kept nowhere."""
    clock.now = present()
    secret = commands.endpoint_add(now=clock(), address=receiver.url)["secret"]
    assert commands.endpoint_test(now=clock(), address=receiver.url)["arrived"]
    (got,) = receiver.received
    assert Webhook(secret).verify(got.body, dict(got.headers))["type"] == "endpoint.test"
    receiver.answer = lambda _: (418, {})
    told = commands.endpoint_test(now=clock(), address=receiver.url)
    assert (told["answer"], told["arrived"]) == ("418", False)
    assert not Outgoing.objects.exists()


def test_a_receiver_is_added_changed_and_closed_by_command(clock: SetClock) -> None:
    """A secret is told once; what was closed by itself is settled by closing it."""
    assert commands.endpoint_add(now=clock(), address="https://127.0.1.1:22/")["secret"].startswith("whsec_")
    for address in ("https://10.2.0.1/", "https://192.168.0.1/"):
        assert commands.endpoint_add(now=clock(), address=address)["refused"] == "not_a_receiver"
    asked = {"now": clock(), "address": "https://127.0.1.1:22/"}
    assert commands.endpoint_change(to="https://10.2.0.1/", **asked)["refused"] == "not_a_receiver"
    assert commands.endpoint_change(to=NEAR, topics=["lead.move"], **asked)["topics"] == ["lead.move"]
    Endpoint.objects.update(closed_at=clock(), closed_by=ClosedBy.FAILING)
    assert commands.endpoint_retry(now=clock(), address=NEAR)["refused"] == "no_such_receiver"
    assert commands.endpoint_close(now=clock(), address=NEAR) == {"address": NEAR}
    assert Endpoint.objects.get().closed_by == ClosedBy.PERSON
    assert commands.endpoint_reopen(now=clock(), address=NEAR) == {"address": NEAR}
    (listed,) = commands.endpoint_list(now=clock())["endpoints"]
    assert (listed["topics"], listed["closed_at"], "secret" in listed) == (["lead.move"], None, False)


@pytest.mark.parametrize("options", [(), ("--topic", "lead", "--all-topics")])
def test_a_change_says_what_is_changed(capsys: Capture, options: tuple[str, ...]) -> None:
    """Neither nothing nor one thing and its opposite."""
    assert "--all-topics" in refusal(capsys, "endpoint", "change", NEAR, *options)


def test_a_name_that_nobody_knows_is_told_as_such(clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no question of what is allowed."""
    import socket  # noqa: PLC0415 - only here

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    answer = commands.endpoint_add(now=clock(), address="https://crm.exmaple.com/")
    assert answer == {"refused": "unknown_host", "which": "https://crm.exmaple.com/"}
