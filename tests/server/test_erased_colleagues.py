"""Where colleagues decide together, one of them is erased: what rests on the others stands, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.server.qualification.replay import replay
from ripeline.server.rights import erasures
from ripeline.server.sales.handoffs import Handoff, HandoffStatus
from ripeline.server.staff.users import Role
from staff import member

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)
ADA, BOB = "ada.lovelace@example.com", "bob@example.com"
TOGETHER = PLAYBOOK.replace("gates:\n", "accounts: {engagement: {roll_up: sum}}\ngates:\n").replace(
    "{score: engagement, at_least: 30}", "{account: engagement, at_least: 30}"
)
OFFERED_TOGETHER = TOGETHER.replace("{did: ask, within: 60 days}", "{account: engagement, at_least: 30}")


@pytest.fixture(autouse=True)
def _log(settings: Settings, tmp_path: Path) -> None:
    settings.ERASURES = tmp_path / "erasures.log"


def _papers(source: Source, clock: SetClock, *readers: str) -> None:
    for email in readers:
        happened(source, "paper", clock.move(60), email=email, account="acme")
    all_rounds(clock)


def test_replay_leaves_out_whose_record_rests_on_the_erased(source: Source, clock: SetClock) -> None:
    """Bob is an MQL by what Ada read; of how many it cannot tell is said."""
    signed(TOGETHER, now=clock())
    _papers(source, clock, ADA, BOB, ADA, ADA)
    assert (lead_of(BOB).stage, replay().differences) == ("mql", [])
    erasures.erase(lead_of(ADA), None, now=clock.move(60))
    _papers(source, clock, BOB)
    found = replay()
    assert (found.leads, found.parted, found.differences) == (0, 1, [])
    assert lead_of(BOB).unit.parted_at is not None


def test_an_offer_that_rested_on_the_erased_ends(source: Source, clock: SetClock) -> None:
    """No rep's answer could reach it any more; what Bob does himself later offers him anew."""
    simon = member("simon", Role.SALES)
    signed(OFFERED_TOGETHER, now=clock())
    _papers(source, clock, ADA, BOB, ADA, ADA)
    assert Handoff.objects.get(lead=lead_of(BOB)).status == HandoffStatus.OFFERED
    erasures.erase(lead_of(ADA), None, now=clock.move(60))
    all_rounds(clock)
    first = Handoff.objects.get(lead=lead_of(BOB))
    assert (first.status, first.ended_at is not None, lead_of(BOB).owner) == (HandoffStatus.EXPIRED, True, None)
    _papers(source, clock, BOB, BOB, BOB)
    again = Handoff.objects.get(lead=lead_of(BOB), status=HandoffStatus.OFFERED)
    assert again.rep == simon


def test_an_offer_that_a_colleague_earned_alone_stays(source: Source, clock: SetClock) -> None:
    """Ada's going takes nothing from Bob but her own points."""
    member("simon", Role.SALES)
    signed(OFFERED_TOGETHER, now=clock())
    _papers(source, clock, ADA, BOB, BOB, BOB)
    erasures.erase(lead_of(ADA), None, now=clock.move(60))
    all_rounds(clock)
    assert Handoff.objects.get(lead=lead_of(BOB)).status == HandoffStatus.OFFERED
