"""Whoever goes astray is told so in words, in the browser's language."""

from __future__ import annotations

import pytest
from django.test import Client

from ripeline.server.rights import person_requests
from staff import simon

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "status", "told"),
    [("/leads/999999/", 404, "There is no such page"), ("/tracks/", 403, "This is not open to you")],
)
def test_what_is_not_there_or_not_open_says_so(address: str, status: int, told: str) -> None:
    """With a way back."""
    client = Client()
    client.force_login(simon())
    answer = client.get(address)
    assert answer.status_code == status
    assert told in answer.content.decode()
    assert 'href="/"' in answer.content.decode()


def test_a_form_that_was_open_for_too_long_says_so() -> None:
    """Its token is not known any more."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(simon())
    answer = client.post("/log/", {})
    assert (answer.status_code, "load the page again" in answer.content.decode()) == (403, True)


def test_what_fails_says_so_and_shows_a_lead_no_way_to_our_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing of what went wrong."""
    monkeypatch.setattr(person_requests, "ask", lambda *_args, **_said: 1 / 0)
    client = Client(raise_request_exception=False)
    answer = client.post("/p/data/", {"address": "ada@example.com"})
    page = answer.content.decode()
    assert (answer.status_code, "That did not work" in page, "href" in page.partition("<main>")[2]) == (
        500,
        True,
        False,
    )
