"""Marketing's list in a real browser, on a phone and on a desk, with scripts and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api_client import SMALL
from browsing import employed, keep, log_in, opened, width_of
from ledger_rows import all_rounds, happened, signed
from ripeline.server import instants
from ripeline.server.leads import Lead
from ripeline.server.marketing import lists
from ripeline.server.marketing.lists import Filters
from ripeline.server.sales.tasks import Task
from ripeline.server.sources import Source, SourceKind
from ripeline.server.staff.users import Role

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

PEOPLE = (
    ("Ada Lovelace", "Nordwind Logistik GmbH", "Head of Operations", 5),
    ("Søren Müller-Lüdenscheidt", "Havn & Sønner A/S", "Managing Director", 3),
    ("Eve", "", "", 2),
    ("Bob Byron", "Cartwright and Company", "Intern", 1),
)


def _company(language: str = "en") -> None:
    now = instants.now()
    signed(SMALL, now=now - instants.DAY)
    source = Source.objects.create(name="website", kind=SourceKind.SERVER, created_at=now)
    for number, (name, company, title, papers) in enumerate(PEOPLE):
        told = {key: text for key, text in (("name", name), ("company", company), ("job_title", title)) if text}
        happened(source, "attributes_changed", now - instants.HOUR, said=told, email=f"l{number}@example.com")
        for _ in range(papers):
            happened(source, "paper", now - number * instants.HOUR, email=f"l{number}@example.com")
    all_rounds(instants.now)
    employed("mara", Role.MARKETING, language)


@pytest.mark.parametrize("scripts", [True, False])
def test_marketing_finds_who_is_nearly_there_and_adds_a_task_on_a_phone(
    live_server: LiveServer, *, scripts: bool
) -> None:
    """By thumb, and without a script."""
    _company()
    with opened(scripts=scripts) as page:
        log_in(page, f"{live_server.url}/leads/", "mara")
        page.click("text=Nearly there")
        assert "Søren Müller-Lüdenscheidt" in page.locator("table.leads").inner_text()
        page.click("text=All")
        keep(page, f"list-phone-{scripts}")
        if scripts:
            assert width_of(page) <= 375
            small = "els => els.filter(e => { const r = e.getBoundingClientRect(); return r.width && r.height < 43 })"
            assert page.locator("main .button, main button, .pick label, .tabs a").evaluate_all(small + ".length") == 0
        page.locator(".pick label").first.click()
        page.select_option("#act", "task")
        page.fill("#act_text", "Send the case study")
        page.click("text=Do it")
        assert page.locator(".told").inner_text() == "Done with 1 lead."
    assert Task.objects.get().text == "Send the case study"


def test_on_a_phone_a_row_is_short_opens_wherever_it_is_tapped_and_what_is_done_with_the_picked_is_at_hand(
    live_server: LiveServer,
) -> None:
    """Who, why and what comes next in a few lines; the way to the acts stands there once somebody is picked."""
    _company("de")
    with opened(width=360) as page:
        log_in(page, f"{live_server.url}/leads/?view=all", "mara")
        heights = page.locator("table.leads tbody tr").evaluate_all("rows => rows.map(row => row.offsetHeight)")
        assert len(heights) == len(PEOPLE)
        assert max(heights) <= 120
        assert not page.locator(".picked").is_visible()
        page.locator(".pick label").nth(0).click()
        page.locator(".pick label").nth(2).click()
        assert page.locator(".picked").is_visible()
        assert page.locator(".picked").evaluate("e => e.getBoundingClientRect().bottom <= innerHeight")
        page.locator("table.leads tbody tr").first.click(position={"x": 12, "y": heights[0] - 8})
        assert "/leads/" in page.url
        assert page.locator("h1").inner_text() == PEOPLE[0][0]


@pytest.mark.parametrize("dark", [True, False])
def test_the_list_is_a_table_on_a_desk_and_filters_in_german(live_server: LiveServer, *, dark: bool) -> None:
    """A filter is part of the address, so a list can be sent to a colleague."""
    _company("de")
    with opened(width=1280, dark=dark) as page:
        log_in(page, f"{live_server.url}/leads/?view=all", "mara")
        keep(page, f"list-wide-{dark}")
        page.click(".filters summary")
        page.fill("#filter_text", "nordwind")
        keep(page, f"list-wide-filters-{dark}")
        page.click(".filters button >> nth=0")
        assert "text=nordwind" in page.url
        assert page.locator("table.leads tbody tr").count() == 1
        assert width_of(page) <= 1280


def test_a_new_lead_is_written_down_and_found(live_server: LiveServer) -> None:
    """With what happened, on a phone."""
    _company()
    with opened() as page:
        log_in(page, f"{live_server.url}/leads/", "mara")
        page.click("text=New lead")
        page.fill("#id_email", "grace@example.com")
        page.fill("#id_last_name", "Hopper")
        page.select_option("#id_event", "fair_conversation")
        keep(page, "new-lead-phone")
        page.click("text=Write it down")
        assert "grace@example.com is written down" in page.locator(".told").inner_text()
        assert page.url.endswith("?view=all&text=grace%40example.com")
    all_rounds(instants.now)
    assert lists.leads("all", Filters(text="hopper"), Lead.objects.all()).count() == 1
