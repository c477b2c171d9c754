"""People come in by a link, once; they come back in by another; and what belonged to whoever leaves is handed over."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.server import instants
from ripeline.server.accounts import Account
from ripeline.server.delivery.outbox import Outgoing
from ripeline.server.instants import DAY, HOUR
from ripeline.server.leads import Lead
from ripeline.server.operation.commands.users import user_invite
from ripeline.server.qualification.replay import replay
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import acts, leaving, routes, tasks
from ripeline.server.sales.handoffs import Assignment, Handoff
from ripeline.server.sales.routes import By, Route
from ripeline.server.sales.tasks import Task, TaskKind
from ripeline.server.staff import invitations, letters, sessions, users
from ripeline.server.staff.invitations import INVITED_FOR, Link, LinkKind, WithToken
from ripeline.server.staff.users import ApiKey, Role, User
from staff import anna, mara, member, simon

if TYPE_CHECKING:
    from mail_server import MailServer
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

NOW = 1_767_603_600_000_000
PASSWORD, OTHER = "a long enough phrase", "another long phrase"
ROSA = "rosa@example.com"


def invited(now: int = NOW) -> WithToken:
    """Rosa is invited as a rep."""
    made = invitations.invite(ROSA, Role.SALES, language="de", now=now)
    assert isinstance(made, WithToken)
    return made


def inside(now: int = NOW) -> User:
    """Rosa has chosen PASSWORD."""
    done = invitations.choose_password(invited(now).token, LinkKind.INVITED, PASSWORD, now=now)
    assert isinstance(done, User)
    return done


# --- coming in ------------------------------------------------------------------------------------


def test_an_invitation_opens_once_and_only_its_digest_is_kept() -> None:
    """Before that nobody comes in by any password."""
    made = invited()
    link = Link.objects.get()
    assert made.token not in {str(value) for value in Link.objects.values_list().get()}
    assert link.ends_at == NOW + INVITED_FOR
    assert not Client().login(username=ROSA, password="")
    weak = invitations.choose_password(made.token, LinkKind.INVITED, "short", now=NOW)
    assert weak == Refused(Refusal.WEAK_PASSWORD)
    done = invitations.choose_password(made.token, LinkKind.INVITED, PASSWORD, now=NOW)
    assert done == made.user
    assert Client().login(username=ROSA, password=PASSWORD)
    again = invitations.choose_password(made.token, LinkKind.INVITED, OTHER, now=NOW)
    assert again == Refused(Refusal.NO_SUCH_LINK)


@pytest.mark.parametrize("case", ["late", "other kind", "replaced", "disabled", "unknown", "no token"])
def test_a_link_that_should_not_open_does_not(case: str) -> None:
    """Too old, of the other kind, replaced by a newer one, of somebody who was disabled, or made up."""
    made, now, kind, token = invited(), NOW, LinkKind.INVITED, ""
    match case:
        case "late":
            now = NOW + INVITED_FOR
        case "other kind":
            kind = LinkKind.PASSWORD
        case "replaced":
            assert isinstance(invitations.invite_again(made.user, now=NOW), WithToken)
        case "disabled":
            User.objects.filter(pk=made.user.pk).update(is_active=False)
        case "unknown":
            token = "x" * 43
        case "no token":
            token = "../../"  # noqa: S105 - no token
    token = token or made.token
    assert invitations.user_of(token, kind, now=now) is None
    assert invitations.choose_password(token, kind, PASSWORD, now=now) == Refused(Refusal.NO_SUCH_LINK)


def test_only_whoever_administers_invites_and_nobody_twice() -> None:
    """The address is the name, and both are one person's."""
    assert invitations.invite(ROSA, Role.SALES, by=mara(), now=NOW) == Refused(Refusal.NOT_ALLOWED)
    made = invitations.invite(ROSA, Role.SALES, by=anna(), now=NOW)
    assert isinstance(made, WithToken)
    assert invitations.invite(ROSA.upper(), Role.SALES, now=NOW) == Refused(Refusal.NAME_TAKEN)
    assert invitations.invite("rosa", Role.SALES, now=NOW) == Refused(Refusal.NOT_AN_ADDRESS)
    assert invitations.choose_password(made.token, LinkKind.INVITED, PASSWORD, now=NOW) == made.user
    assert invitations.invite_again(User.objects.get(username=ROSA), now=NOW) == Refused(Refusal.CLOSED_ALREADY)


def test_an_invitation_is_mailed_in_its_language(mail_server: MailServer) -> None:
    """With the link, over real SMTP; without a mail server nobody tries."""
    made = invited()
    thread = letters.post(made, LinkKind.INVITED)
    assert thread is not None
    thread.join()
    (mail,) = mail_server.mails
    assert letters.address_of(made, LinkKind.INVITED) in mail.message.get_content()
    assert mail.message["Auto-Submitted"] == "auto-generated"


def test_without_a_mail_server_no_letter_is_sent() -> None:
    """The link is shown to whoever invites in any case."""
    assert letters.post(invited(), LinkKind.INVITED) is None


def test_a_mail_server_that_fails_holds_up_nobody(mail_server: MailServer) -> None:
    """A letter to nobody is not sent again, which the log tells; its receiver asks for another one."""
    mail_server.refusals["RCPT"] = "550 unknown"
    thread = letters.post(invited(), LinkKind.INVITED)
    assert thread is not None
    thread.join()
    assert mail_server.mails == []


def test_a_letter_is_sent_again_until_the_mail_server_takes_it(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be busy, or away for a minute; but not without end."""
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == takes_at:
            mail_server.refusals.clear()

    monkeypatch.setattr(time, "sleep", wait)
    made = invited()
    for takes_at, mails in ((3, 1), (9, 0)):
        waited.clear()
        mail_server.mails.clear()
        mail_server.refusals["RCPT"] = "451 later"
        thread = letters.post(made, LinkKind.INVITED)
        assert thread is not None
        thread.join()
        assert (len(mail_server.mails), tuple(waited)) == (mails, letters.WAITS[:takes_at])


def test_the_command_ends_when_its_letter_has_left(mail_server: MailServer) -> None:
    """Without a server that runs, nobody else would send it."""
    assert user_invite(now=NOW, email=ROSA, role="sales")["is_mailed"]
    assert [ROSA in mail.mailbox for mail in mail_server.mails] == [True]


# --- a forgotten password -------------------------------------------------------------------------


def test_a_forgotten_password_is_chosen_anew_by_a_link() -> None:
    """Good for an hour, once; all sessions end."""
    inside()
    client = Client()
    assert client.login(username=ROSA, password=PASSWORD)
    (made,) = invitations.ask_reset(ROSA.upper(), "192.0.2.1", now=NOW)
    assert invitations.user_of(made.token, LinkKind.PASSWORD, now=NOW + HOUR) is None
    done = invitations.choose_password(made.token, LinkKind.PASSWORD, OTHER, now=NOW + HOUR - 1)
    assert isinstance(done, User)
    assert client.get("/me/").status_code == 302
    assert Client().login(username=ROSA, password=OTHER)


def test_nobody_is_sent_letters_without_end() -> None:
    """Three an hour for one person, and none for who never came in, was disabled, or is nobody."""
    rosa = inside()
    counts = [len(invitations.ask_reset(ROSA, "192.0.2.1", now=NOW + n)) for n in range(4)]
    assert counts == [1, 1, 1, 0]
    assert len(invitations.ask_reset(ROSA, "192.0.2.1", now=NOW + HOUR + 3)) == 1
    invitations.invite("rudi@example.com", Role.SALES, now=NOW)
    member("no address", Role.SALES)
    for email in ("rudi@example.com", "nobody@example.com", ""):
        assert invitations.ask_reset(email, "192.0.2.1", now=NOW) == []
    User.objects.filter(pk=rosa.pk).update(is_active=False)
    assert invitations.ask_reset(ROSA, "192.0.2.9", now=NOW + DAY) == []


def test_whoever_asks_and_asks_waits() -> None:
    """As at the login: twenty of one address of e-mail, a hundred from one of the network."""
    inside()
    for number in range(100):
        invitations.ask_reset(f"{number}@example.com", "192.0.2.1", now=NOW)
    assert invitations.ask_reset(ROSA, "192.0.2.1", now=NOW) == []
    assert len(invitations.ask_reset(ROSA, "192.0.2.2", now=NOW)) == 1


def test_the_page_tells_nobody_who_is_known(mail_server: MailServer) -> None:
    """The same answer for a known and an unknown address."""
    inside(instants.now())
    pages = set()
    for email in (ROSA, "nobody@example.com"):
        answer = Client().post("/password/", {"email": email}, follow=True)
        pages.add(re.sub(r'value="\w{64}"', "", answer.content.decode()))
    assert len(pages) == 1
    assert mail_server.mails is not None


# --- sessions -------------------------------------------------------------------------------------


def test_a_session_is_ended_from_another_one() -> None:
    """Each is listed with its browser; what ended is listed no more."""
    rosa = inside(instants.now())
    here, there = Client(HTTP_USER_AGENT="Phone"), Client(HTTP_USER_AGENT="Desktop")
    for client in (here, there):
        assert client.post("/login/", {"username": ROSA, "password": PASSWORD}).status_code == 302
    phone, desktop = sessions.of(rosa)[::-1]
    assert (phone.browser, desktop.browser) == ("Phone", "Desktop")
    other = simon()
    assert sessions.end(other, number=desktop.pk) == 0
    here.post("/me/sessions/", {"session": desktop.pk})
    assert there.get("/me/").status_code == 302
    assert here.get("/me/").status_code == 200
    assert [one.browser for one in sessions.of(rosa)] == ["Phone"]
    Session.objects.all().delete()
    assert sessions.of(rosa) == []


# --- leaving --------------------------------------------------------------------------------------


@pytest.fixture
def rosa(source: Source, clock: SetClock) -> User:
    """Rosa has an offer of Ada, has accepted Bob, and owns Cem as an SQL and Dana as a customer."""
    assert source.name == "website"
    signed(PLAYBOOK, now=clock(), reps=False)
    anna()
    rosa = member("rosa", Role.SALES)
    for who in ("bob", "cem", "dana", "ada"):
        happened(source, "ask", clock.move(60), email=f"{who}@example.com", account=who)
    all_rounds(clock)
    for who in ("bob", "cem", "dana"):
        acts.accept(lead_of(f"{who}@example.com").handoffs.get(), by=rosa, now=clock.move(1))
    all_rounds(clock)
    for who in ("cem", "dana"):
        acts.confirm(lead_of(f"{who}@example.com").handoffs.get(), by=rosa, now=clock.move(1))
    all_rounds(clock)
    for stage in ("opportunity", "customer"):
        acts.move(lead_of("dana@example.com"), stage, reason="signed", by=rosa, now=clock.move(1))
        all_rounds(clock)
    Account.objects.filter(key="ada").update(owner=rosa)
    tasks.add(
        lead_of("cem@example.com"), "Call", kind=TaskKind.CALL, due_at=clock() + DAY, owner=rosa, by=rosa, now=NOW
    )
    routes.add("all", By.SOURCE, values=["website"], reps=[rosa], now=clock())
    return rosa


def owners() -> dict[str, str | None]:
    """Whose each lead is, by the person's name."""
    rows = Lead.objects.filter(identifiers__kind="email").values_list("identifiers__value", "owner__username")
    return {email.partition("@")[0]: owner for email, owner in rows}


def test_whoever_leaves_is_logged_out_for_good(clock: SetClock) -> None:
    """Also on the day of return: no session of before comes to life again."""
    rudi = member("rudi", Role.SALES)
    browser = Client()
    browser.force_login(rudi)
    assert browser.get("/queue/").status_code == 200
    leaving.deactivate(rudi, now=clock())
    assert browser.get("/queue/").status_code == 302
    users.enable(rudi)
    assert browser.get("/queue/").status_code == 302


def test_everything_goes_to_the_successor(rosa: User, clock: SetClock) -> None:
    """Hand-offs, leads, companies, tasks, routes; and nothing is due at another time."""
    rudi = member("rudi", Role.SALES)
    dues = dict(Handoff.objects.values_list("pk", "due_at"))
    done = leaving.deactivate(rosa, successor=rudi, by=User.objects.get(username="anna"), now=clock())
    assert done == rosa
    assert owners() == {"ada": None, "bob": "rudi", "cem": "rudi", "dana": "rudi"}
    assert set(Handoff.objects.filter(status__in=("offered", "accepted")).values_list("rep", flat=True)) == {rudi.pk}
    assert dict(Handoff.objects.values_list("pk", "due_at")) == dues
    assert Assignment.objects.filter(reason="handed_over", by__username="anna").count() == 2
    assert Account.objects.get(key="ada").owner == rudi
    assert Task.objects.get().owner == rudi
    assert [rep.username for rep in Route.objects.get().reps.all()] == ["rudi"]
    assert not User.objects.get(pk=rosa.pk).is_active
    assert replay().differences == []


def test_without_a_successor_it_goes_by_routing_and_to_marketing(rosa: User, clock: SetClock) -> None:
    """What sales holds goes to reps by turns, a customer and the tasks to marketing."""
    member("rudi", Role.SALES)
    member("rita", Role.SALES)
    assert leaving.deactivate(rosa, now=clock()) == rosa
    found = owners()
    assert (found["ada"], found["dana"]) == (None, None)
    assert {found["bob"], found["cem"]} <= {"rudi", "rita"}
    assert not Handoff.objects.filter(status__in=("offered", "accepted"), rep=rosa).exists()
    assert Account.objects.get(key="ada").owner is None
    assert Task.objects.get().owner is None
    assert not Route.objects.get().reps.exists()


def test_what_was_accepted_is_never_nobodys(rosa: User, clock: SetClock) -> None:
    """So the last rep stays until there is somebody; nothing at all is changed."""
    before = list(Handoff.objects.order_by("pk").values()), owners()
    assert leaving.deactivate(rosa, now=clock()) == Refused(Refusal.NO_SUCCESSOR)
    assert (list(Handoff.objects.order_by("pk").values()), owners()) == before
    assert User.objects.get(pk=rosa.pk).is_active
    assert not Outgoing.objects.filter(topic="lead.handoff.nobody").exists()
    bob = Handoff.objects.get(status="accepted")
    acts.disqualify(bob, reason="student", by=rosa, now=clock.move(1))
    all_rounds(clock)
    assert leaving.deactivate(rosa, now=clock()) == rosa
    ada = Handoff.objects.get(status="offered")
    assert (ada.rep, owners()["cem"]) == (None, None)
    assert Outgoing.objects.filter(topic="lead.handoff.nobody").count() == 1


@pytest.mark.parametrize("role", [Role.MARKETING, Role.ADMIN, Role.READ_ONLY])
def test_whoever_sells_no_more_hands_over_what_was_sold(rosa: User, clock: SetClock, role: Role) -> None:
    """As if she left: all of it or nothing, and the team is led by a rep."""
    rosa.is_manager = True
    rosa.save()
    assert leaving.change_role(rosa, role, now=clock()) == Refused(Refusal.NO_SUCCESSOR)
    assert (rosa.role, rosa.is_manager, User.objects.get(pk=rosa.pk).role) == (Role.SALES, True, Role.SALES)
    rudi = member("rudi", Role.SALES)
    assert leaving.change_role(rosa, role, successor=rudi, by=rudi, now=clock()) == Refused(Refusal.NOT_ALLOWED)
    assert leaving.change_role(rosa, role, successor=rudi, now=clock()) == rosa
    changed = User.objects.get(pk=rosa.pk)
    assert (changed.role, changed.is_manager, changed.is_active) == (role, False, True)
    assert owners() == {"ada": None, "bob": "rudi", "cem": "rudi", "dana": "rudi"}
    assert set(Handoff.objects.filter(status__in=("offered", "accepted")).values_list("rep", flat=True)) == {rudi.pk}
    assert Task.objects.get().owner == rudi
    assert [rep.username for rep in Route.objects.get().reps.all()] == ["rudi"]


def test_whoever_keeps_the_role_keeps_everything(rosa: User, clock: SetClock) -> None:
    """Saving the page of a person changes nothing that was not changed."""
    assert leaving.change_role(rosa, Role.SALES, now=clock()) == rosa
    assert Task.objects.get().owner == rosa


def test_the_page_changes_a_person_wholly_or_not_at_all(rosa: User) -> None:
    """And a role with whoever takes over."""
    rudi, admin = member("rudi", Role.SALES, is_active=False), Client()
    admin.force_login(User.objects.get(username="anna"))
    said = {"email": "rosa@example.com", "role": "marketing"}
    assert admin.post(f"/team/{rosa.pk}/person/", said).status_code == 400
    rosa.refresh_from_db()
    assert (rosa.email, rosa.role) == ("", Role.SALES)
    users.enable(rudi)
    assert admin.post(f"/team/{rosa.pk}/person/", said | {"successor": rudi.pk}).status_code == 302
    rosa.refresh_from_db()
    assert (rosa.email, rosa.role, owners()["bob"]) == ("rosa@example.com", Role.MARKETING, "rudi")


def test_only_whoever_administers_lets_go_and_a_rep_follows_a_rep(rosa: User, clock: SetClock) -> None:
    """Another one who is there; and the last admin stays."""
    now, admin, gone = clock(), User.objects.get(username="anna"), member("gone", Role.SALES, is_active=False)
    assert leaving.deactivate(rosa, by=rosa, now=now) == Refused(Refusal.NOT_ALLOWED)
    for heir in (rosa, gone, admin, mara()):
        assert leaving.deactivate(rosa, successor=heir, now=now) == Refused(Refusal.NOT_A_SUCCESSOR)
    assert leaving.deactivate(admin, now=now) == Refused(Refusal.LAST_ADMIN)
    assert not ApiKey.objects.exists()
