"""A whole history comes three times, shuffled and up to a month late: in the end it says what it says in order."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING

import pytest

from checker import check_sound, wait_until_decided
from installations import Installation
from senders import Senders

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.timeout(1200), pytest.mark.faults]

LEADS, EVENTS = 30, 600
DAY = 86_400
STANDING = """
SELECT value, stage, scores, cell, phase FROM server_lead JOIN server_identifier ON lead_id = server_lead.id
WHERE kind = 'user_id'
"""


def _history(chance: random.Random, now: float) -> list[dict[str, object]]:
    return [
        {
            "type": "track",
            "event": chance.choice(("paper", "paper", "ask", "other")),
            "messageId": f"event-{number}",
            "userId": f"lead{chance.randrange(LEADS)}",
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - chance.randrange(30 * DAY))),
        }
        for number in range(EVENTS)
    ]


def _standing(folder: Path, messages: list[dict[str, object]]) -> list[tuple[object, ...]]:
    """How the leads stand once all messages have been taken in, in this order."""
    installation = Installation(folder)
    with installation.start("serve") as server:
        server.wait_until("/health/ready")
        senders = Senders(server.port, installation.write_key)
        for start in range(0, len(messages), 20):
            assert senders.send(json.dumps({"batch": messages[start : start + 20]})) == 200
        wait_until_decided(installation)
        check_sound(installation)
        assert installation.rows("SELECT count(*) FROM server_event") == [(EVENTS,)]
    assert installation.replay_differs() == ""
    return sorted(installation.rows(STANDING))


@pytest.mark.parametrize("seed", range(5))
def test_order_and_repetition_change_nothing(
    tmp_path: Path, seed: int, record_property: Callable[[str, object], None]
) -> None:
    """Each event counts once, whenever it comes and however often."""
    chance = random.Random(seed)
    history = _history(chance, time.time())
    ordered = _standing(tmp_path / "ordered", sorted(history, key=lambda event: str(event["timestamp"])))
    tripled = history * 3
    chance.shuffle(tripled)
    assert _standing(tmp_path / "shuffled", tripled) == ordered
    record_property("figures", f"disorder {seed}: {EVENTS} events three times; {len(ordered)} leads stand the same")
