"""A request under a key of the program's own is done once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction

from ripeline.server import requests
from ripeline.server.instants import DAY
from ripeline.server.requests import Answer, Request
from staff import key_of, mara, simon

if TYPE_CHECKING:
    from ripeline.server.staff.users import ApiKey

NOW = 1_767_603_600_000_000


class Counting:
    """An act that says how often it was done."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Answer:
        """Once more."""
        self.times += 1
        return Answer(201, f'{{"times":{self.times}}}')


def _key() -> ApiKey:
    return key_of(mara(), now=NOW)[0]


@pytest.mark.django_db
def test_the_same_request_gets_the_same_answer() -> None:
    """And another one under the same key none."""
    key, act = _key(), Counting()
    assert requests.once(key, "a", "said", act, now=NOW) == Answer(201, '{"times":1}')
    assert requests.once(key, "a", "said", act, now=NOW + 1) == Answer(201, '{"times":1}')
    assert requests.once(key, "a", "other", act, now=NOW + 1) is None
    assert requests.once(key, "b", "other", act, now=NOW + 1) == Answer(201, '{"times":2}')


@pytest.mark.django_db
def test_another_programs_keys_are_its_own() -> None:
    """Two programs may choose the same key."""
    key, act = _key(), Counting()
    other, _ = key_of(simon(), now=NOW)
    requests.once(key, "a", "said", act, now=NOW)
    assert requests.once(other, "a", "said", act, now=NOW) == Answer(201, '{"times":2}')


@pytest.mark.django_db
def test_after_a_day_a_key_is_forgotten() -> None:
    """Not before."""
    key, act = _key(), Counting()
    requests.once(key, "a", "said", act, now=NOW)
    assert requests.once(key, "a", "said", act, now=NOW + DAY) == Answer(201, '{"times":1}')
    assert requests.once(key, "a", "said", act, now=NOW + DAY + 1) == Answer(201, '{"times":2}')
    assert Request.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_failed_may_be_tried_again() -> None:
    """There is never an answer without the act."""
    key = _key()

    def fail() -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        requests.once(key, "a", "said", fail, now=NOW)
    assert requests.once(key, "a", "said", Counting(), now=NOW) == Answer(201, '{"times":1}')


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_acts() -> None:
    """The others wait and get its answer."""
    key, act, answers = _key(), Counting(), []

    def ask() -> None:
        try:
            answers.append(requests.once(key, "a", "said", act, now=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert act.times == 1
    assert answers == [Answer(201, '{"times":1}')] * 8
    assert not transaction.get_connection().in_atomic_block
