"""Law 4: whatever comes, in whatever order and in however many rounds, a replay finds what was recorded.

RIPELINE_EXAMPLES sets how many histories are tried; they are made at random and are nobody's.
"""

from __future__ import annotations

import os
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from living_company import FADING, PLAYBOOK, PUPILS, Company
from ripeline.server.decisions import Decision
from ripeline.server.events import Event
from ripeline.server.qualification import qualify
from ripeline.server.qualification.replay import replay

EXAMPLES = int(os.environ.get("RIPELINE_EXAMPLES", "20"))


@pytest.mark.django_db
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 2**32))
@example(492)  # a lead that a publication left alone joins the unit of two that were parted while it was not there
def test_a_replay_finds_what_was_recorded(seed: int) -> None:
    """Decisions, hand-offs with their clocks, and what is shown; and each row was read once."""
    chance = Random(seed)
    with transaction.atomic():
        company = Company(chance.choice([FADING, PUPILS, PLAYBOOK]) + "# first\n")
        company.live(chance)
        while qualify.run(company.clock) != (0, 0):
            pass
        replayed = replay()
        assert replayed.differences == []
        assert replayed.decisions == Decision.objects.count()
        assert not Event.objects.filter(known_at=None).exists()
        transaction.set_rollback(True)
