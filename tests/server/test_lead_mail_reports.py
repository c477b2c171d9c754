"""What comes back of mails to leads: those that did not arrive, and those that nobody wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger_rows import all_rounds, happened
from letters_to_leads import agreed, sent, template
from mails import multipart, recipient, report
from mails_of_machines import COMPLAINT
from ripeline.server import people
from ripeline.server.consent.suppressions import Suppression
from ripeline.server.events import Event
from ripeline.server.leadmail.mails import Held
from ripeline.server.mail import taking
from ripeline.server.sources import Source, SourceKind

if TYPE_CHECKING:
    from mail_server import MailServer
    from ripeline.server.leadmail.mails import Mail
    from set_clock import SetClock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("mail_server")]


@pytest.fixture
def mail(source: Source, clock: SetClock) -> Mail:
    """A mail that Ada got."""
    template(clock)
    return sent(agreed(source, clock), clock)


def _headers(mail_server: MailServer) -> str:
    return f"Message-ID: {mail_server.mails[0].message['Message-ID']}\nSubject: Fees\n"


def _complaint(headers: str, kind: str = "abuse") -> bytes:
    said = [
        ("text/plain", "This is a report."),
        ("message/feedback-report", f"Feedback-Type: {kind}\nVersion: 1"),
        ("text/rfc822-headers", headers),
    ]
    return multipart(*said, kind="report", Content_Type=COMPLAINT)


def test_a_mail_that_came_back_names_the_delivery_and_ends_the_address(
    mail: Mail, clock: SetClock, mail_server: MailServer
) -> None:
    """Whatever the report calls the mailbox: it was forwarded to another one."""
    raw = report(recipient("ada.elsewhere@example.org", "5.1.1", "550 User unknown"), returned=_headers(mail_server))
    assert taking.take(raw, now=clock.move(60)) == "email_bounced"
    all_rounds(clock)
    mail.refresh_from_db()
    assert mail.bounced_at == clock()
    row = Event.objects.get(name="email_bounced")
    assert '"delivery_id":"m-1"' in row.properties
    assert row.identifier is not None
    assert row.identifier.lead == mail.lead
    assert Held(sent(mail.lead, clock, key="m-2").held) == Held.NOT_DELIVERABLE


@pytest.mark.parametrize("is_refused", [True, False], ids=["refused", "reported"])
def test_an_address_that_is_dead_ends_no_other_one(
    source: Source, clock: SetClock, mail_server: MailServer, *, is_refused: bool
) -> None:
    """The next mail goes to the other address of the lead, until none is left."""
    template(clock)
    lead = agreed(source, clock)
    crm = Source.objects.create(name="crm", kind=SourceKind.SERVER, created_at=clock())
    for email in ("ada@example.com", "ada@example.org"):
        happened(crm, "paper", clock.move(60), external="0035", email=email)
        all_rounds(clock)
    for number, email in enumerate(("ada@example.com", "ada@example.org")):
        assert people.emails([lead.pk]) == {lead.pk: email}
        mail_server.refusals |= {"RCPT": "550 no such user"} if is_refused else {}
        mail = sent(lead, clock, key=f"m-{number}")
        assert not mail.held
        if not is_refused:
            assert email in mail_server.mails[number].mailbox
            headers = f"Message-ID: {mail_server.mails[number].message['Message-ID']}\n"
            raw = report(recipient(email, "5.1.1", "550 User unknown"), returned=headers)
            assert taking.take(raw, now=clock.move(60)) == "email_bounced"
        all_rounds(clock)
    mail_server.refusals.clear()
    assert Event.objects.filter(name="email_bounced").count() == 2
    assert Event.objects.filter(name="attributes_changed", properties__contains="undeliverable").count() == 1
    assert Held(sent(lead, clock, key="m-3").held) == Held.NOT_DELIVERABLE


def test_one_that_is_late_ends_nothing(mail: Mail, clock: SetClock, mail_server: MailServer) -> None:
    """A full mailbox is emptied some day."""
    raw = report(recipient("ada@example.com", "5.2.2", "552 mailbox is full"), returned=_headers(mail_server))
    taking.take(raw, now=clock.move(60))
    all_rounds(clock)
    mail.refresh_from_db()
    assert mail.bounced_at is None
    assert sent(mail.lead, clock, key="m-2").sent_at == clock()


def test_a_complaint_ends_the_mails(mail: Mail, clock: SetClock, mail_server: MailServer) -> None:
    """However often it comes; the proof names the mail."""
    for _again in range(2):
        assert taking.take(_complaint(_headers(mail_server)), now=clock.move(60)) == "complaint"
    (row,) = Event.objects.filter(name="consent_withdrawn")
    assert '"proof":"complaint m-1"' in row.properties
    assert Suppression.objects.filter(purpose="email").exists()
    assert Held(sent(mail.lead, clock, key="m-2").held) == Held.SUPPRESSED


@pytest.mark.parametrize("kind", ["not-spam", "abuse"])
def test_what_is_no_complaint_of_a_mail_of_ours_ends_nothing(kind: str, mail: Mail, clock: SetClock) -> None:
    """Somebody takes one back, or names a mail that nobody has seen."""
    headers = "Message-ID: <1-AAAAAAAAAAAAAAAAAAAAAAAA@example.com>\nSubject: Fees\n"
    assert taking.take(_complaint(headers, kind), now=clock.move(60)) == "complaint"
    assert sent(mail.lead, clock, key="m-2").sent_at == clock()
