"""What becomes of leads: opportunities, won and lost with their reasons, and the customers who bring others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.core.lifecycle import Stage
from ripeline.server import json_text
from ripeline.server.events import Event
from ripeline.server.intake import activities
from ripeline.server.leads import Lead
from ripeline.server.qualification import qualify
from ripeline.server.qualification.replay import replay
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import acts, outcomes, referrals
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.sales.outcomes import Competitor, LostReason, Outcome
from ripeline.server.sales.referrals import Referral
from ripeline.server.staff.users import Role, User
from staff import member

if TYPE_CHECKING:
    from pytest_django import Settings

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rosa(source: Source, clock: SetClock) -> User:
    """A rep who has found Ada, and Bob, to be sales-qualified."""
    rosa = member("rosa", Role.SALES)
    signed(PLAYBOOK, now=clock(), reps=False)
    for name in ("ada", "bob"):
        happened(source, "ask", clock.move(60), email=f"{name}@example.com")
        all_rounds(clock)
        handoff = Handoff.objects.latest("pk")
        for act in (acts.accept, acts.confirm):
            assert isinstance(act(handoff, by=rosa, now=clock.move(60)), str)
            all_rounds(clock)
    return rosa


@pytest.fixture
def ada(rosa: User) -> Lead:
    """Ada, who needs something."""
    del rosa
    return lead_of("ada@example.com")


def bob() -> Lead:
    """Bob, whom Ada told of us."""
    return lead_of("bob@example.com")


def stage(lead: Lead) -> str:
    """Where a lead stands."""
    lead.refresh_from_db()
    return lead.stage


def test_an_opportunity_is_opened_and_won_with_its_amounts(rosa: User, ada: Lead, clock: SetClock) -> None:
    """Both stay: what was expected, and what came of it; the row tells them too, and a replay finds the same moves."""
    assert isinstance(outcomes.open_opportunity(ada, cents=1_250_000, by=rosa, now=clock.move(60)), str)
    all_rounds(clock)
    assert stage(ada) == "opportunity"
    assert isinstance(outcomes.win(ada, cents=1_199_950, by=rosa, now=clock.move(60)), str)
    all_rounds(clock)
    assert stage(ada) == "customer"
    won, opened = outcomes.of(ada)
    assert (won.stage, won.cents, won.currency, won.by) == ("customer", 1_199_950, "EUR", "rosa")
    assert (opened.stage, opened.cents) == ("opportunity", 1_250_000)
    assert '"amount":11999.5,"currency":"EUR"' in Event.objects.filter(name="stage_set").latest("pk").properties
    assert replay().differences == []


def test_a_loss_tells_why_in_one_sentence_and_to_whom(rosa: User, ada: Lead, clock: SetClock) -> None:
    """The reason is of a closed list; a competitor is kept once, however it is written."""
    said = "They have known them\n for years."
    lost = {"reason": LostReason.COMPETITOR, "sentence": said}
    for lead, name in ((ada, "Acme  Consulting"), (bob(), "ACME consulting")):
        done = outcomes.lose(lead, competitor=name, by=rosa, now=clock.move(60), **lost)  # type: ignore[arg-type]
        assert isinstance(done, str)
    all_rounds(clock)
    assert {stage(ada), stage(bob())} == {"lost"}
    for lead in (ada, bob()):
        outcome = outcomes.of(lead).get()
        assert (outcome.reason, outcome.sentence) == ("competitor", "They have known them for years.")
        assert outcome.competitor == Competitor.objects.get(name="Acme Consulting")


@pytest.mark.parametrize(
    ("sentence", "competitor", "reason"),
    [
        (" \n ", "Acme", Refusal.NO_SENTENCE),
        ("x" * 501, "Acme", Refusal.NO_SENTENCE),
        ("They know them.", " ", Refusal.NO_COMPETITOR),
        ("They know them.", "x" * 101, Refusal.NO_COMPETITOR),
    ],
)
def test_a_loss_without_its_reason_is_refused(
    rosa: User, ada: Lead, clock: SetClock, sentence: str, competitor: str, reason: Refusal
) -> None:
    """And nothing is written."""
    before = Event.objects.count()
    why = {"sentence": sentence, "competitor": competitor}
    done = outcomes.lose(ada, reason=LostReason.COMPETITOR, **why, by=rosa, now=clock.move(60))
    assert done == Refused(reason)
    assert (Event.objects.count(), Competitor.objects.count()) == (before, 0)


def test_a_lead_goes_only_where_it_may(rosa: User, ada: Lead, clock: SetClock) -> None:
    """No sale without an opportunity; what was said a moment ago counts, though no round has read it yet."""
    assert outcomes.win(ada, cents=1, by=rosa, now=clock.move(1)) == Refused(Refusal.ILLEGAL_MOVE)
    lost = outcomes.lose(ada, reason=LostReason.OTHER, sentence="Hm.", competitor="New one", by=rosa, now=clock.move(1))
    assert isinstance(lost, str)
    assert outcomes.next_of(ada) == (Stage.MQL,)
    assert outcomes.open_opportunity(ada, by=rosa, now=clock.move(1)) == Refused(Refusal.ILLEGAL_MOVE)
    all_rounds(clock)
    assert isinstance(outcomes.move(ada, Stage.MQL, reason="They called", by=rosa, now=clock.move(60)), str)
    all_rounds(clock)
    assert stage(ada) == "mql"


def test_what_a_round_has_read_and_not_decided_on_counts_too(rosa: User, ada: Lead, clock: SetClock) -> None:
    """A round reads first, and decides a moment later."""
    assert isinstance(outcomes.open_opportunity(ada, by=rosa, now=clock.move(1)), str)
    assert qualify._take(clock, 1) is not None  # noqa: SLF001 - the half of a round that reads
    assert not Event.objects.filter(known_at=None).exists()
    assert isinstance(outcomes.win(ada, cents=1, by=rosa, now=clock.move(1)), str)


def test_what_is_said_at_one_instant_is_read_in_its_order(rosa: User, ada: Lead, clock: SetClock) -> None:
    """Of rows of one instant the key decides."""
    for number in range(10):
        assert isinstance(acts.note(ada, str(number), by=rosa, now=clock()), str)
    rows = Event.objects.filter(name="note_added").order_by("key")
    assert [json_text.read(row.properties)["text"] for row in rows] == [str(number) for number in range(10)]


def test_an_act_that_came_too_late_leaves_no_outcome(rosa: User, ada: Lead, clock: SetClock) -> None:
    """Two close a deal in the same moment: the first one counts."""
    outcomes.open_opportunity(ada, by=rosa, now=clock.move(60))
    all_rounds(clock)
    for word, more in (("customer", {"amount": 5, "currency": "EUR"}), ("lost", {"reason": "other"})):
        acts.say(ada, "stage_set", {"stage": word, **more}, by=rosa, now=clock.move(1))
    all_rounds(clock)
    assert stage(ada) == "customer"
    assert [one.stage for one in outcomes.of(ada)] == ["customer", "opportunity"]


def test_a_sale_that_is_sent_twice_is_told_once(rosa: User, ada: Lead, clock: SetClock) -> None:
    """On a slow line, after the first one was read too."""
    once = activities.token(clock())
    first = outcomes.open_opportunity(ada, cents=5, by=rosa, now=clock.move(1), once=once)
    assert outcomes.open_opportunity(ada, cents=5, by=rosa, now=clock.move(1), once=once) == first
    all_rounds(clock)
    assert outcomes.open_opportunity(ada, cents=5, by=rosa, now=clock.move(1), once=once) == first
    assert Outcome.objects.count() == 1


def test_who_may_not_act_tells_nothing(ada: Lead, clock: SetClock) -> None:
    """Neither an outcome nor a competitor."""
    reader = member("reader", Role.READ_ONLY)
    said = {"reason": LostReason.OTHER, "sentence": "Hm.", "competitor": "Acme"}
    assert outcomes.lose(ada, by=reader, now=clock.move(1), **said) == Refused(Refusal.NOT_ALLOWED)  # type: ignore[arg-type]
    assert not Competitor.objects.exists()


def test_amounts_are_told_in_the_currency_of_the_installation(
    rosa: User, ada: Lead, clock: SetClock, settings: Settings
) -> None:
    """As it is set when they are told."""
    settings.CURRENCY = "DKK"
    outcomes.open_opportunity(ada, cents=100, by=rosa, now=clock.move(1))
    all_rounds(clock)
    assert outcomes.of(ada).get().currency == "DKK"


# --- advocates ------------------------------------------------------------------------------------


def test_a_happy_customer_brings_another_one(rosa: User, ada: Lead, clock: SetClock) -> None:
    """Told on both, once; who is no advocate brings nobody."""
    assert referrals.mark(ada, by=rosa, now=clock.move(1)) == Refused(Refusal.NOT_A_CUSTOMER)
    outcomes.open_opportunity(ada, by=rosa, now=clock.move(1))
    all_rounds(clock)
    outcomes.win(ada, cents=1, by=rosa, now=clock.move(1))
    all_rounds(clock)
    ada.refresh_from_db()
    assert referrals.refer(ada, bob(), by=rosa, now=clock.move(1)) == Refused(Refusal.NO_ADVOCATE)
    assert isinstance(referrals.mark(ada, note="Speaks at our fair", by=rosa, now=clock.move(1)), str)
    made = referrals.refer(ada, bob(), note="A friend", by=rosa, now=clock.move(1))
    assert isinstance(made, Referral)
    all_rounds(clock)
    assert list(referrals.brought_by(ada)) == [made]
    assert referrals.bringer_of(bob()) == made
    names = list(Event.objects.filter(name__startswith="refer").order_by("name").values_list("name", flat=True))
    assert names == ["referral_made", "referred_by"]
    assert referrals.refer(ada, bob(), by=rosa, now=clock.move(1)) == made
    assert referrals.refer(ada, ada, by=rosa, now=clock.move(1)) == Refused(Refusal.SAME_LEAD)
    referrals.end(ada, by=rosa, now=clock.move(1))
    assert not referrals.is_advocate(ada)


def test_a_lead_is_brought_by_one(rosa: User, ada: Lead, source: Source, clock: SetClock) -> None:
    """Whoever says otherwise is told so."""
    happened(source, "paper", clock.move(1), email="eve@example.com")
    all_rounds(clock)
    eve = lead_of("eve@example.com")
    for lead in (ada, bob()):
        acts.say(lead, "advocate_marked", {}, by=rosa, now=clock.move(1))
    assert isinstance(referrals.refer(ada, eve, by=rosa, now=clock.move(1)), Referral)
    assert referrals.refer(bob(), eve, by=rosa, now=clock.move(1)) == Refused(Refusal.REFERRED_ALREADY)


def test_what_became_of_a_lead_is_known_of_whoever_it_is_merged_into(rosa: User, ada: Lead, clock: SetClock) -> None:
    """Also where that one is merged into a third."""
    assert isinstance(outcomes.open_opportunity(ada, by=rosa, now=clock.move(1)), str)
    all_rounds(clock)
    ida, eve = (Lead.objects.create(unit=ada.unit, created_at=1) for _ in range(2))
    Lead.objects.filter(pk=ada.pk).update(merged_into=ida)
    Lead.objects.filter(pk=ida.pk).update(merged_into=eve)
    assert [one.lead for one in outcomes.of(eve)] == [ada]


def test_who_brought_whom_is_known_of_whoever_they_are_merged_into(rosa: User, ada: Lead, clock: SetClock) -> None:
    """And it is still told once: nobody else brings who was brought, under another number."""
    acts.say(ada, "advocate_marked", {}, by=rosa, now=clock.move(1))
    dan, ida, eve = (Lead.objects.create(unit=ada.unit, created_at=1) for _ in range(3))
    brought = [referrals.refer(ada, one, by=rosa, now=clock.move(1)) for one in (bob(), dan)]
    for absorbed, kept in ((ada, ida), (dan, eve)):
        Lead.objects.filter(pk=absorbed.pk).update(merged_into=kept)
    assert list(referrals.brought_by(ida)) == brought[::-1]
    assert referrals.bringer_of(eve) == brought[1]
    for lead in (ida, bob()):
        acts.say(lead, "advocate_marked", {}, by=rosa, now=clock.move(1))
    assert referrals.refer(ida, eve, by=rosa, now=clock.move(1)) == brought[1]
    assert referrals.refer(bob(), eve, by=rosa, now=clock.move(1)) == Refused(Refusal.REFERRED_ALREADY)
