"""The pages of mails, and mails themselves, in a browser, on a phone and on a desk.

Pictures go to the folder RIPELINE_TEST_PICTURES.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browsing import browser, employed, log_in, width_of
from letters_to_leads import agreed, agreed_too, posted
from mail_server import page_of
from ripeline.server.content import catalogue
from ripeline.server.delivery.courier import deliver
from ripeline.server.leadmail import mail_templates, mailings
from ripeline.server.leadmail.mail_templates import MailTemplate
from ripeline.server.leadmail.mailings import Mailing
from ripeline.server.marketing import segments
from ripeline.server.marketing.lists import Filters
from ripeline.server.marketing.segments import Segment
from ripeline.server.staff.users import Role, User

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

    from mail_server import MailServer
    from ripeline.server.leads import Lead
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("mail_server")]
WIDTHS = {"phone": 375, "desk": 1280}


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Where pictures are kept for whoever looks at them."""
    folder = Path(os.environ.get("RIPELINE_TEST_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def ada(source: Source, clock: SetClock) -> Lead:
    """Ada and Bea agreed to mails; there are templates, and a guide to send."""
    mail_templates.take_starters(by=None, now=clock())
    said = {"title": "What grid fees really cost", "address": "https://www.example.com/fees"}
    catalogue.put("guide-1", "guide", now=clock(), **said)
    lead = agreed(source, clock)
    agreed_too(source, clock, email="bea@example.com", country="DE")
    return lead


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("language", ["en", "de", "nl", "da"])
def test_a_mail_fits_a_phone_and_a_desk(
    language: str, source: Source, clock: SetClock, mail_server: MailServer, album: Path
) -> None:
    """In each language, with nothing that has to be fetched; nothing is wider than the window."""
    country = {"en": "GB", "de": "DE", "nl": "NL", "da": "DK"}[language]
    company, email = "Engine Works", f"{language}@example.com"
    reader = agreed_too(source, clock, email=email, name="Ada Lovelace", company=company, country=country)
    for name in ("welcome", "next_content", "after_the_talk", "before_call"):
        posted(reader, clock, key=name, about=name, item="guide-1")
    deliver(clock)
    assert len(mail_server.mails) == 4
    with browser() as started:
        for device, width in WIDTHS.items():
            page = started.new_context(viewport={"width": width, "height": 812}, offline=True).new_page()
            for mail in mail_server.mails:
                page.set_content(page_of(mail))
                assert width_of(page) <= width
                assert page.locator("html").get_attribute("lang") == language
                about = str(mail.message["Feedback-ID"]).partition("-track")[0]
                page.screenshot(path=album / f"mail-{about}-{language}-{device}.png", full_page=True)


def _visit(page: Page, album: Path, name: str, width: int) -> None:
    assert width_of(page) <= width
    page.screenshot(path=album / f"{name}.png", full_page=True)


@pytest.mark.parametrize("language", ["en", "de"])
def test_marketing_writes_a_template_and_starts_a_mailing(
    language: str, ada: Lead, clock: SetClock, live_server: LiveServer, album: Path
) -> None:
    """On a phone and on a desk: what is typed is seen before it is saved."""
    employed("mara", Role.MARKETING, language)
    mara = User.objects.get(username="mara")
    segment = segments.add("Everybody", "all", Filters(), by=mara, now=clock())
    assert isinstance(segment, Segment)
    made = mailings.add("Spring", "next_content", segment, by=mara, now=clock())
    assert isinstance(made, Mailing)
    faults: list[str] = []
    with browser() as started:
        for device, width in WIDTHS.items():
            page = started.new_context(viewport={"width": width, "height": 812}).new_page()
            page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
            log_in(page, f"{live_server.url}/mails/", "mara")
            page.wait_for_selector("h1")
            _visit(page, album, f"mails-{language}-{device}", width)
            page.goto(f"{live_server.url}/mails/templates/next_content/en/?lead={ada.pk}")
            frame = page.frame_locator("iframe")
            frame.get_by_text("Ada,").wait_for()
            page.fill("#subject", f"New for you, on a {device}")
            page.fill("#sections", page.input_value("#sections").replace("{{", f"{{{{({device}) ", 1))
            page.locator("[formtarget=shown]").click()
            frame.get_by_text(f"({device}) ").first.wait_for()
            _visit(page, album, f"mail-template-{language}-{device}", width)
            page.locator("form.card .acts button").first.click()
            page.wait_for_selector(".told")
            for place, name in (("mailings/", "mailings"), (f"mailings/{made.pk}/", "mailing")):
                page.goto(f"{live_server.url}/mails/{place}")
                _visit(page, album, f"{name}-{language}-{device}", width)
    assert faults == []
    newest = mail_templates.newest("next_content", "en")
    assert isinstance(newest, MailTemplate)
    assert newest.subject == "New for you, on a desk"
