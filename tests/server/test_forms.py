"""What people fill in on a website becomes rows of the ledger, once, and nothing that the form does not ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from django.db import OperationalError
from django.test import Client

from ripeline.server import sources
from ripeline.server.consent.consents import Wording
from ripeline.server.digests import digest_of
from ripeline.server.events import Event, Rejected
from ripeline.server.intake import form_guard, forms, quarantine
from ripeline.server.intake.forms import Form, FormVersion
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sources import Source, SourceKind
from website_forms import CONTACT, OTHER, SENDER, THANKS, opened, sent

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
            "from": SENDER,
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


HOST = {"host": "localhost"}


def test_a_form_is_a_page_of_its_own() -> None:
    """So that a link in a mail works: with its fields, its boxes unticked, its campaign kept, and no cookie."""
    opened(now=1)
    answer = Client(headers=HOST).get("/f/contact?utm_source=letter&utm_evil=x&anonymous_id=12345678")
    text = answer.content.decode()
    assert (answer.status_code, answer.cookies, answer["Cache-Control"]) == (200, {}, "no-cache")
    assert '<input type="hidden" name="utm_source" value="letter">' in text
    assert '<input type="hidden" name="page" value="http://localhost/f/contact">' in text
    assert "utm_evil" not in text
    assert "anonymous_id" not in text
    assert " checked" not in text
    assert "<script" not in text
    assert "style=" not in text
    policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
    assert policy["form-action"] == "'self' https://www.example.com"
    assert policy["default-src"] == "'self'"
    assert Client(headers=HOST).head("/f/contact").status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_a_form_is_read_or_sent(method: str) -> None:
    """Nothing else."""
    opened(now=1)
    answer = Client(headers=HOST).generic(method, "/f/contact")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize("name", ["nothing", "Contact", "contact%00", "%E2%98%83", "x" * 500, "../admin"])
def test_an_address_without_a_form_says_so(name: str) -> None:
    """Whoever mistypes it."""
    opened(now=1)
    for method in ("GET", "POST"):
        assert Client(headers=HOST).generic(method, f"/f/{name}").status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Thank you"), ("de", "Vielen Dank"), ("nl", "Bedankt"), ("da", "Tak")],
)
def test_the_pages_speak_the_language_of_the_form(language: str, words: str) -> None:
    """Whatever the browser prefers."""
    opened(f"form: contact\nevent: asked\nlanguage: {language}\nfields: {{email: {{attribute: email}}}}\n", now=1)
    answer = sent({"email": "ada@example.com"}, accept_language="fr")
    assert answer["Location"] == "/f/contact/thanks"
    text = Client(headers=HOST).get(answer["Location"]).content.decode()
    assert f'<html lang="{language}">' in text
    assert f'<h1 class="done">{words}</h1>' in text


def test_whoever_may_have_to_confirm_a_yes_is_told_to_look_into_the_mailbox() -> None:
    """After a form with a box; one without asks nobody anything."""
    opened(now=1)
    assert "look into your mailbox" in Client(headers=HOST).get("/f/contact/thanks").content.decode()
    opened("form: plain\nevent: asked\nfields: {email: {attribute: email}}\n", now=1)
    assert "mailbox" not in Client(headers=HOST).get("/f/plain/thanks").content.decode()


def test_while_the_database_is_away_people_are_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with Retry-After, nothing is stored; and the same submission is taken a moment later."""
    opened(now=1)

    def away(*_: object) -> None:
        raise OperationalError

    for place in ("ripeline.server.intake.forms.ledger.add", "ripeline.server.intake.forms.version_of"):
        with monkeypatch.context() as patch:
            patch.setattr(place, away)
            answer = sent({"email": "ada@example.com"})
            assert (answer.status_code, answer["Retry-After"]) == (503, "5")
            assert not Event.objects.exists()
    assert sent({"email": "ada@example.com"}).status_code == 303
    assert Event.objects.count() == 2


def test_all_rows_of_a_submission_are_stored_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails after the rows were added takes them back."""
    opened(now=1)

    def fail(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr("django.db.connection.on_commit", fail)
    assert sent({"email": "ada@example.com"}).status_code == 503
    assert not Event.objects.exists()


def test_a_forms_source_has_no_key_and_is_closed_with_it() -> None:
    """Nothing else sends in its name: no key, no import, no other source called like it."""
    form = opened(now=1).form
    assert (form.source.kind, form.source.write_key_digest) == (SourceKind.FORM, None)
    assert sources.renew_key(form.source) == Refused(Refusal.OWN_SOURCE)
    assert sources.add("mine", SourceKind.FORM, now=1) == Refused(Refusal.OWN_SOURCE)
    assert sources.of_import("form/contact", is_history=False, now=1) == Refused(Refusal.OWN_SOURCE)
    Source.objects.create(name="form/taken", kind=SourceKind.WEB, created_at=1)
    assert forms.put(CONTACT.replace("form: contact", "form: taken"), now=1) == Refused(Refusal.NAME_TAKEN)
    assert isinstance(sources.close(form.source, now=2), Source)
    assert sent({"email": "ada@example.com"}).status_code == 410
    assert Client(headers=HOST).get("/f/contact").status_code == 410


def test_a_text_that_is_no_form_is_refused_with_its_problems() -> None:
    """The form of before stays as it was."""
    before = opened(now=1)
    refused = forms.put(CONTACT.replace("event:", "evnt:"), now=2)
    assert isinstance(refused, Refused)
    assert (refused.reason, {problem.code for problem in refused.problems}) == (Refusal.NO_FORM, {"PB003"})
    assert forms.version_of("contact") == before


def test_a_body_that_holds_no_submission_stays_in_the_quarantine(clock: SetClock) -> None:
    """Whoever edits it by hand does not break the rest."""
    opened(now=clock())
    sent({"email": "ada@example.com", "website": "x"})
    for body in ("", "{}", '{"version":99,"submission":{"values":{}}}'):
        Rejected.objects.update(body=body)
        found = quarantine.run_again(Rejected.objects.get(), now=clock())
        assert isinstance(found, quarantine.StillRejected)
    assert not Event.objects.exists()
