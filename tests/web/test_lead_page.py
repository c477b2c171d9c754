"""The interview on a phone and the page of a lead, in a real browser, with scripts and without."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

import ripeline
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.server import instants, interviews, sources, users
from ripeline.server.sources import SourceKind, WithKey
from ripeline.server.users import Role, WithSecret
from set_clock import SetClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

    from ripeline.server.leads import Lead

PASSWORD = "a long enough phrase"  # noqa: S105 - of a made-up user
PICTURES = os.environ.get("PICTURES", "")
"""A folder to which pictures of the pages are written, for whoever looks at them."""
CONSULTANCY = (Path(ripeline.__file__).parent / "playbooks" / "consultancy.yaml").read_text()


@contextmanager
def _page(*, scripts: bool = True, width: int = 375, dark: bool = False) -> Iterator[Page]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("Chromium is not installed: `make system` installs it.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        view = {"width": width, "height": 812}
        scheme = "dark" if dark else "light"
        context = browser.new_context(java_script_enabled=scripts, viewport=view, color_scheme=scheme)  # type: ignore[arg-type]
        page, faults = context.new_page(), []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        yield page
        browser.close()
    assert [fault for fault in faults if "400" not in fault] == []


def _keep(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def _company(language: str = "en") -> Lead:
    """Ada of Berg AG, who has read, come to a webinar and asked for a quote; Rosa, to whom she is offered."""
    assert isinstance(users.add("rosa", Role.SALES, password=PASSWORD, language=language), WithSecret)
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


def _log_in(page: Page, address: str) -> None:
    page.goto(address)
    page.fill("#id_username", "rosa")
    page.fill("#id_password", PASSWORD)
    page.click("main button")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_call_is_written_down_while_talking(live_server: LiveServer, *, scripts: bool) -> None:
    """On a phone: an answer by a chip and a button, its amount beside it, and the next questions are there."""
    ada = _company()
    with _page(scripts=scripts) as page:
        _log_in(page, f"{live_server.url}/leads/{ada.pk}/interview/")
        _keep(page, f"interview-phone-{scripts}")
        page.click("#q-budget >> text=approved")
        page.fill("#budget_also_budget", "12,500")
        page.click("#q-budget summary")
        page.click("#q-budget >> text=Likely")
        page.fill("#budget_note", "Said her boss.")
        _keep(page, f"interview-phone-filled-{scripts}")
        page.click("#q-budget >> text=Save")
        assert page.locator(".told").first.inner_text() == "Saved: Budget."
        assert page.locator("#q-budget").count() == 0
        _keep(page, f"interview-phone-saved-{scripts}")
        if scripts:
            assert page.evaluate("document.documentElement.scrollWidth") <= 375
            small = "[...document.querySelectorAll('main button, main .chips span, main summary, main a.button')]"
            low = f"{small}.filter(one => one.offsetHeight && one.offsetHeight < 43).map(one => one.innerText)"
            assert page.evaluate(low) == []
    assert interviews.of(ada).met == 1


@pytest.mark.parametrize(("width", "language", "dark"), [(375, "en", False), (1280, "de", False), (1280, "en", True)])
def test_everything_about_a_lead_is_read_without_scripts(
    live_server: LiveServer, width: int, language: str, *, dark: bool
) -> None:
    """Each section by a link; nothing is wider than the window; the course is a picture."""
    ada = _company(language)
    with _page(scripts=False, width=width, dark=dark) as page:
        _log_in(page, f"{live_server.url}/leads/{ada.pk}/")
        assert "Ada Berg" in page.locator("h1").inner_text()
        for section in ("timeline", "scores", "profile", "sales", "company", "same"):
            page.click(f".tabs a[href$='={section}']")
            assert page.locator(".tabs [aria-current]").count() == 1
            page.wait_for_load_state("networkidle")
            _keep(page, f"lead-{section}-{width}-{language}-{dark}")
        page.goto(f"{live_server.url}/leads/{ada.pk}/")
        page.click("#act-note summary")
        page.fill("#note_text", "Likes boats.")
        page.click("#act-note button")
        assert "Likes boats." in page.locator(".history").inner_text()
