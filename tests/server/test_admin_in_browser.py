"""The administration in a real browser: it works under its own policy, and nothing that was sent to us runs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from browsing import browser, employed, log_in
from one_of_each import one_of_each
from ripeline.server.staff.users import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import ConsoleMessage, Dialog, Page
    from pytest_django.live_server_helper import LiveServer


class Watched:
    """A page, and what must never happen on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        page.on("dialog", self._dialog)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))

    def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"{self.page.url}: a script ran")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.faults.append(f"{self.page.url}: {message.text}")


@contextmanager
def _watched() -> Iterator[Watched]:
    with browser() as started:
        yield Watched(started.new_page())


def test_every_page_works_under_the_policy_and_runs_nothing_foreign(live_server: LiveServer) -> None:
    """Logged in as people do, over every table and one row of each, with scripts in every text."""
    rows = one_of_each()
    employed("anna", Role.ADMIN)
    with _watched() as watched:
        page = watched.page
        log_in(page, f"{live_server.url}/admin/", "anna")
        assert page.title() == "Administration | Ripeline"
        for table, row in rows.items():
            page.goto(f"{live_server.url}/admin/server/{table}/")
            assert page.locator("#result_list tbody tr").count() > 0, table
            page.goto(f"{live_server.url}/admin/server/{table}/{row.pk}/change/")
            assert page.locator(".readonly").count() > 0, table
        assert watched.faults == []


def test_a_source_is_closed_by_its_button(live_server: LiveServer) -> None:
    """Ticked, chosen, done, and told."""
    one_of_each()
    employed("anna", Role.ADMIN)
    with _watched() as watched:
        page = watched.page
        log_in(page, f"{live_server.url}/admin/server/source/", "anna")
        page.check("#result_list tbody tr input[type=checkbox]")
        page.select_option("select[name=action]", "close")
        page.click("button[name=index]")
        assert page.locator(".messagelist").inner_text() == "Done with 1 row."
        assert watched.faults == []
