"""What people fill in on a website becomes rows of the ledger, once, and nothing that the form does not ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from ripeline.server import form_guard, forms, quarantine
from ripeline.server.consents import Wording
from ripeline.server.digests import digest_of
from ripeline.server.events import Event, Rejected
from ripeline.server.forms import Form, FormVersion
from ripeline.server.refusals import Refusal, Refused
from website_forms import CONTACT, OTHER, THANKS, opened, sent

if TYPE_CHECKING:
    from set_clock import SetClock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_was_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins with a guard that has seen nothing."""
    monkeypatch.setattr(forms, "_guard", form_guard.Guard())


def rows() -> dict[str, dict[str, object]]:
    """What the rows of the ledger say, by name."""
    return {row.name: msgspec.json.decode(row.properties) for row in Event.objects.order_by("pk")}


def test_a_form_becomes_consents_attributes_and_an_event(clock: SetClock) -> None:
    """In one transaction, of the person that the address names, and with how much was told."""
    opened(now=clock())
    answer = sent(
        {"email": " Ada@Example.com", "company": "Mill", "need": "A new mill", "start": "now", "newsletter": "yes"},
        referer="https://www.example.com/",
    )
    assert (answer.status_code, answer["Location"], answer.cookies) == (303, THANKS, {})
    wording = digest_of("Yes, write to me once a month.")
    assert rows() == {
        "consent_given": {
            "purpose": "newsletter",
            "wording": wording,
            "proof": "form contact on https://www.example.com/; the address was typed and not confirmed",
        },
        "attributes_changed": {"email": "ada@example.com", "company": "Mill"},
        "contact_requested": {
            "need": "A new mill",
            "start": "now",
            "form": "contact",
            "fields_filled": 4,
            "text_length": 10,
            "page": "https://www.example.com/",
        },
    }
    assert {row.claims for row in Event.objects.all()} == {'{"email":"ada@example.com"}'}
    assert Wording.objects.get(pk=wording).text == "Yes, write to me once a month."


def test_a_form_leads_back_only_to_its_own_pages() -> None:
    """The first one, or the one of them that the page asks for; for anything else there is a page of ours."""
    opened(now=1)
    for asked, told in (
        (None, THANKS),
        (OTHER, OTHER),
        (OTHER + "x", "/f/contact/thanks"),
        ("//evil.example", "/f/contact/thanks"),
    ):
        answer = sent({"email": "ada@example.com"} | ({"return_to": asked} if asked else {}))
        assert (answer.status_code, answer["Location"]) == (303, told)


def test_a_double_click_is_one_submission() -> None:
    """And another word makes another one."""
    opened(now=1)
    for need in ("A mill", "A mill", "Two mills"):
        assert sent({"email": "ada@example.com", "need": need}).status_code == 303
    assert Event.objects.filter(name="contact_requested").count() == 2


def test_what_is_missing_is_said_beside_its_field() -> None:
    """In the form's language, with what was typed still there, and nothing is stored."""
    opened(CONTACT + "language: de\n", now=1)
    answer = sent({"need": "<b>Mill</b>"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'lang="de"' in text
    assert "&lt;b&gt;Mill&lt;/b&gt;" in text
    assert 'aria-describedby="contact-email-fault"' in text
    assert not Event.objects.exists()


def test_spam_is_put_aside_and_can_be_stored_after_all(clock: SetClock) -> None:
    """Its sender sees the same as everybody; whoever runs it again gets the rows of when it came."""
    opened(now=clock())
    answer = sent({"email": "ada@example.com", "website": "http://spam.example", "newsletter": "on"})
    assert (answer.status_code, answer["Location"]) == (303, THANKS)
    assert not Event.objects.exists()
    row = Rejected.objects.get()
    assert (row.reason, row.kind, row.source.name) == ("spam", "form", "form/contact")
    opened(CONTACT.replace("contact_requested", "question_asked"), now=clock.move(60))
    assert isinstance(quarantine.run_again(row, now=clock.move(60)), quarantine.Stored)
    assert list(rows()) == ["consent_given", "attributes_changed", "contact_requested"]
    assert {event.at for event in Event.objects.all()} == {row.received_at}


def test_a_form_can_be_changed_closed_and_opened_again(clock: SetClock) -> None:
    """Its text of before stays, and a closed one takes nothing."""
    first = opened(now=clock())
    assert opened(now=clock.move(1)) == first
    second = opened(CONTACT + "language: nl\n", now=clock.move(1))
    assert second != first
    form = Form.objects.get()
    assert isinstance(forms.close(form, now=clock()), Form)
    assert forms.close(form, now=clock()) == Refused(Refusal.CLOSED_ALREADY)
    assert sent({"email": "ada@example.com"}).status_code == 410
    opened(now=clock.move(1))
    assert FormVersion.objects.count() == 3
    assert sent({"email": "ada@example.com"}).status_code == 303
