"""A visit, another one after a day, key pages and a form on a website of another origin make one lead with one past."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from ripeline.server import instants
from websites import soon

if TYPE_CHECKING:
    from collections.abc import Callable

    from websites import House, Site, Visitor

    Comes = Callable[..., Visitor]

DAY = 86_400
READING = 150
DO_NOT_TRACK = "Object.defineProperty(Navigator.prototype, 'doNotTrack', {get: () => '1'})"
LEAD = """
SELECT lead.id, lead.stage, lead.persona, lead.phase, lead.scores FROM server_lead AS lead
JOIN server_identifier AS identifier ON identifier.lead_id = lead.id
WHERE identifier.kind = 'email' AND identifier.value = '{}' AND lead.stage = 'mql'
"""
PAST = """
SELECT event.name, event.properties FROM server_event AS event
JOIN server_attachment AS attachment ON attachment.identifier_id = event.identifier_id
JOIN server_source AS source ON source.id = event.source_id
WHERE attachment.lead_id = {} AND source.kind != 'own' ORDER BY event.at, event.id
"""
MOVE = "SELECT evidence FROM server_decision WHERE lead_id = {} AND kind = 'move' AND new = 'mql'"


def filled(who: str) -> dict[str, str]:
    """The form of somebody who owns a company of 180 people."""
    told = {"company": "Nordwind", "employees": "180", "title": "Managing Director", "country": "DE"}
    return told | {"email": f"{who}@nordwind.example", "need": "Our warehouse loses a day on every order."}


def _story(house: House, visitor: Visitor, who: str, *, says_yes: bool) -> None:
    """A visit; on the next day references, fees and the form."""
    visitor.context.clock.install(time=datetime.fromtimestamp((instants.now() + house.ahead) / 1e6, UTC))
    visitor.visit("/services/strategy?utm_source=newsletter&utm_campaign=spring")
    if says_yes:
        visitor.click("yes")
        soon(lambda: visitor.waiting() == [])
    visitor.context.clock.run_for(READING * 1_000)
    house.let_pass(READING)
    visitor.page.close()
    visitor.context.clock.fast_forward(DAY * 1_000)
    house.let_pass(DAY)
    visitor.page = visitor.tab()
    visitor.visit("/references/harbor").click("fees")
    visitor.page.wait_for_url("**/fees")
    visitor.visit("/contact").fill(filled(who))
    visitor.page.wait_for_url("**/thanks")


def _lead(house: House, who: str) -> tuple[Any, ...]:
    query = LEAD.format(f"{who}@nordwind.example")
    soon(lambda: house.installation.rows(query))
    (lead,) = house.installation.rows(query)
    return lead


def test_a_visitor_becomes_a_lead_with_one_past(house: House, visitor: Comes) -> None:
    """Both visits, the pages and the form; persona, phase and points are those of the definition."""
    ida = visitor()
    _story(house, ida, "ida", says_yes=True)
    number, _, persona, phase, scores = _lead(house, "ida")
    past = house.installation.rows(PAST.format(number))
    pages = [json.loads(said)["path"] for name, said in past if name == "page_viewed"]
    assert pages[:4] == ["/services/strategy", "/references/harbor", "/fees", "/contact"]
    assert [name for name, _ in past if name != "page_viewed"] == [
        "consent_given",
        "visit_ended",
        "attributes_changed",
        "contact_requested",
    ]
    assert json.loads(past[1][1])["utm_campaign"] == "spring"
    assert json.loads(dict(past)["visit_ended"]) == {
        "minutes": 2,
        "pages": 1,
        "utm_source": "newsletter",
        "utm_campaign": "spring",
    }
    assert (persona, phase) == ("owner", "consideration")
    ((evidence,),) = house.installation.rows(MOVE.format(number))
    lines = {name: points for _, name, _, points, *_ in json.loads(evidence)["lines"]}
    assert lines.keys() >= {"visits", "key_pages", "came_back", "contact_form", "company_size", "job_title", "country"}
    assert lines["came_back"] == 10_000_000
    assert json.loads(scores)["engagement"] > 40_000_000
    assert house.installation.replay_differs() == ""
    assert ida.faults == []


@pytest.mark.parametrize("settings", ["", ' data-consent="given"'])
def test_without_a_yes_there_is_the_form_and_nothing_else(
    house: House, site: Site, visitor: Comes, settings: str
) -> None:
    """No row of a visitor, nothing in the browser; with the signal against tracking also where the site asks."""
    site.settings = settings
    who = "bo" if settings else "mia"
    mia = visitor(before=DO_NOT_TRACK) if settings else visitor()
    _story(house, mia, who, says_yes=False)
    assert (mia.stored(), mia.sent) == ({}, [])
    number, *_, scores = _lead(house, who)
    assert [row.name for row in house.told()] == ["attributes_changed", "contact_requested"]
    assert all(row.claims == {"email": f"{who}@nordwind.example"} for row in house.told())
    assert not {name for name in house.told()[1].said if name.startswith("utm_")}
    visitors = "SELECT count(*) FROM server_identifier WHERE kind = 'anonymous' AND lead_id = {}"
    assert house.installation.rows(visitors.format(number)) == [(0,)]
    ((evidence,),) = house.installation.rows(MOVE.format(number))
    assert "came_back" not in evidence
    assert json.loads(scores)["engagement"] <= 25_000_000
    assert mia.faults == []
