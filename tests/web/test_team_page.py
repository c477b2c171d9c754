"""The team's pages and one's own on a phone, in a real browser, without scripts."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from ripeline.server import instants, routes, users
from ripeline.server.absences import Absence
from ripeline.server.routes import By
from ripeline.server.users import Role, User, WithSecret
from staff import member

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

PASSWORD = "a long enough phrase"  # noqa: S105 - of a made-up user
TOUCHED = "main button, main summary, main a, main select, main input:not([type=checkbox])"
SMALL = "all => all.filter(e => e.offsetParent && e.getBoundingClientRect().height < 43).map(e => e.outerHTML)"
PICTURES = os.environ.get("PICTURES", "")


@pytest.mark.parametrize("width", [375, 1200])
def test_everything_fits_and_works_without_scripts(live_server: LiveServer, transactional_db: None, width: int) -> None:
    """Nothing is wider than the screen, what is to be touched is large enough, and a link brings somebody in."""
    assert transactional_db is None
    assert isinstance(users.add("anna", Role.ADMIN, password=PASSWORD, language="de"), WithSecret)
    now, rosa = instants.now(), member("rosa.with.a.rather.long.name@example.com", Role.SALES)
    users.set_manager(rosa, True)  # noqa: FBT003
    Absence.objects.create(user=rosa, since=now, until=now + instants.DAY, note="skiing")
    routes.add("South", By.ATTRIBUTE, attribute="postal_code", values=["8*", "9*"], reps=[rosa], now=now)
    chromium = shutil.which("chromium")
    assert chromium is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_context(java_script_enabled=True, viewport={"width": width, "height": 800}).new_page()
        page.goto(f"{live_server.url}/login/")
        page.fill("#id_username", "anna")
        page.fill("#id_password", PASSWORD)
        page.click("main button")
        paths = {"team": "/team/", "person": f"/team/{rosa.pk}/", "me": "/me/", "asked": "/password/"}
        for name, path in paths.items():
            page.goto(f"{live_server.url}{path}")
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.eval_on_selector_all(TOUCHED, SMALL) == []
        page.goto(f"{live_server.url}/team/")
        page.click("summary >> nth=0")
        page.fill("#invite_email", "rudi@example.com")
        page.select_option("#invite_role", "sales")
        page.click("form[action='/team/invite/'] button")
        link = page.inner_text(".told code")
        visitor = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 800}).new_page()
        visitor.goto(live_server.url + link[link.index("/invited/") :])
        visitor.fill("#id_password", PASSWORD)
        visitor.click("main button")
        visitor.goto(f"{live_server.url}/me/")
        assert "rudi@example.com" in visitor.inner_text("main")
        browser.close()
    assert User.objects.get(username="rudi@example.com").has_usable_password()
