"""What the snippet of a website tells and keeps, in a real browser: nothing before a yes, and everything once."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import ripeline
from ripeline.server import instants
from websites import WORDING, soon

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Route

    from websites import House, Site, Visitor

    Comes = Callable[..., Visitor]

SNIPPET = Path(ripeline.__file__).parent / "web" / "static" / "ripeline.js"
GIVEN = ' data-consent="given" data-wording="Yes."'
DO_NOT_TRACK = "Object.defineProperty(Navigator.prototype, 'doNotTrack', {get: () => '1'})"
PRIVACY_CONTROL = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
NO_STORAGE = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no') }})"
FULL_STORAGE = """
for (let size = 2 ** 22; size; size = size >> 1)
  try { for (let n = 0; n < 99; n++) localStorage[`x ${size} ${n}`] = "x".repeat(size) } catch {}
"""
HIDDEN = "window.isHidden = true; Object.defineProperty(document, 'hidden', {get: () => isHidden})"
WAITING = "() => JSON.parse(localStorage.ripeline).queue.length"
TRACK = "(name) => ripeline.track(name)"
MINUTE = 60


def test_it_is_small() -> None:
    """As it is served, and anybody can read it."""
    assert len(SNIPPET.read_bytes()) <= 3_000
    assert max(map(len, SNIPPET.read_text().splitlines())) <= 120


# --- yes and no -----------------------------------------------------------------------------------


def test_a_yes_comes_first_and_then_the_page(house: House, visitor: Comes) -> None:
    """With the words that were said yes to, under one name, which the browser keeps."""
    ada = visitor().visit("/fees?utm_source=newsletter&utm_campaign=spring&q=1#top")
    assert (ada.stored(), ada.sent) == ({}, [])
    ada.click("yes")
    soon(lambda: len(house.told()) == 2)
    given, page = house.told()
    assert (given.name, given.said) == ("consent_given", {"purpose": "tracking", "wording": WORDING})
    assert page.name == "page_viewed"
    assert page.said == {
        "url": f"{ada.site.url}/fees?utm_source=newsletter&utm_campaign=spring&q=1",
        "path": "/fees",
        "search": "?utm_source=newsletter&utm_campaign=spring&q=1",
        "title": "Fees",
        "referrer": "",
        "utm_source": "newsletter",
        "utm_campaign": "spring",
    }
    assert given.claims == page.claims == {"anonymous": json.loads(ada.stored()["ripeline"])["id"]}
    assert given.at <= page.at
    assert ada.faults == []


def test_a_yes_is_remembered_and_told_once(house: House, visitor: Comes) -> None:
    """Whether the person says it again or the page does."""
    ada = visitor().visit("/")
    for _ in range(2):
        ada.click("yes")
    ada.visit("/fees").click("yes")
    soon(lambda: house.names().count("page_viewed") == 2)
    assert Counter(house.names()) == {"consent_given": 1, "page_viewed": 2}
    assert len({row.claims["anonymous"] for row in house.told()}) == 1


def test_a_site_that_asks_elsewhere_says_so(house: House, site: Site, visitor: Comes) -> None:
    """By attributes of the element, with the words."""
    site.settings = GIVEN
    visitor().visit("/")
    soon(lambda: len(house.told()) == 2)
    assert house.told()[0].said == {"purpose": "tracking", "wording": "Yes."}


def test_a_site_that_says_anything_else_has_no_yes(house: House, site: Site, visitor: Comes) -> None:
    """Only the one word is one."""
    for said in ("denied", "false", "", "GIVEN"):
        site.settings = f' data-consent="{said}"'
        eve = visitor().visit("/").visit("/fees")
        assert (eve.stored(), eve.sent, house.told()) == ({}, [], [])


def test_a_no_empties_the_browser_and_ends_it_in_every_tab(house: House, visitor: Comes) -> None:
    """It is told; nothing comes after it, and nobody is known any more."""
    ada = visitor().visit("/")
    ada.click("yes")
    other = ada.tab()
    other.goto(ada.site.url + "/fees")
    soon(lambda: len(house.told()) == 3)
    ada.click("no")
    soon(lambda: ada.stored() == {})
    soon(lambda: house.names()[-1] == "consent_withdrawn")
    other.evaluate(TRACK, "Price Asked")
    ada.page.evaluate(TRACK, "Price Asked")
    ada.visit("/fees")
    other.reload()
    assert ada.stored() == {}
    assert house.names() == ["consent_given", "page_viewed", "page_viewed", "consent_withdrawn"]
    assert len({row.claims["anonymous"] for row in house.told()}) == 1
    ada.click("no")
    assert (ada.stored(), len(house.told())) == ({}, 4)


def test_a_no_that_cannot_be_sent_is_all_that_is_kept(house: House, visitor: Comes) -> None:
    """Until it has arrived; what was waiting is forgotten."""
    ada = visitor().visit("/")
    ada.click("yes")
    soon(lambda: len(house.told()) == 2)
    ada.context.set_offline(offline=True)
    ada.page.evaluate(TRACK, "Price Asked")
    ada.click("no")
    kept = json.loads(ada.stored()["ripeline"])
    assert (list(kept), [one["event"] for one in kept["queue"]]) == (["queue"], ["consent_withdrawn"])
    ada.context.set_offline(offline=False)
    ada.visit("/fees")
    ada.visit("/")
    soon(lambda: house.names() == ["consent_given", "page_viewed", "consent_withdrawn"])
    soon(lambda: ada.stored() == {})


@pytest.mark.parametrize("signal", [DO_NOT_TRACK, PRIVACY_CONTROL])
def test_a_browser_that_asks_not_to_be_tracked_is_a_no(house: House, site: Site, visitor: Comes, signal: str) -> None:
    """Also on a site that asks elsewhere; only the person's own yes on the page counts, and is then remembered."""
    site.settings = GIVEN
    eve = visitor(before=signal).visit("/").visit("/fees")
    assert (eve.stored(), eve.sent, house.told()) == ({}, [], [])
    eve.click("yes")
    eve.visit("/references/mill")
    soon(lambda: house.names() == ["consent_given", "page_viewed", "page_viewed"])


def test_a_signal_that_comes_after_the_yes_withdraws_it(house: House, visitor: Comes) -> None:
    """The later word counts."""
    ada = visitor().visit("/")
    ada.click("yes")
    soon(lambda: len(house.told()) == 2)
    later = visitor(before=DO_NOT_TRACK, storage_state=ada.context.storage_state()).visit("/fees")
    soon(lambda: house.names()[2:] == ["consent_withdrawn"])
    soon(lambda: later.stored() == {})


# --- everything once ------------------------------------------------------------------------------


def test_what_is_said_offline_arrives_once_later(house: House, visitor: Comes) -> None:
    """With the time at which it happened, on the next page."""
    ada = visitor().visit("/")
    ada.click("yes")
    soon(lambda: len(house.told()) == 2)
    ada.context.set_offline(offline=True)
    for name in ("Price Asked", "Demo Watched"):
        ada.page.evaluate(TRACK, name)
    ada.context.set_offline(offline=False)
    ada.visit("/fees")
    soon(lambda: len(house.told()) == 5)
    asked, watched, page = house.told()[2:]
    assert (asked.name, watched.name, page.said["path"]) == ("price_asked", "demo_watched", "/fees")
    assert asked.at <= watched.at < page.at
    soon(lambda: ada.waiting() == [])


def _fails(visitor: Visitor, status: int | None) -> None:
    """Say something that is answered so; without a status the server stores it, and its answer gets lost."""

    def answer(route: Route) -> None:
        if status is not None:
            route.fulfill(status=status, body="{}", headers={"access-control-allow-origin": "*"})
        else:
            route.fetch()
            route.abort()

    visitor.page.route("**/v1/batch", answer)
    with visitor.page.expect_event("requestfailed" if status is None else "requestfinished"):
        visitor.page.evaluate(TRACK, f"Asked {status}")
    visitor.page.unroute("**/v1/batch")


def test_what_was_not_acknowledged_is_sent_again_and_counts_once(house: House, visitor: Comes) -> None:
    """Full, away, or stored without the answer getting through; what is refused for good is not."""
    ada = visitor().visit("/")
    ada.click("yes")
    soon(lambda: ada.waiting() == [])
    for status in (503, 429, None):
        _fails(ada, status)
    assert len(ada.waiting()) == 3
    ada.visit("/fees")
    soon(lambda: ada.waiting() == [])
    assert Counter(house.names()) == {
        "consent_given": 1,
        "page_viewed": 2,
        "asked_503": 1,
        "asked_429": 1,
        "asked_none": 1,
    }
    _fails(ada, 401)
    soon(lambda: ada.waiting() == [])
    assert len(house.told()) == 6


def test_each_page_is_one_call(visitor: Comes) -> None:
    """Nothing is sent twice without need."""
    ada = visitor().visit("/")
    ada.click("yes")
    soon(lambda: ada.waiting() == [])
    ada.visit("/fees")
    soon(lambda: ada.waiting() == [])
    assert len(ada.sent) == 2


def test_what_a_page_could_not_send_goes_out_when_it_is_left(house: House, visitor: Comes) -> None:
    """There may be no next page."""
    ada = visitor().visit("/")
    ada.click("yes")
    soon(lambda: ada.waiting() == [])
    _fails(ada, 503)
    ada.page.goto("about:blank")
    soon(lambda: house.names()[2:] == ["asked_503"])


def _all_know(tabs: list[Page], waiting: int) -> None:
    """Tabs are processes of their own, which see what others stored only after a moment."""
    soon(lambda: all(tab.evaluate(WAITING) == waiting for tab in tabs))


def test_two_tabs_tell_everything_once(house: House, visitor: Comes) -> None:
    """Also what both of them find waiting."""
    ada = visitor().visit("/")
    ada.click("yes")
    tabs = [ada.page, ada.tab()]
    tabs[1].goto(ada.site.url + "/fees")
    soon(lambda: len(house.told()) == 3)
    _all_know(tabs, 0)
    ada.context.set_offline(offline=True)
    for number in range(10):
        tabs[number % 2].evaluate(TRACK, f"Asked {number}")
        _all_know(tabs, number + 1)
    ada.context.set_offline(offline=False)
    for tab in tabs:
        tab.evaluate(TRACK, "Asked at last")
    soon(lambda: len(house.told()) == 15)
    told = Counter(house.names())
    assert told.pop("asked_at_last") == 2
    assert {name: count for name, count in told.items() if name.startswith("asked")} == {
        f"asked_{number}": 1 for number in range(10)
    }


def test_what_waits_is_bounded(visitor: Comes) -> None:
    """A hundred messages; the first ones stay."""
    ada = visitor().visit("/")
    ada.click("yes")
    soon(lambda: ada.waiting() == [])
    ada.context.set_offline(offline=True)
    ada.page.evaluate("() => { for (let n = 0; n < 150; n++) ripeline.track('Asked', {n}) }")
    assert [one["properties"]["n"] for one in ada.waiting()] == list(range(100))


@pytest.mark.parametrize("storage", [NO_STORAGE, FULL_STORAGE])
def test_it_works_where_nothing_can_be_stored(house: House, visitor: Comes, storage: str) -> None:
    """As long as the page is open."""
    ada = visitor(before=storage).visit("/")
    ada.click("yes")
    ada.page.evaluate(TRACK, "Price Asked")
    soon(lambda: house.names() == ["consent_given", "page_viewed", "price_asked"])
    ada.click("no")
    soon(lambda: house.names()[3:] == ["consent_withdrawn"])
    assert ada.faults == []


# --- pages, visits, people ------------------------------------------------------------------------


def _at(house: House) -> datetime:
    return datetime.fromtimestamp((instants.now() + house.ahead) / 1e6, UTC)


def test_a_visit_is_told_once_it_is_over(house: House, visitor: Comes) -> None:
    """With the minutes that its pages were seen, although the tab was closed before."""
    ada = visitor()
    ada.context.clock.install(time=_at(house))
    ada.visit("/").click("yes")
    ada.context.clock.run_for(3 * MINUTE * 1_000)
    ada.visit("/fees")
    ada.context.clock.run_for(2 * MINUTE * 1_000)
    house.let_pass(5 * MINUTE)
    ada.page.close()
    left = instants.now() + house.ahead
    house.let_pass(86_400)
    ada.context.clock.fast_forward(86_400_000)
    ada.page = ada.tab()
    ada.visit("/references/mill")
    soon(lambda: len(house.told()) == 5)
    ended = house.told()[3]
    assert (ended.name, ended.said) == ("visit_ended", {"minutes": 5, "pages": 2})
    assert abs(ended.at - left) < 30 * instants.SECOND
    assert house.told()[4].said["path"] == "/references/mill"


def test_a_visit_that_ends_in_two_tabs_ends_once(house: House, visitor: Comes) -> None:
    """Whichever of them notices."""
    ada = visitor()
    ada.context.clock.install(time=_at(house))
    ada.visit("/").click("yes")
    other = ada.tab()
    other.goto(ada.site.url + "/fees")
    soon(lambda: len(house.told()) == 3)
    house.let_pass(40 * MINUTE)
    ada.context.clock.fast_forward(40 * MINUTE * 1_000)
    for tab in (ada.page, other):
        tab.goto(ada.site.url + "/references/mill")
    soon(lambda: house.names().count("page_viewed") >= 4)
    assert house.names().count("visit_ended") == 1


def test_a_page_within_a_page_is_a_page(house: House, visitor: Comes) -> None:
    """Forth and back; a place on the same page is not."""
    ada = visitor().visit("/references")
    ada.click("yes")
    ada.click("next")
    soon(lambda: len(house.told()) == 3)
    ada.page.evaluate("() => { location.hash = 'below' }")
    ada.page.evaluate("() => new Promise(done => setTimeout(done, 2500))")
    ada.page.go_back()
    ada.page.go_back()
    soon(lambda: len(house.told()) == 4)
    assert [row.said["path"] for row in house.told()[1:]] == ["/references", "/references/next", "/references"]


def test_a_page_in_the_background_was_not_seen_yet(house: House, visitor: Comes) -> None:
    """It counts from when it is."""
    ada = visitor().visit("/")
    ada.click("yes")
    soon(lambda: len(house.told()) == 2)
    ada.context.add_init_script(HIDDEN)
    ada.visit("/fees")
    ada.page.evaluate("() => new Promise(done => setTimeout(done, 2500))")
    assert len(house.told()) == 2
    ada.page.evaluate("() => { isHidden = false }")
    soon(lambda: len(house.told()) == 3)


def test_what_the_site_tells_of_a_visitor(house: House, visitor: Comes) -> None:
    """An act and who it is, of which the same visitor is the lead."""
    ada = visitor().visit("/?utm_source=fair")
    ada.page.evaluate("() => ripeline.track('Too Early')")
    ada.page.evaluate("() => ripeline.identify({email: 'early@example.com'})")
    ada.click("yes")
    ada.page.evaluate("() => ripeline.track('Price Asked', {product: 'audit'})")
    ada.page.evaluate("() => ripeline.identify({email: 'Ada@example.com', company: 'Mill'})")
    soon(lambda: len(house.told()) == 4)
    asked, identified = house.told()[2:]
    assert (asked.name, asked.said) == ("price_asked", {"product": "audit", "utm_source": "fair"})
    assert identified.claims == {"anonymous": asked.claims["anonymous"], "email": "ada@example.com"}
    assert identified.said == {"email": "Ada@example.com", "company": "Mill"}


def test_no_browser_asks_leave_to_send(house: House, visitor: Comes) -> None:
    """A body of plain text without headers of its own needs no call before it."""
    ada = visitor()
    asked: list[dict[str, Any]] = []
    ada.page.on("request", lambda one: asked.append(one.headers) if "/v1/" in one.url else None)
    ada.visit("/").click("yes")
    soon(lambda: len(house.told()) == 2)
    assert asked
    assert {headers["content-type"] for headers in asked} == {"text/plain;charset=UTF-8"}
    assert not any({"authorization", "cookie"} & headers.keys() for headers in asked)


def test_a_browser_without_a_person_is_taken_back(house: House, visitor: Comes) -> None:
    """It says itself what it is."""
    robot = visitor(agent="Mozilla/5.0 (compatible; Googlebot/2.1)").visit("/")
    robot.click("yes")
    soon(lambda: len(house.told()) == 2)
    voids = "SELECT count(*) FROM server_event WHERE name = 'event_voided'"
    soon(lambda: house.installation.rows(voids) == [(2,)])


def test_these_tests_would_see_what_the_policy_forbids(site: Site, visitor: Comes) -> None:
    """A script within a page is told."""
    site.inline = "<script>window.ran = true</script>"
    ada = visitor().visit("/")
    assert ada.page.evaluate("() => window.ran") is None
    assert any("script-src" in fault for fault in ada.faults)
