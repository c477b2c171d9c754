"""Tracks as they run: against a real mail server, from the sign-up to the last no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from ledger_rows import all_rounds, happened, lead_of, said, signed
from letters_to_leads import end_of, template, worked
from ripeline.server import merges
from ripeline.server.content import catalogue
from ripeline.server.delivery.courier import deliver
from ripeline.server.delivery.outbox import Delivery, Outgoing
from ripeline.server.instants import HOUR, SECOND
from ripeline.server.leadmail.mails import Held, Mail
from ripeline.server.leads import Lead
from ripeline.server.nurture import nurturing, pauses
from ripeline.server.nurture.enrollments import Enrollment, StepDone, What
from ripeline.server.nurture.pauses import NurturePause
from ripeline.server.operation import doctor
from ripeline.server.operation.doctor import Level
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import tasks
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.sales.tasks import Task, TaskKind
from ripeline.server.sales.verdicts import Recycled, recycle
from ripeline.server.staff.users import User
from staff import mara, simon
from tracked import TRACKED

if TYPE_CHECKING:
    from pytest_django import Settings

    from mail_server import MailServer
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("mail_server", "at_the_clock")]


@pytest.fixture(autouse=True)
def _templates(transactional_db: None, clock: SetClock) -> None:
    del transactional_db
    for name in ("hello", "paper", "last", "again", "call"):
        template(clock, name=name, subject=name)


def ada(source: Source, clock: SetClock, *, agrees: bool = True) -> Lead:
    """Ada has read something, and agreed to mails."""
    signed(TRACKED, now=clock())
    happened(source, "paper", clock.move(60), email="ada@example.com")
    if agrees:
        happened(source, "consent_given", clock(), email="ada@example.com", said={"purpose": "email"})
    worked(clock)
    return lead_of("ada@example.com")


def subjects(mail_server: MailServer) -> list[str]:
    """What the mail server got, in order."""
    return [str(each.message["Subject"]) for each in mail_server.mails]


def offered(source: Source, lead: Lead, clock: SetClock) -> Handoff:
    """Ada asks for something, and is offered to a rep."""
    happened(source, "ask", clock.move(1), email="ada@example.com")
    all_rounds(clock)
    return Handoff.objects.select_related("rep").get(lead=lead, ended_at=None)


def rep_of(offer: Handoff) -> User:
    """Whose the offer is."""
    assert offer.rep is not None
    return offer.rep


def test_a_lead_comes_into_its_track_and_gets_each_step_at_its_time(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """Mails, a task of marketing, and a message for another program, each once, and then it ends."""
    catalogue.put("/paper", "paper", now=clock())
    lead = ada(source, clock)
    worked(clock, 20)
    assert subjects(mail_server) == ["hello", "paper", "last"]
    assert [one.place for one in StepDone.objects.order_by("at")] == ["hello", "paper", "look", "ads", "last"]
    task = Task.objects.get()
    assert (task.text, task.owner, task.created_by) == ("Look at it", None, None)
    told = Outgoing.objects.get(topic="lead.nurture")
    assert '"name":"show_ads"' in told.body
    assert "ada@" not in told.body
    assert Enrollment.objects.get().end_reason == "track_finished"
    lead.refresh_from_db()
    assert lead.nurture_at is None


def test_a_task_of_a_track_says_while_the_lead_may_not_be_called(source: Source, clock: SetClock) -> None:
    """It is made all the same, because there are other ways; what is true when it is read counts."""
    lead = ada(source, clock)
    clock.move(HOUR / SECOND)
    tasks.plan(lead, "Call her", owner=None, once="call", now=clock())
    browser = Client()
    browser.force_login(mara())
    assert "Not by telephone" in browser.get("/tasks/").content.decode()
    happened(source, "consent_given", clock(), email="ada@example.com", said={"purpose": "phone"})
    worked(clock)
    assert "Not by telephone" not in browser.get("/tasks/").content.decode()


def test_without_content_left_the_step_is_passed_over_and_said_to_be_exhausted(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """The steps after it come all the same."""
    ada(source, clock)
    worked(clock, 4)
    assert subjects(mail_server) == ["hello"]
    assert StepDone.objects.get(place="paper").what == What.EXHAUSTED
    assert StepDone.objects.filter(place="look").exists()


def test_an_offer_rests_the_steps_and_acceptance_ends_the_track(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """Only the step before the call is done; then the rep's own track begins with the confirmation."""
    lead = ada(source, clock)
    worked(clock, 1)
    offer = offered(source, lead, clock)
    worked(clock, 1)
    assert subjects(mail_server) == ["hello", "call"]
    said(lead, "verdict_given", clock(), verdict="accepted", by=rep_of(offer).username)
    worked(clock, 10)
    assert subjects(mail_server) == ["hello", "call"]
    assert Enrollment.objects.get().end_reason == "track_accepted"
    said(lead, "verdict_given", clock(), verdict="confirmed", by=rep_of(offer).username)
    worked(clock, 1)
    assert Task.objects.get(text="Send the minutes").owner == rep_of(offer)


def test_what_a_rep_said_a_moment_ago_holds_back_what_waits(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """No round has read the acceptance when the mail is claimed."""
    lead = ada(source, clock)
    worked(clock, 1)
    offer = offered(source, lead, clock)
    for _ in range(4):
        nurturing.run(clock())
    assert Mail.objects.filter(about="call", sent_at=None).exists()
    said(lead, "verdict_given", clock(), verdict="accepted", by=rep_of(offer).username)
    deliver(clock)
    assert subjects(mail_server) == ["hello"]
    assert Mail.objects.get(about="call").held == Held.CALLED_OFF


def test_a_recycled_lead_first_gets_what_sales_prepared_and_then_its_track(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """What it got before it does not get again."""
    lead = ada(source, clock)
    worked(clock, 1)
    offer = offered(source, lead, clock)
    said(lead, "verdict_given", clock(), verdict="accepted", by=rep_of(offer).username)
    worked(clock, 1)
    offer.refresh_from_db()
    done = recycle(offer, reason=Recycled.NO_BUDGET, steps=["Send the calculation"], by=rep_of(offer), now=clock())
    assert not isinstance(done, Refused)
    worked(clock, 3)
    assert Enrollment.objects.get(ended_at=None).track == "back"
    assert "again" not in subjects(mail_server)
    tasks.done(Task.objects.get(kind=TaskKind.PREPARED_STEP), by=mara(), now=clock())
    worked(clock, 12)
    assert subjects(mail_server).count("again") == 1
    assert subjects(mail_server).count("hello") == 1


def test_a_no_by_one_click_ends_it_and_nothing_more_is_sent(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """A GET changes nothing; the POST of a mail program does."""
    ada(source, clock)
    worked(clock, 1)
    address = end_of(mail_server.mails[0])
    browser = Client()
    assert browser.get(address).status_code == 200
    worked(clock)
    assert Enrollment.objects.filter(ended_at=None).exists()
    assert browser.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    worked(clock, 20)
    assert subjects(mail_server) == ["hello"]
    assert Enrollment.objects.get().end_reason in {"suppressed", "consent_withdrawn"}


def test_who_has_not_agreed_waits_in_the_track_until_there_is_a_yes(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """And then it goes on at once."""
    ada(source, clock, agrees=False)
    worked(clock, 3)
    assert not Mail.objects.exists()
    happened(source, "consent_given", clock(), email="ada@example.com", said={"purpose": "email"})
    worked(clock, 1)
    assert subjects(mail_server) == ["hello"]


def test_a_paused_track_stops_at_once_with_what_is_on_its_way(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """Resumed, it goes on with the next step; what was called off stays so."""
    ada(source, clock)
    clock.move(2 * HOUR / SECOND)
    nurturing.run(clock())
    assert Mail.objects.get().sent_at is None
    assert isinstance(pauses.pause("first", by=mara(), now=clock()), NurturePause)
    worked(clock, 5)
    assert not mail_server.mails
    assert Mail.objects.get().held == Held.CALLED_OFF
    assert pauses.resume("first", by=User.objects.get(username="mara"), now=clock()) is None
    worked(clock, 12)
    assert subjects(mail_server) == ["last"]


def test_a_paused_lead_is_left_in_peace(source: Source, clock: SetClock, mail_server: MailServer) -> None:
    """Reps may do that too; whoever only reads may not."""
    lead = ada(source, clock)
    rep = simon()
    assert pauses.pause("first", by=rep, now=clock()) == Refused(Refusal.NOT_ALLOWED)
    assert pauses.resume("first", by=rep, now=clock()) == Refused(Refusal.NOT_ALLOWED)
    pauses.pause_lead(lead, by=rep, now=clock())
    worked(clock, 5)
    assert not mail_server.mails
    pauses.resume_lead(lead, by=rep, now=clock())
    worked(clock, 1)
    assert subjects(mail_server) == ["hello"]


def test_two_workers_that_look_at_the_same_lead_do_one_step(source: Source, clock: SetClock) -> None:
    """Whoever comes second finds that it was looked at, and writes nothing."""
    lead = ada(source, clock)
    clock.move(2 * HOUR / SECOND)
    looks = nurturing._looks  # noqa: SLF001 - what the other one does in between

    def while_another_works(*given: object, **more: object) -> object:
        found = looks(*given, **more)  # type: ignore[arg-type]
        nurturing._looks = looks  # noqa: SLF001
        nurturing.run(clock())
        return found

    nurturing._looks = while_another_works  # type: ignore[assignment]  # noqa: SLF001
    nurturing.run(clock())
    assert StepDone.objects.filter(enrollment__lead=lead).count() == 1
    assert Mail.objects.count() == 1


def test_a_merged_lead_goes_on_as_one_and_gets_nothing_twice(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """What either of them got, the person got."""
    lead = ada(source, clock)
    happened(source, "paper", clock(), email="ada@work.example")
    happened(source, "consent_given", clock(), email="ada@work.example", said={"purpose": "email"})
    worked(clock, 0.1)
    other = lead_of("ada@work.example")
    worked(clock, 1)
    assert subjects(mail_server) == ["hello", "hello"]
    merges.merge(lead, other, at=clock.move(1))
    worked(clock, 15)
    assert subjects(mail_server).count("last") == 1
    assert Enrollment.objects.filter(end_reason="track_merged").count() == 1
    assert Lead.objects.get(merged_into__isnull=False).nurture_at is None


def test_another_definition_takes_leads_in_and_lets_them_go(source: Source, clock: SetClock) -> None:
    """All leads are looked at once it decides."""
    signed(TRACKED.partition("nurture:")[0], now=clock())
    happened(source, "paper", clock.move(60), email="ada@example.com")
    worked(clock)
    assert not Enrollment.objects.exists()
    signed(TRACKED, now=clock.move(60))
    worked(clock)
    assert Enrollment.objects.get().track == "first"
    signed(TRACKED.partition("nurture:")[0] + "# without\n", now=clock.move(60))
    worked(clock)
    assert Enrollment.objects.get().end_reason == "track_gone"


def test_without_an_imprint_no_step_is_used_up(
    source: Source, clock: SetClock, mail_server: MailServer, settings: Settings
) -> None:
    """The mail waits for it."""
    ada(source, clock)
    settings.IMPRINT = ()
    worked(clock, 1)
    assert not StepDone.objects.exists()
    settings.IMPRINT = ("Havnegade 1",)
    worked(clock, 1)
    assert subjects(mail_server) == ["hello"]


def test_a_mail_that_waits_leaves_when_the_quiet_hours_are_over(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """The mail server was away when it was due; at night nobody is written to, and nothing is used up by waiting."""
    ada(source, clock)
    mail_server.refusals["MAIL"] = "451 later"
    clock.move(9.5 * HOUR / SECOND)  # half past seven in the evening, in Berlin
    worked(clock)
    mail_server.refusals.clear()
    tries = Delivery.objects.get().attempts
    for _ in range(12):
        clock.move(HOUR / SECOND)
        worked(clock)
    assert not mail_server.mails
    assert Delivery.objects.get().attempts == tries
    clock.move(0.5 * HOUR / SECOND)
    worked(clock)
    assert subjects(mail_server) == ["hello"]


def test_a_mail_without_a_template_is_not_sent_and_not_done(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """Its step waits until somebody has written it, and the doctor and the page of tracks say so."""
    signed(TRACKED.replace("mail: hello", "mail: greeting"), now=clock())
    happened(source, "paper", clock.move(60), email="ada@example.com")
    happened(source, "consent_given", clock(), email="ada@example.com", said={"purpose": "email"})
    worked(clock, 3)
    assert not Mail.objects.exists()
    assert not StepDone.objects.exists()
    found = {one.name: one for one in doctor.examine(clock())}
    assert "greeting" in str(found["tracks"].what)
    browser = Client()
    browser.force_login(mara())
    assert "Waits for a template" in browser.get("/tracks/").content.decode()
    template(clock, name="greeting", subject="greeting")
    worked(clock, 1)
    assert subjects(mail_server) == ["greeting"]
    assert {one.name: one.level for one in doctor.examine(clock())}["tracks"] == Level.OK
    assert "Waits for a template" not in browser.get("/tracks/").content.decode()
