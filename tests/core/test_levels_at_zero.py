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
}


def fading(points: int, level: int) -> Tree:
    """A playbook in which one rule fades towards a level that it reaches only by rounding."""
    rules = {"papers": {"on": "paper", "points": points, "decay": {"half_life": "60 days"}}}
    enter = {"score": "engagement", "at_least": level}
    gates = {"mql": {"enter": enter, "margin": 5}, "sales_ready": {"enter": {"score": "engagement", "at_least": 10}}}
    return PLAYBOOK | {"rules": rules, "gates": gates}


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("points", "level"), [(5, 5), (-5, 0), (-5, 5)])
def test_a_score_that_fades_to_its_level_is_no_search_without_end(points: int, level: int) -> None:
    """Ten leads, each of which took most of a minute when rounding left in doubt on which side of zero a sum lies."""
    leads: list[Tree] = [
        {"lead_id": str(i), "account_id": None, "created_at": START, "attributes": {}} for i in range(10)
    ]
    rows: list[Tree] = [
        {"lead_id": str(i), "at": START + (i + j) * DAY, "event": "paper", "properties": {}}
        for i in range(10)
        for j in range(i + 1)
    ]
    assert differences(Case([Edition(fading(points, level))], leads, rows, START + 2000 * DAY)) == []
