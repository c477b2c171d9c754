"""Who may log what happened, and how one logs in: by a page of ours, and to nowhere else."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from api_client import SMALL
from ledger_rows import signed
from ripeline.server import instants
from ripeline.server.events import Event
from ripeline.server.leads import Identifier, Lead, Unit
from ripeline.server.staff import users
from ripeline.server.staff.users import Role, User, WithSecret
from staff import member

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a long enough phrase"  # noqa: S105 - of a made-up user


def _client() -> Client:
    signed(SMALL, now=instants.now() - instants.DAY)
    client = Client()
    client.force_login(member("rosa", Role.SALES))
    return client


def _said(client: Client, **changes: str) -> dict[str, str]:
    page = client.get("/log/").content.decode()
    found = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) for name in ("once", "when")}
    said = {name: match[1] for name, match in found.items() if match}
    return said | {"who": "ada@example.com", "what": "call_received", "note": ""} | changes


def test_a_lead_is_named_by_its_number(transactional_db: None) -> None:
    """With or without a sign before it."""
    del transactional_db
    client, rosa = _client(), User.objects.get(username="rosa")
    lead = Lead.objects.create(unit=Unit.objects.create(), created_at=1, owner=rosa)
    for text in (str(lead.pk), f"#{lead.pk}"):
        assert client.post("/log/", _said(client, who=text)).status_code == 302
    assert {event.claims for event in Event.objects.all()} == {f'{{"lead":"{lead.pk}"}}'}


def test_the_number_of_a_lead_tells_a_rep_nothing_about_another_ones(transactional_db: None) -> None:
    """Neither is anything logged, nor is there an e-mail to be read; nor once the lead has gone elsewhere."""
    del transactional_db
    client, rosa = _client(), User.objects.get(username="rosa")
    lead = Lead.objects.create(unit=Unit.objects.create(), created_at=1, owner=member("rudi", Role.SALES))
    Identifier.objects.create(kind="email", value="ada@example.com", lead=lead, created_at=1)
    answer = client.post("/log/", _said(client, who=str(lead.pk)))
    assert (answer.status_code, "There is no such lead." in answer.content.decode()) == (400, True)
    assert not Event.objects.exists()
    Lead.objects.update(owner=rosa)
    assert client.post("/log/", _said(client, who=str(lead.pk))).status_code == 302
    assert "ada@example.com" in client.get("/log/").content.decode()
    Lead.objects.update(owner=None)
    assert "ada@example.com" not in client.get("/log/").content.decode()


def test_a_form_that_is_sent_twice_is_logged_once() -> None:
    """By an impatient thumb; what says something else under the same token is refused, not lost in silence."""
    client = _client()
    said = _said(client)
    assert client.post("/log/", said).status_code == client.post("/log/", said).status_code == 302
    assert Event.objects.count() == 1
    assert client.post("/log/", said | {"note": "More"}).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"who": "#99999"},
        {"who": "9" * 30},
        {"who": ""},
        {"who": "ada"},
        {"what": "verdict_given"},
        {"what": ""},
        {"when": "2199-01-01T00:00"},
        {"when": "soon"},
        {"once": "x"},
        {"note": "x" * 10_001},
    ],
)
def test_what_is_wrong_is_not_logged(changes: dict[str, str]) -> None:
    """And the page says where."""
    client = _client()
    answer = client.post("/log/", _said(client, **changes))
    assert answer.status_code == 400
    assert b'class="fault"' in answer.content or b'role="alert"' in answer.content
    assert not Event.objects.exists()


@pytest.mark.parametrize("role", [Role.ADMIN, Role.READ_ONLY])
def test_whoever_may_not_act_does_not_see_the_page(role: Role) -> None:
    """Nor sends its form."""
    client = Client()
    client.force_login(member("x", role))
    assert client.get("/log/").status_code == client.post("/log/", {"who": "a@example.com"}).status_code == 403


def test_a_form_of_another_site_is_refused() -> None:
    """The token of the page must be there."""
    _client()
    client = Client(enforce_csrf_checks=True)
    client.force_login(member("mara", Role.MARKETING))
    assert client.post("/log/", {"who": "a@example.com"}).status_code == 403


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/log/", "/log/"),
        ("/admin/?x=1", "/admin/?x=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("http://testserver/log/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_a_login_leads_to_own_pages_only(wanted: str, goes: str) -> None:
    """Whatever the address asks for."""
    assert isinstance(users.add("rosa", Role.SALES, password=PASSWORD), WithSecret)
    said = {"username": "rosa", "password": PASSWORD, "next": wanted}
    answer = Client().post("/login/", said)
    assert (answer.status_code, answer["Location"]) == (302, goes)


def test_a_session_from_before_the_login_is_another_one_after_it() -> None:
    """So nobody can prepare a session for somebody else."""
    assert isinstance(users.add("rosa", Role.SALES, password=PASSWORD), WithSecret)
    client = Client()
    session = client.session
    session["x"] = 1
    session.save()
    before = session.session_key
    client.post("/login/", {"username": "rosa", "password": PASSWORD})
    after = client.session.session_key
    assert before
    assert after
    assert before != after
    thief = Client()
    thief.cookies["sessionid"] = before
    assert thief.get("/log/").status_code == 302


def test_a_bad_login_does_not_say_what_was_wrong() -> None:
    """The same words for a name that nobody has."""
    assert isinstance(users.add("rosa", Role.SALES, password=PASSWORD), WithSecret)
    texts = {
        re.sub(r'(value|name="csrf\w+" value)="[^"]*"', "", Client().post("/login/", said).content.decode())
        for said in ({"username": "rosa", "password": "wrong"}, {"username": "nobody", "password": "wrong"})
    }
    assert len(texts) == 1
    assert "do not fit together" in texts.pop()


def test_logging_out_takes_a_form() -> None:
    """No picture on another site can do it."""
    client = _client()
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").status_code == 302
    assert client.get("/log/").status_code == 302
