"""Was it you? A yes that anybody may have typed is asked for by one mail, and only the answer to it counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from django.core.exceptions import DisallowedHost
from django.test import Client, RequestFactory

from ledger_rows import all_rounds, happened, lead_of, signed
from mail_server import MailServer, text_of
from ripeline.server import instants, sources, tokens
from ripeline.server.consent import consents
from ripeline.server.consent.suppressions import Suppression
from ripeline.server.delivery.courier import deliver
from ripeline.server.digests import digest_of
from ripeline.server.events import Event
from ripeline.server.instants import SECOND
from ripeline.server.intake import form_guard, forms
from ripeline.server.leadmail import confirmations
from ripeline.server.leadmail.confirmations import LASTS, Confirmation
from ripeline.server.leadmail.mails import Mail
from ripeline.server.qualification.replay import replay
from ripeline.server.sources import Source
from small_playbook import TEXT
from website_forms import SENDER, opened, sent

if TYPE_CHECKING:
    from set_clock import SetClock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("mail_server")]

ADA, BOB = "ada@example.com", "bob@example.com"
BOOK = TEXT.replace(
    "consent: assumed\n",
    "consent: {scoring: {purpose: profiling, basis: objection}, channels: {website: tracking}, contact:"
    " {countries: {NL: {email: {purpose: email, basis: consent}}}}}\n",
).replace("page: {event", "page: {channel: website, event")
BOOK = BOOK.replace("attributes:\n", "attributes:\n  country: {type: text}\n  email_status: {type: text}\n")
NEWSLETTER = """\
form: newsletter
event: newsletter_wanted
language: nl
fields:
  email: {attribute: email, required: true}
  name: {attribute: name}
  country: {attribute: country}
consents:
  news: {purpose: email, wording: "Ja, schrijf mij."}
  calls: {purpose: phone, wording: "Ja, bel mij."}
"""


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, clock: SetClock) -> None:
    monkeypatch.setattr(forms, "_guard", form_guard.Guard())
    monkeypatch.setattr(instants, "now", clock)
    signed(BOOK, now=clock(), reps=False)
    opened(NEWSLETTER, now=clock.move(60))


def signs_up(clock: SetClock, who: str = ADA, **more: str) -> None:
    """Somebody fills in the form of the newsletter, and it is read and answered."""
    clock.move(60)
    assert sent({"email": who, "news": "yes", **more}, name="newsletter").status_code == 303
    all_rounds(clock)
    deliver(clock)


def link_in(server: MailServer) -> str:
    """The link of the last mail."""
    found = re.search(r"https://leads\.example\.com(/p/\S+)", text_of(server.mails[-1]))
    assert found is not None
    return found[1]


def clicks(clock: SetClock, link: str) -> int:
    """Presses the button of the page behind a link a little later; its status."""
    page = Client().get(link)
    rows = re.findall(r'name="row" value="(\d+)"', page.content.decode())
    clock.move(1)
    return Client(REMOTE_ADDR="203.0.113.9").post(link, {"row": rows}).status_code


def code(clock: SetClock, who: str = ADA) -> str:
    """Why we may write to somebody, or not."""
    return consents.may_contact(lead_of(who), "email", now=clock()).reason.code


def test_a_yes_is_confirmed_by_the_button_behind_the_link(clock: SetClock, mail_server: MailServer) -> None:
    """Its row proves the words, the form, both instants, both addresses and the mail; it plays no part in scores."""
    signs_up(clock)
    assert code(clock) == "not_confirmed"
    (mail,) = mail_server.mails
    assert ADA in mail.mailbox
    assert mail.message["Subject"] == "Bevestig je e-mailadres"
    assert not mail.message["List-Unsubscribe"]
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert "Havn & Søn" in text_of(mail)
    clock.move(89)
    assert clicks(clock, link_in(mail_server)) == 303
    assert code(clock) == "may_contact_confirmed"
    row = Event.objects.filter(name="consent_given").latest("pk")
    said = msgspec.json.decode(row.properties)
    assert said == {
        "purpose": "email",
        "wording": digest_of("Ja, schrijf mij."),
        "proof": "form newsletter",
        "own": True,
        "requested_at": instants.text(clock() - 90 * SECOND),
        "requested_from": SENDER,
        "confirmed_at": instants.text(clock()),
        "confirmed_from": "203.0.113.9",
        "mail": Mail.objects.get().key,
    }
    assert consents.Wording.objects.get(pk=said["wording"]).text == "Ja, schrijf mij."
    all_rounds(clock)
    assert code(clock) == "may_contact_confirmed"
    assert not replay().differences


def test_reading_the_page_changes_nothing(clock: SetClock, mail_server: MailServer) -> None:
    """A scanner that opens each link confirms nothing; the page shows the words, sets no cookie and is kept nowhere."""
    signs_up(clock)
    link = link_in(mail_server)
    before = Event.objects.count()
    for method in ("get", "head"):
        page = getattr(Client(), method)(link)
        assert page.status_code == 200
        assert not page.cookies
        assert page["Cache-Control"] == "no-store"
        assert page["Referrer-Policy"] == "no-referrer"
    shown = Client().get(link).content.decode()
    assert "Ja, schrijf mij." in shown
    assert 'lang="nl"' in shown
    assert "<script" not in shown
    assert Event.objects.count() == before
    assert Confirmation.objects.get().answered_at is None
    assert code(clock) == "not_confirmed"


def test_the_page_speaks_as_the_mail_that_leads_to_it(clock: SetClock, mail_server: MailServer) -> None:
    """Also when a country, and with it another language, has followed from the address meanwhile."""
    signs_up(clock, who="ada@werk.de")
    assert mail_server.mails[-1].message["Subject"] == "Bevestig je e-mailadres"
    assert lead_of("ada@werk.de").language == "de"
    assert 'lang="nl"' in Client().get(link_in(mail_server)).content.decode()


def test_a_hundred_sign_ups_are_one_mail(clock: SetClock, mail_server: MailServer) -> None:
    """However often a stranger types an address, it gets one mail in a day, and three in a month if nobody answers."""
    for number in range(100):
        happened(_website(clock), "consent_given", clock(), said=_yes(), email=ADA, anonymous=f"browser-{number}")
        if number % 20 == 0:
            all_rounds(clock)
            deliver(clock)
            clock.move(3600)
    assert len(mail_server.mails) == 1
    for _ in range(10):
        clock.move(24 * 3600 + 60)
        signs_up(clock, name="Ada")
    assert len(mail_server.mails) == 3
    clock.move(30 * 24 * 3600)
    signs_up(clock)
    assert len(mail_server.mails) == 4


def test_a_mailbox_is_one_however_it_is_written(clock: SetClock, mail_server: MailServer) -> None:
    """What is behind a plus leads to the same person, who gets one mail in a day; a longer name is another's."""
    for who in ("ada+1@example.com", "ada+2@example.com", ADA, "ada+@example.com"):
        signs_up(clock, who)
    assert ["ada+1@example.com" in mail.mailbox for mail in mail_server.mails] == [True]
    signs_up(clock, "adam@example.com")
    assert len(mail_server.mails) == 2


def test_nobody_has_us_write_to_half_the_world(
    clock: SetClock, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many addresses that somebody types within an hour are not all asked; an hour later it goes on."""
    monkeypatch.setattr(confirmations, "MOST", 2)
    for number in range(4):
        signs_up(clock, f"stranger{number}@example.com")
    assert len(mail_server.mails) == 2
    clock.move(3600)
    signs_up(clock, BOB)
    assert len(mail_server.mails) == 3


def _website(clock: SetClock) -> Source:
    return Source.objects.get_or_create(name="website", defaults={"kind": "web", "created_at": clock()})[0]


def _yes() -> dict[str, str]:
    return {"purpose": "email", "wording": "Yes, write to me."}


def test_a_mail_goes_to_the_address_that_was_typed(clock: SetClock, mail_server: MailServer) -> None:
    """Also where the lead has another one."""
    crm = sources.of_import("crm", is_history=False, now=clock())
    assert isinstance(crm, Source)
    happened(crm, "seen", clock(), email=BOB, user_id="7")
    all_rounds(clock)
    happened(crm, "seen", clock.move(60), user_id="7", email=ADA)
    all_rounds(clock)
    signs_up(clock)
    assert ADA in mail_server.mails[-1].mailbox


def test_where_a_yes_is_enough_nobody_is_asked(clock: SetClock, mail_server: MailServer) -> None:
    """By the rule of a country that we know; after a no of the person's own it is asked there too, and lifts it."""
    crm = sources.of_import("crm", is_history=False, now=clock())
    assert isinstance(crm, Source)
    happened(crm, "attributes_changed", clock(), email=ADA, said={"country": "NL"})
    signs_up(clock)
    assert not mail_server.mails
    assert code(clock) == "may_contact_given"
    clock.move(60)
    consents.refuse(lead_of(ADA), ["email"], proof="test", now=clock())
    signs_up(clock, name="Ada")
    assert code(clock) == "suppressed"
    assert clicks(clock, link_in(mail_server)) == 303
    assert code(clock) == "may_contact_confirmed"
    assert not Suppression.objects.exists()


def test_whoever_types_a_country_is_asked_as_without_one(clock: SetClock, mail_server: MailServer) -> None:
    """Anybody may type anybody's."""
    signs_up(clock, country="NL")
    assert ADA in mail_server.mails[-1].mailbox
    assert code(clock) == "not_confirmed"


def test_a_mail_proves_nothing_for_calls(clock: SetClock, mail_server: MailServer) -> None:
    """A yes to calls is not asked for by mail, and not confirmed by one."""
    signs_up(clock, calls="yes")
    assert "bel mij" not in Client().get(link_in(mail_server)).content.decode()
    clicks(clock, link_in(mail_server))
    assert consents.of(lead_of(ADA))["phone"].is_confirmed is False


def test_a_request_ends(clock: SetClock, mail_server: MailServer) -> None:
    """Afterwards its link is like one that never was, and the yes stays unconfirmed."""
    signs_up(clock)
    link = link_in(mail_server)
    clock.move(LASTS // SECOND - 1)
    assert Client().get(link).status_code == 200
    clock.move(1)
    assert Client().get(link).status_code == 404
    assert Client().post(link, {"row": ["1", "2", "3", "4"]}).status_code == 404
    assert code(clock) == "not_confirmed"


def test_links_that_open_nothing_answer_alike(clock: SetClock, mail_server: MailServer) -> None:
    """Made up, of another purpose, with one sign changed, taken back, or of somebody who is forgotten."""
    signs_up(clock)
    link = link_in(mail_server)
    mail = Mail.objects.get()
    last = "A" if link[-2] != "A" else "B"
    strange = [
        f"/p/confirm/{tokens.token('preferences', mail.pk)}/",
        f"/p/confirm/{tokens.token('confirm', mail.pk + 1)}/",
        f"{link[:-2]}{last}/",
        "/p/confirm/x/",
        "/p/confirm/1-/",
        f"/p/confirm/{'9' * 500}-a/",
        f"/p/preferences/{tokens.token('confirm', mail.pk)}/",
        "/p/preferences/0-0/",
    ]
    clock.move(60)
    consents.refuse(lead_of(ADA), ["email"], proof="test", now=clock())
    all_rounds(clock)
    answers = {Client().get(one).content for one in (*strange, link)}
    assert len(answers) == 1
    assert {Client().post(one).status_code for one in strange} == {404}


def test_what_was_not_shown_is_not_confirmed(clock: SetClock, mail_server: MailServer) -> None:
    """Rows of others and rows that came since are not; said twice, it counts once."""
    signs_up(clock)
    signs_up(clock, BOB)
    link = link_in(mail_server)
    foreign = Event.objects.get(name="consent_given", identifier__value=ADA)
    Client().post(link, {"row": [str(foreign.pk), "x", "9" * 30, ""]})
    assert (code(clock), code(clock, BOB)) == ("not_confirmed", "not_confirmed")
    assert clicks(clock, link) == 303
    assert clicks(clock, link) == 303
    assert Event.objects.filter(name="consent_given", source__name="ripeline").count() == 1
    assert "/p/preferences/" in Client().get(link).content.decode()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example"])
def test_a_hostile_host_is_refused_and_stands_in_no_mail(clock: SetClock, mail_server: MailServer, host: str) -> None:
    """Links are made from the address in the settings alone."""
    clock.move(60)
    assert sent({"email": ADA, "news": "yes"}, name="newsletter", host=host).status_code == 400
    signs_up(clock, name="Ada")
    link = link_in(mail_server)
    assert all("evil" not in mail.message.as_string() for mail in mail_server.mails)
    assert Client(headers={"host": host}).get(link).status_code == 400
    proxied = {"x-forwarded-host": host, "x-forwarded-for": "6.6.6.6", "forwarded": f"host={host}"}
    page = Client(headers=proxied, REMOTE_ADDR="203.0.113.9").get(link)
    assert page.status_code == 200
    assert "evil" not in page.content.decode()
    with pytest.raises(DisallowedHost):
        RequestFactory(headers={"host": host}).get("/").get_host()


def test_a_header_that_names_another_sender_is_not_believed(clock: SetClock, mail_server: MailServer) -> None:
    """The address from which it was confirmed is the one that it came from."""
    signs_up(clock)
    link = link_in(mail_server)
    rows = re.findall(r'name="row" value="(\d+)"', Client().get(link).content.decode())
    Client(headers={"x-forwarded-for": "6.6.6.6"}, REMOTE_ADDR="203.0.113.9").post(link, {"row": rows})
    row = Event.objects.filter(name="consent_given").latest("pk")
    assert '"confirmed_from":"203.0.113.9"' in row.properties
    assert "6.6.6.6" not in row.properties


@pytest.mark.parametrize("name", ["Ada\r\nBcc: everybody@example.com", "Ada\nX: y", "\r\n\r\nBuy now", "a\x00b"])
def test_no_header_is_made_of_what_somebody_typed(clock: SetClock, mail_server: MailServer, name: str) -> None:
    """A name holds no second line, and no mail of ours gets a header or a text by it."""
    signs_up(clock, name=name)
    (mail,) = mail_server.mails
    assert set(mail.message.keys()) <= {
        *("Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Subject", "From", "To", "Date", "Message-ID"),
        "Auto-Submitted",
    }
    assert "everybody@example.com" not in mail.message.as_string()
    assert "Buy now" not in mail.message.as_string()


def test_an_address_with_a_line_in_it_is_none(clock: SetClock, mail_server: MailServer) -> None:
    """It never gets as far as a mail."""
    clock.move(60)
    assert sent({"email": f"{ADA}\r\nBcc: x@example.com", "news": "yes"}, name="newsletter").status_code == 422
    all_rounds(clock)
    deliver(clock)
    assert not mail_server.mails
    assert not confirmations.Confirmation.objects.exists()
