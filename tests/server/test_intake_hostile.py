"""More than four hundred hostile inputs over a real socket: each is stored, put aside with its reason, or refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from hostile_calls import CALLS, CLOSED_KEY, Call
from hostile_messages import MESSAGES, ONLY_IN_BATCHES, RECEIVED, Hostile
from intake_server import SERVER_KEY, WEB_KEY, Counts, counts, forget_rows, make_sources, running
from ripeline.integrations.clock_skew import micros
from ripeline.integrations.rejections import TEXTS
from ripeline.server.digests import digest_of
from ripeline.server.events import Event, Rejected
from ripeline.server.sources import Source, SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

    from intake_server import Answer, Running


@pytest.fixture(scope="module")
def running_server(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Running]:
    """One intake for all inputs; its clock stands still."""
    del django_db_setup
    received = micros(RECEIVED)
    assert received is not None
    with django_db_blocker.unblock():
        make_sources()
        closed = digest_of(CLOSED_KEY)
        Source.objects.create(name="closed", kind=SourceKind.WEB, write_key_digest=closed, created_at=0, closed_at=1)
    with running(lambda: received) as intake:
        yield intake
    with django_db_blocker.unblock():
        forget_rows()
        connection.close()


@pytest.fixture
def server(running_server: Running, django_db_blocker: DjangoDbBlocker) -> Iterator[Running]:
    """The intake with an empty ledger."""
    with django_db_blocker.unblock():
        Event.objects.all().delete()
        Rejected.objects.all().delete()
        yield running_server


def _verdict() -> str:
    """What became of the one message, besides the good ones around it."""
    found = [f"quarantined {row.reason}" for row in Rejected.objects.all()]
    found += [f"stored {row.flag}".strip() for row in Event.objects.exclude(key__in=("good-1", "good-2"))]
    return ", ".join(found)


def _told(answer: Answer) -> bool | dict[int, str]:
    """That all is well, or by their places why messages were put aside."""
    said = json.loads(answer.body)
    assert said.pop("success") is True
    return said == {} or {why["place"]: why["reason"] for why in said["why"]}


def _good(number: int) -> bytes:
    return b'{"type":"page","userId":"eve","messageId":"good-%d"}' % number


@pytest.mark.parametrize("case", MESSAGES, ids=lambda case: case.name)
def test_a_hostile_message_alone(server: Running, case: Hostile) -> None:
    """It is stored or put aside, and the sender is told that it arrived."""
    kind = json.loads(case.message.decode("latin-1"), parse_int=len)["type"]
    answer = server.send(f"/v1/{kind}", case.message, key=SERVER_KEY if case.is_trusted else WEB_KEY)
    assert (answer.status, _told(answer)) == (200, case.verdict.startswith("stored") or {0: case.verdict.split()[-1]})
    assert _verdict() == case.verdict


@pytest.mark.parametrize("case", MESSAGES + ONLY_IN_BATCHES, ids=lambda case: case.name)
def test_a_hostile_message_among_good_ones(server: Running, case: Hostile) -> None:
    """What becomes of it is the same, and the good ones are stored."""
    body = b'{"batch":[%s,%s,%s]}' % (_good(1), case.message, _good(2))
    answer = server.send("/v1/batch", body, key=SERVER_KEY if case.is_trusted else WEB_KEY)
    assert (answer.status, _told(answer)) == (200, case.verdict.startswith("stored") or {1: case.verdict.split()[-1]})
    assert _verdict() == case.verdict
    assert Event.objects.filter(key__in=("good-1", "good-2")).count() == 2


@pytest.mark.parametrize("case", CALLS, ids=lambda case: case.name)
def test_a_hostile_call(server: Running, case: Call) -> None:
    """A refusal names its reason and stores nothing; what is taken is stored to the last event."""
    before = counts()
    answer = server.request(case.method, case.path, case.body, case.headers)
    came = counts().since(before)
    if answer.status == 200:
        assert _told(answer) is True or came.rejected
        assert f"200 {came.events} {came.rejected}" == case.verdict
    else:
        said = json.loads(answer.body)
        assert set(said) == {"code", "message"}
        assert f"{answer.status} {said['code']}" == case.verdict
        assert came == Counts(0, 0, 0)


def test_the_counts_of_all_messages_add_up(server: Running) -> None:
    """Sent all together, each message is an event, a repetition of one, or put aside."""
    cases = [case for case in MESSAGES + ONLY_IN_BATCHES if not case.is_trusted]
    before = counts()
    for start in range(0, len(cases), 40):
        body = b'{"batch":[%s]}' % b",".join(case.message for case in cases[start : start + 40])
        assert server.send("/v1/batch", body, key=WEB_KEY).status == 200
    came = counts().since(before)
    good = [case for case in cases if case.verdict.startswith("stored")]
    assert came.events == len({_key(case) for case in good})
    assert came.rejected == len({case.message for case in cases if case not in good})


OF_FORMS = {"spam", "too_often"}
OF_MAIL = {"unreadable_mail", "forged", "mail_spam"}
OF_THE_ERASED = {"erased"}


def _key(case: Hostile) -> str | bytes:
    """What tells messages apart: the sender's own key, or the message itself."""
    named = json.loads(case.message.decode("latin-1"), strict=False).get("messageId")
    return json.dumps(named) if named else case.message


@pytest.mark.django_db  # so that pytest-django makes a database, also when only this file runs
def test_every_reason_is_met() -> None:
    """Each reason to put a message aside is the verdict of some input here, but for those that no call can cause."""
    met = {case.verdict.removeprefix("quarantined ") for case in MESSAGES + ONLY_IN_BATCHES}
    assert set(TEXTS) - met == {"not_json", "not_storable"} | OF_FORMS | OF_MAIL | OF_THE_ERASED
