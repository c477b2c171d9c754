"""Several at once: of two reps who accept one wins and the other is told; of several clocks each step is done once."""

from __future__ import annotations

import threading
from functools import partial
from random import Random
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, signed
from living_company import DAY as A_DAY
from living_company import ENRICHED, FADING, Company
from ripeline.server.delivery import outbox
from ripeline.server.delivery.outbox import Outgoing
from ripeline.server.events import Event
from ripeline.server.instants import DAY, HOUR, SECOND
from ripeline.server.qualification import qualify
from ripeline.server.qualification.replay import replay
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import acts, clocks, handoffs, leaving, routes
from ripeline.server.sales.handoffs import OPEN, Assignment, Handoff
from ripeline.server.sales.routes import By
from ripeline.server.staff import absences, users
from ripeline.server.staff.users import Role, User
from staff import anna, member

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

TRIES = 10
HOURS = (
    "",
    "hours: {mon: ['08:00', '12:00'], tue: ['08:00', '12:00'], wed: ['08:00', '12:00']}\n",
    "timezone: America/New_York\nholidays: US\nhours: {mon: ['09:00', '17:00'], tue: ['09:00', '17:00']}\n",
)


def together(doing: Sequence[Callable[[], object]]) -> list[object]:
    """What each of several does, all of them at the same moment, each in a thread of its own."""
    start, found = threading.Barrier(len(doing)), dict[int, object]()

    def one(place: int, do: Callable[[], object]) -> None:
        try:
            start.wait()
            found[place] = do()
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=each) for each in enumerate(doing)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[place] for place in range(len(doing))]


@pytest.fixture
def reps(source: Source, clock: SetClock) -> list[User]:
    """Rosa, Rudi and Rita."""
    assert source.name == "website"
    signed(PLAYBOOK, now=clock(), reps=False)
    return [member(name, Role.SALES) for name in ("rosa", "rudi", "rita")]


def offers(source: Source, clock: SetClock, count: int) -> list[Handoff]:
    """So many leads ask, one after the other."""
    for number in range(count):
        happened(source, "ask", clock.move(60), email=f"lead{number}@example.com")
    all_rounds(clock)
    return list(Handoff.objects.filter(status__in=OPEN).order_by("pk"))


def test_of_two_reps_who_accept_at_once_one_wins_and_the_other_is_told(
    source: Source, clock: SetClock, reps: list[User]
) -> None:
    """The lead is the winner's, by one row of the ledger."""
    for rep in reps:
        users.set_capacity(rep, 0)
    for handoff in offers(source, clock, TRIES):
        now = clock.move(1)
        found = together([partial(acts.accept, handoff, by=rep, now=now) for rep in reps])
        winners = [rep for rep, answer in zip(reps, found, strict=True) if isinstance(answer, str)]
        assert len(winners) == 1
        assert found.count(Refused(Refusal.ANSWERED_ALREADY)) == len(reps) - 1
        all_rounds(clock)
        handoff.refresh_from_db()
        assert (handoff.rep, handoff.status, handoff.lead.owner) == (winners[0], "accepted", winners[0])
    assert Event.objects.filter(name="verdict_given").count() == TRIES
    assert Assignment.objects.filter(reason="taken").count() == TRIES


def test_a_yes_and_the_clock_at_once_leave_one_rep(source: Source, clock: SetClock, reps: list[User]) -> None:
    """Either the yes came first and stands, or it is told that somebody else has the lead."""
    given = offers(source, clock, TRIES)
    clock.now = max(handoff.accept_by or 0 for handoff in given)
    for handoff in given:
        by, now = handoff.rep, clock()
        assert by is not None
        yes, _ = together([partial(acts.accept, handoff, by=by, now=now), partial(clocks.pass_on, now)])
        handoff.refresh_from_db()
        assert (handoff.rep == by) == isinstance(yes, str)
        assert isinstance(yes, str) or yes == Refused(Refusal.ANSWERED_ALREADY)
    assert {rep.username for rep in reps} >= set(Assignment.objects.values_list("rep__username", flat=True))


def test_several_clocks_do_each_step_once(source: Source, clock: SetClock, reps: list[User]) -> None:
    """Each message is told once, each offer given on once at a time, whoever looks."""
    given = offers(source, clock, TRIES)
    for _ in range(40):
        now = clock.move(HOUR / SECOND)
        together([partial(clocks.run, now)] * 3)
    while clocks.run(clock()):
        pass
    keys = list(Outgoing.objects.filter(topic__startswith="lead.handoff.").values_list("topic", "body"))
    escalated = [body for topic, body in keys if topic == "lead.handoff.escalated"]
    assert len(escalated) == len(set(escalated)) == TRIES
    for handoff in given:
        had = list(handoff.assignments.order_by("pk").values_list("rep", flat=True))
        assert len(had) == len(set(had)) == len(reps)


def test_of_two_who_give_a_hand_off_away_one_is_told(source: Source, clock: SetClock, reps: list[User]) -> None:
    """What the second one saw is no longer so."""
    (handoff,) = offers(source, clock, 1)
    users.set_manager(reps[0], True)  # noqa: FBT003
    boss = User.objects.get(pk=reps[0].pk)
    now = clock.move(1)
    found = together([partial(handoffs.reassign, handoff, rep, by=boss, now=now) for rep in reps[1:]])
    assert sum(isinstance(answer, Handoff) for answer in found) == 1
    assert found.count(Refused(Refusal.GIVEN_ALREADY)) == 1


def test_offers_go_to_nobody_who_leaves_at_that_moment(source: Source, clock: SetClock, reps: list[User]) -> None:
    """A round and a leaving take turns: whatever comes first, no open hand-off is left with somebody who is gone."""
    anna()
    offers(source, clock, 3)
    for number in range(6):
        happened(source, "ask", clock.move(60), email=f"later{number}@example.com")
    together([partial(qualify.run, clock), partial(leaving.deactivate, reps[0], now=clock())])
    all_rounds(clock)
    assert not Handoff.objects.filter(status__in=OPEN, rep=reps[0]).exists()
    assert Handoff.objects.filter(status__in=OPEN, rep=None).count() == 0
    assert Handoff.objects.filter(status__in=OPEN).count() == 9


def test_a_clock_that_dies_midway_has_done_nothing(
    source: Source, clock: SetClock, reps: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the next one does it: the offer, its reason and the message are one transaction."""
    (handoff,) = offers(source, clock, 1)
    clock.now = handoff.accept_by or 0
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "tell", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            clocks.run(clock())
    handoff.refresh_from_db()
    assert (handoff.rep, handoff.assignments.count()) == (reps[0], 1)
    assert clocks.run(clock()) == 1
    handoff.refresh_from_db()
    assert (handoff.rep, handoff.assignments.count()) == (reps[1], 2)


@pytest.mark.parametrize("seed", range(6))
def test_whoever_gets_what_a_replay_finds_the_same_times(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reps with hours of their own, absences, routes, capacities, and clocks that give hand-offs on, at random."""
    chance = Random(seed)
    company = Company(chance.choice([FADING, ENRICHED]) + "# team\n")
    team = [member(name, Role.SALES) for name in ("rosa", "rudi", "rita")]
    routes.add("x", By.ATTRIBUTE, attribute="relation", values=["x", "comp*"], reps=team[:1], now=company.clock())
    happen = company._happen  # noqa: SLF001 - what else happens to it

    def with_team(kind: str, chance: Random) -> None:
        rep, now = chance.choice(team), company.clock()
        match chance.randrange(6):
            case 0:
                users.set_calendar(rep, chance.choice(HOURS))
            case 1:
                users.set_capacity(rep, chance.choice([None, 0, 1, 3]))
            case 2:
                absences.add(rep, since=now, until=now + chance.choice([HOUR, DAY, 9 * DAY]), now=now)
            case 3:
                for handoff in Handoff.objects.filter(status__in=OPEN)[:1]:
                    handoffs.reassign(handoff, rep, by=handoff.rep or rep, now=now)
                    acts.book_call(handoff, at=now + chance.choice([HOUR, A_DAY * SECOND]), by=rep, now=now)
        while clocks.run(now):
            pass
        happen(kind, chance)

    monkeypatch.setattr(company, "_happen", with_team)
    company.live(chance, length=40)
    while qualify.run(company.clock) != (0, 0):
        pass
    assert replay().differences == []
    assert not Handoff.objects.filter(rep__isnull=False).exclude(assignments__isnull=False).exists()
