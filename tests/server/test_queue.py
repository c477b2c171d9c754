"""The desk of a rep: what may be done with an offer when and by whom, and what is said after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ledger_rows import all_rounds, happened, lead_of
from queue_pages import FORMS, ada_was_offered, client, do, told
from ripeline.server import instants
from ripeline.server.events import Event
from ripeline.server.instants import DAY, HOUR, MINUTE
from ripeline.server.qualification import qualify
from ripeline.server.sales import acts, verdicts
from ripeline.server.sales.handoffs import Handoff, HandoffStatus
from ripeline.server.sales.tasks import Task, TaskKind
from ripeline.server.sales.verdicts import Standing
from ripeline.server.staff.users import Role, User
from staff import member

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from ripeline.server.sources import Source

pytestmark = pytest.mark.django_db(transaction=True)

OPEN_AT = {
    "offered": {"accept", "reject"},
    "accepted": {"touch", "call", "recycle"},
    "booked": {"touch", "call", "uncall", "recycle"},
    "touched": {"touch", "call", "confirm", "recycle", "disqualify"},
    "confirmed": set(),
}
"""By where an offer stands, what its rep can do with it."""


@pytest.fixture
def rosa(source: Source) -> User:
    """A rep to whom Ada was offered just now."""
    return ada_was_offered(source)


def _brought_to(standing: str, rosa: User) -> None:
    for act in {
        "offered": (),
        "accepted": ("accept",),
        "booked": ("accept", "call"),
        "touched": ("accept", "touch"),
    }.get(standing, ("accept", "touch", "confirm")):
        do(rosa, act)


def _buttons(answer: Any) -> set[str]:  # noqa: ANN401 - Django's
    page = answer.content.decode()
    return {act for act in FORMS if f"/{act}/" in page}


def test_the_dossier_leads_to_the_lead_and_the_interview(rosa: User) -> None:
    """Whoever calls asks the questions there."""
    handoff = Handoff.objects.get()
    page = client(rosa).get(f"/handoffs/{handoff.pk}/").content.decode()
    assert f'href="/leads/{handoff.lead_id}/"' in page
    assert f'href="/leads/{handoff.lead_id}/interview/"' in page


# --- what is open, by where it stands and by who asks ---------------------------------------------


@pytest.mark.parametrize("standing", OPEN_AT)
def test_the_buttons_follow_from_where_it_stands(rosa: User, standing: str) -> None:
    """And whatever is not among them is refused, and changes nothing."""
    _brought_to(standing, rosa)
    address = f"/handoffs/{Handoff.objects.get().pk}/"
    assert _buttons(client(rosa).get(address)) == OPEN_AT[standing]
    before = Event.objects.count()
    for act in FORMS.keys() - OPEN_AT[standing]:
        assert told(do(rosa, act)) == ["That cannot be done with it now. Look where it stands."], act
    assert Event.objects.count() == before


@pytest.mark.parametrize("act", FORMS)
@pytest.mark.parametrize("who", ["another rep", "manager", "marketing", "admin", "read_only"])
def test_nobody_else_answers_an_offer(rosa: User, act: str, who: str) -> None:
    """Another rep does not even see it; the others see it, without a button."""
    _brought_to(next(name for name, open_acts in OPEN_AT.items() if act in open_acts), rosa)
    role = {"another rep": Role.SALES, "manager": Role.SALES}.get(who) or Role(who)
    other = User.objects.create(username="other", role=role, is_manager=who == "manager")
    before, address = Event.objects.count(), f"/handoffs/{Handoff.objects.get().pk}/"
    page: Any = client(other).get(address)
    assert page.status_code == (404 if who == "another rep" else 200)
    assert who == "another rep" or _buttons(page) == set()
    answer: Any = client(other).post(f"{address}{act}/", FORMS[act], follow=True)
    if who in ("manager", "marketing"):
        assert told(answer) == ["rosa was faster, and has it now."]
    else:
        assert answer.status_code == (404 if who == "another rep" else 403)
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("standing", "act", "status", "follows"),
    [
        ("offered", "accept", "accepted", "It is yours. Now get in touch before the time is up."),
        ("offered", "reject", "rejected", "Rejected: it goes to another rep, with the same due time."),
        ("accepted", "touch", "accepted", "Logged. The clock has stopped: confirm it, give it back, or go on talking."),
        ("accepted", "call", "accepted", "The call is booked. Until then the clock stands still."),
        ("booked", "uncall", "accepted", "The call is off. The clock runs on as if it had not been booked."),
        ("touched", "confirm", "confirmed", "Confirmed: it is an SQL, and stays yours."),
        ("touched", "recycle", "recycled", "Back with marketing. Nobody was given a date."),
        (
            "touched",
            "disqualify",
            "disqualified",
            "Disqualified: nothing more is done about it, unless a person takes it up again.",
        ),
    ],
)
def test_an_act_is_done_and_what_follows_is_said(
    rosa: User, standing: str, act: str, status: str, follows: str
) -> None:
    """At once, though the round decides a moment later."""
    _brought_to(standing, rosa)
    first = Handoff.objects.get()
    assert told(do(rosa, act)) == [follows]
    first.refresh_from_db()
    assert first.status == status
    assert (first.touched_at is not None) == (standing == "touched" or act == "touch")
    assert (first.call_at is not None) == (act == "call")


def test_until_the_round_reads_it_an_answer_stands_on_the_page(rosa: User) -> None:
    """Whoever looks in between is not asked twice."""
    handoff, browser = Handoff.objects.get(), client(rosa)
    browser.post(f"/handoffs/{handoff.pk}/accept/")
    assert Handoff.objects.get().status == HandoffStatus.OFFERED
    assert _buttons(browser.get(f"/handoffs/{handoff.pk}/")) == OPEN_AT["accepted"]
    acts.recycle(handoff, reason="no_budget", by=rosa, now=instants.now())
    assert b"Nothing is waiting for you." in browser.get("/queue/").content


def test_an_answer_that_is_read_and_not_decided_on_stands_too(rosa: User) -> None:
    """A round reads first, and decides a moment later."""
    browser, handoff = client(rosa), Handoff.objects.get()
    browser.post(f"/handoffs/{handoff.pk}/accept/")
    taken = qualify._take(instants.now, 1)  # noqa: SLF001 - the half of a round that reads
    assert taken is not None
    assert not Event.objects.filter(known_at=None).exists()
    assert _buttons(browser.get(f"/handoffs/{handoff.pk}/")) == OPEN_AT["accepted"]


def test_an_answer_that_is_decided_on_meanwhile_stands(rosa: User) -> None:
    """A page reads the offer first and the answers later; a round between the two takes no answer from it."""
    offer = Handoff.objects.get()
    assert verdicts.standings([offer]) == {offer.pk: Standing.OFFERED}
    acts.accept(offer, by=rosa, now=instants.now())
    all_rounds(instants.now)
    assert offer.status == HandoffStatus.OFFERED
    assert verdicts.standings([offer]) == {offer.pk: Standing.ACCEPTED}


def test_of_two_who_accept_at_once_the_second_is_told_who_has_it(rosa: User) -> None:
    """Both had seen it, when nobody had it."""
    handoff, rudi = Handoff.objects.get(), member("rudi", Role.SALES)
    Handoff.objects.update(rep=None)
    pages: list[Any] = [client(user).get("/queue/") for user in (rosa, rudi)]
    assert all("free" in page.content.decode() for page in pages)
    seen = [page.context["offers"][0].seen for page in pages]
    first, second = (
        client(user).post(f"/handoffs/{handoff.pk}/accept/", {"seen": one}, follow=True)
        for user, one in zip((rudi, rosa), seen[::-1], strict=True)
    )
    assert told(first) == ["It is yours. Now get in touch before the time is up."]
    assert told(second) == ["rudi was faster, and has it now."]
    all_rounds(instants.now)
    assert Handoff.objects.get().rep == rudi
    # What another was shown opens nothing.
    forged: Any = client(member("rita", Role.SALES)).post(f"/handoffs/{handoff.pk}/accept/", {"seen": seen[1]})
    assert forged.status_code == 404


# --- what is said with an act ---------------------------------------------------------------------


def test_a_touch_tells_how_it_went(rosa: User) -> None:
    """Not reached is a touch too, and the note stays."""
    _brought_to("accepted", rosa)
    answer = do(rosa, "touch", reached="no", note="Back on <b>Monday</b>")
    assert told(answer) == ["Logged. The clock has stopped; try again soon."]
    page: Any = client(rosa).get(f"/handoffs/{Handoff.objects.get().pk}/")
    assert "We called, not reached: Back on &lt;b&gt;Monday&lt;/b&gt;" in page.content.decode()


def test_what_is_given_back_leaves_marketing_tasks_with_dates(rosa: User) -> None:
    """The day to look again, and what to do until then."""
    _brought_to("accepted", rosa)
    answer = do(rosa, "recycle", revisit_on="2199-03-04", steps="Send the case study\n\n  Invite to the webinar ")
    assert told(answer) == ["Back with marketing, which has what you prepared as tasks."]
    tasks = {(task.kind, task.text): task for task in Task.objects.all()}
    prepared = TaskKind.PREPARED_STEP
    assert set(tasks) == {
        (prepared, "Send the case study"),
        (prepared, "Invite to the webinar"),
        (TaskKind.REVISIT, "No budget yet"),
    }
    assert {task.owner for task in tasks.values()} == {None}
    assert instants.text(tasks[TaskKind.REVISIT, "No budget yet"].due_at).startswith("2199-03-04T08:00")
    assert 0 < tasks[prepared, "Invite to the webinar"].due_at - instants.now() <= 7 * DAY


@pytest.mark.parametrize(
    ("act", "said", "told"),
    [
        ("recycle", {"reason": ""}, "This field is required."),
        ("recycle", {"reason": "weather"}, "Select a valid choice."),
        ("recycle", {"revisit_on": "2020-01-01"}, "Take a day after today."),
        ("touch", {"how": "pigeon"}, "Select a valid choice."),
        ("call", {"at": "tomorrow"}, "Enter a valid date/time."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(rosa: User, act: str, said: dict[str, str], told: str) -> None:
    """And what was typed stands there still."""
    _brought_to("accepted", rosa)
    before = Event.objects.count()
    more = {"note": "typed with care"} if act == "touch" else {}
    answer: Any = do(rosa, act, **said, **more)
    assert answer.status_code == 400
    assert told in answer.content.decode()
    assert act != "touch" or "typed with care" in answer.content.decode()
    assert (Event.objects.count(), Task.objects.count()) == (before, 0)


# --- the queue ------------------------------------------------------------------------------------


def test_the_most_urgent_stands_first(rosa: User, source: Source) -> None:
    """Overdue before due soon, and whoever was touched behind all."""
    for name in ("bob", "eve"):
        happened(source, "ask", instants.now() - 5 * MINUTE, email=f"{name}@example.com")
    all_rounds(instants.now)
    now, rows = instants.now(), {one.lead: one for one in Handoff.objects.select_related("lead")}
    for name, due in (("ada", now + HOUR), ("bob", now - HOUR), ("eve", now + 5 * HOUR)):
        rows[lead_of(f"{name}@example.com")].due_at = due
    Handoff.objects.bulk_update(rows.values(), ["due_at"])
    page: Any = client(rosa).get("/queue/")
    assert [(one.card.called.name, one.due.how) for one in page.context["offers"]] == [
        ("bob@example.com", "late"),
        ("ada@example.com", "soon"),
        ("eve@example.com", ""),
    ]
    assert "3 open, 1 overdue" in page.content.decode()
    Handoff.objects.filter(lead=lead_of("bob@example.com")).update(status="accepted", touched_at=now)
    page = client(rosa).get("/queue/")
    assert [one.card.called.name for one in page.context["offers"]][-1] == "bob@example.com"


def test_what_has_not_changed_is_not_sent_again(rosa: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """The tag costs two queries beside those of the session; whatever the cards show changes it."""
    browser = client(rosa)
    first: Any = browser.get("/queue/cards/")
    assert first.status_code == 200
    assert first["Cache-Control"] == "private, no-cache"
    assert "Cookie" in first["Vary"]  # so no proxy keeps it for others
    assert first["ETag"] == browser.get("/queue/").context["tag"]
    with django_assert_num_queries(
        6
    ):  # the session, the user and the zone; the hand-offs, what is unread of them, and where they stand then
        same: Any = browser.get("/queue/cards/", headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    Handoff.objects.update(due_at=instants.now() + 30 * MINUTE)
    changed: Any = browser.get("/queue/cards/", headers={"If-None-Match": first["ETag"]})
    assert (changed.status_code, changed["ETag"] != first["ETag"]) == (200, True)
    rosa.language = "de"
    rosa.save(update_fields=["language"])
    assert browser.get("/queue/cards/", headers={"If-None-Match": changed["ETag"]}).status_code == 200
    browser.post(f"/handoffs/{Handoff.objects.get().pk}/accept/")
    assert browser.get("/queue/cards/", headers={"If-None-Match": changed["ETag"]}).status_code == 200


def test_a_booked_call_stands_in_place_of_the_clock(rosa: User) -> None:
    """Nothing is overdue until then; when the call has come and gone, the first touch is due again."""
    Handoff.objects.update(due_at=instants.now() - HOUR, call_at=instants.now() + HOUR)
    page: Any = client(rosa).get("/queue/")
    assert [(one.due.what, one.due.how) for one in page.context["offers"]] == [("Call", "")]
    Handoff.objects.update(call_at=instants.now() - MINUTE)
    page = client(rosa).get("/queue/")
    assert [(one.due.what, one.due.how) for one in page.context["offers"]] == [("First touch", "late")]


def test_a_page_costs_the_same_however_many_it_shows(
    rosa: User, source: Source, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """One offer or eleven."""
    browser = client(rosa)
    browser.get("/queue/")
    with django_assert_num_queries(10):
        browser.get("/queue/")
    for number in range(10):
        happened(source, "ask", instants.now() - MINUTE, email=f"{number}@example.com")
    all_rounds(instants.now)
    with django_assert_num_queries(10):
        page: Any = browser.get("/queue/")
    assert len(page.context["offers"]) == 11
    with django_assert_num_queries(26):
        browser.get(f"/handoffs/{Handoff.objects.first().pk}/")  # type: ignore[union-attr]


def test_whoever_leads_the_team_sees_all_and_hands_over(rosa: User) -> None:
    """By rep, what is overdue first; a rep without that task does not come in."""
    lead = User.objects.create(username="lena", role=Role.SALES, is_manager=True)
    rudi, handoff = member("rudi", Role.SALES), Handoff.objects.get()
    Handoff.objects.update(due_at=instants.now() - HOUR)
    page: Any = client(lead).get("/queue/team/")
    assert [(desk.name, desk.told) for desk in page.context["desks"]] == [("rosa", "1 open, 1 overdue")]
    assert client(rosa).get("/queue/team/").status_code == 403
    assert client(rosa).post(f"/queue/team/{handoff.pk}/", {"rep": "rudi"}).status_code == 403
    answer = client(lead).post(f"/queue/team/{handoff.pk}/", {"rep": "rudi"}, follow=True)
    assert told(answer) == ["rudi has it now."]
    assert Handoff.objects.get().rep == rudi
    assert client(lead).post(f"/queue/team/{handoff.pk}/", {"rep": "nobody"}).status_code == 404
