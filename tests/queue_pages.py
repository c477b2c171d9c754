"""The pages of sales' queue as tests open them: Ada, who was offered to Rosa."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.test import Client

from ledger_rows import all_rounds, happened, signed
from ripeline.server import instants
from ripeline.server.instants import DAY, MINUTE
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.staff.users import Role
from small_queue import SMALL
from staff import member

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ripeline.server.sources import Source
    from ripeline.server.staff.users import User

FORMS: dict[str, dict[str, str]] = {
    "accept": {},
    "reject": {"reason": "misrouted"},
    "touch": {"how": "call", "reached": "yes", "note": ""},
    "call": {"at": "2199-01-01T10:00"},
    "uncall": {},
    "confirm": {},
    "recycle": {"reason": "no_budget", "revisit_on": "", "steps": ""},
    "disqualify": {"reason": "no_fit"},
}
"""What each form of the page of an offer says, if nothing else is."""


def ada_was_offered(source: Source) -> User:
    """A rep to whom Ada was offered just now."""
    now = instants.now()
    rosa = member("rosa", Role.SALES)
    signed(SMALL, now=now - DAY, reps=False)
    happened(source, "ask", now - 10 * MINUTE, email="ada@example.com", said={"need": "A faster mill"})
    all_rounds(instants.now)
    assert Handoff.objects.get().rep == rosa
    return rosa


def client(user: User) -> Client:
    """The browser of a user who is logged in."""
    browser = Client()
    browser.force_login(user)
    return browser


def do(user: User, act: str, **said: str) -> HttpResponse:
    """Do something with the newest offer, as its form does."""
    address = f"/handoffs/{Handoff.objects.latest('pk').pk}/{act}/"
    answer: Any = client(user).post(address, FORMS[act] | said, follow=True)
    all_rounds(instants.now)
    return answer  # type: ignore[no-any-return]


def told(answer: Any) -> list[str]:  # noqa: ANN401 - Django's, with its context
    """What the next page says."""
    return [str(message) for message in answer.context["messages"]]
