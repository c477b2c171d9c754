"""The page on which staff log what happened, in a real browser, with scripts and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api_client import SMALL
from browsing import employed, keep, log_in, opened, width_of
from ledger_rows import all_rounds, lead_of, signed
from ripeline.server import instants
from ripeline.server.events import Event
from ripeline.server.staff.users import Role

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer


def _company(language: str = "en") -> None:
    signed(SMALL, now=instants.now() - instants.DAY)
    employed("mara", Role.MARKETING, language)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_talk_at_a_fair_is_logged_on_a_phone(live_server: LiveServer, *, scripts: bool) -> None:
    """Logged in, four fields, done, and there it stands."""
    _company()
    with opened(scripts=scripts) as page:
        page.goto(f"{live_server.url}/log/")
        keep(page, f"login-phone-{scripts}")
        log_in(page, f"{live_server.url}/log/", "mara")
        assert page.url == f"{live_server.url}/log/"
        keep(page, f"log-phone-empty-{scripts}")
        page.fill("#id_who", "Ada@example.com")
        page.click("text=Talk at a fair")
        page.fill("#id_note", "Wants a quote.\nHas <b>three</b> sites.")
        page.click("text=Log it")
        assert page.locator(".told").inner_text() == "Done: Ada@example.com is logged."
        assert page.locator(".rows li").count() == 1
        assert "Has <b>three</b> sites." in page.locator(".rows").inner_text()
        # Nothing is wider than the phone.
        if scripts:
            assert width_of(page) <= 375
        keep(page, f"log-phone-{scripts}")
    all_rounds(instants.now)
    assert Event.objects.filter(name="fair_conversation", identifier__lead=lead_of("ada@example.com")).exists()


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(live_server: LiveServer) -> None:
    """What was typed stands there still."""
    _company()
    with opened(width=1280) as page:
        log_in(page, f"{live_server.url}/log/", "mara")
        page.fill("#id_who", "ada")
        page.click("text=Call")
        page.fill("#id_note", "typed with care")
        page.click("text=Log it")
        assert "no e-mail address" in page.locator(".faulty").inner_text()
        assert page.input_value("#id_note") == "typed with care"
        keep(page, "log-wide-wrong")
    assert not Event.objects.exists()


@pytest.mark.parametrize("dark", [True, False])
def test_the_page_speaks_german_and_works_by_keyboard(live_server: LiveServer, *, dark: bool) -> None:
    """The skip link comes first; the choices are reached by Tab and arrows."""
    _company("de")
    with opened(width=1280, dark=dark) as page:
        log_in(page, f"{live_server.url}/log/", "mara")
        assert page.get_attribute("html", "lang") == "de"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.focus("#id_who")
        page.keyboard.type("eva@example.com")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        keep(page, f"log-wide-german-{dark}")
        page.focus("#id_note")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector(".told")
        assert page.locator(".rows li").count() == 1
