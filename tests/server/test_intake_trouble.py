"""The intake in trouble: nothing that was acknowledged is lost, and clients are told when to come again."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connection

from intake_server import WEB_KEY, Counts, counts, make_sources, running
from ripeline.server.events import Rejected
from ripeline.server.intake import quarantine, stores
from ripeline.server.intake.quarantine import Stored
from ripeline.server.intake.stores import Away

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ripeline.server.intake.stores import Store
    from ripeline.server.ledger import Added, NewEvent, NewRejected

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = {"type": "track", "event": "Demo Booked", "userId": "ada", "messageId": "m1"}


class Troubled:
    """A store between the intake and the database, with the trouble that a test asks for."""

    def __init__(self, trouble: Callable[[list[NewEvent]], object]) -> None:
        self._real: Store = stores.connect()
        self._trouble = trouble
        self.groups: list[int] = []

    def write(self, events: list[NewEvent], rejected: list[NewRejected], now: int) -> Added:
        """Trouble first, then the database."""
        self._trouble(events)
        self.groups.append(len(events))
        return self._real.write(events, rejected, now)

    def rest(self) -> None:
        """As the database's."""
        self._real.rest()

    def close(self) -> None:
        """As the database's."""
        self._real.close()


def test_a_poisoned_row_fails_alone() -> None:
    """A group with a row that the database does not take is stored without it, and the row is put aside."""
    make_sources()

    def poison(events: list[NewEvent]) -> None:
        if any(event.key == "poison" for event in events):
            raise ValueError("poison")

    with running(connect=lambda: Troubled(poison)) as intake:

        def send(number: int) -> int:
            name = "poison" if number == 7 else str(number)
            return intake.send("/v1/track", GOOD | {"messageId": name}, key=WEB_KEY).status

        with ThreadPoolExecutor(20) as senders:
            assert set(senders.map(send, range(20))) == {200}
    assert counts() == Counts(19, 1, 0)
    assert Rejected.objects.get().reason == "not_storable"


def test_our_own_mistakes_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that we fail to read is put aside, a call that we fail to read is to be sent again."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    make_sources()
    with running() as intake:
        with monkeypatch.context() as patch:
            patch.setattr("ripeline.server.intake.app.read_message", fail)
            assert intake.send("/v1/track", GOOD, key=WEB_KEY).status == 200
        assert counts() == Counts(0, 1, 0)
        assert Rejected.objects.get().detail == "ZeroDivisionError"
        with monkeypatch.context() as patch:
            patch.setattr("ripeline.server.intake.app.open_call", fail)
            answer = intake.send("/v1/track", GOOD, key=WEB_KEY)
            assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "unexpected", "30")
    assert quarantine.run_again(Rejected.objects.get(), now=1) == Stored("m1")


def test_while_the_database_is_away_clients_are_told_to_come_again() -> None:
    """503 with Retry-After, nothing stored; and the moment it is back, all is well without a restart."""
    make_sources()
    is_away = threading.Event()

    def away(_: list[NewEvent]) -> None:
        if is_away.is_set():
            raise Away

    with running(connect=lambda: Troubled(away)) as intake:
        is_away.set()
        for path in ("/v1/track", "/v1/t"):
            answer = intake.send(path, GOOD, key=WEB_KEY)
            assert (answer.status, answer.code) == (503, "database_away")
            assert int(answer.headers["retry-after"]) >= 1
        assert counts() == Counts(0, 0, 0)
        is_away.clear()
        assert intake.send("/v1/track", GOOD, key=WEB_KEY).status == 200
    assert counts() == Counts(1, 0, 0)


def test_a_full_queue_says_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is taken is stored in the end, what is refused is not, and memory stays bounded."""
    make_sources()
    goes_on = threading.Event()
    monkeypatch.setattr("ripeline.server.intake.group_commit.MAX_WAITING", 200)
    with running(connect=lambda: Troubled(lambda _: goes_on.wait(20))) as intake:

        def send(number: int) -> tuple[int, str]:
            batch = [GOOD | {"messageId": f"{number}-{place}"} for place in range(50)]
            answer = intake.send("/v1/batch", {"batch": batch}, key=WEB_KEY)
            if answer.status == 503:
                assert int(answer.headers["retry-after"]) >= 1
                goes_on.set()
            return answer.status, answer.code

        with ThreadPoolExecutor(8) as senders:
            told = Counter(senders.map(send, range(8)))
    assert set(told) == {(200, ""), (503, "busy")}
    assert counts().events == 50 * told[200, ""]


@contextmanager
def _locked() -> Iterator[None]:
    """Another program holds the table of events."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        foreign: sqlite3.Connection | psycopg.Connection = sqlite3.connect(name, isolation_level=None)
        foreign.execute("BEGIN IMMEDIATE")
    else:
        account = {field: connection.settings_dict[field.upper()] for field in ("user", "password", "host", "port")}
        foreign = psycopg.connect(dbname=name, **account)
        foreign.execute("LOCK TABLE server_event IN EXCLUSIVE MODE")
    yield
    foreign.execute("COMMIT")
    foreign.close()


def test_a_foreign_program_that_writes_delays_the_answer() -> None:
    """Never a yes without a row; as soon as it lets go, all is well."""
    make_sources()
    with running() as intake, ThreadPoolExecutor(1) as sender:
        assert intake.send("/v1/track", GOOD, key=WEB_KEY).status == 200
        with _locked():
            answer = sender.submit(intake.send, "/v1/track", GOOD | {"messageId": "m2"}, key=WEB_KEY)
            threading.Event().wait(0.5)
            assert not answer.done()
            assert counts() == Counts(1, 0, 0)
        assert answer.result().status == 200
    assert counts() == Counts(2, 0, 0)


def test_stopping_finishes_what_was_taken() -> None:
    """A yes that was on its way is given, and its row is there."""
    make_sources()
    slow = threading.Event()
    with running(connect=lambda: Troubled(lambda _: slow.wait(0.5))) as intake, ThreadPoolExecutor(10) as senders:
        told = [senders.submit(intake.send, "/v1/track", GOOD | {"messageId": str(n)}, key=WEB_KEY) for n in range(10)]
        threading.Event().wait(0.2)
        intake.stop()
    said = Counter(answer.result().status for answer in told)
    assert counts().events == said[200] == 10
