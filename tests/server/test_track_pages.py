"""The pages of tracks, as marketing, reps and those who only read use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from ledger_rows import all_rounds, happened, lead_of, signed
from letters_to_leads import mail_server, template
from ripeline.server import instants
from ripeline.server.delivery.courier import deliver
from ripeline.server.instants import HOUR, SECOND
from ripeline.server.nurture import nurturing
from ripeline.server.nurture.pauses import NurturePause
from ripeline.server.staff.users import Role
from staff import mara, member, simon
from tracked import TRACKED

if TYPE_CHECKING:
    from pytest_django import Settings

    from ripeline.server.leads import Lead
    from ripeline.server.sources import Source
    from ripeline.server.staff.users import User
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, clock: SetClock) -> None:
    monkeypatch.setattr(instants, "now", clock)


@pytest.fixture
def ada(source: Source, clock: SetClock, settings: Settings) -> Lead:
    """Ada has got the first mail of her track."""
    signed(TRACKED, now=clock())
    happened(source, "paper", clock.move(60), email="ada@example.com")
    happened(source, "consent_given", clock(), email="ada@example.com", said={"purpose": "email"})
    with mail_server(settings):
        template(clock, name="hello")
        for _ in range(2):
            all_rounds(clock)
            for _again in range(5):
                nurturing.run(clock())
            clock.move(2 * HOUR / SECOND)
        deliver(clock)
    return lead_of("ada@example.com")


def as_user(user: User) -> Client:
    """A browser in which somebody is logged in."""
    browser = Client()
    browser.force_login(user)
    return browser


def test_a_track_is_shown_as_its_steps_with_their_numbers(ada: Lead) -> None:
    """Who is in it and where, what was sent; and what would come for one lead, and why not."""
    page = as_user(mara()).get(reverse("tracks"), {"lead": ada.pk}).content.decode()
    assert "1 lead now" in page
    assert '<td data-label="Sent">1</td>' in page
    assert "Mail Paper, with what comes next" in page
    assert "ada@example.com" in page
    assert "All steps of the track are done." in page
    assert "Quiet from 20:00 to 08:00" in page


def test_what_would_come_is_asked_for_by_an_address_too(ada: Lead) -> None:
    """Nobody knows leads by their numbers."""
    del ada
    page = as_user(mara()).get(reverse("tracks"), {"lead": " Ada@Example.com"}).content.decode()
    assert "All steps of the track are done." in page


def test_who_may_not_see_all_leads_sees_no_numbers_and_stops_nothing(ada: Lead) -> None:
    """A rep has the lead's own page; whoever only reads sees the numbers and no button."""
    del ada
    rep = as_user(simon())
    assert rep.get(reverse("tracks")).status_code == 403
    reader = as_user(member("rita", Role.READ_ONLY))
    assert "Pause" not in reader.get(reverse("tracks")).content.decode()
    for browser in (rep, reader):
        assert browser.post(reverse("track_act", args=["first", "pause"])).status_code == 403
    assert not NurturePause.objects.exists()


def test_a_track_is_paused_and_resumed_by_its_buttons() -> None:
    """Only one that the playbook has."""
    clock = instants.now()
    signed(TRACKED, now=clock)
    browser = as_user(mara())
    browser.post(reverse("track_act", args=["first", "pause"]))
    assert NurturePause.objects.get().track == "first"
    assert "paused" in browser.get(reverse("tracks")).content.decode()
    browser.post(reverse("track_act", args=["first", "resume"]))
    assert not NurturePause.objects.exists()
    assert browser.post(reverse("track_act", args=["other", "pause"])).status_code == 404
    assert browser.post(reverse("track_act", args=["first", "end"])).status_code == 404
    assert browser.get(reverse("track_act", args=["first", "pause"])).status_code == 405


def test_the_page_of_a_lead_shows_its_track_and_pauses_it(ada: Lead) -> None:
    """What was done, and what would come."""
    browser, address = as_user(mara()), reverse("lead", args=[ada.pk])
    page = browser.get(address, {"show": "nurture"}).content.decode()
    assert "First, since" in page
    assert "First: Hello" in page
    browser.post(reverse("lead-act", args=[ada.pk, "pause-nurture"]), {"once": _once(page)})
    assert NurturePause.objects.get().lead == ada
    page = browser.get(address, {"show": "nurture"}).content.decode()
    assert "paused by mara" in page
    assert "Somebody paused nurture for this lead." in page
    browser.post(reverse("lead-act", args=[ada.pk, "resume-nurture"]), {"once": _once(page)})
    assert not NurturePause.objects.exists()


def _once(page: str) -> str:
    return page.partition('name="once" value="')[2].partition('"')[0]


@pytest.mark.parametrize("asked", ["999999", "x", "1'--", "9" * 30])
def test_no_lead_of_such_a_number_is_said_in_words(ada: Lead, asked: str) -> None:
    """Whatever somebody types."""
    del ada
    page = as_user(mara()).get(reverse("tracks"), {"lead": asked})
    assert page.status_code == 200
    assert "There is no such lead." in page.content.decode()
