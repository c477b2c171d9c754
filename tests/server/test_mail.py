"""What becomes of a mail: each does what it should to its lead, counts once, and none is lost."""

from __future__ import annotations

import asyncio
import smtplib
import socket
from importlib.resources import files
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from hypothesis import example, given
from hypothesis import strategies as st

from ledger_rows import all_rounds, lead_of, signed
from mails import mail, recipient, report
from ripeline.server import json_text, ledger, sources
from ripeline.server.events import Event, Rejected
from ripeline.server.instants import MINUTE
from ripeline.server.intake import quarantine
from ripeline.server.leadmail import mails
from ripeline.server.leadmail.mails import MailKind
from ripeline.server.leads import Lead
from ripeline.server.mail import lmtp, mailboxes, taking
from ripeline.server.mail.lmtp import Lmtp, NotListening
from ripeline.server.mail.mailboxes import Mailbox
from ripeline.server.mail.taking import take
from ripeline.server.refusals import Refused
from ripeline.server.staff.users import Role
from staff import member

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

CONSULTANCY = (files("ripeline") / "playbooks" / "consultancy.yaml").read_text()
ADA = "ada@engine.example"
QUESTION = mail("What would forty seats cost?", subject="Seats", id_="question")
REPLY = mail("We like it.", id_="reply")
ABSENT = mail("I am back on 12 January 2026.", subject="Automatic reply: Your offer", id_="absent")
DEAD = report(recipient(ADA, "5.1.1", "550 5.1.1 User unknown"), id_="dead")


def names() -> list[str]:
    """What the rows of the ledger are called, in the order in which they came."""
    return list(Event.objects.order_by("pk").values_list("name", flat=True))


# --- what it does to its lead ---------------------------------------------------------------------


def test_each_mail_does_what_it_should(clock: SetClock) -> None:
    """A person's counts, an automatic reply does not; a dead address excludes its lead until that writes again."""
    signed(CONSULTANCY, now=clock())
    assert take(QUESTION, now=clock.move(60)) == "question_asked"
    all_rounds(clock)
    ada = lead_of(ADA)
    asked = engagement(ada)
    assert asked > 0
    assert take(REPLY, now=clock.move(60)) == "email_replied"
    all_rounds(clock)
    replied = engagement(ada)
    assert replied > asked
    assert take(ABSENT, now=clock.move(60)) == "automatic_reply_received"
    all_rounds(clock)
    assert engagement(ada) <= replied
    assert json_text.read(Event.objects.get(name="automatic_reply_received").properties)["away_until"] == "2026-01-12"
    assert take(_came_back(ada, clock), now=clock.move(60)) == "email_bounced"
    all_rounds(clock)
    assert Lead.objects.get(pk=ada.pk).excluded == "undeliverable_email"
    clock.move(3600)
    assert take(mail("I am here.", id_="later", Date="Mon, 05 Jan 2026 10:30:00 +0000"), now=clock()) == "email_replied"
    all_rounds(clock)
    assert Lead.objects.get(pk=ada.pk).excluded == ""
    assert Lead.objects.count() == 1


def _came_back(lead: Lead, clock: SetClock) -> bytes:
    """The report that a mail of ours did not arrive."""
    with transaction.atomic():
        ours = mails.post(lead, "greeting", kind=MailKind.SERVICE, key="m-1", now=clock())
    headers = f"Message-ID: <{mails.id_of(ours)}@ripe.example>\nSubject: Fees\n"
    return report(recipient(ADA, "5.1.1", "550 5.1.1 User unknown"), id_="came-back", returned=headers)


def test_whoever_writes_that_an_address_is_dead_excludes_nobody(clock: SetClock) -> None:
    """Anybody can write such a report: it is kept, and counts once it names a mail that only its reader has seen."""
    signed(CONSULTANCY, now=clock())
    take(QUESTION, now=clock.move(60))
    all_rounds(clock)
    forged = "Message-ID: <1-AAAAAAAAAAAAAAAAAAAAAAAA@ripe.example>\n"
    for number, returned in enumerate(("", forged)):
        told = report(recipient(ADA, "5.1.1", "550 5.1.1 User unknown"), id_=f"dead-{number}", returned=returned)
        assert take(told, now=clock.move(60)) == "email_bounced"
    all_rounds(clock)
    assert names().count("email_bounced") == 2
    assert not Event.objects.filter(properties__contains="undeliverable").exists()
    assert lead_of(ADA).excluded == ""


def engagement(lead: Lead) -> float:
    """A lead's engagement points."""
    return float(json_text.read(Lead.objects.get(pk=lead.pk).scores)["engagement"])


@pytest.mark.parametrize("raw", [ABSENT, DEAD])
def test_a_machine_makes_no_lead(raw: bytes, clock: SetClock) -> None:
    """What bounced or answered by itself is nobody's, unless we know the person."""
    assert take(raw, now=clock()) == "nobody_known"
    all_rounds(clock)
    assert (Lead.objects.count(), Event.objects.count()) == (0, 0)


def test_our_own_people_are_no_leads(clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is the mailbox, nor what the settings name."""
    rosa = member("rosa", Role.SALES)
    rosa.email = "Rosa@Home.example"
    rosa.save()
    monkeypatch.setattr(settings, "MAIL_OWN", "ripe.example, agency@partner.example")
    for sender in ("rosa@home.example", "anybody@ripe.example", "agency@partner.example", "sales@box.example"):
        assert take(mail("Hi", sender=sender), now=clock(), mailbox=["sales@box.example"]) == "own"
    assert names() == []


# --- each counts once, none is lost ---------------------------------------------------------------


def test_a_mail_counts_once(clock: SetClock) -> None:
    """Whatever mailbox it comes to, and however often."""
    for box in ("sales@ripe.example", "info@ripe.example", "sales@ripe.example"):
        take(QUESTION, now=clock.move(1), mailbox=[box])
    assert names() == ["question_asked", "attributes_changed"]
    assert set(Event.objects.values_list("source__name", flat=True)) == {sources.MAIL}


def test_a_mail_that_cannot_be_read_is_kept(clock: SetClock) -> None:
    """With its text and the reason; once, however often it comes."""
    for _ in range(2):
        assert take(b"\0 no mail \xff at all", now=clock.move(1)) == "unreadable_mail"
    (kept,) = Rejected.objects.all()
    assert (kept.reason, kept.kind, "no mail" in kept.body) == ("unreadable_mail", taking.KIND, True)


def test_a_forged_mail_waits_for_a_person(clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may find that it is genuine, and release it."""
    forged = mail("Call me.", id_="forged", Authentication_Results="mx.ripe.example; dmarc=fail")
    monkeypatch.setattr(settings, "MAIL_AUTHSERV", "MX.ripe.example")
    assert take(forged, now=clock()) == "forged"
    assert names() == []
    (kept,) = quarantine.waiting()
    assert quarantine.run_again(kept, now=clock.move(60)) == quarantine.Stored("forged@engine.example")
    assert names() == ["email_replied", "attributes_changed"]
    again = take(b"none", now=clock())
    (other,) = quarantine.waiting()
    still = quarantine.run_again(other, now=clock())
    assert isinstance(still, quarantine.StillRejected)
    assert still.reason == again


def test_a_closed_source_takes_no_mail(clock: SetClock) -> None:
    """It stays with the mail server; the name is nobody else's."""
    assert isinstance(sources.add(sources.MAIL, sources.SourceKind.SERVER, now=clock()), Refused)
    source = sources.of_mail(clock())
    assert not isinstance(source, Refused)
    sources.close(source, now=clock())
    for raw in (QUESTION, b"none"):
        with pytest.raises(taking.Closed):
            take(raw, now=clock())


def test_what_the_database_does_not_take_is_put_aside(clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would hold up all mails after it."""
    from django.db import DataError  # noqa: PLC0415 - only this test needs it

    add = ledger.add

    def refuse(own: Any, events: Any, rejected: Any, now: int) -> Any:  # noqa: ANN401
        if events:
            raise DataError
        return add(own, events, rejected, now)

    monkeypatch.setattr(ledger, "add", refuse)
    assert take(QUESTION, now=clock()) == "not_storable"
    assert Rejected.objects.get().reason == "not_storable"


# --- one reader of a mailbox ----------------------------------------------------------------------


def test_a_mailbox_has_one_reader(clock: SetClock) -> None:
    """Another one reads it when the first has left or is dead; who comes back too late stores nothing."""
    first = mailboxes.claim("box", holder="a", now=clock())
    assert first is not None
    assert mailboxes.claim("box", holder="b", now=clock.move(1)) is None
    with transaction.atomic():
        mailboxes.advance(first, uid_validity=7, last_uid=3, now=clock.move(30))
    assert mailboxes.claim("box", holder="b", now=clock.move(31)) is None
    second = mailboxes.claim("box", holder="b", now=clock.move(60))
    assert second is not None
    assert (second.uid_validity, second.last_uid) == (7, 3)

    def advance() -> None:
        mailboxes.advance(first, uid_validity=7, last_uid=4, now=clock())

    with pytest.raises(mailboxes.Lost):
        take(QUESTION, now=clock(), also=advance)
    assert (names(), Mailbox.objects.get().last_uid) == ([], 3)
    mailboxes.give_back(second)
    assert mailboxes.claim("box", holder="a", now=clock()) is not None
    assert Mailbox.objects.get().claimed_until == clock() + MINUTE


# --- LMTP -----------------------------------------------------------------------------------------


@pytest.fixture
def listening(clock: SetClock) -> Iterator[Lmtp]:
    """A listener on a port of its own."""
    made = Lmtp(clock, "127.0.0.1:0", patience=2.0)
    yield made
    made.stop()


def said(listener: Lmtp, *lines: bytes) -> bytes:
    """What a listener answers to lines that are sent at once, until it ends or falls silent."""
    with socket.create_connection(("127.0.0.1", listener.port), timeout=10) as line:
        line.sendall(b"".join(each + b"\r\n" for each in lines))
        parts = []
        while part := line.recv(65_536):
            parts.append(part)
    return b"".join(parts)


ENVELOPE = (b"LHLO mx", b"MAIL FROM:<ada@engine.example> BODY=8BITMIME", b"RCPT TO:<rosa@ripe.example>")


def test_a_mail_server_is_told_when_a_mail_is_kept(listening: Lmtp) -> None:
    """With 250, by which time it is in the ledger."""
    with smtplib.LMTP("127.0.0.1", listening.port) as server:
        assert server.sendmail(ADA, ["rosa@ripe.example"], QUESTION) == {}
        assert names() == ["question_asked", "attributes_changed"]
        assert server.sendmail(ADA, ["rosa@ripe.example"], REPLY) == {}
    assert names()[2] == "email_replied"


def test_each_recipient_has_an_answer(listening: Lmtp) -> None:
    """As LMTP has it; commands may come all at once, and in any case."""
    raw = QUESTION.replace(b"\r\n.", b"\r\n..")
    answer = said(listening, *ENVELOPE, b"rcpt to:<info@ripe.example>", b"DATA", raw + b"\r\n.", b"QUIT")
    assert answer.count(b"250 2.0.0 kept") == 2
    assert answer.endswith(b"221 2.0.0 bye\r\n")
    assert names() == ["question_asked", "attributes_changed"]


def test_while_the_database_is_away_a_mail_stays_with_its_server(
    listening: Lmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told to come again, and does."""

    def away(*_: object, **__: object) -> str:
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(lmtp, "take", away)
        assert b"\r\n451 " in said(listening, *ENVELOPE, b"DATA", QUESTION + b"\r\n.", b"QUIT")
    assert b"250 2.0.0 kept" in said(listening, *ENVELOPE, b"DATA", QUESTION + b"\r\n.", b"QUIT")
    assert names() == ["question_asked", "attributes_changed"]


def test_nothing_that_can_be_kept_is_refused(listening: Lmtp) -> None:
    """No line is too long, no mail too large or of too many lines, none so broken that it came back to its sender."""
    for raw in (b"x" * 300_000, QUESTION + b"y" * 20_000_000, b"a\r\n" * 1_500_000, b"\0", b"..", b""):
        assert b"250 2.0.0 kept" in said(listening, *ENVELOPE, b"DATA", raw + b"\r\n.", b"QUIT")
    assert names() == ["question_asked", "attributes_changed"]


def test_no_second_mail_is_smuggled_in(listening: Lmtp) -> None:
    """Only a dot between whole line ends ends a mail."""
    inner = b"\n.\nMAIL FROM:<x@y.example>\nRCPT TO:<rosa@ripe.example>\nDATA\n" + REPLY
    for end in (b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n\r\n", b"\r\n. \r\n"):
        raw = QUESTION + end + inner
        answer = said(listening, *ENVELOPE, b"DATA", raw + b"\r\n.", b"QUIT")
        assert (answer.count(b"250 2.0.0 kept"), answer.count(b"\r\n5")) == (1, 0)
    assert names() == ["question_asked", "attributes_changed"]


MAILS = {
    b".\r\n": b"",
    b"\r\n.\r\n": b"\r\n",
    b"..\r\n.\r\n": b".\r\n",
    b"..\r\n..\r\n...\r\n.\r\n": b".\r\n.\r\n..\r\n",
    b"a.\r\n\r.\r\n.b\r\n\n.\n\r\n.\r\n": b"a.\r\n\r.\r\nb\r\n\n.\n\r\n",
    b"a\r\n.\r\r\n.\r\n": b"a\r\n\r\r\n",
}


@given(st.sampled_from([*MAILS]), st.lists(st.integers(0, 40)))
@example(b"..\r\n..\r\n...\r\n.\r\n", list(range(40)))
def test_a_mail_is_the_same_wherever_it_is_cut(sent: bytes, cuts: list[int]) -> None:
    """Where a block ends, the network decides; what follows the mail is the next command."""
    whole = sent + b"QUIT\r\n"
    places = [0, *sorted({cut for cut in cuts if 0 < cut < len(whole)}), len(whole)]

    async def read() -> tuple[bytes, bytes]:
        reader, nobody = Pieces(whole[first:last] for first, last in pairwise(places)), cast("Any", None)
        session = lmtp._Session(cast("Any", SimpleNamespace(patience=2.0)), cast("Any", reader), nobody)  # noqa: SLF001
        return await session._body(), await session._line()  # noqa: SLF001

    assert asyncio.run(read()) == (MAILS[sent], b"QUIT\r\n")


class Pieces:
    """A reader that gives what it was given, piece by piece."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = [*pieces]

    async def read(self, _: int) -> bytes:
        """The next piece."""
        return self._pieces.pop(0)


@pytest.mark.parametrize(
    "lines",
    [
        [b"MAIL FROM:<a@b.example>"],
        [b"LHLO mx", b"RCPT TO:<a@b.example>"],
        [b"LHLO mx", b"DATA"],
        [b"LHLO mx", b"MAIL FROM:a@b.example"],
        [b"EHLO mx"],
        [b"\0\xff" * 1_000],
        [b"GET / HTTP/1.1"],
        [b"x" * 200_000],
    ],
)
def test_commands_out_of_place_are_told(lines: list[bytes], listening: Lmtp) -> None:
    """And do no harm."""
    answer = said(listening, *lines, b"QUIT")
    assert b"\r\n50" in answer
    assert answer.endswith(b"221 2.0.0 bye\r\n")


def test_who_is_silent_is_left(listening: Lmtp) -> None:
    """After a while; what it had begun to send was not confirmed, and is not kept."""
    assert said(listening, *ENVELOPE, b"DATA", QUESTION).endswith(b"a line of its own\r\n")
    assert names() == []


def test_a_listener_on_a_path(clock: SetClock, tmp_path: Any) -> None:  # noqa: ANN401
    """Its socket may be left over from a process that died."""
    path = tmp_path / "lmtp"
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(path))
    made = Lmtp(clock, str(path))
    try:
        with smtplib.LMTP(str(path)) as server:
            server.sendmail(ADA, ["rosa@ripe.example"], QUESTION)
    finally:
        made.stop()
    assert names() == ["question_asked", "attributes_changed"]
    assert not path.exists()


def test_an_address_that_cannot_be_listened_on_is_told(clock: SetClock, listening: Lmtp) -> None:
    """With the reason."""
    with pytest.raises(NotListening, match="in use"):
        Lmtp(clock, f"127.0.0.1:{listening.port}")
    with pytest.raises(NotListening, match="0-65535"):
        Lmtp(clock, "127.0.0.1:99999")
    connection.close()
