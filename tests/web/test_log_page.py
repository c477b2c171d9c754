"""The page on which staff log what happened, in a real browser, with scripts and without."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from api_client import SMALL
from ledger_rows import all_rounds, lead_of, signed
from ripeline.server import instants, users
from ripeline.server.events import Event
from ripeline.server.users import Role, WithSecret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

PASSWORD = "a long enough phrase"  # noqa: S105 - of a made-up user
PICTURES = os.environ.get("PICTURES", "")
"""A folder to which pictures of the pages are written, for whoever looks at them."""


@contextmanager
def _page(*, scripts: bool = True, width: int = 390, dark: bool = False) -> Iterator[Page]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("Chromium is not installed: `make system` installs it.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(
            java_script_enabled=scripts,
            viewport={"width": width, "height": 844},
            color_scheme="dark" if dark else "light",
        )
        page, faults = context.new_page(), []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        yield page
        browser.close()
    assert [fault for fault in faults if "400" not in fault] == []


def _keep(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def _company(language: str = "en") -> None:
    signed(SMALL, now=instants.now() - instants.DAY)
    assert isinstance(users.add("mara", Role.MARKETING, password=PASSWORD, language=language), WithSecret)


def _log_in(page: Page, address: str) -> None:
    page.goto(f"{address}/log/")
    page.fill("#id_username", "mara")
    page.fill("#id_password", PASSWORD)
    page.click("main button")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_talk_at_a_fair_is_logged_on_a_phone(live_server: LiveServer, *, scripts: bool) -> None:
    """Logged in, four fields, done, and there it stands."""
    _company()
    with _page(scripts=scripts) as page:
        page.goto(f"{live_server.url}/log/")
        _keep(page, f"login-phone-{scripts}")
        _log_in(page, live_server.url)
        assert page.url == f"{live_server.url}/log/"
        _keep(page, f"log-phone-empty-{scripts}")
        page.fill("#id_who", "Ada@example.com")
        page.click("text=Talk at a fair")
        page.fill("#id_note", "Wants a quote.\nHas <b>three</b> sites.")
        page.click("text=Log it")
        assert page.locator(".told").inner_text() == "Done: Ada@example.com is logged."
        assert page.locator(".rows li").count() == 1
        assert "Has <b>three</b> sites." in page.locator(".rows").inner_text()
        # Nothing is wider than the phone.
        if scripts:
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
        _keep(page, f"log-phone-{scripts}")
    all_rounds(instants.now)
    assert Event.objects.filter(name="fair_conversation", identifier__lead=lead_of("ada@example.com")).exists()


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(live_server: LiveServer) -> None:
    """What was typed stands there still."""
    _company()
    with _page(width=1280) as page:
        _log_in(page, live_server.url)
        page.fill("#id_who", "ada")
        page.click("text=Call")
        page.fill("#id_note", "typed with care")
        page.click("text=Log it")
        assert "no e-mail address" in page.locator(".faulty").inner_text()
        assert page.input_value("#id_note") == "typed with care"
        _keep(page, "log-wide-wrong")
    assert not Event.objects.exists()


@pytest.mark.parametrize("dark", [True, False])
def test_the_page_speaks_german_and_works_by_keyboard(live_server: LiveServer, *, dark: bool) -> None:
    """The skip link comes first; the choices are reached by Tab and arrows."""
    _company("de")
    with _page(width=1280, dark=dark) as page:
        _log_in(page, live_server.url)
        assert page.get_attribute("html", "lang") == "de"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.focus("#id_who")
        page.keyboard.type("eva@example.com")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        _keep(page, f"log-wide-german-{dark}")
        page.focus("#id_note")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector(".told")
        assert page.locator(".rows li").count() == 1
