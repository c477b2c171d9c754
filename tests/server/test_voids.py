"""What machines did is taken back; what people did stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.server.events import Event
from ripeline.server.instants import SECOND
from ripeline.server.qualification import voids
from ripeline.server.qualification.replay import replay

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
