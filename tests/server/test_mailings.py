"""Mailings and the templates that they send: prepared, looked at, started, stopped, counted."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client

import ripeline
from ledger_rows import all_rounds, happened, signed
from letters_to_leads import BROWSER, SECTIONS, agreed, agreed_too, links_of, posted, template
from ripeline.core import playbook_yaml
from ripeline.core.playbook import Playbook
from ripeline.server import merges
from ripeline.server.consent import consents
from ripeline.server.delivery.courier import deliver
from ripeline.server.delivery.outbox import Delivery
from ripeline.server.instants import HOUR, SECOND
from ripeline.server.leadmail import mail_templates, mailings
from ripeline.server.leadmail.clicks import Click
from ripeline.server.leadmail.mail_templates import MailTemplate
from ripeline.server.leadmail.mailings import Mailing, MailingStatus
from ripeline.server.leadmail.mails import Held, Mail
from ripeline.server.leads import Lead
from ripeline.server.marketing import segments
from ripeline.server.marketing.lists import Filters
from ripeline.server.marketing.segments import Segment
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales.handoffs import Handoff, HandoffStatus
from ripeline.server.staff.users import Role
from staff import member
from tracked import TRACKED

if TYPE_CHECKING:
    from pytest_django import Settings

    from mail_server import MailServer
    from ripeline.server.sources import Source
    from ripeline.server.staff.users import User
    from set_clock import SetClock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("mail_server", "at_the_clock")]

PLAYBOOKS = sorted((Path(ripeline.__file__).parent / "playbooks").glob("*.yaml"))


@pytest.fixture
def mara() -> User:
    """Mara of marketing."""
    user = member("mara", Role.MARKETING)
    user.email = "mara@example.com"
    user.save()
    return user


@pytest.fixture
def people(source: Source, clock: SetClock) -> list[Lead]:
    """Three who agreed, one of whom takes it back."""
    found = [agreed(source, clock)]
    found += [agreed_too(source, clock, email=f"{name}@example.com") for name in ("bea", "cem")]
    consents.refuse(found[2], ["email"], proof="a letter", now=clock())
    all_rounds(clock)
    return found


@pytest.fixture
def mailing(people: list[Lead], clock: SetClock, mara: User) -> Mailing:
    """A draft to all of them."""
    assert people
    template(clock)
    segment = segments.add("All", "all", Filters(), by=mara, now=clock())
    assert isinstance(segment, Segment)
    made = mailings.add("Spring", "fees", segment, by=mara, now=clock())
    assert isinstance(made, Mailing)
    return made


def _run(clock: SetClock) -> None:
    while mailings.run(clock()):
        pass
    deliver(clock)


def test_a_mailing_tells_before_what_it_would_do_and_after_what_it_did(
    mailing: Mailing, clock: SetClock, mara: User, mail_server: MailServer
) -> None:
    """Two get it and one does not; who clicked is counted once, and a machine not at all."""
    before = mailings.forecast(mailing, now=clock())
    assert (before.reached, dict(before.held)) == (2, {Held.SUPPRESSED: 1})
    mailings.start(mailing, by=mara, now=clock())
    _run(clock)
    mailing.refresh_from_db()
    assert mailing.status == MailingStatus.DONE
    first, second = (links_of(taken) for taken in mail_server.mails)
    Client(headers={"User-Agent": BROWSER}).get(second[0])  # in the second in which it came
    clock.move(60)
    for link in (*first, first[0]):
        Client(headers={"User-Agent": BROWSER}).get(link)
        clock.move(20)
    all_rounds(clock)
    count = mailings.numbers(mailing)
    assert (count.posted, count.sent, count.waiting, count.bounced, count.clicked) == (3, 2, 0, 0, 1)
    assert dict(count.held) == {Held.SUPPRESSED: 1}
    assert Click.objects.filter(is_machine=True).count() == 1


def test_a_mailing_is_started_once_and_sent_once(
    mailing: Mailing, clock: SetClock, mara: User, mail_server: MailServer
) -> None:
    """Whoever presses twice, and whatever runs twice."""
    assert isinstance(mailings.start(mailing, by=mara, now=clock()), Mailing)
    assert mailings.start(mailing, by=mara, now=clock()) == Refused(Refusal.CLOSED_ALREADY)
    _run(clock)
    Mailing.objects.update(status=MailingStatus.RUNNING, upto=0)
    _run(clock)
    assert len(mail_server.mails) == 2


def test_the_same_once_more_and_a_mailing_to_nobody_are_seen_before_the_start(
    mailing: Mailing, mara: User, clock: SetClock
) -> None:
    """Who had it before is counted, also while it waits; of what reaches nobody there is nothing to start."""
    client = _logged_in(mara)
    assert "before" not in client.get(f"/mails/mailings/{mailing.pk}/").content.decode()
    mailings.start(mailing, by=mara, now=clock())
    mailings.run(clock())
    nobody = segments.add("Nobody", "all", Filters(text="nobody"), by=mara, now=clock())
    for segment, told in ((Segment.objects.get(name="All"), 2), (nobody, 0)):
        assert isinstance(segment, Segment)
        made = mailings.add("Again", "fees", segment, by=mara, now=clock())
        assert isinstance(made, Mailing)
        assert mailings.forecast(made, now=clock()).again == told
        page = client.get(f"/mails/mailings/{made.pk}/").content.decode()
        assert ("had a mailing of this template before" in page) == bool(told)
        assert ("/start/" in page, "nothing to start" in page) == (bool(told), not told)


def test_what_rests_in_the_quiet_hours_says_so(mailing: Mailing, mara: User, clock: SetClock) -> None:
    """And until when; whoever starts it in the evening looks for no fault."""
    signed(TRACKED, now=clock())
    client, page = _logged_in(mara), f"/mails/mailings/{mailing.pk}/"
    assert "quiet hours" not in client.get(page).content.decode()
    clock.move(12 * HOUR / SECOND)  # ten o'clock in the evening, in Berlin
    assert "quiet hours" in client.get(page).content.decode()
    mailings.start(mailing, by=mara, now=clock())
    _run(clock)
    assert "quiet hours. It goes on: tomorrow, 8:00" in client.get(page).content.decode().replace("\u202f", " ")
    Mail.objects.update(sent_at=clock())
    assert "quiet hours" not in client.get(page).content.decode()


@pytest.mark.parametrize("is_sent", [False, True])
def test_whoever_was_two_gets_a_mailing_once(
    mailing: Mailing, people: list[Lead], clock: SetClock, mara: User, mail_server: MailServer, *, is_sent: bool
) -> None:
    """Two leads that turn out to be one person after their mails were posted; also if one of them has left already."""
    mailings.start(mailing, by=mara, now=clock())
    mailings.run(clock())
    if is_sent:
        first = Mail.objects.get(lead=people[1])
        Delivery.objects.exclude(outgoing__key=f"mail-{first.key}").update(next_try_at=clock() + HOUR)
        deliver(clock)
        assert len(mail_server.mails) == 1
    merges.merge_by_hand(people[0], people[1], by=mara, now=clock.move(60))
    clock.move(2 * HOUR / SECOND)
    deliver(clock)
    assert len(mail_server.mails) == 1
    held = dict(Mail.objects.filter(held_at__isnull=False).values_list("lead", "held"))
    assert held == {people[0 if is_sent else 1].pk: Held.CALLED_OFF, people[2].pk: Held.SUPPRESSED}


@pytest.mark.parametrize("stage", ["mql", "sql", "opportunity"])
def test_sales_and_a_mailing_never_write_to_the_same_lead(
    mailing: Mailing,
    people: list[Lead],
    source: Source,
    clock: SetClock,
    mara: User,
    mail_server: MailServer,
    stage: str,
) -> None:
    """Whoever is offered is with sales, also after the mailing began; so is whoever stands at its stages."""
    if stage != "mql":
        Lead.objects.filter(pk=people[0].pk).update(stage=stage)
        assert dict(mailings.forecast(mailing, now=clock()).held) == {Held.WITH_SALES: 1, Held.SUPPRESSED: 1}
    mailings.start(mailing, by=mara, now=clock())
    mailings.run(clock())
    if stage == "mql":
        happened(source, "ask", clock.move(1), email="ada@example.com")
        all_rounds(clock)
        assert Handoff.objects.get(lead=people[0]).status == HandoffStatus.OFFERED
    forecast = mailings.forecast(mailing, now=clock())
    assert (forecast.reached, dict(forecast.held)) == (1, {Held.WITH_SALES: 1, Held.SUPPRESSED: 1})
    _run(clock)
    assert [taken.mailbox for taken in mail_server.mails if "ada@" in taken.mailbox] == []
    assert dict(mailings.numbers(mailing).held) == {Held.WITH_SALES: 1, Held.SUPPRESSED: 1}
    for page in (f"/mails/mailings/{mailing.pk}/", "/mails/held/"):
        assert "Sales is talking to the lead" in _logged_in(mara).get(page).content.decode()


def test_what_a_track_or_a_rep_writes_is_no_mailing(
    people: list[Lead], clock: SetClock, mail_server: MailServer
) -> None:
    """It has a rule of its own."""
    template(clock)
    Lead.objects.filter(pk=people[0].pk).update(stage="sql")
    posted(people[0], clock)
    deliver(clock)
    assert len(mail_server.mails) == 1


def test_what_is_stopped_stops_at_once(mailing: Mailing, clock: SetClock, mara: User, mail_server: MailServer) -> None:
    """What is on its way too."""
    mailings.start(mailing, by=mara, now=clock())
    mailings.run(clock())
    mailings.stop(mailing, by=mara, now=clock())
    _run(clock)
    assert not mail_server.mails
    assert set(Mail.objects.values_list("held", flat=True)) == {Held.CALLED_OFF}


def test_nothing_starts_while_mails_do_not_say_who_sends_them(
    mailing: Mailing, clock: SetClock, mara: User, settings: Settings
) -> None:
    """One clear error; and no rep starts one."""
    settings.COMPANY = ""
    assert mailings.start(mailing, by=mara, now=clock()) == Refused(Refusal.NO_IMPRINT)
    assert mailings.start(mailing, by=member("simon", Role.SALES), now=clock()) == Refused(Refusal.NOT_ALLOWED)


# --- pages ----------------------------------------------------------------------------------------


def _logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_mailing_of_which_all_left_offers_no_stop(mailing: Mailing, mara: User, clock: SetClock) -> None:
    """There is nothing to stop; while mails wait there is."""
    mailings.start(mailing, by=mara, now=clock())
    while mailings.run(clock()):
        pass
    client = _logged_in(mara)
    assert f"/{mailing.pk}/stop/" in client.get(f"/mails/mailings/{mailing.pk}/").content.decode()
    deliver(clock)
    assert f"/{mailing.pk}/stop/" not in client.get(f"/mails/mailings/{mailing.pk}/").content.decode()


def test_a_mailing_is_prepared_started_and_stopped_on_its_page(mailing: Mailing, mara: User, clock: SetClock) -> None:
    """With what would be held back before it starts."""
    client = _logged_in(mara)
    segment = Segment.objects.get()
    sent = {"name": "Summer", "template": "fees", "segment": segment.pk}
    answer = client.post("/mails/mailings/", sent, follow=True)
    assert "The lead has said no to it" in answer.content.decode()
    number = answer.redirect_chain[-1][0].strip("/").rpartition("/")[2]
    assert number != str(mailing.pk)
    client.post(f"/mails/mailings/{number}/start/")
    mailings.run(clock())
    assert "On their way" in client.get(f"/mails/mailings/{number}/").content.decode()
    client.post(f"/mails/mailings/{number}/stop/")
    assert Mailing.objects.get(pk=int(number)).status == MailingStatus.STOPPED
    assert "Stopped" in client.get("/mails/mailings/").content.decode()
    for wrong in ({"name": "x"}, {"name": "x", "template": "none", "segment": segment.pk}, {"segment": "9" * 30}):
        assert client.post("/mails/mailings/", wrong, follow=True).status_code == 200
    assert Mailing.objects.count() == 2


def test_a_template_is_saved_as_a_version_and_what_is_wrong_is_told_with_its_cure(mara: User) -> None:
    """Of what was saved nothing changes."""
    client, page = _logged_in(mara), "/mails/templates/fair/de/"
    client.post(page, {"subject": "Messe", "sections": SECTIONS})
    client.post(page, {"subject": "Messe", "sections": SECTIONS})
    client.post(page, {"subject": "Die Messe", "sections": SECTIONS})
    assert list(MailTemplate.objects.order_by("number").values_list("number", "subject")) == [
        (1, "Messe"),
        (2, "Die Messe"),
    ]
    wrong = (
        '<mj-section><mj-column><mj-text onclick="x">{{Hello {first_nam}}}</mj-text><script/></mj-column></mj-section>'
    )
    answer = client.post(page, {"subject": "", "sections": wrong})
    text = answer.content.decode()
    assert answer.status_code == 400
    for told in ("first_nam", "is nothing that a mail can say", "onclick", "script", "The subject is empty"):
        assert told in text
    assert MailTemplate.objects.count() == 2


@pytest.mark.parametrize(
    ("typed", "name"), [("Spring Fair 2026", "spring_fair_2026"), ("Frühling", "fruhling"), ("2026", ""), (" ", "")]
)
def test_a_new_template_is_called_as_people_type(mara: User, typed: str, name: str) -> None:
    """The name that programs know it by follows from it."""
    answer = _logged_in(mara).get("/mails/new/", {"name": typed, "language": "de"})
    assert answer["Location"] == (f"/mails/templates/{name}/de/" if name else "/mails/")


def test_a_template_is_looked_at_in_a_frame_that_can_do_nothing(
    people: list[Lead], mara: User, clock: SetClock
) -> None:
    """As a lead that one sees would get it; saved or not yet."""
    template(clock)
    client, page = _logged_in(mara), "/mails/templates/fees/en/preview/"
    answer = client.get(page, {"lead": people[0].pk})
    policy = answer["Content-Security-Policy"]
    assert "Hello Ada," in answer.content.decode()
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    sections = SECTIONS.replace("Hello {first_name}", "Hi {first_name}")
    typed = client.post(page, {"subject": "x", "sections": sections, "lead": people[0].pk})
    assert "Hi Ada," in typed.content.decode()
    wrong = client.post(page, {"subject": "x", "sections": "<mj-section><mj-raw/></mj-section>"})
    assert "may not stand" in wrong.content.decode()
    assert "Hello Ada," in client.get(page, {"lead": "ada@example.com"}).content.decode()
    for nobody in ("9999999", "9" * 40, "x", "nobody@example.com"):
        assert "There is no such lead." in client.get(page, {"lead": nobody}).content.decode()
    assert _logged_in(member("simon", Role.SALES)).get(page).status_code == 403


def test_a_test_goes_to_whoever_asks_for_it(mara: User, clock: SetClock, mail_server: MailServer) -> None:
    """Never to a lead; and it holds no way to end what nobody gets."""
    template(clock)
    typed = {"subject": "Not saved yet", "sections": SECTIONS, "lead": "nobody@example.com"}
    page, client = "/mails/templates/fees/en/test/", _logged_in(mara)
    for wrong in (typed, typed | {"lead": "", "sections": "<mj-raw/>"}):
        assert "Not saved yet" in client.post(page, wrong).content.decode()
    assert "Not saved yet" in client.post(page, typed | {"lead": ""}).content.decode()
    end = time.monotonic() + 10
    while not mail_server.mails and time.monotonic() < end:
        time.sleep(0.01)
    (taken,) = mail_server.mails
    assert "mara@example.com" in taken.mailbox
    assert taken.message["List-Unsubscribe"] is None
    assert taken.message["Subject"] == "Not saved yet"
    assert not MailTemplate.objects.filter(subject="Not saved yet").exists()


def test_the_templates_that_ripeline_brings_are_fit_in_all_languages(mara: User) -> None:
    """What is there of their names stays as it is."""
    client = _logged_in(mara)
    client.post("/mails/templates/welcome/de/", {"subject": "Unser Gruß", "sections": SECTIONS})
    client.post("/mails/starters/")
    names = {one.name for one in mail_templates.starters()}
    spoken = set(MailTemplate.objects.values_list("name", "language"))
    assert spoken == {(name, language) for name in names for language in ("en", "de", "nl", "da")}
    newest = mail_templates.newest("welcome", "de")
    assert newest is not None
    assert newest.subject == "Unser Gruß"
    assert "welcome" in client.get("/mails/").content.decode()


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.stem)
def test_every_mail_that_a_starter_playbook_sends_is_among_those_that_ripeline_brings(playbook: Path) -> None:
    """So a track works on the first afternoon; whether content is filled in is said by the step."""
    definition = playbook_yaml.load(playbook.read_bytes(), file=playbook.name)
    assert isinstance(definition, Playbook)
    assert definition.nurture is not None
    deeds = [deed for track in definition.nurture.tracks.values() for deed in track.deeds]
    assert {deed.mail for deed in deeds if deed.mail} <= {one.name for one in mail_templates.starters()}
