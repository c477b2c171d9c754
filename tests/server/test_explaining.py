"""A score of the past is what was decided then.

RIPELINE_EXAMPLES sets how many histories are tried; they are made at random and are nobody's.
"""

from __future__ import annotations

import os
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from living_company import FADING, PLAYBOOK, PUPILS, Company
from ripeline.core.explanation_json import as_data
from ripeline.server import json_text
from ripeline.server.decisions import Decision
from ripeline.server.qualification import explaining, qualify
from ripeline.server.refusals import Refused

EXAMPLES = int(os.environ.get("RIPELINE_EXAMPLES", "10"))


@pytest.mark.django_db
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 2**32))
def test_a_score_of_the_past_is_what_was_decided_then(seed: int) -> None:
    """For every decision, whatever was merged, parted or published since: the same scores, and the same reasons."""
    chance = Random(seed)
    with transaction.atomic():
        company = Company(chance.choice([FADING, PUPILS, PLAYBOOK]) + "# first\n")
        company.live(chance)
        while qualify.run(company.clock) != (0, 0):
            pass
        for decision in Decision.objects.select_related("lead"):
            _compare(decision)
        transaction.set_rollback(True)


def _compare(decision: Decision) -> None:
    told, evidence = explaining.explain(decision.lead, decision.at), json_text.read(decision.evidence)
    assert not isinstance(told, Refused)
    if told.result.excluded is not None:
        return  # from that very instant on it has no scores to show
    assert (told.result.scores, told.result.persona) == (evidence["scores"], evidence["persona"])
    assert told.result.progress == evidence["progress"]
    if "lines" in evidence:
        lines = [line.what for line in told.lines]
        own = [[one.kind, one.name, one.axis, one.points, one.awards, one.last_at] for one in lines]
        assert own == evidence["lines"]
    if "missing" in evidence:
        assert as_data(told)["missing"] == evidence["missing"]
