"""A process dies between two steps that belong together: every decision is told, and under the same id when twice."""

from __future__ import annotations

import http.client
import json
import time
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest
from standardwebhooks import Webhook

from checker import check_sound, wait_until_decided
from installations import RIPELINE, Installation
from receiver import Receiver
from ripeline.server.instruments.failpoints import DIED
from senders import Senders

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.timeout(3600), pytest.mark.faults]

NEAR = {"RIPELINE_ALLOWED_NETWORKS": "127.0.0.0/8"}
ROUNDS, HANDOFF_ROUNDS = 20, 10

SHORT_LEASES = f"""
import django; django.setup()
import sys, time
from ripeline.server.qualification import deciding, histories, qualify
qualify.LEASE = 1_000_000
evaluations, write = histories.evaluations, deciding.write
def counted(round_, units, *arguments, **options):
    own = write(round_, units, *arguments, **options)
    if own < len(units):
        print("OVERTAKEN", file=sys.stderr, flush=True)
    return own
deciding.write = counted
def slowly(*arguments, **options):
    time.sleep(0.7)
    return evaluations(*arguments, **options)
histories.evaluations = slowly
{RIPELINE}
"""
"""A worker whose leases last a second, and which takes its time while it holds them."""

SHORT_LEASE = f"""
import django; django.setup()
from ripeline.server.qualification import qualify
qualify.LEASE = 2_000_000
{RIPELINE}
"""
"""A server that waits two seconds, not a minute, for whoever else holds a lease on PostgreSQL and may be dead."""


def _send(installation: Installation, port: int, who: str) -> None:
    """One lead that becomes an MQL and is handed off."""
    token = b64encode(f"{installation.write_key}:".encode()).decode()
    batch = [
        {"type": "track", "event": event, "messageId": f"{who}-{number}", "userId": who}
        for number, event in enumerate(("paper", "paper", "paper", "ask"))
    ]
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.request("POST", "/v1/batch", json.dumps({"batch": batch}), {"Authorization": f"Basic {token}"})
    assert line.getresponse().status == 200
    line.close()


def _wait_until_told(installation: Installation) -> None:
    end = time.monotonic() + 120
    while installation.rows("SELECT 1 FROM server_delivery WHERE next_try_at IS NOT NULL LIMIT 1"):
        assert time.monotonic() < end
        time.sleep(0.1)


def _check_signed(receiver: Receiver, secret: str, since: int) -> int:
    """What came since was signed; asked each round, because a signature is good for five minutes. How many came."""
    came = list(receiver.received)
    for got in came[since:]:
        Webhook(secret).verify(got.body, dict(got.headers))
    return len(came)


def _check_told(installation: Installation, receiver: Receiver) -> None:
    """Each decision has its one message, each message arrived, and each repeat was the same."""
    decisions = {f"decision-{pk}" for (pk,) in installation.rows("SELECT id FROM server_decision")}
    messages = [key for (key,) in installation.rows("SELECT key FROM server_outgoing")]
    assert sorted(messages) == sorted(decisions)
    bodies: dict[str, set[str]] = {}
    for got in receiver.received:
        bodies.setdefault(got.headers["webhook-id"], set()).add(got.body)
    assert set(bodies) == decisions
    assert all(len(each) == 1 for each in bodies.values())


@pytest.mark.parametrize("place", ["before_commit", "after_commit", "after_send", "before_mark"])
def test_a_crash_between_two_steps_loses_no_message(
    on_sqlite: Installation, place: str, record_property: Callable[[str, object], None]
) -> None:
    """Each round it dies right there, and the next start does what was left."""
    with Receiver() as receiver:
        secret, signed = on_sqlite.add_endpoint(receiver.url), 0
        for number in range(ROUNDS):
            with on_sqlite.start("serve", environment=NEAR | {"RIPELINE_FAILPOINT": place}) as server:
                server.wait_until("/health/ready")
                _send(on_sqlite, server.port, f"lead-{number}")
                assert server.process.wait(timeout=60) == DIED
            with on_sqlite.start("serve", environment=NEAR) as server:
                server.wait_until("/health/ready")
                wait_until_decided(on_sqlite)
                _wait_until_told(on_sqlite)
            signed = _check_signed(receiver, secret, signed)
        decided = on_sqlite.rows("SELECT count(DISTINCT lead_id) FROM server_decision")
        assert decided == [(ROUNDS,)]
        _check_told(on_sqlite, receiver)
        repeats = len(receiver.received) - len({got.headers["webhook-id"] for got in receiver.received})
    check_sound(on_sqlite)
    assert on_sqlite.replay_differs() == ""
    assert (repeats > 0) == (place in {"after_send", "before_mark"})
    record_property("figures", f"{place}: {ROUNDS} crashes, no message lost, {repeats} repeated as they were")


def test_a_worker_that_was_frozen_writes_nothing_stale(
    on_postgresql: Installation, record_property: Callable[[str, object], None]
) -> None:
    """It sleeps through two of its leases while another one decides; when it wakes, its decisions are not taken."""
    import signal  # noqa: PLC0415 - only this test freezes processes

    rounds = 20
    with (
        on_postgresql.start("worker", script=SHORT_LEASES) as first,
        on_postgresql.start("worker", script=SHORT_LEASES) as second,
        on_postgresql.start("serve", "--intake-only") as web,
    ):
        web.wait_until("/health/ready")
        with Senders(web.port, on_postgresql.write_key, clients=4) as senders:
            time.sleep(3)
            for number in range(rounds):
                frozen = (first, second)[number % 2]
                frozen.send(signal.SIGSTOP)
                time.sleep(2)
                frozen.send(signal.SIGCONT)
                time.sleep(0.3)
        wait_until_decided(on_postgresql)
        check_sound(on_postgresql)
        overtaken = on_postgresql.log().count("OVERTAKEN")
    assert on_postgresql.replay_differs() == ""
    decisions = on_postgresql.rows("SELECT count(*) FROM server_decision")[0][0]
    assert on_postgresql.rows("SELECT count(*) FROM server_outgoing")[0][0] == decisions
    counts = f"{len(senders.acked)} acknowledged, {decisions} decisions, {overtaken} rounds overtaken"
    assert overtaken > 0
    record_property("figures", f"worker frozen {rounds} times: {counts}")


@pytest.mark.parametrize("database", ["on_sqlite", "on_postgresql"])
@pytest.mark.parametrize("place", ["before_handoffs", "after_handoffs", "before_commit"])
def test_a_crash_between_decision_and_hand_off_leaves_neither_or_both(
    request: pytest.FixtureRequest, database: str, place: str, record_property: Callable[[str, object], None]
) -> None:
    """Each round it dies right there, and the next start does what was left."""
    installation: Installation = request.getfixturevalue(database)
    for number in range(HANDOFF_ROUNDS):
        with installation.start("serve", script=SHORT_LEASE, environment={"RIPELINE_FAILPOINT": place}) as server:
            server.wait_until("/health/ready")
            _send(installation, server.port, f"lead-{number}")
            assert server.process.wait(timeout=60) == DIED
        with installation.start("serve", script=SHORT_LEASE) as server:
            server.wait_until("/health/ready")
            wait_until_decided(installation)
    offers = installation.rows("SELECT id FROM server_decision WHERE kind = 'handoff' AND new = 'offered'")
    handoffs = installation.rows("SELECT id, offer_id, rep_id FROM server_handoff")
    assert len(offers) == HANDOFF_ROUNDS
    assert sorted(offer for _, offer, _ in handoffs) == sorted(offer for (offer,) in offers)
    given = installation.rows("SELECT handoff_id, rep_id FROM server_assignment")
    assert sorted(given) == sorted((handoff, rep) for handoff, _, rep in handoffs)
    check_sound(installation)
    assert installation.replay_differs() == ""
    record_property(
        "figures", f"{database}, {place}: {HANDOFF_ROUNDS} crashes, {len(handoffs)} hand-offs, one for each offer"
    )
