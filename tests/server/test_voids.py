"""What machines did is taken back; what people did stays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ripeline
from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.server import json_text, sources
from ripeline.server.events import Event
from ripeline.server.instants import SECOND
from ripeline.server.qualification import voids
from ripeline.server.qualification.replay import replay
from ripeline.server.sources import SourceKind

if TYPE_CHECKING:
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

CLICKS = PLAYBOOK.replace("paper: {event: paper", "paper: {event: [paper, email_clicked]").replace(
    "history: [{day: 0, event: paper}]", "history: [{day: 0, event: email_clicked}]"
)
ADA = {"email": "ada@example.com"}


def click(source: Source, at: int, link: str) -> None:
    """A click on a link of one mail."""
    happened(source, "email_clicked", at, said={"delivery": "mail-1", "link": link}, **ADA)


def voided() -> int:
    """How many rows were taken back."""
    return Event.objects.filter(name="event_voided").count()


def test_a_scanner_that_follows_every_link_makes_no_mql(source: Source, clock: SetClock) -> None:
    """The first two clicks look like a person's until the third one comes; then all three are taken back."""
    signed(CLICKS, now=clock())
    start = clock.move(60)
    for place in range(5):
        click(source, start + place * SECOND, f"https://example.com/{place}")
        if place == 1:
            all_rounds(clock)
            assert voided() == 0
    clock.move(30)
    all_rounds(clock)
    assert voided() == 5
    assert lead_of("ada@example.com").scores.startswith('{"engagement":0')
    assert lead_of("ada@example.com").stage == "lead"
    assert replay().differences == []


def test_a_person_who_takes_time_is_believed(source: Source, clock: SetClock) -> None:
    """Three links of one mail within some minutes are thirty points."""
    signed(CLICKS, now=clock())
    happened(source, "email_delivered", clock.move(60), said={"delivery": "mail-1"}, **ADA)
    for place in range(3):
        click(source, clock.move(90), f"https://example.com/{place}")
        all_rounds(clock)
    assert voided() == 0
    assert lead_of("ada@example.com").stage == "mql"


def test_a_click_right_after_the_delivery_is_a_machines(source: Source, clock: SetClock) -> None:
    """Nobody opens and reads a mail in two seconds."""
    signed(CLICKS, now=clock())
    happened(source, "email_delivered", clock.move(60), said={"delivery": "mail-1"}, **ADA)
    click(source, clock.move(2), "https://example.com/offer")
    all_rounds(clock)
    assert voided() == 1


def test_a_robot_on_the_website_is_no_visitor(source: Source, clock: SetClock) -> None:
    """It says itself what it is."""
    signed(PLAYBOOK, now=clock())
    event = happened(source, "paper", clock.move(60), **ADA)
    Event.objects.filter(pk=event.pk).update(body='{"context": {"userAgent": "Googlebot/2.1"}}')
    all_rounds(clock)
    assert voided() == 1
    assert lead_of("ada@example.com").scores.startswith('{"engagement":0')
    assert replay().differences == []


def test_a_flood_of_clicks_is_not_read_again_each_round(
    source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever floods is judged by what just came; everybody else by all that stands around it."""
    monkeypatch.setattr(voids, "MOST_AROUND", 6)
    start = clock.move(60)
    for place in range(10):
        said = {"delivery": "mail-2", "link": f"https://example.com/{place % 2}"}
        happened(source, "email_clicked", start, said=said, email="flood@example.com")
    for place in range(2):
        click(source, start + place * SECOND, f"https://example.com/{place}")
    all_rounds(clock)
    assert voided() == 0
    said = {"delivery": "mail-2", "link": "https://example.com/2"}
    happened(source, "email_clicked", start, said=said, email="flood@example.com")
    click(source, start + 2 * SECOND, "https://example.com/2")
    clock.move(30)
    all_rounds(clock)
    assert voided() == 3


# --- whose word counts ----------------------------------------------------------------------------


def _shop(clock: SetClock) -> Source:
    """The program that sends the mails; its key is secret."""
    made = sources.add("mails", SourceKind.SERVER, now=clock())
    assert isinstance(made, sources.WithKey)
    return made.source


def test_nobody_takes_a_click_back_with_the_key_of_a_website(source: Source, clock: SetClock) -> None:
    """Clicks and deliveries that anybody may have sent say nothing of those that the sender of the mails tells."""
    signed(CLICKS, now=clock())
    mails = _shop(clock)
    happened(mails, "email_delivered", clock.move(60), said={"delivery": "mail-1"}, **ADA)
    start = clock.move(600)
    click(mails, start, "https://example.com/offer")
    for place in range(4):
        click(source, start + place, f"https://example.com/{place}")
    happened(source, "email_delivered", start - SECOND, said={"delivery": "mail-1"}, **ADA)
    all_rounds(clock)
    voided_keys = {json_text.read(row.properties)["voids"] for row in Event.objects.filter(name="event_voided")}
    assert len(voided_keys) == 4
    assert all(key.endswith(f"@{source.pk}") for key in voided_keys)
    assert lead_of("ada@example.com").scores.startswith('{"engagement":10000000')
    assert replay().differences == []


def test_what_a_website_tells_is_judged_by_the_delivery(source: Source, clock: SetClock) -> None:
    """The sender of the mails tells when that was."""
    signed(CLICKS, now=clock())
    happened(_shop(clock), "email_delivered", clock.move(60), said={"delivery": "mail-1"}, **ADA)
    click(source, clock.move(2), "https://example.com/offer")
    all_rounds(clock)
    assert voided() == 1


# --- a starter playbook ---------------------------------------------------------------------------

SCANNER = "Mozilla/5.0 (compatible; Proofpoint URL Defense)"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def _reads_a_mail(source: Source, clock: SetClock, agent: str, pause: float) -> None:
    """Ada, who fits, said yes to tracking; all links of a mail are followed, to a whitepaper and to fees."""
    consultancy = Path(ripeline.__file__).parent / "playbooks" / "consultancy.yaml"
    signed(consultancy.read_text(), now=clock())
    fits = {"company_size": 400, "industry": "logistics", "country": "DK", "job_title": "Head of Operations"}
    happened(source, "attributes_changed", clock.move(60), said=fits, **ADA)
    happened(source, "consent_given", clock.move(1), said={"purpose": "tracking"}, **ADA)
    happened(source, "email_delivered", clock.move(60), said={"delivery": "mail-1"}, **ADA)
    for name in ("whitepaper_downloaded", "page_viewed", "email_opened"):
        click(source, clock.move(pause), f"https://example.com/{name}")
        event = happened(source, name, clock.move(pause), said={"path": "/fees"}, **ADA)
        Event.objects.filter(pk=event.pk).update(body=json_text.written({"context": {"userAgent": agent}}))
        all_rounds(clock)
    all_rounds(clock)
    clock.move(2 * 3_600)
    all_rounds(clock)


def test_a_scanner_makes_no_mql(source: Source, clock: SetClock) -> None:
    """It follows all links at once, fetches what is behind them, and leaves nothing."""
    _reads_a_mail(source, clock, SCANNER, 0.5)
    ada = lead_of("ada@example.com")
    assert (ada.stage, voided()) == ("lead", 6)
    assert ada.scores.startswith('{"engagement":0')
    assert not ada.decisions.exists()
    assert replay().differences == []


def test_a_person_makes_an_mql(source: Source, clock: SetClock) -> None:
    """The same links, with time to read."""
    _reads_a_mail(source, clock, FIREFOX, 45)
    assert (lead_of("ada@example.com").stage, voided()) == ("mql", 0)
    assert replay().differences == []
