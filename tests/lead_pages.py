"""The page of a lead as tests open it: Ada, who asked for a quote, and Rosa, to whom she was offered."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

from django.test import Client

import ripeline
from ledger_rows import all_rounds, happened, signed
from ripeline.server import instants
from ripeline.server.staff.users import Role
from staff import member

if TYPE_CHECKING:
    import pytest
    from django.http import HttpResponse

    from ripeline.server.leads import Lead
    from ripeline.server.sources import Source
    from ripeline.server.staff.users import User
    from set_clock import SetClock

CONSULTANCY = (Path(ripeline.__file__).parent / "playbooks" / "consultancy.yaml").read_text()


def ada_is_offered(source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> User:
    """Rosa, a rep whom Ada has been offered to, of a company where Bob works too."""
    rosa = member("rosa", Role.SALES)
    signed(CONSULTANCY, now=clock(), reps=False)
    facts = {"company": "Berg AG", "name": "Ada Berg", "job_title": "Head of IT", "company_size": 300}
    happened(source, "attributes_changed", clock.move(60), said=facts, email="ada@example.com", account="berg")
    happened(source, "page_viewed", clock.move(60), email="bob@example.com", account="berg")
    happened(source, "webinar_attended", clock.move(86_400), email="ada@example.com")
    happened(source, "quote_requested", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    monkeypatch.setattr(instants, "now", clock)
    return rosa


def client(user: User) -> Client:
    """Somebody at a browser."""
    opened = Client()
    opened.force_login(user)
    return opened


def text(answer: HttpResponse) -> str:
    """What a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def shown(user: User, lead: Lead, show: str = "timeline", **more: str) -> str:
    """What a section tells somebody."""
    answer = client(user).get(f"/leads/{lead.pk}/", {"show": show, **more})
    assert answer.status_code == 200
    return text(answer)  # type: ignore[arg-type]


def done(user: User, lead: Lead, act: str, **filled: object) -> HttpResponse:
    """Send the form of an act as the page offers it."""
    browser = client(user)
    page = browser.get(f"/leads/{lead.pk}/").content.decode()
    part = page.partition(f'id="act-{act}"')[2]
    once = re.search(r'name="once" value="([^"]*)"', part)
    assert once, act
    said = {"once": once[1]} | {name: str(value) for name, value in filled.items()}
    return browser.post(f"/leads/{lead.pk}/{act}/", said)  # type: ignore[return-value]
