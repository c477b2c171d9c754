"""A task is somebody's, or marketing's, until it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.server.instants import DAY, LATEST
from ripeline.server.leads import Lead
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import acts, tasks
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.sales.tasks import Task, TaskKind
from ripeline.server.staff.users import Action, Role, User, may
from staff import anna, mara, member, simon

if TYPE_CHECKING:
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)


def added(lead: Lead, by: User, now: int, **more: Any) -> Task:  # noqa: ANN401 - as the verb takes it
    """A task for tomorrow."""
    said: dict[str, Any] = {"text": "Send the case study", "kind": TaskKind.SEND, "due_at": now + DAY}
    task = tasks.add(lead, **said | more, by=by, now=now)
    assert isinstance(task, Task), task
    return task


def test_the_most_urgent_stand_first_and_each_sees_the_own(lead: Lead, clock: SetClock) -> None:
    """A task without an owner is marketing's."""
    rosa, now = simon(), clock()
    late, soon = (added(lead, rosa, now, owner=rosa, due_at=now + days * DAY) for days in (-1, 2))
    theirs = added(lead, rosa, now)
    assert list(tasks.of(rosa)) == [late, soon]
    assert list(tasks.of_marketing()) == [theirs]


def test_a_task_is_done_once(lead: Lead, clock: SetClock) -> None:
    """The second one is told."""
    rosa = simon()
    task = added(lead, rosa, clock(), owner=rosa)
    done = tasks.done(task, by=rosa, now=clock.move(60))
    assert isinstance(done, Task)
    assert (done.done_at, done.done_by) == (clock(), rosa)
    assert tasks.done(task, by=rosa, now=clock()) == Refused(Refusal.CLOSED_ALREADY)
    assert tasks.postpone(task, due_at=clock() + DAY, by=rosa, now=clock()) == Refused(Refusal.CLOSED_ALREADY)
    assert not tasks.of(rosa).exists()


def test_a_task_is_postponed_to_the_future(lead: Lead, clock: SetClock) -> None:
    """Nothing is put off to yesterday."""
    rosa = simon()
    task = added(lead, rosa, clock(), owner=rosa)
    moved = tasks.postpone(task, due_at=clock() + 7 * DAY, by=rosa, now=clock())
    assert isinstance(moved, Task)
    assert moved.due_at == clock() + 7 * DAY
    assert tasks.postpone(task, due_at=clock(), by=rosa, now=clock()) == Refused(Refusal.IN_THE_PAST)


@pytest.mark.parametrize("at", [-1, LATEST, 2**62])
def test_a_task_is_due_at_an_instant_that_calendars_tell(lead: Lead, clock: SetClock, at: int) -> None:
    """Else the page of all tasks could not be shown."""
    rosa, refused = simon(), Refused(Refusal.NO_TIME)
    assert tasks.add(lead, "Call", kind=TaskKind.CALL, due_at=at, by=rosa, now=clock()) == refused
    task = added(lead, rosa, clock(), owner=rosa)
    assert tasks.postpone(task, due_at=at, by=rosa, now=clock()) == refused
    assert acts.book_call(lead, at=at, by=rosa, now=clock()) == refused


@pytest.mark.parametrize("who", [Role.MARKETING, Role.ADMIN, Role.READ_ONLY, Role.SALES])
@pytest.mark.parametrize("whose", ["marketing", "rosa"])
def test_who_may_say_that_it_is_done(lead: Lead, clock: SetClock, who: Role, whose: str) -> None:
    """A rep's task is the rep's, and of whoever leads the team; marketing's is anybody's of marketing."""
    rosa = simon()
    task = added(lead, rosa, clock(), owner=rosa if whose == "rosa" else None)
    max_ = member("max", who)
    done = tasks.done(task, by=max_, now=clock())
    assert isinstance(done, Task) == (whose == "marketing" and who == Role.MARKETING)
    max_.is_manager = True
    assert (tasks.may_settle(max_, task), whose) in ((who == Role.SALES, "rosa"), (who == Role.MARKETING, "marketing"))
    mine = added(lead, max_, clock(), owner=max_) if may(max_, Action.ACT_ON_LEADS) else None
    assert mine is None or not tasks.may_settle(rosa, mine)


def test_who_may_add_one(lead: Lead, clock: SetClock) -> None:
    """Who acts on leads; and it says what is to be done."""
    refused = tasks.add(lead, "x", kind=TaskKind.OTHER, due_at=0, by=anna(), now=clock())
    assert refused == Refused(Refusal.NOT_ALLOWED)
    assert tasks.add(lead, " \n", kind=TaskKind.OTHER, due_at=0, by=mara(), now=clock()) == Refused(Refusal.NO_TEXT)
    assert not Task.objects.exists()


def test_whoever_leaves_hands_over_what_is_open(lead: Lead, clock: SetClock) -> None:
    """To another, or to marketing; what is done stays hers."""
    rosa, rudi = simon(), member("rudi", Role.SALES)
    old, new = (added(lead, rosa, clock(), owner=rosa) for _ in range(2))
    tasks.done(old, by=rosa, now=clock())
    assert tasks.hand_over(rosa, rudi) == 1
    assert list(tasks.of(rudi)) == [new]
    assert tasks.hand_over(rudi, None) == 1
    assert list(tasks.of_marketing()) == [new]
    old.refresh_from_db()
    assert old.owner == rosa


def test_a_lead_given_back_without_a_date_has_no_next_step(source: Source, clock: SetClock) -> None:
    """An open hand-off is a next step, and so is a task."""
    signed(PLAYBOOK, now=clock())
    happened(source, "ask", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    handoff, ada = Handoff.objects.get(), lead_of("ada@example.com")
    rosa = handoff.rep
    assert rosa is not None
    assert not Lead.objects.filter(tasks.no_next_step()).exists()
    acts.recycle(handoff, reason="later", by=rosa, now=clock.move(60))
    all_rounds(clock)
    assert list(Lead.objects.filter(tasks.no_next_step())) == [ada]
    task = added(ada, rosa, clock(), kind=TaskKind.REVISIT)
    assert not Lead.objects.filter(tasks.no_next_step()).exists()
    tasks.done(task, by=mara(), now=clock())
    assert list(Lead.objects.filter(tasks.no_next_step())) == [ada]
