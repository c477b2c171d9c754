"""Over random histories no mail of a track leaves without a yes at that moment, or beside sales, and each step once.

RIPELINE_EXAMPLES sets how many histories are tried. A worker dies at random between any two of its writes.
"""

from __future__ import annotations

import os
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from ledger_rows import all_rounds, happened, lead_of, said, signed
from letters_to_leads import template
from ripeline.core.instants import moment
from ripeline.server import sources
from ripeline.server.consent import consents
from ripeline.server.consent.consents import Yes
from ripeline.server.delivery.outbox import Delivery
from ripeline.server.delivery.webhooks import Answer
from ripeline.server.instants import DAY, HOUR, SECOND
from ripeline.server.leadmail import to_leads
from ripeline.server.leadmail.mails import Mail
from ripeline.server.leadmail.to_leads import Later, LeadMail
from ripeline.server.nurture import nurturing, pauses
from ripeline.server.nurture.enrollments import StepDone
from ripeline.server.sales.handoffs import OPEN, Handoff
from ripeline.server.sources import Source, SourceKind
from set_clock import SetClock
from staff import mara
from tracked import TRACKED

if TYPE_CHECKING:
    from pytest_django import Settings

    from ripeline.server.leads import Lead
    from ripeline.server.staff.users import User

EXAMPLES = int(os.environ.get("RIPELINE_EXAMPLES", "3"))
HISTORIES = 12
BERLIN = ZoneInfo("Europe/Berlin")
_ACTS = [
    *("wait", "wait", "wait", "wait", "yes", "own_yes", "no", "ask", "accept", "recycle", "pause"),
    *("round", "round", "work", "work", "work", "send", "send"),
]
"""What may come next, the likelier the more often it stands here."""


class Died(Exception):
    """A worker died here."""


class History:
    """One lead, and what the test itself remembers of what was said of it."""

    def __init__(self, chance: Random) -> None:
        self.chance, self.clock = chance, SetClock()
        signed(TRACKED, now=self.clock())
        self.source = Source.objects.create(name="shop", kind=SourceKind.SERVER, created_at=self.clock())
        sources.own(self.clock())
        for name in ("hello", "paper", "last", "again", "call"):
            template(self.clock, name=name)
        self.mara: User = mara()
        self.agrees = self.has_said_no = self.is_with_sales = self.is_paused = False
        self.left: list[str] = []
        self.is_held = False
        happened(self.source, "paper", self.clock.move(60), email="ada@example.com")
        all_rounds(self.clock)
        self.lead: Lead = lead_of("ada@example.com")

    def live(self) -> None:
        """Forty things in any order; then most come to terms, and two quiet weeks follow."""
        for _ in range(40):
            getattr(self, f"_{self.chance.choice(_ACTS)}")()
        if self.is_paused:
            self._pause()
        if self.chance.random() < 0.7:
            self._own_yes()
            self._round()
            self._accept()
            self._recycle()
        for _ in range(14):
            self.clock.move(self.chance.uniform(0.7, 1.3) * DAY / SECOND)
            self._round()
            self._work()
            self._send()

    def _wait(self) -> None:
        self.clock.move(self.chance.choice([1, HOUR / SECOND, 6 * HOUR / SECOND, DAY / SECOND]))

    def _yes(self) -> None:
        """Told by a program: it counts as long as nobody said no."""
        self.agrees = self.agrees or not self.has_said_no
        happened(self.source, "consent_given", self.clock.move(1), email="ada@example.com", said={"purpose": "email"})

    def _own_yes(self) -> None:
        """By the link of a mail: it ends a no of before."""
        self.agrees, self.has_said_no = True, False
        yes = Yes("email", "Yes, write to me.", "preferences")
        consents.accept(self.lead, yes, address="ada@example.com", once=f"yes {self.clock.move(1)}", now=self.clock())

    def _no(self) -> None:
        """Told to our people, by the link of a mail, or by a program; it stands."""
        way, now = self.chance.randrange(3), self.clock.move(1)
        if way == 0:
            consents.withdraw(self.lead, "email", by=self.mara, now=now)
        elif way == 1:
            consents.refuse(self.lead, ["email"], proof="unsubscribe", now=now)
        else:
            happened(self.source, "consent_withdrawn", now, email="ada@example.com", said={"purpose": "email"})
        self.agrees, self.has_said_no = False, True

    def _ask(self) -> None:
        happened(self.source, "ask", self.clock.move(1), email="ada@example.com")

    def _accept(self) -> None:
        offer = Handoff.objects.filter(lead=self.lead, status__in=OPEN).select_related("rep").first()
        if offer is not None and offer.rep is not None and not self.is_with_sales:
            said(self.lead, "verdict_given", self.clock.move(1), verdict="accepted", by=offer.rep.username)
            self.is_with_sales = True

    def _recycle(self) -> None:
        if self.is_with_sales:
            said(self.lead, "verdict_given", self.clock.move(1), verdict="recycled", reason="no_budget", by="simon")
            self._round()
            self.is_with_sales = False

    def _pause(self) -> None:
        change = pauses.resume_lead if self.is_paused else pauses.pause_lead
        change(self.lead, by=self.mara, now=self.clock.move(1))
        self.is_paused = not self.is_paused

    def _round(self) -> None:
        self.clock.move(1)
        all_rounds(self.clock)

    def _work(self) -> None:
        for _ in range(self.chance.randrange(6)):
            with suppress(Died), transaction.atomic():
                nurturing.run(self.clock())

    def _send(self) -> None:
        """What the courier does, with the mail server's yes; now and then something is said just before."""
        waiting = Delivery.objects.filter(next_try_at__lte=self.clock()).select_related("outgoing")
        if self.chance.random() < 0.3 and waiting.exists():
            getattr(self, self.chance.choice(("_no", "_accept", "_pause")))()
        due = list(waiting)
        letters = to_leads.letters([one.outgoing for one in due], now=self.clock())
        self.is_held = self.is_held or None in letters.values()
        for one in due:
            if isinstance(letter := letters[one.outgoing_id], Later):
                Delivery.objects.filter(pk=one.pk).update(next_try_at=letter.until)
        for letter in letters.values():
            if not isinstance(letter, LeadMail):
                continue
            assert 8 <= moment(self.clock()).astimezone(BERLIN).hour < 20, "it left in the quiet hours"
            assert self.agrees, "it left without a yes"
            assert not self.is_with_sales, "it left beside sales"
            assert not self.is_paused, "it left while the lead was paused"
            self.left.append(letter.key)
            to_leads.follow([(letter, Answer(250, "250"))], now=self.clock())
        settled = [one.pk for one in due if not isinstance(letters[one.outgoing_id], Later)]
        Delivery.objects.filter(pk__in=settled).update(next_try_at=None)


@pytest.fixture(autouse=True)
def _imprint(settings: Settings) -> None:
    settings.COMPANY, settings.IMPRINT = "Havn", ("Havn ApS, Havnegade 1", "www.example.com")
    settings.EMAIL_HOST, settings.URL = "127.0.0.1", "https://leads.example.com"


def lived(seed: int, monkeypatch: pytest.MonkeyPatch) -> History:
    """A history in which the laws held; a worker dies now and then."""
    chance = Random(seed)

    def maybe_die(_place: str) -> None:
        if chance.random() < 0.1:
            raise Died

    with transaction.atomic():
        history = History(chance)
        monkeypatch.setattr(nurturing, "failpoint", maybe_die)
        history.live()
        monkeypatch.undo()
        assert len(history.left) == len(set(history.left))
        places = list(StepDone.objects.values_list("enrollment__track", "place"))
        assert len(places) == len(set(places))
        assert Mail.objects.count() == StepDone.objects.exclude(mail=None).count()
        transaction.set_rollback(True)
    return history


@pytest.mark.django_db
@examples(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_mail_leaves_without_a_yes_at_that_moment_and_each_step_once(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is said while it waits, and wherever a worker dies."""
    lived(seed, monkeypatch)


@pytest.mark.django_db
def test_mails_do_leave_in_a_fair_share_of_these_histories(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the law has something to hold; and in some of them one that waits is stopped at the last moment."""
    histories = [lived(seed, monkeypatch) for seed in range(HISTORIES)]
    assert sum(bool(one.left) for one in histories) >= HISTORIES / 2
    assert sum(one.is_held for one in histories) >= 2
