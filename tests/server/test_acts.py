"""What people do with leads is a row of the ledger, on which the next round decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, said, signed
from ripeline.server.consent import consents
from ripeline.server.consent.consents import Wording
from ripeline.server.leads import Lead
from ripeline.server.qualification.replay import replay
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import acts
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.staff.users import Role, User
from staff import member

if TYPE_CHECKING:
    from collections.abc import Callable

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rosa(source: Source, clock: SetClock) -> User:
    """A rep to whom Ada has been offered."""
    rosa = member("rosa", Role.SALES)
    signed(PLAYBOOK, now=clock(), reps=False)
    happened(source, "ask", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    assert Handoff.objects.get().rep == rosa
    return rosa


def status() -> str:
    """What became of the newest hand-off."""
    return Handoff.objects.latest("pk").status


def test_a_rep_takes_a_lead_from_offer_to_customer(rosa: User, clock: SetClock) -> None:
    """Each step is decided on, and the lead stays the rep's."""
    handoff, ada = Handoff.objects.get(), lead_of("ada@example.com")
    steps: list[Callable[[int], str | Refused]] = [
        lambda now: acts.accept(handoff, by=rosa, now=now),
        lambda now: acts.touch(ada, how="call", by=rosa, now=now),
        lambda now: acts.confirm(handoff, by=rosa, now=now),
        lambda now: acts.move(ada, "opportunity", reason="quote sent", by=rosa, now=now),
        lambda now: acts.move(ada, "customer", reason="signed", by=rosa, now=now),
    ]
    for step in steps:
        assert isinstance(step(clock.move(60)), str)
        all_rounds(clock)
    ada.refresh_from_db()
    assert (ada.stage, ada.owner) == ("customer", rosa)
    handoff.refresh_from_db()
    assert (handoff.status, handoff.touched_at) == ("confirmed", clock() - 180_000_000)
    assert replay().differences == []


def test_an_offer_without_a_rep_is_whose_who_takes_it_on(source: Source, clock: SetClock) -> None:
    """There was no rep when it was made."""
    signed(PLAYBOOK, now=clock(), reps=False)
    happened(source, "ask", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    assert Handoff.objects.get().rep is None
    rudi = member("rudi", Role.SALES)
    acts.accept(Handoff.objects.get(), by=rudi, now=clock.move(60))
    all_rounds(clock)
    assert (Handoff.objects.get().rep, Lead.objects.get().owner) == (rudi, rudi)


def test_a_misrouted_lead_goes_to_somebody_else(rosa: User, clock: SetClock) -> None:
    """With the due time of the first offer."""
    rudi = member("rudi", Role.SALES)
    acts.reject(Handoff.objects.get(), reason="misrouted", by=rosa, now=clock.move(60))
    all_rounds(clock)
    first, second = Handoff.objects.order_by("pk")
    assert (first.status, second.status, second.rep) == ("rejected", "offered", rudi)
    assert first.due_at == second.due_at
    assert replay().differences == []


def test_a_recycled_lead_is_marketings_again(rosa: User, clock: SetClock) -> None:
    """With the reason, which stays in the ledger."""
    acts.accept(Handoff.objects.get(), by=rosa, now=clock.move(60))
    all_rounds(clock)
    acts.recycle(Handoff.objects.get(), reason="no budget", by=rosa, now=clock.move(60))
    all_rounds(clock)
    assert status() == "recycled"
    assert Lead.objects.get().owner is None


def test_a_held_lead_moves_only_by_hand(rosa: User, source: Source, clock: SetClock) -> None:
    """Until the hold is released."""
    ada = lead_of("ada@example.com")
    acts.recycle(Handoff.objects.get(), reason="later", by=rosa, now=clock.move(60))
    acts.hold(ada, reason="on leave", by=rosa, now=clock.move(60))
    all_rounds(clock)
    clock.move(40 * 86_400)
    all_rounds(clock)
    happened(source, "ask", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    assert status() == "recycled"
    acts.release(ada, by=rosa, now=clock.move(60))
    all_rounds(clock)
    assert status() == "offered"


def test_what_is_out_of_place_is_refused_at_once(rosa: User, clock: SetClock) -> None:
    """As a value with its reason, and nothing is written."""
    handoff, ada, now = Handoff.objects.get(), lead_of("ada@example.com"), clock.move(60)
    reader, other = member("reader", Role.READ_ONLY), member("rudi", Role.SALES)
    refused = {
        Refusal.NOT_ALLOWED: [acts.accept(handoff, by=other, now=now), acts.hold(ada, reason="x", by=reader, now=now)],
        Refusal.NOT_UNDERSTOOD: [
            acts.override(ada, "customer", reason="x", by=rosa, now=now),
            acts.say(ada, "bant_answered", {"item": "weather", "answer": "fine"}, by=rosa, now=now),
            acts.change(ada, {"shoe_size": 44}, by=rosa, now=now),
        ],
    }
    for reason, answers in refused.items():
        assert answers == [Refused(reason)] * len(answers)
    acts.accept(handoff, by=rosa, now=now)
    all_rounds(clock)
    assert acts.accept(handoff, by=rosa, now=now) == Refused(Refusal.ACCEPTED_ALREADY)
    acts.disqualify(handoff, reason="student", by=rosa, now=clock.move(60))
    all_rounds(clock)
    assert acts.confirm(handoff, by=rosa, now=now) == Refused(Refusal.NOT_OPEN)
    assert lead_of("ada@example.com").stage == "disqualified"


def test_of_two_who_accept_at_once_one_is_told_why_not(rosa: User, clock: SetClock) -> None:
    """At once; and a yes that some other program writes down all the same is refused by the round."""
    handoff = Handoff.objects.get()
    assert isinstance(acts.accept(handoff, by=rosa, now=clock.move(1)), str)
    assert acts.accept(handoff, by=rosa, now=clock.move(1)) == Refused(Refusal.ANSWERED_ALREADY)
    said(handoff.lead, "verdict_given", clock.move(1), verdict="accepted")
    all_rounds(clock)
    refused = lead_of("ada@example.com").decisions.get(kind="refused")
    assert refused.reason == "already_accepted"


def test_a_consent_is_kept_with_its_words(rosa: User, clock: SetClock) -> None:
    """The same words are kept once; a withdrawal is the last word."""
    ada = lead_of("ada@example.com")
    words = "Yes, write to me about your seminars."
    for proof in ("form 7", "form 8"):
        consents.grant(ada, "newsletter", wording=words, proof=proof, by=rosa, now=clock.move(60))
    all_rounds(clock)
    given = consents.of(ada)["newsletter"]
    assert (given.is_given, given.wording, given.proof) == (True, words, "form 8")
    assert Wording.objects.count() == 1
    consents.withdraw(ada, "newsletter", by=rosa, now=clock.move(60))
    all_rounds(clock)
    assert not consents.of(ada)["newsletter"].is_given


def test_a_visitor_who_becomes_known_brings_the_yes_along(source: Source, clock: SetClock) -> None:
    """With the words that stood on the website, as the row tells them."""
    said = {"purpose": "tracking", "wording": "May we follow your visits?"}
    happened(source, consents.GIVEN, clock.move(60), said=said, anonymous="a-1")
    happened(source, "attributes_changed", clock.move(60), anonymous="a-1", email="ada@example.com")
    all_rounds(clock)
    given = consents.of(lead_of("ada@example.com"))["tracking"]
    assert (given.is_given, given.wording) == (True, said["wording"])
