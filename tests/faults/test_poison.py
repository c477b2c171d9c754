"""One row or one lead that breaks something holds up nothing else."""

from __future__ import annotations

import http.client
import json
import time
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from checker import check_sound
from installations import RIPELINE, Installation

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.timeout(300)

GOOD = 20
TIMELY_SECONDS = 5.0

POISON = (
    r'"NUL \u0000, a half \ud800, a reversed \u202e"',
    "1e99999",
    "NaN",
    "-Infinity",
    "9" * 5_000,
    "[" * 60 + "]" * 60,
    '{"a":1,"a":2}',
    '"' + "x" * 33_000 + '"',
)

RAISES = f"""
import django; django.setup()
from ripeline.server.qualification import histories, reading

evaluations, people = histories.evaluations, reading.People.whose

def raising(pasts, *arguments, **options):
    for past in pasts:
        if "poison_rule" in repr(past):
            raise ZeroDivisionError("a rule")
    return evaluations(pasts, *arguments, **options)

def unreadable(self, claims, **options):
    if claims.get("user_id") == "unreadable":
        raise ZeroDivisionError("a row")
    return people(self, claims, **options)

histories.evaluations = raising
reading.People.whose = unreadable
{RIPELINE}
"""
"""A rule that raises for one lead, and a row that cannot be read: faults that we know no real case of."""


def _post(installation: Installation, body: str) -> int:
    token = b64encode(f"{installation.write_key}:".encode()).decode()
    line = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=20)
    line.request("POST", "/v1/batch", body.encode("utf-8", "surrogatepass"), {"Authorization": f"Basic {token}"})
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer.status


def _event(who: str, number: int, extra: str = "") -> str:
    event = {"type": "track", "event": "ask", "messageId": f"{who}-{number}", "userId": who}
    return json.dumps(event)[:-1] + extra + "}"


def _decided(installation: Installation) -> int:
    who = "SELECT count(DISTINCT value) FROM server_decision JOIN server_identifier USING (lead_id)"
    return int(installation.rows(f"{who} WHERE value LIKE 'good%'")[0][0])


def _wait_for_the_good(installation: Installation) -> float:
    begun = time.monotonic()
    while _decided(installation) < GOOD:
        assert time.monotonic() < begun + 60, installation.log()[-3000:]
        time.sleep(0.05)
    return time.monotonic() - begun


def test_poison_among_good_messages_is_put_aside(
    on_sqlite: Installation, record_property: Callable[[str, object], None]
) -> None:
    """What JSON allows and databases do not, in the midst of batches: the others are decided on in time."""
    statuses = []
    with on_sqlite.start("serve") as server:
        server.wait_until("/health/ready")
        for number in range(GOOD):
            bad = _event(f"bad{number}", 1, f', "properties": {{"value": {POISON[number % len(POISON)]}}}')
            statuses.append(
                _post(on_sqlite, f'{{"batch":[{_event(f"good{number}", 1)},{bad},{_event(f"good{number}", 2)}]}}')
            )
            statuses += [_post(on_sqlite, f'{{"batch":[{_event(f"good{number}", 3)}]}}')]
        waited = _wait_for_the_good(on_sqlite)
        (told,) = on_sqlite.rows("SELECT (SELECT count(*) FROM server_event), (SELECT count(*) FROM server_rejected)")
        assert server.status("/health/ready") == 200
    assert set(statuses) <= {200, 400}
    assert waited <= TIMELY_SECONDS
    check_sound(on_sqlite)
    record_property(
        "figures",
        f"poison: {GOOD} batches, {told[0]} stored, {told[1]} put aside; the good decided after {waited:.1f} s",
    )


def test_a_lead_or_a_row_that_raises_holds_up_nobody(on_sqlite: Installation) -> None:
    """The rest is decided on in time; the doctor names what was set aside."""
    with on_sqlite.start("serve", script=RAISES) as server:
        server.wait_until("/health/ready")
        bad = [_event("unreadable", 1), _event("poison", 1, ', "properties": {"page": "poison_rule"}')]
        good = [_event(f"good{number}", 1) for number in range(GOOD)]
        assert _post(on_sqlite, f'{{"batch":[{",".join([*good[:5], *bad, *good[5:]])}]}}') == 200
        assert _wait_for_the_good(on_sqlite) <= TIMELY_SECONDS
        _post(on_sqlite, f'{{"batch":[{_event("later", 1)}]}}')
        time.sleep(1)
        found = {each["name"]: each["level"] for each in json.loads(on_sqlite.run("doctor", "--json").stdout)}
        assert (found["set_aside"], found["unreadable"], found["undecided"]) == ("error", "error", "ok")
        assert on_sqlite.rows("SELECT count(*) FROM server_event WHERE known_at IS NULL") == [(0,)]
