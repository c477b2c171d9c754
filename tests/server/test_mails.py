"""Mails to leads: asked for once, sent once by the way of all messages, or held back with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.mail import EmailMessage
from django.db import transaction

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, signed
from mail_server import MailServer, text_of
from ripeline.server import merges, tokens
from ripeline.server.delivery import endpoints
from ripeline.server.delivery.courier import TRIES, WAITS, deliver
from ripeline.server.delivery.endpoints import PATIENCE, Endpoint
from ripeline.server.delivery.outbox import Delivery, Outgoing
from ripeline.server.events import Event
from ripeline.server.instants import DAY, SECOND
from ripeline.server.leadmail import lead_letters, mails, service_mails
from ripeline.server.leadmail.mails import Held, Mail, MailKind
from ripeline.server.leadmail.service_mails import Words
from ripeline.server.qualification import replay

if TYPE_CHECKING:
    from ripeline.language import Language
    from ripeline.server.leads import Lead
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("mail_server")]


@pytest.fixture(autouse=True)
def _greeting(monkeypatch: pytest.MonkeyPatch) -> None:
    def words(mail: Mail, say: Language) -> Words | None:
        told = Words(f"Hello in {say.code}", ("One.", "Two."), "Look", "http://localhost:8000/p/look")
        return told if mail.about == "greeting" else None

    monkeypatch.setattr(service_mails, "words", words)


def _ada(source: Source, clock: SetClock, **said: object) -> Lead:
    """Ada is known."""
    signed(PLAYBOOK, now=clock())
    happened(source, "ask", clock.move(60), email="ada@example.com")
    happened(source, "attributes_changed", clock(), email="ada@example.com", said={"name": "Ada Lovelace", **said})
    all_rounds(clock)
    return lead_of("ada@example.com")


def _asked_for(lead: Lead, clock: SetClock, *, key: str = "greeting-1", kind: MailKind = MailKind.SERVICE) -> Mail:
    with transaction.atomic():
        return mails.post(lead, "greeting", kind=kind, key=key, now=clock())


def test_a_mail_that_the_person_asked_for_leaves_once_in_the_language_of_the_lead(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """Asked for twice by the same key, it is one mail; it says nothing by which a machine would answer."""
    lead = _ada(source, clock, country="NL")
    assert _asked_for(lead, clock) == _asked_for(lead, clock)
    deliver(clock)
    deliver(clock)
    (mail,) = mail_server.mails
    assert "ada@example.com" in mail.mailbox
    assert mail.message["Subject"] == "Hello in nl"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert list(mails.of_message_ids([mail.message["Message-ID"]]).values()) == [Mail.objects.get()]
    assert text_of(mail).partition("--")[0].split() == ["One.", "Two.", "Look:", "http://localhost:8000/p/look"]
    assert Mail.objects.get().sent_at == clock()


def test_what_waits_tells_nothing_of_the_person(source: Source, clock: SetClock) -> None:
    """Neither the address nor a name stands in the queue."""
    mail = _asked_for(_ada(source, clock), clock)
    assert Outgoing.objects.get(topic=mails.TOPIC).body == f'{{"mail":{mail.pk}}}'


def test_what_the_mail_server_took_stands_in_the_ledger_and_changes_no_decision(
    source: Source, clock: SetClock
) -> None:
    """The row names the mail, so that clicks too soon after it are a machine's."""
    lead = _ada(source, clock)
    mail = _asked_for(lead, clock)
    deliver(clock)
    all_rounds(clock)
    row = Event.objects.get(name="email_delivered")
    assert row.properties == f'{{"delivery_id":"{mail.key}"}}'
    assert row.identifier is not None
    assert row.identifier.lead == lead
    assert not replay.replay().differences


def test_without_consent_only_what_the_person_asked_for_leaves(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """What is held back is neither delivered nor given up: it is listed with its reason."""
    mail = _asked_for(_ada(source, clock), clock, kind=MailKind.TRACK)
    deliver(clock)
    assert not mail_server.mails
    assert [(one.pk, one.held, one.held_at) for one in mails.held_back()] == [(mail.pk, Held.NO_CONSENT, clock())]
    delivery = Delivery.objects.get()
    assert (delivery.next_try_at, delivery.delivered_at, delivery.dead_at) == (None, None, None)


def test_a_lead_without_an_address_is_not_written_to(source: Source, clock: SetClock) -> None:
    """It is held back, whoever asked for it."""
    signed(PLAYBOOK, now=clock())
    happened(source, "ask", clock.move(60), user_id="u-1")
    all_rounds(clock)
    lead = Event.objects.get(name="ask").identifier
    assert lead is not None
    assert lead.lead is not None
    _asked_for(lead.lead, clock)
    deliver(clock)
    assert Mail.objects.get().held == Held.NO_ADDRESS


def test_a_mail_to_a_merged_lead_goes_to_the_one_that_was_kept(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """It is the same person."""
    ada = _ada(source, clock)
    happened(source, "ask", clock.move(60), user_id="u-1")
    all_rounds(clock)
    other = Event.objects.filter(name="ask").order_by("pk").last()
    assert other is not None
    assert other.identifier is not None
    assert other.identifier.lead is not None
    _asked_for(other.identifier.lead, clock)
    merges.merge(ada, other.identifier.lead, at=clock.move(1))
    deliver(clock)
    assert "ada@example.com" in mail_server.mails[0].mailbox


def test_an_address_that_the_mail_server_refuses_for_ever_is_undeliverable(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """It is not tried again, and the way out stays as it was for all others."""
    lead = _ada(source, clock)
    mail_server.refusals["RCPT"] = "550 no such user"
    _asked_for(lead, clock)
    deliver(clock)
    assert Delivery.objects.get().dead_at == clock()
    assert Endpoint.objects.get().failing_since is None
    all_rounds(clock)
    assert Event.objects.filter(name="email_bounced").count() == 1
    told = Event.objects.filter(name="attributes_changed").order_by("-pk")[0]
    assert told.properties == '{"email_status":"undeliverable"}'


@pytest.mark.parametrize("how", ["refused", "not passed on", "unwritable", "unsendable"])
def test_a_mail_that_does_not_go_fails_alone(
    how: str, source: Source, clock: SetClock, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says nothing of its mailbox, and the way out stays as it was for all others."""
    lead = _ada(source, clock)
    _asked_for(lead, clock)

    def broken(*_: object, **_more: object) -> None:
        raise ValueError

    with monkeypatch.context() as patched:
        if how == "refused":
            mail_server.refusals["DATA"] = "554 5.6.0 content refused"
        elif how == "not passed on":
            mail_server.refusals["RCPT"] = "554 5.7.1 relay access denied"
        elif how == "unwritable":
            patched.setattr(lead_letters, "page", broken)
        else:
            patched.setattr(EmailMessage, "message", broken)
        deliver(clock)
    mail_server.refusals.clear()
    assert Delivery.objects.get().dead_at == clock()
    assert Endpoint.objects.get().failing_since is None
    all_rounds(clock)
    assert Mail.objects.get().bounced_at is None
    assert not Event.objects.filter(name="email_bounced").exists()
    _asked_for(lead, clock, key="greeting-2")
    deliver(clock)
    assert len(mail_server.mails) == 1
    assert Delivery.objects.order_by("pk")[0].last_answer == ("ValueError" if how.startswith("un") else "554")


def test_a_mail_server_that_is_away_is_waited_for(source: Source, clock: SetClock, mail_server: MailServer) -> None:
    """The way out is never closed for failing; after the eleventh try a mail is given up, and can be sent again."""
    _asked_for(_ada(source, clock), clock)
    mail_server.refusals["MAIL"] = "451 later"
    deliver(clock)
    for wait in WAITS:
        clock.move(2 * wait / SECOND)
        deliver(clock)
    delivery = Delivery.objects.get()
    assert (delivery.attempts, delivery.dead_at) == (TRIES, clock())
    clock.move((PATIENCE + DAY) / SECOND)
    _asked_for(Mail.objects.get().lead, clock, key="greeting-2")
    deliver(clock)
    assert Endpoint.objects.get().closed_at is None
    mail_server.refusals.clear()
    clock.move(DAY / SECOND)
    deliver(clock)
    assert len(mail_server.mails) == 1


def test_whoever_closes_the_way_out_stops_all_mails_at_once(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """What waits and what is asked for later stands in the dead list, and is sent when somebody sends it again."""
    lead = _ada(source, clock)
    _asked_for(lead, clock)
    endpoints.close(Endpoint.objects.get(), now=clock())
    _asked_for(lead, clock, key="greeting-2")
    deliver(clock)
    assert not mail_server.mails
    assert Delivery.objects.filter(dead_at__isnull=False).count() == 2


def test_a_token_stands_for_one_row_and_one_purpose() -> None:
    """Nothing that was changed in it, and no other way to write it, is a token."""
    made = tokens.token("confirm", 26)
    assert tokens.row_of("confirm", made) == 26
    number, _, signature = made.partition("-")
    others = [
        tokens.token("unsubscribe", 26),
        f"{number}-",
        f"0{made}",
        made.upper(),
        f"1b-{signature}",
        "",
        "-",
        "ä-ä",
    ]
    assert [tokens.row_of("confirm", other) for other in others] == [None] * len(others)
