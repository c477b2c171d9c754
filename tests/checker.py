"""What must be true of an installation after whatever was done to it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from installations import Installation
    from senders import Senders


def stored(installation: Installation) -> set[str]:
    """The keys of all messages in the ledger or put aside; fails if one is there twice."""
    keys = [key for (key,) in installation.rows("SELECT key FROM server_event")]
    assert len(keys) == len(set(keys))
    return set(keys)


def lost(installation: Installation, senders: Senders) -> set[str]:
    """The messages that were acknowledged and are not there; fails for one that is there and was never sent."""
    acknowledged, there = senders.acknowledged(), stored(installation)
    assert there <= senders.sent
    return acknowledged - there


def check_sound(installation: Installation) -> None:
    """The database is whole, its log short, no lead has two open hand-offs, and no decision stands twice."""
    if installation.address is None:
        assert installation.rows("PRAGMA integrity_check") == [("ok",)]
        log = installation.folder / "ripeline.sqlite3-wal"
        assert not log.exists() or log.stat().st_size <= 64 * 1024 * 1024
    open_ones = "SELECT lead_id FROM server_handoff WHERE status IN ('offered', 'accepted')"
    assert installation.rows(f"{open_ones} GROUP BY 1 HAVING count(*) > 1") == []
    assert installation.rows("SELECT lead_id, place FROM server_decision GROUP BY 1, 2 HAVING count(*) > 1") == []


def wait_until_decided(installation: Installation, seconds: float = 120.0) -> None:
    """Wait until every row is read and every unit decided on; leases of the killed run out first."""
    unread = "SELECT count(*) FROM server_event WHERE known_at IS NULL"
    dirty = "SELECT count(*) FROM server_unit WHERE dirty_at IS NOT NULL"
    end = time.monotonic() + seconds
    left: tuple[int, int] = (1, 1)
    while time.monotonic() < end:
        left = (installation.rows(unread)[0][0], installation.rows(dirty)[0][0])
        if left == (0, 0):
            return
        time.sleep(0.2)
    raise TimeoutError(f"rows unread and units undecided: {left}\n{installation.log()[-3000:]}")
