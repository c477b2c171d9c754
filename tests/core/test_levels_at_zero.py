"""A level of nothing, which a fading score nears for years, costs no time and turns at the instant the oracle says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agreement import differences
from generated import Case, Edition

if TYPE_CHECKING:
    from generated import Tree

START, DAY = 1_704_067_200_000_000, 86_400_000_000

PLAYBOOK: Tree = {
    "playbook": "Levels at zero",
    "timezone": "Europe/Berlin",
    "consent": "assumed",
    "activities": {"paper": {"event": "paper"}},
    "rules": {"papers": {"on": "paper", "points": 5, "decay": {"half_life": "60 days"}}},
    "gates": {
        "mql": {"enter": {"score": "engagement", "at_least": 5}, "margin": 5},
        "sales_ready": {"enter": {"score": "engagement", "at_least": 10}},
    },
}


@pytest.mark.timeout(120)
def test_a_score_that_fades_to_its_level_is_no_search_without_end() -> None:
    """Ten leads, each of which took most of a minute when rounding left in doubt on which side of zero a sum lies."""
    leads: list[Tree] = [
        {"lead_id": str(i), "account_id": None, "created_at": START, "attributes": {}} for i in range(10)
    ]
    rows: list[Tree] = [
        {"lead_id": str(i), "at": START + (i + j) * DAY, "event": "paper", "properties": {}}
        for i in range(10)
        for j in range(i + 1)
    ]
    assert differences(Case([Edition(PLAYBOOK)], leads, rows, START + 2000 * DAY)) == []
