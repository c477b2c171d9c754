"""The team's pages and one's own on a phone, in a real browser, without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from browsing import PASSWORD, TOO_SMALL, browser, employed, keep, log_in, width_of
from ripeline.server import instants
from ripeline.server.sales import routes
from ripeline.server.sales.routes import By
from ripeline.server.staff import users
from ripeline.server.staff.absences import Absence
from ripeline.server.staff.users import Role, User
from staff import member

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

TOUCHED = "main button, main summary, main a, main select, main input:not([type=checkbox])"


@pytest.mark.parametrize("width", [375, 1200])
def test_everything_fits_and_works_without_scripts(live_server: LiveServer, transactional_db: None, width: int) -> None:
    """Nothing is wider than the screen, what is to be touched is large enough, and a link brings somebody in."""
    assert transactional_db is None
    employed("anna", Role.ADMIN, "de")
    now, rosa = instants.now(), member("rosa.with.a.rather.long.name@example.com", Role.SALES)
    users.set_manager(rosa, True)  # noqa: FBT003
    Absence.objects.create(user=rosa, since=now, until=now + instants.DAY, note="skiing")
    routes.add("South", By.ATTRIBUTE, attribute="postal_code", values=["8*", "9*"], reps=[rosa], now=now)
    with browser() as started:
        page = started.new_context(java_script_enabled=True, viewport={"width": width, "height": 800}).new_page()
        log_in(page, f"{live_server.url}/login/", "anna")
        paths = {"team": "/team/", "person": f"/team/{rosa.pk}/", "me": "/me/", "asked": "/password/"}
        for name, path in paths.items():
            page.goto(f"{live_server.url}{path}")
            keep(page, f"{name}-{width}")
            assert width_of(page) <= width
            assert page.eval_on_selector_all(TOUCHED, TOO_SMALL) == []
        page.goto(f"{live_server.url}/team/")
        page.click("summary >> nth=0")
        page.fill("#invite_email", "rudi@example.com")
        page.select_option("#invite_role", "sales")
        page.click("form[action='/team/invite/'] button")
        link = page.inner_text(".told code")
        visitor = started.new_context(java_script_enabled=False, viewport={"width": width, "height": 800}).new_page()
        visitor.goto(live_server.url + link[link.index("/invited/") :])
        visitor.fill("#id_password", PASSWORD)
        visitor.click("main button")
        visitor.goto(f"{live_server.url}/me/")
        assert "rudi@example.com" in visitor.inner_text("main")
    assert User.objects.get(username="rudi@example.com").has_usable_password()
