"""``ripeline person erase`` and ``ripeline retention``: told first, then done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from command_line import PLAYBOOK, data, refusal
from filled import holding
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.cli.run import run
from ripeline.server import instants
from ripeline.server.leads import Identifier
from ripeline.server.rights.erasures import Erasure
from ripeline.server.rights.person_requests import PersonRequest, Wish

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings

    from ripeline.server.sources import Source

pytestmark = pytest.mark.django_db(transaction=True)
ADA, BOB = "ada.lovelace@example.com", "bob@example.com"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _ada(settings: Settings, tmp_path: Path, source: Source) -> None:
    """Ada and Bob are known since an hour ago."""
    settings.ERASURES = tmp_path / "erasures.log"
    at = instants.now() - instants.HOUR
    signed(PLAYBOOK, now=at)
    for email in (ADA, BOB):
        happened(source, "ask", at, email=email)
    all_rounds(instants.now)


def test_a_person_is_erased_by_the_command_line(capsys: Capture) -> None:
    """A dry run tells the same numbers and changes nothing."""
    told = data(capsys, "person", "erase", ADA, "--dry-run")
    assert told["rows"]["event"] > 0
    assert told["called"]["term"] == "search terms"
    assert lead_of(ADA)
    done = data(capsys, "person", "erase", ADA.upper(), "--yes")
    assert done["rows"] == told["rows"]
    assert done["is_done"]
    assert holding(ADA) == set()
    (proof,) = PersonRequest.objects.all()
    assert (proof.lead, proof.wish, proof.done_at) == (None, Wish.ERASE, proof.asked_at)
    assert "no such lead" in refusal(capsys, "person", "erase", ADA, "--yes")


def test_a_number_is_a_leads_and_nobody_elses(capsys: Capture) -> None:
    """Bob's number in another system is that of Ada's lead."""
    ada = lead_of(ADA)
    Identifier.objects.create(kind="user_id", value=str(ada.pk), lead=lead_of(BOB), created_at=1)
    assert data(capsys, "person", "erase", str(ada.pk), "--yes")["erased"]
    assert Identifier.objects.filter(value=ADA).count() == 0
    assert lead_of(BOB)


def test_what_is_not_confirmed_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is asked and says no changes nothing."""
    monkeypatch.setattr("typer.confirm", lambda *_args, **_said: (_ for _ in ()).throw(KeyboardInterrupt))
    assert run(["person", "erase", ADA]) == 130
    assert lead_of(ADA)
    assert not Erasure.objects.exists()


def test_retention_tells_before_it_does(capsys: Capture) -> None:
    """By kind, with the instant before which it is too old."""
    told = data(capsys, "retention")
    kinds = [one["kind"] for one in told["due"]]
    assert kinds == ["leads", "visitors", "events", "quarantine", "deliveries"]
    assert run(["retention"]) == 0
    assert "No contact since" in capsys.readouterr().out
    assert data(capsys, "retention", "--apply") == {"gone": {}, "is_done": True}
    assert lead_of(ADA)
