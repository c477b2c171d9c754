"""A page of ours in a real browser, on a phone or on a desk, and whoever of staff looks at it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from ripeline.server.staff import users
from ripeline.server.staff.users import Role, WithSecret
from websites import launched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

PASSWORD = "a long enough phrase"  # noqa: S105 - of made-up users
CLIENTS = Path(os.environ.get("RIPELINE_TEST_CLIENTS", Path(__file__).parents[1] / "build" / "clients"))
AXE = CLIENTS / "node_modules" / "axe-core" / "axe.min.js"
RUN = """
async (options) => (await axe.run(document, options)).violations
  .flatMap((rule) => rule.nodes.map((node) => rule.id + ": " + node.html.slice(0, 200) + " " + node.failureSummary))
"""
"""What axe-core finds on a page that it was added to."""
TOO_SMALL = "all => all.filter(e => e.offsetParent && e.getBoundingClientRect().height < 43).map(e => e.outerHTML)"
"""Of elements that are shown those that no thumb hits."""
PICTURES = os.environ.get("RIPELINE_TEST_PICTURES", "")
"""A folder to which pictures of the pages are written, for whoever looks at them."""


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, for one test."""
    with sync_playwright() as playwright:
        started = launched(playwright)
        yield started
        started.close()


@contextmanager
def opened(*, scripts: bool = True, width: int = 375, dark: bool = False) -> Iterator[Page]:
    """A page on which nothing may go wrong, but that a form is refused."""
    with browser() as started:
        context = started.new_context(
            java_script_enabled=scripts,
            viewport={"width": width, "height": 812},
            color_scheme="dark" if dark else "light",
        )
        page, faults = context.new_page(), []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        yield page
    assert [fault for fault in faults if "400" not in fault] == []


def employed(name: str, role: Role, language: str = "en") -> None:
    """A user who can log in."""
    assert isinstance(users.add(name, role, password=PASSWORD, language=language), WithSecret)


def log_in(page: Page, address: str, name: str, password: str = PASSWORD) -> None:
    """Go to an address that asks who one is first."""
    page.goto(address)
    page.fill("#id_username", name)
    page.fill("#id_password", password)
    page.click("main button, [type=submit]")  # ours, or that of the administration


def width_of(page: Page) -> int:
    """How wide it is, which on a page that fits is no more than the window."""
    page.wait_for_load_state()
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width


def keep(page: Page, name: str) -> None:
    """Keep a picture, if somebody wants to look at it."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
