"""Five recorded offers in a real browser: who, why now, what to say and by when, before anybody scrolls."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from browsing import log_in, width_of
from offers import STORIES, send
from websites import soon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from websites import House

PHONE, DESK = 375, 1280
FOLD = 400
LOCALES = {"en": "en-GB", "de": "de-DE"}


@pytest.fixture(scope="module")
def password(house: House) -> str:
    """Rosa's; the five have become offers to her."""
    for story in STORIES.values():
        send(house, story)
    soon(lambda: house.installation.rows("SELECT count(*) FROM server_handoff")[0][0] == len(STORIES), 120)
    told = house.installation.run("user", "password", "rosa", "--json")
    assert told.returncode == 0, told.stderr
    secret: str = json.loads(told.stdout)["password"]
    return secret


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures of the pages are kept for whoever looks at them."""
    return Path(os.environ.get("RIPELINE_TEST_PICTURES") or tmp_path)


@contextmanager
def _page(browser: Browser, house: House, password: str, language: str, width: int, **more: Any) -> Iterator[Page]:  # noqa: ANN401
    context = browser.new_context(locale=LOCALES[language], viewport={"width": width, "height": 812}, **more)
    page, faults = context.new_page(), []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    log_in(page, f"http://127.0.0.1:{house.installation.port}/login/", "rosa", password)
    page.wait_for_selector("#cards")
    yield page
    context.close()
    assert faults == []


EXPECTED: dict[str, dict[str, tuple[str, str, str]]] = {
    "Mia van Dijk": {
        "en": (
            "Head of Operations · Van Dijk Logistics · 320 employees",
            "Described a need",
            "loses a day on every order",
        ),
        "de": (
            "Head of Operations · Van Dijk Logistics · 320 Beschäftigte",
            "Bedarf beschrieben",
            "loses a day on every order",
        ),
    },
    "Ole Havn": {
        "en": ("Direktør · Havn Energi", "Asked for a quote", "too expensive for a firm of our size"),
        "de": ("Direktør · Havn Energi", "Um ein Angebot gebeten", "too expensive for a firm of our size"),
    },
    "Jana Kruse": {
        "en": ("Leiterin Produktion · Kranbau Kruse", "Asked for an audit", "it is about scrap and late deliveries"),
        "de": ("Leiterin Produktion · Kranbau Kruse", "Um ein Audit gebeten", "scrap und late deliveries"),
    },
    "Paul Lindner": {
        "en": ("Einkauf · Lindner Pumpen", "Answered our questions", "Is there already a budget for this"),
        "de": ("Einkauf · Lindner Pumpen", "Unsere Fragen beantwortet", "Gibt es dafür schon ein Budget"),
    },
    "Ida Nordwind": {
        "en": ("Geschäftsführerin · Nordwind", "Asked a question", "Do you work with grid operators, too?"),
        "de": ("Geschäftsführerin · Nordwind", "Eine Frage gestellt", "Do you work with grid operators, too?"),
    },
}
"""By name and language: who it is, why now, and what is said, of each of the five."""


def _above_the_fold(page: Page, part: str) -> str:
    """The text of a part of the first offer, all of which stands above the fold."""
    found = page.locator(f".offer {part}").first
    box = found.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= FOLD, (part, box, found.inner_text())
    return found.inner_text()


def _understood(page: Page, name: str, language: str) -> None:
    """Who, why now, what to say and how long is left, before anybody scrolls."""
    who, why, say = EXPECTED[name][language]
    assert _above_the_fold(page, ".who") == name
    assert who in _above_the_fold(page, ".whom")
    assert why in _above_the_fold(page, ".why")
    assert say in _above_the_fold(page, ".say")
    assert re.search(r"\d+ \w+", _above_the_fold(page, ".due"))
    assert _above_the_fold(page, ".when time")


@pytest.mark.parametrize("language", LOCALES)
def test_each_offer_is_understood_before_one_scrolls(
    browser: Browser, house: House, password: str, pictures: Path, language: str
) -> None:
    """On a phone: the first card of the queue, and each of the five by itself."""
    with _page(browser, house, password, language, PHONE) as page:
        names = [one.inner_text() for one in page.locator("#cards .who").all()]
        assert sorted(names) == sorted(EXPECTED)
        page.screenshot(path=pictures / f"queue-{language}-{PHONE}.png", full_page=True)
        _understood(page, names[0], language)
        links = [one.get_attribute("href") for one in page.locator("#cards .who a").all()]
        for name, link in zip(names, links, strict=True):
            page.goto(f"http://127.0.0.1:{house.installation.port}{link}")
            page.screenshot(path=pictures / f"{name.split()[0].lower()}-{language}-{PHONE}.png", full_page=True)
            _understood(page, name, language)
            assert width_of(page) <= PHONE


@pytest.mark.parametrize("language", LOCALES)
def test_the_pages_are_looked_at_on_a_desk_too(
    browser: Browser, house: House, password: str, pictures: Path, language: str
) -> None:
    """The same five, with room."""
    with _page(browser, house, password, language, DESK) as page:
        page.screenshot(path=pictures / f"queue-{language}-{DESK}.png", full_page=True)
        page.locator("#cards .who a").first.click()
        assert page.locator("h1.who").inner_text() in EXPECTED
        page.screenshot(path=pictures / f"dossier-{language}-{DESK}.png", full_page=True)


def test_the_queue_is_worked_by_keyboard(browser: Browser, house: House, password: str) -> None:
    """Next, previous, help, open; a letter typed elsewhere does nothing."""
    with _page(browser, house, password, "en", DESK) as page:
        links = page.locator("#cards .who a")
        page.keyboard.press("j")
        assert links.nth(0).evaluate("(link) => link === document.activeElement")
        page.keyboard.press("ArrowDown")
        assert links.nth(1).evaluate("(link) => link === document.activeElement")
        page.keyboard.press("k")
        assert links.nth(0).evaluate("(link) => link === document.activeElement")
        page.keyboard.press("?")
        assert page.locator("#keys").is_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        page.wait_for_url("**/handoffs/**")
        assert page.locator("h1.who").inner_text() in EXPECTED


def test_what_has_not_changed_is_not_drawn_anew(browser: Browser, house: House, password: str) -> None:
    """The page asks with the tag of what it shows, and keeps what it has; a change is drawn, and the focus stays."""
    with _page(browser, house, password, "en", DESK) as page:
        page.evaluate("document.querySelector('#cards').dataset.mine = 'yes'")
        page.locator("#cards .who a").nth(2).focus()
        with page.expect_response("**/queue/cards/") as unchanged:
            page.evaluate("htmx.trigger('#cards', 'poll')")
        assert unchanged.value.status in (200, 304)  # a minute may have passed meanwhile
        if unchanged.value.status == 304:
            assert page.get_attribute("#cards", "data-mine") == "yes"
        page.evaluate("document.querySelector('#cards').dataset.tag = 'other'")
        with page.expect_response("**/queue/cards/") as changed:
            page.evaluate("htmx.trigger('#cards', 'poll')")
        assert changed.value.status == 200
        page.wait_for_selector("#cards:not([data-mine])")
        assert page.locator("#cards .who a").nth(2).evaluate("(link) => link === document.activeElement")
