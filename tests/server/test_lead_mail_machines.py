"""Threat row 9: machines open each link of our own mails, and nothing comes of it; people do, and it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from command_line import PLAYBOOK
from ledger_rows import all_rounds, signed
from letters_to_leads import BROWSER, agreed_too, links_of, sent, template
from ripeline.server.events import Event
from ripeline.server.leadmail.clicks import Click
from ripeline.server.qualification.replay import replay

if TYPE_CHECKING:
    from mail_server import MailServer
    from ripeline.server.leads import Lead
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("mail_server", "at_the_clock")]

CLICKS = PLAYBOOK.replace("paper: {event: paper", "paper: {event: email_clicked").replace(
    "history: [{day: 0, event: paper}]", "history: [{day: 0, event: email_clicked}]"
)
LINKS = "".join(f'<mj-text><a href="https://example.com/{place}">{place}</a></mj-text>' for place in range(4))
SECTIONS = f"<mj-section><mj-column>{LINKS}</mj-column></mj-section>"
SCANNER = "Mozilla/5.0 (compatible; Proofpoint URL Defense)"


@pytest.fixture
def ada(source: Source, clock: SetClock) -> Lead:
    """Ada got a mail of four links, each of which is worth ten points."""
    signed(CLICKS, now=clock())
    template(clock, sections=SECTIONS)
    lead = agreed_too(source, clock, email="ada@example.com")
    sent(lead, clock)
    return lead


def _opens(mail_server: MailServer, clock: SetClock, agent: str, first: float, pause: float) -> None:
    clock.move(first)
    for link in links_of(mail_server.mails[0]):
        assert Client(headers={"User-Agent": agent}).get(link).status_code == 302
        all_rounds(clock)
        clock.move(pause)
    all_rounds(clock)


@pytest.mark.parametrize(
    ("agent", "first", "pause"),
    [(BROWSER, 1, 0.5), (BROWSER, 60, 1), (SCANNER, 90, 45), ("", 2, 0.1)],
    ids=["at once", "all of them", "by its name", "without a name"],
)
def test_a_scanner_makes_no_mql(
    agent: str, first: float, pause: float, ada: Lead, clock: SetClock, mail_server: MailServer
) -> None:
    """By when it comes, how fast it goes on, or what it calls itself."""
    _opens(mail_server, clock, agent, first, pause)
    ada.refresh_from_db()
    assert (ada.stage, ada.engagement) == ("lead", 0)
    assert Event.objects.filter(name="event_voided").count() == 4
    assert not Click.objects.filter(is_machine=False).exists()
    assert not replay().differences


def test_a_person_makes_an_mql(ada: Lead, clock: SetClock, mail_server: MailServer) -> None:
    """The same links, with time to read."""
    _opens(mail_server, clock, BROWSER, 60, 45)
    ada.refresh_from_db()
    assert ada.stage == "mql"
    assert not Event.objects.filter(name="event_voided").exists()
    assert Click.objects.filter(is_machine=False).count() == 4
    assert not replay().differences


def test_clicking_again_and_again_is_one_row_a_second(ada: Lead, clock: SetClock, mail_server: MailServer) -> None:
    """A flood fills no ledger."""
    del ada
    clock.move(60)
    link = links_of(mail_server.mails[0])[0]
    for _again in range(50):
        Client(headers={"User-Agent": BROWSER}).get(link)
    assert Event.objects.filter(name="email_clicked").count() == 1
