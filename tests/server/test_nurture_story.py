"""One lead from its sign-up to its last no: every mail that leaves on the way, header by header, and none after."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from ledger_rows import happened, lead_of, said, signed
from letters_to_leads import BROWSER, altered, end_of, links_of, signing, template, worked
from mail_server import page_of, text_of
from ripeline.core.units import MICRO
from ripeline.server.consent import consents
from ripeline.server.delivery.outbox import Delivery
from ripeline.server.instants import DAY, SECOND
from ripeline.server.intake import form_guard, forms
from ripeline.server.leadmail import clicks
from ripeline.server.leadmail.mails import Mail, MailKind
from ripeline.server.nurture.enrollments import Enrollment, StepDone
from ripeline.server.refusals import Refused
from ripeline.server.sales import tasks
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.sales.tasks import Task, TaskKind
from ripeline.server.sales.verdicts import Recycled, recycle
from staff import mara
from website_forms import opened, sent

if TYPE_CHECKING:
    from email.message import EmailMessage

    from pytest_django import Settings

    from letters_to_leads import Published
    from mail_server import Mail as Taken
    from mail_server import MailServer
    from ripeline.server.leads import Lead
    from ripeline.server.sources import Source
    from ripeline.server.staff.users import User
    from set_clock import SetClock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_clock")]

JAN = "jan@voorbeeld.nl"
PLAYBOOK = """\
playbook: Story
timezone: Europe/Amsterdam
consent:
  channels: {email: tracking}
  contact:
    email: {purpose: email, basis: confirmed}
    phone: {purpose: phone, basis: consent}
attributes:
  first_name: {type: text}
  country: {type: text}
activities:
  click: {event: email_clicked, channel: email}
  quote: {event: quote_requested, conversion: true}
rules:
  clicks: {on: click, points: 10}
gates:
  mql: {enter: {any: [{score: engagement, at_least: 100}, {did: quote, within: 30 days}]}}
  sales_ready: {enter: {did: quote, within: 60 days}}
nurture:
  tracks:
    later:
      for: {stages: mql, recycled: no_budget}
      steps:
        leasing: {after: 1 day, mail: leasing}
      repeat: {every: 14 days, mail: news}
    first:
      steps:
        welcome: {after: 1 h, mail: welcome}
        prices: {after: 2 days, mail: prices}
        example: {after: 7 days, mail: example}
      repeat: {every: 14 days, mail: news}
"""
NEWSLETTER = """\
form: nieuwsbrief
event: newsletter_wanted
language: nl
fields:
  email: {attribute: email, required: true}
  naam: {attribute: first_name}
  land: {attribute: country}
consents:
  post: {purpose: email, wording: "Ja, schrijf mij over zonnepanelen."}
  kijken: {purpose: tracking, wording: "Ja, kijk wat mij interesseert."}
"""
SUBJECTS = {
    "welcome": "Welkom, {}: zó begint u",
    "prices": "Wat kosten zonnepanelen écht?",
    "example": "Een huis in Coëvorden als voorbeeld",
    "leasing": "Zonder budget: huren in plaats van kopen",
    "news": "Ons nieuws",
}
SECTIONS = """<mj-section><mj-column><mj-text>{{{{Hallo {{first_name}},|Hallo,}}}} {text}</mj-text>
<mj-button href="https://www.voorbeeld.nl/{text}">Lees verder</mj-button></mj-column></mj-section>"""

ALWAYS = {"Message-ID", "Date", "From", "To", "Subject", "MIME-Version", "Content-Type", "Auto-Submitted"}
ALWAYS |= {"DKIM-Signature"}
OF_ADVERTISING = {"List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Feedback-ID"}
SIGNED = {name.lower() for name in ALWAYS | OF_ADVERTISING} - {"dkim-signature"}


@pytest.fixture
def published(settings: Settings, mail_server: MailServer) -> Published:
    """Our public key, as the name server tells it to whoever gets our mails."""
    assert mail_server
    return signing(settings)


@pytest.fixture(autouse=True)
def _ours(transactional_db: None, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signed playbook, a form on the website, and templates in Dutch and in English."""
    del transactional_db
    monkeypatch.setattr(forms, "_guard", form_guard.Guard())
    signed(PLAYBOOK, now=clock())
    opened(NEWSLETTER, now=clock.move(60))
    for name, subject in SUBJECTS.items():
        template(clock, name, "nl", subject.replace("{}", "{{{first_name}|lezer}}"), SECTIONS.format(text=name))
        template(clock, name, "en", f"In English: {name}", SECTIONS.format(text=name))


def test_one_lead_from_sign_up_to_its_last_no(
    source: Source, clock: SetClock, mail_server: MailServer, published: Published
) -> None:
    """Confirmation, three mails in Dutch, a click, sales, what sales prepared, one click to end it, and silence."""
    jan = _jan_signs_up(clock, mail_server)
    _is_confirmation(mail_server.mails[0], published)
    _only_the_button_confirms(clock, mail_server, jan)

    worked(clock, 12)
    assert _subjects(mail_server)[1:] == [
        "Welkom, Jan: zó begint u",
        "Wat kosten zonnepanelen écht?",
        "Een huis in Coëvorden als voorbeeld",
    ]
    for taken in mail_server.mails[1:]:
        _is_advertising(taken, published)

    before = _points(jan)
    _jan_clicks(clock, mail_server.mails[3])
    assert _points(jan) == before + 10

    offer = _jan_asks_for_a_quote(clock, source, jan)
    said(jan, "verdict_given", clock(), verdict="accepted", by=_rep(offer).username)
    worked(clock, 40)
    assert Enrollment.objects.get(lead=jan).end_reason == "track_accepted"
    assert len(mail_server.mails) == 4

    _sales_gives_jan_back(clock, offer)
    worked(clock, 2)
    assert Enrollment.objects.get(lead=jan, ended_at=None).track == "later"
    assert len(mail_server.mails) == 4, "what sales prepared comes first"
    tasks.done(Task.objects.get(kind=TaskKind.PREPARED_STEP), by=mara(), now=clock())
    worked(clock, 2)
    assert _subjects(mail_server)[4:] == ["Zonder budget: huren in plaats van kopen"]
    _is_advertising(mail_server.mails[4], published)

    _one_click_ends_it(clock, mail_server.mails[4], jan)
    for days in (1, 30, 400):
        clock.move(days * DAY / SECOND)
        worked(clock, 1)
    assert len(mail_server.mails) == 5
    _is_once_and_settled()


# --- what Jan does --------------------------------------------------------------------------------


def _jan_signs_up(clock: SetClock, mail_server: MailServer) -> Lead:
    filled = {"email": JAN, "naam": "Jan", "land": "NL", "post": "yes", "kijken": "yes"}
    assert sent(filled, name="nieuwsbrief").status_code == 303
    worked(clock)
    jan = lead_of(JAN)
    worked(clock, 3)
    assert len(mail_server.mails) == 1, "nothing but the question leaves before the answer"
    assert consents.may_contact(jan, "email", now=clock()).reason.code == "not_confirmed"
    return jan


def _only_the_button_confirms(clock: SetClock, mail_server: MailServer, jan: Lead) -> None:
    (link,) = re.findall(r"https://leads\.example\.com(/p/confirm/\S+)", text_of(mail_server.mails[0]))
    browser = Client(headers={"Accept-Language": "da"})
    shown = browser.get(link).content.decode()
    assert '<html lang="nl"' in shown
    assert "Ja, schrijf mij over zonnepanelen." in shown
    worked(clock)
    assert not consents.may_contact(jan, "email", now=clock())
    rows = re.findall(r'name="row" value="(\d+)"', shown)
    assert browser.post(link, {"row": rows}).status_code == 303
    assert consents.may_contact(jan, "email", now=clock()).reason.code == "may_contact_confirmed"


def _jan_clicks(clock: SetClock, taken: Taken) -> None:
    (link,) = links_of(taken)
    clock.move(600)
    browser = Client(headers={"User-Agent": BROWSER})
    assert browser.get(altered(link)).status_code == 404
    answer = browser.get(link)
    assert (answer.status_code, answer["Location"]) == (302, "https://www.voorbeeld.nl/example")
    worked(clock)
    assert clicks.Click.objects.get().is_machine is False


def _jan_asks_for_a_quote(clock: SetClock, source: Source, jan: Lead) -> Handoff:
    happened(source, "quote_requested", clock.move(60), email=JAN)
    worked(clock)
    return Handoff.objects.select_related("rep").get(lead=jan, ended_at=None)


def _one_click_ends_it(clock: SetClock, taken: Taken, jan: Lead) -> None:
    """As the mail program does it: without a cookie, and nothing in the body but what RFC 8058 says."""
    link = taken.message["List-Unsubscribe"].strip("<>").removeprefix("https://leads.example.com")
    program = Client(enforce_csrf_checks=True)
    assert program.get(link).status_code == 200
    assert consents.may_contact(jan, "email", now=clock())
    answer = program.post(link, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.cookies) == (200, {})
    assert consents.may_contact(jan, "email", now=clock()).reason.code == "suppressed"


# --- what sales does ------------------------------------------------------------------------------


def _rep(offer: Handoff) -> User:
    assert offer.rep is not None
    return offer.rep


def _sales_gives_jan_back(clock: SetClock, offer: Handoff) -> None:
    offer.refresh_from_db()
    steps = ["Stuur de leaseberekening"]
    done = recycle(offer, reason=Recycled.NO_BUDGET, steps=steps, by=_rep(offer), now=clock())
    assert not isinstance(done, Refused)


# --- what each mail carries -----------------------------------------------------------------------


def _subjects(mail_server: MailServer) -> list[str]:
    return [str(taken.message["Subject"]) for taken in mail_server.mails]


def _is_confirmation(taken: Taken, published: Published) -> None:
    """It advertises nothing, and there is nothing to unsubscribe from."""
    _is_whole(taken, MailKind.SERVICE, published)
    assert set(taken.message.keys()) == ALWAYS
    assert taken.message["Subject"] == "Bevestig je e-mailadres"
    assert "/p/u/" not in taken.raw.decode()
    assert "voorbeeld.nl/" not in page_of(taken)


def _is_advertising(taken: Taken, published: Published) -> None:
    message = taken.message
    mail = _is_whole(taken, MailKind.TRACK, published)
    assert set(message.keys()) == ALWAYS | OF_ADVERTISING
    ends = f"https://leads.example.com{end_of(taken)}"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"].endswith("<mails.example.com>")
    assert message["Feedback-ID"] == f"{mail.about}-track:ripeline:example.com"
    for part in (page_of(taken), text_of(taken)):
        assert "Hallo Jan," in part
        assert ends in part
        assert "/p/preferences/" in part
        assert "Uitschrijven" in part or "Afmelden" in part


def _is_whole(taken: Taken, kind: MailKind, published: Published) -> Mail:
    """Sender, reader, subject, id, date, both parts, and a signature over all of it."""
    message = taken.message
    assert "<ripeline@example.com>" in taken.sender
    assert f"<{JAN}>" in taken.mailbox
    (sender,), (reader,) = message["From"].addresses, message["To"].addresses
    assert (sender.display_name, sender.addr_spec, reader.addr_spec) == ("Havn & Søn", "ripeline@example.com", JAN)
    number = re.fullmatch(r"<([0-9a-f]+)-[\w-]{24}@example\.com>", message["Message-ID"])
    assert number is not None
    mail = Mail.objects.get(pk=int(number[1], 16))
    assert (mail.kind, mail.held) == (kind, "")
    assert parsedate_to_datetime(message["Date"])
    assert message["Auto-Submitted"] == "auto-generated"
    assert _parts(message) == ["multipart/alternative", "text/plain", "text/html"]
    assert all(not part.defects for part in message.walk())
    assert max(map(len, taken.raw.splitlines())) <= 998
    assert '<html lang="nl"' in page_of(taken)
    for part in (page_of(taken), text_of(taken)):
        assert "Havn" in part
        assert "{{" not in part
    _is_signed(taken, published)
    return mail


def _parts(message: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in message.walk()]


def _is_signed(taken: Taken, published: Published) -> None:
    assert published.verifies(taken.raw)
    covered = set(re.sub(r"\s", "", taken.message["DKIM-Signature"]).partition(";h=")[2].partition(";")[0].split(":"))
    present = {name.lower() for name in taken.message.keys()}  # noqa: SIM118 - no dict
    assert covered & present == SIGNED & present


# --- what stands with us --------------------------------------------------------------------------


def _points(lead: Lead) -> float:
    lead.refresh_from_db()
    return lead.engagement / MICRO


def _is_once_and_settled() -> None:
    """Each step once, each mail sent, and nothing waits anywhere."""
    places = list(StepDone.objects.values_list("enrollment__track", "place"))
    assert len(places) == len(set(places))
    assert not Mail.objects.filter(sent_at=None).exists()
    assert not Delivery.objects.filter(delivered_at=None).exists()
    assert not Enrollment.objects.filter(ended_at=None).exists()
