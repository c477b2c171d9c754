"""The evaluator finds on the copy what it finds on the live store, whatever has happened to whom.

RIPELINE_EXAMPLES sets how many histories are tried.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from living_company import FADING, PLAYBOOK, PUPILS, Company
from ripeline.core import exported
from ripeline.core.exported import Export
from ripeline.core.results import lead_results
from ripeline.server import instants, playbooks
from ripeline.server.decisions import Decision, evidence_of, said_by
from ripeline.server.events import Event
from ripeline.server.export import parts, reading
from ripeline.server.export import run as exporting
from ripeline.server.export.run import Written
from ripeline.server.leads import Lead, Unit
from ripeline.server.qualification import histories, qualify
from ripeline.server.qualification.shown import shown, shown_by
from ripeline.server.sales.handoffs import Handoff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.core.results import LeadResult
    from ripeline.core.scoring import Evaluation

EXAMPLES = int(os.environ.get("RIPELINE_EXAMPLES", "20"))


def evaluated(copy: Export, at: int, *, details: bool = False) -> Iterator[Evaluation]:
    """The copy as of an instant."""
    versions = [one for one in copy.versions() if (one.published_at or 0) <= at]
    return copy.evaluations(versions, at, details=details)


def on_the_copy(copy: Export, at: int) -> dict[str, LeadResult]:
    """What the evaluator finds on the copy as of an instant."""
    return {result.lead_id: result for each in evaluated(copy, at) for result in lead_results(each)}


def live(at: int) -> dict[str, LeadResult]:
    """What it finds on the live store."""
    versions = playbooks.core_versions(at)
    pasts = histories.pasts(list(Unit.objects.values_list("pk", flat=True)), at, versions)
    found = (lead_results(each) for each in histories.evaluations(list(pasts.values()), at, versions))
    return {result.lead_id: result for results in found for result in results}


def check_recorded(copy: Export, results: dict[str, LeadResult]) -> None:
    """The journal of the copy is what was decided, and the copy holds all of that."""
    publications = playbooks.in_force(copy.manifest.upto)
    rows = copy.scan("decisions").collect()
    assert rows.height == Decision.objects.count()
    for lead in Lead.objects.filter(decided_at__gt=0):
        entries = [one for one in results[str(lead.pk)].journal if one.at <= lead.decided_at]
        recorded = list(Decision.objects.filter(lead=lead).order_by("place"))
        assert [(one.at, one.standing(), one.kind, one.new) for one in recorded] == [
            (one.at, evidence_of(one), said["kind"], said.get("new", "")) for one in entries for said in (said_by(one),)
        ]
        own = rows.filter(lead_id=str(lead.pk)).sort("place")
        assert own["evidence"].to_list() == [one.evidence for one in recorded]
        assert own["version"].to_list() == [playbooks.deciding(publications, one.at).version_id for one in entries]
        assert own["at"].to_list() == [instants.moment(one.at) for one in entries]


def check_shown(copy: Export) -> None:
    """Scores, cells and stages are what the live server shows."""
    computed = Lead.objects.filter(merged_into=None, computed_at__isnull=False)
    for at in sorted({lead.computed_at or 0 for lead in computed}, reverse=True)[:3]:
        found: dict[str, object] = {}
        for each in evaluated(copy, at, details=True):
            results = list(lead_results(each))
            found |= {one.lead_id: told for one, told in zip(results, shown_by(each, results), strict=True)}
        for lead in computed.filter(computed_at=at):
            assert shown(lead) == found[str(lead.pk)]


def check_handoffs(copy: Export) -> None:
    """With their clocks."""
    names = ("status", "calendar", "offered_at", "accept_by", "due_at", "touched_at", "ended_at")
    rows = copy.scan("handoffs").sort("decision").select(names).collect().rows()
    recorded = Handoff.objects.order_by("offer").values_list(*names)
    assert rows == [(*row[:2], *(None if at is None else instants.moment(at) for at in row[2:])) for row in recorded]


@pytest.mark.django_db
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 2**32))
@example(463786369)  # leads of an account from before the first definition that lets accounts decide
def test_the_copy_is_evaluated_as_the_live_store(seed: int) -> None:
    """Late identification, merges and their undoing, voids, accounts; in several runs, with small files and pages."""
    chance = Random(seed)
    small = (
        patch.object(parts, "FULL", 12),
        patch.object(reading, "PAGE", chance.choice([3, 1000])),
        patch.object(exported, "EVENTS_AT_A_TIME", 15),
    )
    with transaction.atomic(), tempfile.TemporaryDirectory() as name, small[0], small[1], small[2]:
        company = Company(chance.choice([FADING, PUPILS, PLAYBOOK]) + "# first\n")
        for length in (chance.randrange(30), chance.randrange(30), 30):
            company.live(chance, length)
            assert isinstance(exporting.run(Path(name), installation="one"), Written)
        while qualify.run(company.clock) != (0, 0):
            pass
        assert isinstance(exporting.run(Path(name), installation="one"), Written)
        copy = Export.opened(Path(name))
        assert copy.scan("events").collect().height == Event.objects.count()
        found = on_the_copy(copy, copy.manifest.upto)
        assert found == live(copy.manifest.upto)
        check_recorded(copy, found)
        check_handoffs(copy)
        check_shown(copy)
        transaction.set_rollback(True)
