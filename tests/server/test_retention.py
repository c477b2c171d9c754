"""What is too old goes, with its reason; what is not stays, and scores stay what they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from command_line import PLAYBOOK
from filled import holding
from ledger_rows import all_rounds, happened, lead_of, said, signed
from ripeline.server import environment, sources
from ripeline.server.events import Event, Rejected
from ripeline.server.instants import DAY
from ripeline.server.leadmail.clicks import CLICKED, Click, MailLink
from ripeline.server.leadmail.mails import Mail, MailKind
from ripeline.server.leads import Identifier, Lead
from ripeline.server.qualification.replay import replay
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.rights import erasures, retention
from ripeline.server.rights.erasing import finishing
from ripeline.server.rights.retention import Due, RetentionRun

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)
ADA, BOB = "ada.lovelace@example.com", "bob@example.com"
MONTHS = 61 * DAY // 2


@pytest.fixture(autouse=True)
def _log(settings: Settings, tmp_path: Path) -> None:
    settings.ERASURES = tmp_path / "erasures.log"


def _ada(source: Source, clock: SetClock) -> Lead:
    """Ada read a paper, once."""
    signed(PLAYBOOK, now=clock())
    _reads(source, clock, ADA)
    return lead_of(ADA)


def _reads(source: Source, clock: SetClock, email: str) -> None:
    happened(source, "paper", clock.move(60), email=email, said={"address": f"10 Road of {email}"})
    all_rounds(clock)


def _later(clock: SetClock, months: int, source: Source) -> int:
    """So many months later, when somebody else has just come."""
    clock.move(months * MONTHS // 1_000_000)
    _reads(source, clock, BOB)
    return clock()


def _counts(now: int) -> dict[str, int]:
    found = retention.due(now)
    assert not isinstance(found, Refused)
    return {one.kind: one.number for one in found if one.number}


def test_a_lead_goes_three_years_after_its_last_contact(source: Source, clock: SetClock) -> None:
    """Not before; and wholly, by the one verb, which is told in advance with its reason."""
    _ada(source, clock)
    assert "leads" not in _counts(_later(clock, 35, source))
    now = _later(clock, 2, source)
    found = retention.due(now)
    assert not isinstance(found, Refused)
    assert found[0] == Due("leads", 1, now - 1096 * DAY)
    assert lead_of(ADA)
    gone = retention.apply(now)
    assert not isinstance(gone, Refused)
    assert gone["leads"] == 1
    assert finishing.finish(clock())
    assert holding(ADA) == set()
    assert erasures.Erasure.objects.get().reason == "retention"
    assert lead_of(BOB)


def test_an_opened_mail_and_a_machines_click_are_no_contact_and_a_click_is(source: Source, clock: SetClock) -> None:
    """So they do not keep a lead."""
    ada = _ada(source, clock)
    mail = Mail.objects.create(key="m", lead=ada, kind=MailKind.TRACK, about="x", created_at=clock())
    link = MailLink.objects.create(digest="d", address="https://example.com")
    clock.move(20 * MONTHS // 1_000_000)
    happened(source, "email_opened", clock(), email=ADA)
    clicked = happened(sources.own(clock()), CLICKED, clock(), lead=str(ada.pk))
    click = Click.objects.create(mail=mail, link=link, at=clock(), key=clicked.key, is_machine=True)
    all_rounds(clock)
    now = _later(clock, 17, source)
    assert _counts(now)["leads"] == 1
    Click.objects.filter(pk=click.pk).update(is_machine=False)
    assert "leads" not in _counts(now)


def test_whoever_is_with_sales_stays(source: Source, clock: SetClock) -> None:
    """And is told of."""
    ada = _ada(source, clock)
    now = _later(clock, 37, source)
    Lead.objects.filter(pk=ada.pk).update(stage="customer")
    found = retention.due(now)
    assert not isinstance(found, Refused)
    assert (found[0].number, found[0].kept) == (0, 1)


def test_a_talk_keeps_a_lead(source: Source, clock: SetClock) -> None:
    """What our own people noted does not."""
    ada = _ada(source, clock)
    clock.move(30 * MONTHS // 1_000_000)
    said(ada, "note_added", clock(), text="silent", by="rosa")
    all_rounds(clock)
    now = _later(clock, 7, source)
    assert _counts(now)["leads"] == 1
    said(ada, "touch_logged", now - DAY, how="call", by="rosa")
    all_rounds(clock)
    assert "leads" not in _counts(now)


def test_an_old_event_keeps_what_scores_rest_on(source: Source, clock: SetClock) -> None:
    """Its body, whom it claims and all else goes; the lead stands as before, and so does its replay."""
    ada = _ada(source, clock)
    happened(source, "other", clock.move(60), email=ADA, said={"note": "private"})
    all_rounds(clock)
    now = _later(clock, 25, source)
    assert _counts(now)["events"] == 2
    retention.apply(now)
    assert holding("private", f"10 Road of {ADA}") == set()
    rows = Event.objects.filter(identifier__lead=ada).order_by("pk")
    assert [(row.name, row.claims, row.body) for row in rows] == [("paper", "{}", ""), ("other", "{}", "")]
    assert lead_of(ADA).scores == ada.scores
    assert not replay().differences
    assert "events" not in _counts(now)


def test_visitors_quarantine_and_messages_go_by_their_own_times(source: Source, clock: SetClock) -> None:
    """Thirteen months, ninety days."""
    _ada(source, clock)
    happened(source, "paper", clock.move(60), anonymous="browser-of-nobody-1")
    all_rounds(clock)
    put = {"source": source, "reason": "not_json", "kind": "track", "digest": "1"}
    Rejected.objects.create(**put, body="{", received_at=clock())
    assert _counts(_later(clock, 2, source)) == {}
    assert _counts(_later(clock, 1, source)) == {"quarantine": 1}
    now = _later(clock, 11, source)
    assert _counts(now) == {"quarantine": 1, "visitors": 1}
    retention.apply(now)
    assert not Identifier.objects.filter(value="browser-of-nobody-1").exists()
    assert not Rejected.objects.exists()
    assert _counts(now) == {}


def test_nothing_goes_when_the_clock_leapt(source: Source, clock: SetClock, settings: Settings) -> None:
    """Nothing came for more than a day: it may be the clock, and what is gone is gone."""
    settings.RETENTION_DAILY = True
    _ada(source, clock)
    now = clock.move(400 * DAY // 1_000_000 * 4)
    assert retention.due(now) == Refused(Refusal.CLOCK_LEAPT)
    assert retention.apply(now) == Refused(Refusal.CLOCK_LEAPT)
    assert retention.run_daily(now) == 0
    assert lead_of(ADA)


def test_the_worker_does_it_every_day_if_it_is_switched_on(source: Source, clock: SetClock, settings: Settings) -> None:
    """In steps, and once a day."""
    _ada(source, clock)
    now = _later(clock, 37, source)
    assert retention.run_daily(now) == 0
    settings.RETENTION_DAILY = True
    while retention.run_daily(now):
        pass
    assert not Identifier.objects.filter(value=ADA).exists()
    assert RetentionRun.objects.get().finished_at == now
    assert retention.run_daily(_later(clock, 1, source)) == 1
    assert RetentionRun.objects.count() == 2


def test_times_are_set_by_kind() -> None:
    """In days or months; what is no time or no kind is refused."""
    defaults = {"leads": 1096, "events": 731}
    assert environment.spans("leads=12 months, events=30 days", defaults) == {"leads": 365, "events": 30}
    for wrong in ("leads", "leads=soon", "leads=0 days", "people=3 days", "leads=3 years"):
        with pytest.raises((ValueError, KeyError)):
            environment.spans(wrong, defaults)
