"""Whatever is sent to a form: it is stored as far as it is a form, put aside, or told what is wrong; nothing else."""

from __future__ import annotations

import msgspec
import pytest
from django.test import Client

from hostile_forms import HOSTILE, XSS, Hostile
from ripeline.server.events import Conflict, Event, Rejected
from ripeline.server.intake import form_guard, forms
from website_forms import SENDER, opened

pytestmark = pytest.mark.django_db

DECLARED = {"email", "company", "company_size", "need", "start"}
HEADERS = {"host": "localhost"}
BESIDE = {"form", "fields_filled", "text_length"}


@pytest.fixture(autouse=True)
def _nobody_was_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "_guard", form_guard.Guard())


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_each_submission_has_its_verdict(case: Hostile) -> None:
    """The answer, the rows, and every word in them are as the table says; no box is ticked that nobody ticked."""
    opened(now=1)
    client = Client(raise_request_exception=False, REMOTE_ADDR=SENDER)
    answer = client.generic("POST", "/f/contact", case.body, case.kind, headers=HEADERS, CONTENT_TYPE=case.kind)
    events = {row.name: msgspec.json.decode(row.properties) for row in Event.objects.all()}
    if case.verdict in ("stored", "spam", "too_often"):
        assert (answer.status_code, answer["Location"]) == (303, case.back_to)
    else:
        assert answer.status_code == int(case.verdict)
        assert b"<script>alert" not in answer.content
    if case.verdict == "stored":
        assert set(events) == {"attributes_changed", "contact_requested"}
        assert {row.claims for row in Event.objects.all()} == {'{"email":"ada@example.com"}'}
        told = {**events["attributes_changed"], **events["contact_requested"]}
        assert told.keys() <= DECLARED | BESIDE
        assert {name: text for name, text in told.items() if name not in BESIDE | {"email"}} == case.told
        assert told["fields_filled"] == 1 + len(case.told)
    else:
        assert events == {}
    reasons = [row.reason for row in Rejected.objects.all()]
    assert reasons == ([case.verdict] if case.verdict in ("spam", "too_often") else [])
    assert not answer.cookies
    assert answer.headers.get("Set-Cookie") is None


def test_hundreds_of_times_everything_adds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever led back with 303 is a row of the ledger or of the quarantine, each once, and nothing else is."""
    opened(now=1)
    monkeypatch.setattr(form_guard, "AT_ALL", (1e6, 1e6))
    client = Client(raise_request_exception=False)
    met: dict[str, int] = {}
    for case in HOSTILE * 3:
        # Each has an address of its own, so that none is another one's repetition.
        whose = f"lead-{sum(met.values())}%40example.com".encode()
        body = case.body.replace(b"ada%40example.com", whose).replace(b"ada@example.com", whose.replace(b"%40", b"@"))
        status = client.generic(
            "POST", "/f/contact", body, case.kind, headers=HEADERS, CONTENT_TYPE=case.kind
        ).status_code
        met[str(status)] = met.get(str(status), 0) + 1
    assert met.keys() == {"303", "400", "422"}
    assert Event.objects.filter(name="contact_requested").count() + Rejected.objects.count() == met["303"]
    assert not Conflict.objects.exists()


def test_what_was_typed_is_shown_again_as_text() -> None:
    """On the page that says what is wrong, in every kind of field."""
    opened(now=1)
    names = ("email", "company", "employees", "need", "start", "return_to", "page", "anonymous_id", "utm_source")
    for name in names:
        client = Client(headers=HEADERS)
        answer = client.post("/f/contact", {"need": "x", name: XSS + "@"})
        assert answer.status_code == 422
        for place in ("<script>alert", "<img src=x", "{{7*7}}&lt;", ">49<"):
            assert place not in answer.content.decode(), name
