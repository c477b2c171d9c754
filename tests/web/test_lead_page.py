"""The interview on a phone and the page of a lead, in a real browser, with scripts and without."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ripeline
from browsing import employed, keep, log_in, opened, width_of
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.server import instants, sources
from ripeline.server.sales import interviews
from ripeline.server.sources import SourceKind, WithKey
from ripeline.server.staff.users import Role
from set_clock import SetClock

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

    from ripeline.server.leads import Lead

CONSULTANCY = (Path(ripeline.__file__).parent / "playbooks" / "consultancy.yaml").read_text()


def _company(language: str = "en") -> Lead:
    """Ada of Berg AG, who has read, come to a webinar and asked for a quote; Rosa, to whom she is offered."""
    employed("rosa", Role.SALES, language)
    clock = SetClock(instants.now() - 40 * instants.DAY)
    signed(CONSULTANCY, now=clock(), reps=False)
    made = sources.add("website", SourceKind.SERVER, now=clock())
    assert isinstance(made, WithKey)
    facts = {"company": "Berg AG", "name": "Ada Berg", "job_title": "Head of IT", "company_size": 300, "country": "DE"}
    who = {"email": "ada@berg.example", "account": "berg"}
    happened(made.source, "attributes_changed", clock.move(60), said=facts, **who)
    for name in ("page_viewed", "whitepaper_downloaded", "newsletter_clicked", "webinar_attended", "quote_requested"):
        happened(made.source, name, clock.move(8 * 86_400 - 60), said={"path": "/fees", "title": "Fees"}, **who)
        all_rounds(clock)
    happened(made.source, "page_viewed", clock.move(60), email="bob@berg.example", account="berg")
    all_rounds(clock)
    return lead_of("ada@berg.example")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_call_is_written_down_while_talking(live_server: LiveServer, *, scripts: bool) -> None:
    """On a phone: an answer by a chip and a button, its amount beside it, and the next questions are there."""
    ada = _company()
    with opened(scripts=scripts) as page:
        log_in(page, f"{live_server.url}/leads/{ada.pk}/interview/", "rosa")
        keep(page, f"interview-phone-{scripts}")
        page.click("#q-budget >> text=approved")
        page.fill("#budget_also_budget", "12,500")
        page.click("#q-budget summary")
        page.click("#q-budget >> text=Likely")
        page.fill("#budget_note", "Said her boss.")
        keep(page, f"interview-phone-filled-{scripts}")
        page.click("#q-budget >> text=Save")
        page.wait_for_load_state("networkidle")
        assert page.locator(".told").first.inner_text() == "Saved: Budget."
        assert page.locator("#q-budget").count() == 0
        keep(page, f"interview-phone-saved-{scripts}")
        if scripts:
            assert width_of(page) <= 375
            small = "[...document.querySelectorAll('main button, main .chips span, main summary, main a.button')]"
            low = f"{small}.filter(one => one.offsetHeight && one.offsetHeight < 43).map(one => one.innerText)"
            assert page.evaluate(low) == []
    assert interviews.of(ada).met == 1


def test_on_a_phone_each_section_is_seen_at_once_and_whoever_is_at_fault_lands_there(live_server: LiveServer) -> None:
    """A tap on a section changes what is seen; the acts are a tap away; a wrong field has the focus."""
    ada = _company("de")
    with opened(scripts=False) as page:
        log_in(page, f"{live_server.url}/leads/{ada.pk}/?show=consent", "rosa")
        assert page.locator("#may-we").evaluate("e => e.getBoundingClientRect().bottom < innerHeight")
        page.click(".jump")
        assert page.locator("#acts").evaluate("e => e.getBoundingClientRect().top < innerHeight")
        page.click("#act-note summary")
        page.fill("#note_text", "   ")
        page.click("#act-note button")
        page.wait_for_selector("#note_text_error")
        assert page.locator("#note_text").evaluate("e => e === document.activeElement")
        assert page.locator("#note_text_error").evaluate(
            "e => { const box = e.getBoundingClientRect(); return box.top > 0 && box.bottom <= innerHeight }"
        )


@pytest.mark.parametrize(("width", "language", "dark"), [(375, "en", False), (1280, "de", False), (1280, "en", True)])
def test_everything_about_a_lead_is_read_without_scripts(
    live_server: LiveServer, width: int, language: str, *, dark: bool
) -> None:
    """Each section by a link; nothing is wider than the window; the course is a picture."""
    ada = _company(language)
    with opened(scripts=False, width=width, dark=dark) as page:
        log_in(page, f"{live_server.url}/leads/{ada.pk}/", "rosa")
        assert "Ada Berg" in page.locator("h1").inner_text()
        for section in ("timeline", "scores", "profile", "sales", "company", "same"):
            page.click(f".tabs a[href$='={section}']")
            page.wait_for_load_state("networkidle")
            assert page.locator(".tabs [aria-current]").count() == 1
            keep(page, f"lead-{section}-{width}-{language}-{dark}")
        page.goto(f"{live_server.url}/leads/{ada.pk}/")
        page.click("#act-note summary")
        page.fill("#note_text", "Likes boats.")
        page.click("#act-note button")
        assert "Likes boats." in page.locator(".history").inner_text()
