"""People are told in a chat or by e-mail: one sentence in their language, without a word about the person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, said, signed
from outgoing_rows import added
from receiver import Receiver, allow
from ripeline.server.delivery import endpoints, outbox
from ripeline.server.delivery.courier import WAITS, deliver
from ripeline.server.delivery.endpoints import EndpointKind
from ripeline.server.delivery.notices import notice
from ripeline.server.delivery.outbox import Delivery, Outgoing
from ripeline.server.delivery.topics import TOPICS
from ripeline.server.instants import DAY, HOUR, SECOND
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import clocks
from ripeline.server.sales.handoffs import Handoff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from mail_server import MailServer
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

MAILBOX = "sales@example.com"


@pytest.fixture(autouse=True)
def _near(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, "127.0.0.0/8")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A chat, or a program."""
    with Receiver() as listening:
        yield listening


def _ada(source: Source, clock: SetClock) -> None:
    """Ada asks for a demo."""
    signed(PLAYBOOK, now=clock())
    happened(source, "ask", clock.move(60), email="ada@example.com", said={"name": "Ada Lovelace"})
    all_rounds(clock)


def _bodies(receiver: Receiver) -> list[Any]:
    return [json.loads(got.body) for got in receiver.received]


def _tell(clock: SetClock, key: str = "decision-1", **more: object) -> None:
    topic = "lead.signal.task"
    with transaction.atomic():
        outbox.tell([outbox.Message(topic, key, outbox.body(topic, 0, DATA | more))], now=clock())


# --- what programs are told -----------------------------------------------------------------------


def test_a_body_says_which_lead_what_when_and_why(source: Source, receiver: Receiver, clock: SetClock) -> None:
    """As Standard Webhooks recommends it, with a number that orders the messages of a lead, and where to look."""
    added(receiver.url, now=clock())
    _ada(source, clock)
    deliver(clock)
    lead, handoff = lead_of("ada@example.com"), Handoff.objects.get()
    moved, offered = sorted(_bodies(receiver), key=lambda body: body["data"]["sequence"])
    common = {
        "lead": str(lead.pk),
        "version": lead.decisions.earliest("place").version_id,
        "address": f"http://localhost:8000/leads/{lead.pk}/",
    }
    assert moved == {
        "type": "lead.move.mql",
        "timestamp": "2026-01-05T09:01:00.000000+00:00",
        "data": {**common, "sequence": 0, "old": "lead", "new": "mql", "reason": "gate", "gate": "mql"},
    }
    assert offered["type"] == "lead.handoff.offered"
    due = {"due_at": "2026-01-06T09:01:00.000000+00:00", "timezone": "Europe/Berlin"}
    told = offered["data"]
    assert told == {**common, "sequence": 1, "handoff": str(handoff.pk), **due, "accept_by": told["accept_by"]}
    assert "ada" not in json.dumps(_bodies(receiver)).lower()


def test_what_a_hand_off_brings_about_is_told_to_people_once(
    source: Source, receiver: Receiver, clock: SetClock
) -> None:
    """The move to SQL follows from the rep's yes, and is a message of its own for programs only."""
    _ada(source, clock)
    added(receiver.url, now=clock())
    with Receiver() as chat:
        added(chat.url, kind=EndpointKind.CHAT, topics=["lead"], now=clock())
        for verdict in ("accepted", "confirmed"):
            said(lead_of("ada@example.com"), "verdict_given", clock.move(60), verdict=verdict)
        all_rounds(clock)
        deliver(clock)
        told = {body["text"].splitlines()[0].partition(": ")[2] for body in _bodies(chat)}
    assert told == {"Sales accepted the hand-off.", "Sales confirmed the hand-off."}
    handoff = {"lead.handoff.accepted", "lead.handoff.confirmed"}
    assert {body["type"] for body in _bodies(receiver)} == handoff | {"lead.move.sql"}


# --- reminders ------------------------------------------------------------------------------------


def test_a_rep_is_reminded_before_and_after_the_time(source: Source, receiver: Receiver, clock: SetClock) -> None:
    """An hour before the first touch is due, and when it is overdue; each once."""
    added(receiver.url, topics=["lead.handoff.due_soon", "lead.handoff.overdue"], now=clock())
    _ada(source, clock)
    due = Handoff.objects.get().due_at
    assert due is not None
    for at, topics in ((due - HOUR - 1, []), (due - HOUR, ["due_soon"]), (due - 1, ["due_soon"])):
        clock.now = at
        clocks.remind(clock())
        deliver(clock)
        assert [body["type"].rpartition(".")[2] for body in _bodies(receiver)] == topics
    for clock.now in (due, due + DAY):
        clocks.remind(clock())
        deliver(clock)
    soon, late = _bodies(receiver)
    assert late["type"] == "lead.handoff.overdue"
    assert (soon["data"]["sequence"], late["data"]["due_at"]) == (1, "2026-01-06T09:01:00.000000+00:00")


@pytest.mark.parametrize("act", ["touched", "recycled"])
def test_what_was_touched_or_is_over_is_not_reminded_of(source: Source, clock: SetClock, act: str) -> None:
    """The clock has stopped."""
    _ada(source, clock)
    ada = lead_of("ada@example.com")
    if act == "touched":
        said(ada, "touch_logged", clock.move(60), kind="call")
    else:
        said(ada, "verdict_given", clock.move(60), verdict="recycled")
    all_rounds(clock)
    clock.move(3 * DAY / SECOND)
    clocks.remind(clock())
    assert not Outgoing.objects.filter(topic__in=["lead.handoff.due_soon", "lead.handoff.overdue"]).exists()
    assert clocks.remind(clock()) == 0


# --- what people are told -------------------------------------------------------------------------

DATA = {"lead": "7", "sequence": 3, "version": "d", "address": "https://leads.example.com/7", "handoff": "1"}
CLOCK = {"due_at": "2026-01-06T09:01:00.000000+00:00", "timezone": "Europe/Berlin"}
MOVE = {"old": "lead", "new": "mql", "reason": "gate", "gate": "mql"}


def _told(topic: str, language: str = "en", **data: object) -> str:
    return notice(outbox.body(topic, 0, DATA | data), language).text


def test_every_topic_can_be_told_to_people() -> None:
    """Whichever they ask for."""
    reasons = {
        "lead.refused": {"act": "stage_set", "reason": "illegal_move"},
        "lead.handoff.escalated": {"reason": "overdue"},
        "lead.handoff.reassigned": {"rep": "rosa", "reason": "not_accepted"},
    }
    closed = {"closed_by": "failing", "host": "crm.example.com"}
    for topic in TOPICS:
        move = {**MOVE, "new": topic.rpartition(".")[2], "reason": "person"} if ".move." in topic else {}
        assert _told(topic, **CLOCK, **move, **reasons.get(topic, {}), **closed)


def test_an_offer_is_told_with_its_time_in_the_zone_of_the_definition() -> None:
    """And with where to look, for whoever may see more."""
    assert _told("lead.handoff.offered", **CLOCK).splitlines() == [
        "Lead 7: Offered to sales. Our first touch is due on Tue 6 Jan 2026, 10:01.",
        "https://leads.example.com/7",
    ]
    assert _told("lead.move.mql", **MOVE).startswith("Lead 7: Lead → MQL: it met the conditions of MQL.")


def test_a_chat_is_told_in_its_language(source: Source, receiver: Receiver, clock: SetClock) -> None:
    """A text, unsigned, without the person's name or address."""
    added(receiver.url, kind=EndpointKind.CHAT, topics=["lead.move"], language="de", now=clock())
    _ada(source, clock)
    deliver(clock)
    ((got,), (body,)) = receiver.received, _bodies(receiver)
    assert set(body) == {"text"}
    assert "Lead → MQL" in body["text"]
    assert "it met" not in body["text"]
    assert "ada" not in body["text"].lower()
    assert "webhook-signature" not in got.headers


def test_a_mailbox_is_told_by_mail(source: Source, mail_server: MailServer, clock: SetClock) -> None:
    """Over real SMTP, with the same id at every try, so that nobody answers automatically."""
    added(MAILBOX, kind=EndpointKind.EMAIL, topics=["lead.handoff"], now=clock())
    _ada(source, clock)
    mail_server.refusals["RCPT"] = "450 later"
    deliver(clock)
    delivery = Delivery.objects.get()
    assert (delivery.attempts, delivery.last_answer, delivery.delivered_at) == (1, "450", None)
    mail_server.refusals.clear()
    clock.move(2 * WAITS[0] / SECOND)
    deliver(clock)
    (mail,) = mail_server.mails
    lead, text = lead_of("ada@example.com"), mail.message.get_content()
    assert mail.message["Subject"] == f"Lead {lead.pk}: Offered to sales."
    assert (mail.message["From"], mail.message["To"]) == ("ripeline@example.com", MAILBOX)
    assert mail.message["Message-ID"] == f"<{delivery.outgoing.key}@example.com>"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert f"/leads/{lead.pk}/" in text
    assert "ada" not in text.lower()
    assert Delivery.objects.get().delivered_at == clock()


@pytest.mark.parametrize(("verb", "answer"), [("RCPT", "550 unknown"), ("MAIL", "552 full"), ("DATA", "554 no")])
def test_a_refused_mail_is_a_failure_like_any_other(
    mail_server: MailServer, clock: SetClock, verb: str, answer: str
) -> None:
    """It is tried again as planned, and its answer is told without what the server wrote."""
    added(MAILBOX, kind=EndpointKind.EMAIL, topics=["lead"], now=clock())
    mail_server.refusals[verb] = answer
    with transaction.atomic():
        outbox.tell(
            [outbox.Message("lead.signal.task", "decision-1", outbox.body("lead.signal.task", 0, DATA))], now=clock()
        )
    deliver(clock)
    delivery = Delivery.objects.get()
    assert (delivery.last_answer, delivery.dead_at) == (answer[:3], None)
    assert delivery.next_try_at is not None


def test_a_mail_server_that_is_away_is_a_failure_like_any_other(settings: Settings, clock: SetClock) -> None:
    """Nobody listens there."""
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    added(MAILBOX, kind=EndpointKind.EMAIL, topics=["lead"], now=clock())
    with transaction.atomic():
        outbox.tell(
            [outbox.Message("lead.signal.task", "decision-1", outbox.body("lead.signal.task", 0, DATA))], now=clock()
        )
    deliver(clock)
    assert Delivery.objects.get().last_answer == "ConnectionRefusedError"


@pytest.mark.parametrize(
    "address",
    [
        *(
            "a@example.com\r\nBcc: b@example.com",
            "a@example.com\n",
            "a@example.com,b@example.com",
            "a@b c.com",
            "@b.com",
        ),
        *('"a\r\n"@example.com', "a b@example.com", "<a@example.com>", "a", "", "a@", f"{'a' * 250}@example.com"),
        *("a@example.com>\r\nRCPT TO:<b@example.com", "mailto:a@example.com?bcc=b@example.com", "a@[127.0.0.1]"),
    ],
)
def test_what_is_no_mailbox_is_refused(mail_server: MailServer, clock: SetClock, address: str) -> None:
    """So nothing can slip into a header or into the talk with the mail server."""
    assert mail_server.mails == []
    answer = endpoints.add(address, kind=EndpointKind.EMAIL, now=clock())
    assert answer == Refused(Refusal.NOT_AN_ADDRESS)


def test_nothing_slips_into_a_header(mail_server: MailServer, clock: SetClock) -> None:
    """Neither from a body nor from an address that was written past the verbs."""
    added(MAILBOX, kind=EndpointKind.EMAIL, topics=["lead"], now=clock())
    lead = "7\r\nBcc: b@example.com\r\n\r\n<b>"
    _tell(clock, lead=lead)
    _tell(clock, "x>\r\nBcc: b@example.com", lead=lead)
    deliver(clock)
    (mail,) = mail_server.mails
    assert mail.message["Bcc"] is None
    assert mail.message["Subject"].startswith("Lead 7 Bcc: b@example.com <b>: Task: ")
    assert Delivery.objects.get(delivered_at=None).last_answer == "BadHeaderError"


def test_without_a_mail_server_no_mailbox_is_taken(settings: Settings, clock: SetClock) -> None:
    """The cure is told."""
    settings.EMAIL_HOST = ""
    answer = endpoints.add(MAILBOX, kind=EndpointKind.EMAIL, now=clock())
    assert answer == Refused(Refusal.NO_MAIL_SERVER)
