"""What is said while mails to leads wait for a way to their server: only those on the wire leave."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from command_line import PLAYBOOK
from ledger_rows import signed
from letters_to_leads import agreed_too, posted, template
from ripeline.server.consent import consents
from ripeline.server.delivery.courier import _MAIL_THREADS as WAYS
from ripeline.server.delivery.courier import Courier, deliver
from ripeline.server.delivery.mail import Post
from ripeline.server.delivery.outbox import Delivery
from ripeline.server.delivery.webhooks import Answer
from ripeline.server.leadmail.mails import Held, Mail

if TYPE_CHECKING:
    from django.core.mail import EmailMessage

    from mail_server import MailServer
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("mail_server", "at_the_clock")]


def test_a_no_stops_all_mails_that_are_not_on_the_wire(
    source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were claimed before it was said; what the mail server is being told at that moment cannot be called back."""
    template(clock)
    signed(PLAYBOOK, now=clock())
    people = [agreed_too(source, clock, email=f"reader{number}@example.com") for number in range(12)]
    for number, lead in enumerate(people):
        posted(lead, clock, key=f"m-{number}")
    is_open, begun = threading.Event(), []

    def slow(_post: Post, message: EmailMessage) -> Answer:
        begun.append(message.to)
        assert is_open.wait(30)
        return Answer(250, "250")

    monkeypatch.setattr(Post, "send", slow)
    courier = Courier(clock)
    courier.step()
    for lead in people:
        consents.refuse(lead, ["email"], proof="unsubscribe", now=clock.move(1))
    is_open.set()
    while courier.is_out:
        courier.step()
    courier.close()
    assert len(begun) == WAYS
    assert Mail.objects.filter(sent_at=None, held=Held.SUPPRESSED).count() == len(people) - WAYS
    waiting = Delivery.objects.filter(delivered_at=None)
    assert set(waiting.values_list("attempts", "next_try_at", "claimed_until", "dead_at")) == {(0, None, 0, None)}


def test_what_a_worker_has_not_begun_when_it_stops_is_sent_by_the_next_one_at_once(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """Its claims end with it, not a minute later."""
    template(clock)
    signed(PLAYBOOK, now=clock())
    for number in range(9):
        posted(agreed_too(source, clock, email=f"reader{number}@example.com"), clock, key=f"m-{number}")
    courier = Courier(clock)
    courier.step()
    courier.close()
    assert len(mail_server.mails) == WAYS
    deliver(clock)
    assert len(mail_server.mails) == 9
