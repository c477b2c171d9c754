"""The clocks of hand-offs in action: what nobody takes goes on, what stays untouched is told, and told higher up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.server.delivery.endpoints import Endpoint
from ripeline.server.delivery.outbox import Delivery, Outgoing
from ripeline.server.events import Event
from ripeline.server.instants import DAY, HOUR, MINUTE, moment
from ripeline.server.leads import Lead
from ripeline.server.qualification.replay import replay
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import acts, clocks, handoffs
from ripeline.server.sales.handoffs import Assignment, Handoff
from ripeline.server.staff import absences, users
from ripeline.server.staff.users import Role, User
from staff import mara, member

if TYPE_CHECKING:
    from pytest_django import Settings

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

MORNINGS = "hours: {mon: ['08:00', '12:00'], tue: ['08:00', '12:00'], wed: ['08:00', '12:00']}\n"
NEW_YORK = "timezone: America/New_York\nholidays: US\nhours: {mon: ['09:00', '17:00'], tue: ['09:00', '17:00']}\n"


@pytest.fixture
def reps(source: Source, clock: SetClock) -> list[User]:
    """Rosa, Rudi and Rita, in the order of their turns."""
    assert source.name == "website"
    signed(PLAYBOOK, now=clock(), reps=False)
    return [member(name, Role.SALES) for name in ("rosa", "rudi", "rita")]


def offered(source: Source, clock: SetClock, who: str = "ada") -> Handoff:
    """Somebody asks for a demo."""
    happened(source, "ask", clock.move(60), email=f"{who}@example.com")
    all_rounds(clock)
    return lead_of(f"{who}@example.com").handoffs.get()


def told(handoff: Handoff) -> list[str]:
    """What was told of a hand-off beside decisions, in order."""
    rows = Outgoing.objects.filter(key__startswith=f"handoff-{handoff.pk}-").order_by("pk")
    return [row.topic.rpartition(".")[2] for row in rows]


def until(clock: SetClock, at: int, handoff: Handoff) -> Handoff:
    """Let it become an instant, and everything that is due by then happen."""
    clock.now = at
    while clocks.run(clock()):
        pass
    handoff.refresh_from_db()
    return handoff


# --- what nobody takes ----------------------------------------------------------------------------


def test_what_is_not_accepted_goes_to_each_rep_once_and_then_higher_up(
    source: Source, clock: SetClock, reps: list[User]
) -> None:
    """Each has the time to accept, and the first touch stays due when it was."""
    handoff = offered(source, clock)
    due, accept_by = handoff.due_at, handoff.accept_by
    for rep in reps:
        assert handoff.rep == rep
        assert handoff.accept_by is not None
        until(clock, handoff.accept_by - 1, handoff)
        assert handoff.rep == rep
        until(clock, handoff.accept_by, handoff)
    assert handoff.rep == reps[-1]
    assert handoff.escalated_at == clock()
    assert handoff.due_at == due
    assert handoff.first_accept_by == accept_by
    assert told(handoff) == ["reassigned", "reassigned", "escalated"]
    why = handoffs.why(handoff)
    assert why is not None
    assert (why.reason, why.rep, why.at) == ("not_accepted", reps[-1], clock() - 4 * HOUR)
    until(clock, clock() + 3 * HOUR, handoff)
    assert told(handoff).count("escalated") == 1
    assert replay().differences == []


def test_a_yes_on_its_way_to_the_next_round_is_a_yes(source: Source, clock: SetClock, reps: list[User]) -> None:
    """The row is written, and the clock takes nothing from a rep who has answered."""
    handoff = offered(source, clock)
    assert handoff.accept_by is not None
    assert isinstance(acts.accept(handoff, by=reps[0], now=handoff.accept_by - 1), str)
    until(clock, handoff.accept_by + HOUR, handoff)
    assert (handoff.rep, handoff.status) == (reps[0], "offered")
    all_rounds(clock)
    handoff.refresh_from_db()
    assert (handoff.status, handoff.lead.owner) == ("accepted", reps[0])


def test_what_nobody_was_free_for_waits_for_whoever_is(source: Source, clock: SetClock, reps: list[User]) -> None:
    """And when the time to accept is over, whoever is free by then gets it."""
    for rep in reps:
        users.set_capacity(rep, 0)
    handoff = offered(source, clock)
    assert handoff.rep is None
    users.set_capacity(reps[1], None)
    assert handoff.accept_by is not None
    until(clock, handoff.accept_by, handoff)
    assert handoff.rep == reps[1]
    assert told(handoff) == ["nobody", "reassigned"]


def test_what_waits_for_somebody_who_is_away_goes_to_others(source: Source, clock: SetClock, reps: list[User]) -> None:
    """As the absence begins, once; what was accepted stays where it is."""
    first, other = offered(source, clock), offered(source, clock, "bob")
    third, fourth = offered(source, clock, "cem"), offered(source, clock, "dana")
    assert [one.rep for one in (first, other, third, fourth)] == [*reps, reps[0]]
    acts.accept(first, by=reps[0], now=clock.move(1))
    all_rounds(clock)
    begins = clock() + HOUR
    absences.add(reps[0], since=begins, until=begins + 9 * DAY, now=clock())
    until(clock, begins - 1, fourth)
    assert fourth.rep == reps[0]
    until(clock, begins, fourth)
    first.refresh_from_db()
    assert (first.rep, fourth.rep) == (reps[0], reps[1])
    assert Assignment.objects.filter(reason="absent").count() == 1
    assert clocks.begin_absences(clock()) == 0


# --- the first touch ------------------------------------------------------------------------------


def accepted(source: Source, clock: SetClock, by: User) -> Handoff:
    """Somebody asked, and the rep has taken it on."""
    handoff = offered(source, clock)
    acts.accept(handoff, by=by, now=clock.move(1))
    all_rounds(clock)
    handoff.refresh_from_db()
    return handoff


def test_untouched_it_is_told_soon_late_and_higher_up(source: Source, clock: SetClock, reps: list[User]) -> None:
    """An hour before, when it is due, and an hour after; each once."""
    handoff = accepted(source, clock, reps[0])
    due = handoff.due_at
    assert due is not None
    for at, topics in (
        (due - HOUR - 1, []),
        (due - HOUR, ["due_soon"]),
        (due, ["due_soon", "overdue"]),
        (due + HOUR - 1, ["due_soon", "overdue"]),
        (due + HOUR, ["due_soon", "overdue", "escalated"]),
        (due + 9 * DAY, ["due_soon", "overdue", "escalated"]),
    ):
        until(clock, at, handoff)
        assert told(handoff) == topics
    assert handoff.escalated_at == due + HOUR
    escalated = json.loads(Outgoing.objects.get(topic="lead.handoff.escalated").body)
    assert escalated["data"]["reason"] == "overdue"


def test_whoever_leads_the_team_is_told_by_mail(
    source: Source, clock: SetClock, reps: list[User], settings: Settings
) -> None:
    """As long as one leads it, has an address, and a mail server is named."""
    boss = member("bo", Role.SALES)
    User.objects.filter(pk=boss.pk).update(is_manager=True, email="bo@example.com", capacity=0)
    first, second, third = (offered(source, clock, who) for who in ("ada", "bob", "cem"))
    mailed = Delivery.objects.filter(endpoint__address="bo@example.com")
    Handoff.objects.update(remind_at=None)
    for handoff, host, count in ((first, "", 0), (second, "mail.example.com", 1), (third, "mail.example.com", 1)):
        settings.EMAIL_HOST = host
        acts.accept(handoff, by=handoff.rep or boss, now=clock.move(1))
        all_rounds(clock)
        late = (handoff.due_at or 0) + HOUR
        Handoff.objects.filter(pk=handoff.pk).update(remind_at=late)
        clock.now = max(clock(), late)
        while clocks.remind(clock()):
            pass
        assert told(handoff) == ["escalated"]
        assert mailed.count() == count
        if count:
            users.set_manager(boss, False)  # noqa: FBT003
    assert Endpoint.objects.get().closed_at is not None
    assert reps


def test_a_touch_stops_the_clock(source: Source, clock: SetClock, reps: list[User]) -> None:
    """Nothing more is told."""
    handoff = accepted(source, clock, reps[0])
    acts.touch(handoff.lead, how="call", by=reps[0], now=clock.move(60))
    all_rounds(clock)
    until(clock, clock() + 9 * DAY, handoff)
    assert told(handoff) == []


@pytest.mark.parametrize(
    ("call", "runs_out"),
    [
        (None, 24 * HOUR),
        (3 * HOUR, 24 * HOUR),  # over long before the first touch is due
        (23 * HOUR, 24 * HOUR),
        (23 * HOUR + MINUTE, 24 * HOUR + MINUTE),  # an hour into the call
        (70 * HOUR, 71 * HOUR),
    ],
)
def test_a_booked_call_lets_the_clock_stand_still(
    source: Source, clock: SetClock, reps: list[User], call: int | None, runs_out: int
) -> None:
    """Until the call, and for an hour after it began, nothing is overdue; the due time itself never changes."""
    handoff = accepted(source, clock, reps[0])
    due = handoff.due_at
    assert due is not None
    asked = due - 24 * HOUR
    if call is not None:
        assert isinstance(acts.book_call(handoff, at=asked + call, by=reps[0], now=clock()), str)
        handoff.refresh_from_db()
    late = asked + runs_out
    assert handoffs.runs_out_at(handoff) == late
    until(clock, late - 1, handoff)
    assert "overdue" not in told(handoff)
    until(clock, late, handoff)
    assert told(handoff)[-1] == "overdue"
    until(clock, late + HOUR, handoff)
    assert told(handoff)[-1] == "escalated"
    assert handoff.due_at == due
    all_rounds(clock)
    assert replay().differences == []


def test_a_cancelled_call_lets_the_clock_run_on(source: Source, clock: SetClock, reps: list[User]) -> None:
    """As if it had never stood: what is due by now is told at once, and nothing twice."""
    handoff = accepted(source, clock, reps[0])
    due = handoff.due_at
    assert due is not None
    until(clock, due, handoff)
    before = told(handoff)
    assert before == ["overdue"]  # whoever looks late is told no more that it was due soon
    acts.book_call(handoff, at=due + DAY, by=reps[0], now=clock.move(1))
    until(clock, due + 3 * HOUR, handoff)
    assert told(handoff) == before
    assert isinstance(acts.cancel_call(handoff, by=reps[0], now=clock.move(1)), str)
    until(clock, clock.move(1), handoff)
    assert told(handoff) == [*before, "escalated"]
    names = Event.objects.filter(name__startswith="call_").order_by("pk").values_list("name", flat=True)
    assert list(names) == ["call_booked", "call_cancelled"]


def test_a_call_is_booked_by_whose_lead_it_is_and_ahead(source: Source, clock: SetClock, reps: list[User]) -> None:
    """A lead without a hand-off may have one too, which is a row and no more."""
    handoff, now = accepted(source, clock, reps[0]), clock()
    assert acts.book_call(handoff, at=now, by=reps[0], now=now) == Refused(Refusal.IN_THE_PAST)
    assert acts.book_call(handoff, at=now + 1, by=reps[1], now=now) == Refused(Refusal.NOT_ALLOWED)
    assert acts.cancel_call(handoff, by=reps[0], now=now) == Refused(Refusal.NO_CALL)
    acts.disqualify(handoff, reason="student", by=reps[0], now=now)
    all_rounds(clock)
    assert acts.book_call(handoff, at=now + DAY, by=reps[0], now=clock()) == Refused(Refusal.NOT_OPEN)
    assert isinstance(acts.book_call(handoff.lead, at=now + DAY, by=reps[1], now=clock()), str)


def test_an_offer_with_a_booked_call_is_not_passed_on(source: Source, clock: SetClock, reps: list[User]) -> None:
    """Whoever has agreed on a call keeps the offer till then, though its time to accept is over."""
    handoff = offered(source, clock)
    assert handoff.accept_by is not None
    assert isinstance(acts.book_call(handoff, at=handoff.accept_by + HOUR, by=reps[0], now=clock()), str)
    assert until(clock, handoff.accept_by + HOUR - 1, handoff).rep == reps[0]
    assert until(clock, handoff.accept_by + HOUR, handoff).rep == reps[1]


# --- by hand --------------------------------------------------------------------------------------


def test_a_hand_off_is_given_to_another_rep_by_hand(source: Source, clock: SetClock, reps: list[User]) -> None:
    """By its own rep, or by whoever leads the team; the lead is then the new rep's, and due when it was."""
    handoff = accepted(source, clock, reps[0])
    due, now = handoff.due_at, clock()
    assert handoffs.reassign(handoff, reps[2], by=reps[1], now=now) == Refused(Refusal.NOT_ALLOWED)
    assert handoffs.reassign(handoff, mara(), by=reps[0], now=now) == Refused(Refusal.NOT_A_REP)
    assert isinstance(handoffs.reassign(handoff, reps[1], by=reps[0], now=now), Handoff)
    users.set_manager(reps[2], True)  # noqa: FBT003
    seen_before = Handoff.objects.get()
    assert handoffs.reassign(handoff, reps[2], by=reps[2], now=now) == Refused(Refusal.GIVEN_ALREADY)
    assert isinstance(handoffs.reassign(seen_before, reps[2], by=reps[2], now=now), Handoff)
    handoff.refresh_from_db()
    assert (handoff.rep, handoff.due_at, handoff.status) == (reps[2], due, "accepted")
    assert Lead.objects.get().owner == reps[2]
    given = Assignment.objects.order_by("pk").values_list("rep__username", "reason", "by__username")
    assert list(given) == [("rosa", "turn", None), ("rudi", "by_hand", "rosa"), ("rita", "by_hand", "rita")]
    acts.disqualify(handoff, reason="student", by=reps[2], now=clock.move(1))
    all_rounds(clock)
    assert handoffs.reassign(handoff, reps[0], by=reps[2], now=clock()) == Refused(Refusal.NOT_OPEN)
    assert replay().differences == []


def test_an_offer_that_was_answered_is_given_to_nobody_else(source: Source, clock: SetClock, reps: list[User]) -> None:
    """A yes on its way to the next round is a yes; and whoever looked before it was given away answers no more."""
    handoff = offered(source, clock)
    assert not handoffs.answer(Handoff(pk=handoff.pk, rep=reps[1]), by=reps[1], takes=True, now=clock())
    assert not handoffs.answer(Handoff(pk=handoff.pk, rep=None), by=reps[1], takes=True, now=clock())
    assert isinstance(acts.accept(handoff, by=reps[0], now=clock()), str)
    assert handoffs.reassign(handoff, reps[1], by=reps[0], now=clock()) == Refused(Refusal.ANSWERED_ALREADY)


# --- a rep's own hours ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "due", "accept_by"),
    [
        ("", "2026-01-06 09:01", "2026-01-05 13:01"),
        (
            MORNINGS,
            "2026-01-19 09:01",
            "2026-01-06 09:01",
        ),  # 24 hours, four a day, from 10:01 in Berlin
        (NEW_YORK, "2026-01-12 22:00", "2026-01-05 18:00"),  # the wall of New York, its Mondays and Tuesdays
    ],
)
def test_the_clock_runs_in_the_reps_own_hours(
    source: Source, clock: SetClock, reps: list[User], text: str, due: str, accept_by: str
) -> None:
    """And replay finds the same due times, whatever the rep's hours are by then."""
    rosa = reps[0]
    assert users.set_calendar(rosa, text) == rosa
    handoff = offered(source, clock)
    assert handoff.rep == rosa
    assert (handoff.clock, bool(handoff.calendar)) == (text, True)
    assert handoff.due_at is not None
    assert handoff.accept_by is not None
    assert f"{moment(handoff.due_at):%Y-%m-%d %H:%M}" == due
    assert f"{moment(handoff.accept_by):%Y-%m-%d %H:%M}" == accept_by
    users.set_calendar(rosa, MORNINGS if text != MORNINGS else "")
    assert replay().differences == []
    Handoff.objects.update(clock=MORNINGS if text != MORNINGS else "")
    assert [each.what for each in replay().differences] == ["hand-off 0"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("hours: {mon: ['18:00', '09:00']}", "PB039"),
        ("hours: {mon: ['09:00', '18:00']}\nholidays: XX", "PB043"),
        ("hours: {moon: ['09:00', '18:00']}", "PB021"),
        ("- a list", "PB020"),
        ("houers: {}", "PB003"),
    ],
)
def test_a_calendar_with_a_problem_is_refused(clock: SetClock, text: str, code: str) -> None:
    """With its line and its cure, as in a playbook."""
    assert clock()
    rosa = member("rosa", Role.SALES)
    done = users.set_calendar(rosa, text)
    assert isinstance(done, Refused)
    assert done.reason == Refusal.NO_CALENDAR
    assert code in {problem.code for problem in done.problems}
