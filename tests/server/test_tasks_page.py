"""What is left to do on the pages: tasks of reps and of marketing, and what a rep leaves behind with a lead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from ledger_rows import all_rounds, lead_of
from queue_pages import ada_was_offered, client, do, told
from ripeline.server import instants
from ripeline.server.events import Event
from ripeline.server.instants import DAY, HOUR
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import acts, tasks, verdicts
from ripeline.server.sales.handoffs import Handoff, HandoffStatus
from ripeline.server.sales.tasks import Task, TaskKind
from ripeline.server.staff.users import Role
from staff import member

if TYPE_CHECKING:
    from ripeline.server.sources import Source
    from ripeline.server.staff.users import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rosa(source: Source) -> User:
    """A rep to whom Ada was offered just now."""
    return ada_was_offered(source)


def test_tasks_are_done_and_put_off_on_their_page(rosa: User) -> None:
    """A rep sees the own ones; marketing its own and the common ones."""
    ada, now, mara = lead_of("ada@example.com"), instants.now(), member("mara", Role.MARKETING)
    said = {"lead": ada, "kind": TaskKind.CALL, "created_at": now, "created_by": rosa}
    own = Task.objects.create(text="Call back", owner=rosa, due_at=now - HOUR, **said)
    common = Task.objects.create(text="Mend the <i>name</i>", due_at=now + DAY, **said)
    page = client(rosa).get("/tasks/").content.decode()
    assert "Call back" in page
    assert "Mend" not in page.replace("Mend the data", "")
    assert "Mend the &lt;i&gt;name&lt;/i&gt;" in client(mara).get("/tasks/").content.decode()
    assert client(rosa).post(f"/tasks/{common.pk}/done/", follow=True).status_code in (200, 404)
    assert Task.objects.get(pk=common.pk).done_at is None
    assert told(client(rosa).post(f"/tasks/{own.pk}/postpone/", {"to": "week"}, follow=True)) == ["Put off."]
    own.refresh_from_db()
    assert own.due_at - now >= 7 * DAY
    assert told(client(mara).post(f"/tasks/{common.pk}/done/", follow=True)) == ["Done."]
    assert Task.objects.get(pk=common.pk).done_by == mara
    assert client(mara).post(f"/tasks/{common.pk}/burn/").status_code == 404


def test_the_words_of_a_starter_playbook_are_told_in_the_readers_language_and_a_persons_as_they_stand(
    rosa: User,
) -> None:
    """A track's task has no author."""
    said = {"lead": lead_of("ada@example.com"), "kind": TaskKind.OTHER, "created_at": 1, "due_at": instants.now()}
    Task.objects.create(text="See what holds it back and write in person", **said)
    Task.objects.create(text="Note", created_by=rosa, **said)
    mara = member("mara", Role.MARKETING)
    mara.language = "de"
    mara.save()
    page = client(mara).get("/tasks/").content.decode()
    assert "Nachsehen, woran es hakt, und persönlich schreiben" in page
    assert ">Note<" in page


def test_whoever_leads_the_team_settles_a_reps_task(rosa: User) -> None:
    """It stands on the page with whose it is; another rep neither sees it nor settles it."""
    ada, now, rudi, boss = lead_of("ada@example.com"), instants.now(), *(member(n, Role.SALES) for n in ("rudi", "bo"))
    boss.is_manager = True
    boss.save()
    said = {"kind": TaskKind.CALL, "created_at": now, "created_by": rosa, "due_at": now + DAY}
    one, other = (Task.objects.create(lead=ada, text=f"Call {n}", owner=rosa, **said) for n in (1, 2))
    page = client(boss).get("/tasks/").content.decode()
    assert "<small>rosa</small>" in page
    assert "Call 1" not in client(rudi).get("/tasks/").content.decode()
    assert client(rudi).post(f"/tasks/{one.pk}/done/").status_code == 404
    assert told(client(boss).post(f"/tasks/{one.pk}/done/", follow=True)) == ["Done."]
    assert told(client(boss).post(f"/tasks/{other.pk}/postpone/", follow=True)) == ["Put off."]
    assert Task.objects.get(pk=one.pk).done_by == boss


def test_a_task_that_one_was_left_is_ones_own_whatever_one_sees(rosa: User) -> None:
    """The lead may have gone elsewhere."""
    ada, now, rudi = lead_of("ada@example.com"), instants.now(), member("rudi", Role.SALES)
    said = {"kind": TaskKind.CALL, "created_at": now, "created_by": rosa, "due_at": now + DAY}
    task = Task.objects.create(lead=ada, text="Call her", owner=rudi, **said)
    assert "Call her" in client(rudi).get("/tasks/").content.decode()
    assert told(client(rudi).post(f"/tasks/{task.pk}/done/", follow=True)) == ["Done."]


def test_wrong_data_are_marketings_to_mend(rosa: User) -> None:
    """As a task, in the reader's language; it is over once the lead is offered again."""
    do(rosa, "reject", reason="bad_data")
    task, mara = Task.objects.get(), member("mara", Role.MARKETING)
    assert (task.kind, task.owner, task.created_by) == (TaskKind.REPAIR_DATA, None, rosa)
    page = client(mara).get("/tasks/", headers={"accept-language": "de"}).content.decode()
    assert "Wrong data" not in page
    acts.change(lead_of("ada@example.com"), {"relation": "friend"}, by=mara, now=instants.now())
    all_rounds(instants.now)
    assert Handoff.objects.latest("pk").status == HandoffStatus.OFFERED
    task.refresh_from_db()
    assert (task.done_at is None, task.done_by) == (False, None)


def test_other_rejections_leave_no_task(rosa: User) -> None:
    """There is nothing to mend."""
    do(rosa, "reject", reason="below_bar")
    assert not Task.objects.exists()


def test_what_was_left_for_later_ends_with_the_lead(rosa: User) -> None:
    """Nobody looks again at a lead that is disqualified; what a rep planned for oneself stays."""
    do(rosa, "accept")
    do(rosa, "recycle", revisit_on="2199-01-01", steps="Send the study")
    ada, now = lead_of("ada@example.com"), instants.now()
    tasks.add(ada, "Say goodbye", kind=TaskKind.CALL, due_at=now + DAY, owner=rosa, by=rosa, now=now)
    assert Task.objects.filter(done_at=None).count() == 3
    acts.move(ada, "disqualified", reason="no_fit", by=rosa, now=now)
    all_rounds(instants.now)
    assert Task.objects.get(done_at=None).text == "Say goodbye"


def test_a_lead_is_given_back_once(rosa: User) -> None:
    """However often the form arrives before a round reads it: its tasks stand there once."""
    do(rosa, "accept")
    handoff = Handoff.objects.get()
    said: dict[str, Any] = {"reason": verdicts.Recycled.NO_BUDGET, "steps": ["Send the study"]}
    done = [verdicts.recycle(handoff, **said, by=rosa, now=instants.now()) for _ in range(2)]
    assert done[1] == Refused(Refusal.NOT_OPEN)
    assert Task.objects.count() == 1


def test_a_lead_is_not_given_back_till_a_day_that_has_passed(rosa: User) -> None:
    """Whoever asks for it, a page or a program."""
    do(rosa, "accept")
    handoff, now = Handoff.objects.get(), instants.now()
    said: dict[str, Any] = {"reason": verdicts.Recycled.NO_BUDGET, "by": rosa, "now": now}
    assert verdicts.recycle(handoff, revisit_at=now, **said) == Refused(Refusal.IN_THE_PAST)
    assert isinstance(verdicts.recycle(handoff, revisit_at=now + DAY, **said), str)
    assert Task.objects.get().due_at == now + DAY


def test_a_lead_is_not_given_back_till_a_day_that_no_calendar_tells(rosa: User) -> None:
    """Nothing of it is said then."""
    do(rosa, "accept")
    assert told(do(rosa, "recycle", revisit_on="9999-12-31")) == ["Take a day from 1970 to 2199."]
    assert (Handoff.objects.get().status, Task.objects.count()) == ("accepted", 0)


def test_a_touch_that_comes_twice_is_logged_once(rosa: User) -> None:
    """By an impatient thumb; another one of the same kind is another one."""
    do(rosa, "accept")
    page = client(rosa).get(f"/handoffs/{Handoff.objects.get().pk}/").content.decode()
    (once,) = set(re.findall(r'name="once" value="([^"]*)"', page))
    for token in (once, once, ""):
        do(rosa, "touch", once=token)
    assert Event.objects.filter(name="touch_logged").count() == 2
