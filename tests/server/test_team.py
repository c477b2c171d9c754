"""The pages of the team and one's own: everything by plain forms, for those whose matter it is."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from lead_pages import CONSULTANCY
from ledger_rows import signed
from ripeline.cli.run import run
from ripeline.server import instants
from ripeline.server.sales.routes import Route
from ripeline.server.staff import users
from ripeline.server.staff.absences import Absence
from ripeline.server.staff.invitations import Link
from ripeline.server.staff.users import Role, User
from staff import anna, mara, member, simon

pytestmark = pytest.mark.django_db

PASSWORD, OTHER = "a long enough phrase", "another long phrase"
TODAY = timezone.now().date()
DAYS = {"first": TODAY.isoformat(), "last": (TODAY + timedelta(days=3)).isoformat(), "note": "skiing"}


def of(user: User) -> Client:
    """The browser of a user who is logged in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def boss() -> User:
    """Bo, who leads the team."""
    bo = member("bo", Role.SALES)
    bo.is_manager = True
    bo.save()
    return bo


def test_whoever_is_invited_on_the_page_comes_in_by_the_link() -> None:
    """It is shown on that one answer, and nowhere again."""
    admin = of(anna())
    answer = admin.post("/team/invite/", {"email": "rosa@example.com", "role": "sales", "language": "en"})
    found = re.search(r"/invited/[\w-]{43}/", answer.content.decode())
    assert found is not None
    link = found[0]
    assert "/invited/" not in admin.get("/team/").content.decode()
    visitor = Client()
    assert "rosa@example.com" in visitor.get(link).content.decode()
    assert visitor.post(link, {"password": "short"}).status_code == 400
    assert visitor.post(link, {"password": PASSWORD}).status_code == 302
    assert visitor.get("/me/").status_code == 200
    assert Client().get(link).status_code == 404
    assert not Link.objects.filter(used_at=None).exists()


def test_another_link_replaces_the_first_one() -> None:
    """For somebody who has not come in yet."""
    admin = of(anna())
    admin.post("/team/invite/", {"email": "rosa@example.com", "role": "sales"})
    rosa = User.objects.get(username="rosa@example.com")
    answer = admin.post(f"/team/{rosa.pk}/invite/")
    assert "/invited/" in answer.content.decode()
    assert Link.objects.filter(used_at=None).count() == 1


def test_whoever_leads_the_team_keeps_its_work(boss: User) -> None:
    """Capacities, hours, absences and routes of reps."""
    rosa, client = member("rosa", Role.SALES), of(boss)
    at = f"/team/{rosa.pk}"
    hours = "hours: {mon: ['09:00', '12:00']}\n"
    assert client.post(f"{at}/load/", {"capacity": "5", "calendar": hours}).status_code == 302
    rosa.refresh_from_db()
    assert (rosa.capacity, rosa.calendar) == (5, hours)
    wrong = client.post(f"{at}/load/", {"capacity": "5", "calendar": "hours: {mon: ['12:00', '09:00']}"})
    assert (wrong.status_code, "1:" in wrong.content.decode()) == (400, True)
    assert client.post(f"{at}/away/", DAYS).status_code == 302
    assert "skiing" in client.get(f"{at}/").content.decode()
    absence = Absence.objects.get(user=rosa)
    assert client.post(f"{at}/back/", {"absence": absence.pk}).status_code == 302
    said = {"name": "South", "by": "attribute", "attribute": "postal_code", "values": "8*\n9*", "reps": [rosa.pk]}
    assert client.post("/team/routes/", said).status_code == 302
    assert client.post("/team/routes/", {**said, "name": "Pilots", "by": "persona", "attribute": ""}).status_code == 302
    assert client.post("/team/routes/", {**said, "name": ""}).status_code == 400
    last = Route.objects.get(name="Pilots")
    client.post(f"/team/routes/{last.pk}/up/")
    assert list(Route.objects.order_by("place").values_list("name", flat=True)) == ["Pilots", "South"]
    client.post(f"/team/routes/{last.pk}/remove/")
    page = client.get("/team/").content.decode()
    assert "South" in page
    assert "Pilots" not in page


def test_whoever_leads_the_team_administers_nobody(boss: User) -> None:
    """Who comes in, with which role, and who goes is the admins' matter; of others than reps nothing is seen."""
    rosa, other, client = member("rosa", Role.SALES), mara(), of(boss)
    assert client.post("/team/invite/", {"email": "x@example.com", "role": "admin"}).status_code == 403
    for act in ("person", "leave", "return", "invite"):
        assert client.post(f"/team/{rosa.pk}/{act}/", {"role": "admin"}).status_code == 403
    assert client.get(f"/team/{other.pk}/").status_code == 404
    assert "mara" not in client.get("/team/").content.decode()
    assert client.post(f"/team/{rosa.pk}/nothing/").status_code == 404


@pytest.mark.parametrize("role", [Role.SALES, Role.MARKETING, Role.READ_ONLY])
def test_nobody_else_changes_the_team(role: Role) -> None:
    """Neither by the pages nor past them."""
    rosa, client = simon(), of(member("somebody", role))
    for address in (
        "/team/",
        f"/team/{rosa.pk}/",
    ):
        assert client.get(address).status_code == 403
    addresses = ["/team/invite/", "/team/routes/", *(f"/team/{rosa.pk}/{act}/" for act in ("load", "away", "leave"))]
    assert [client.post(address, DAYS).status_code for address in addresses] == [403] * len(addresses)
    assert not Absence.objects.exists()


def test_an_admin_changes_a_role_and_lets_somebody_go() -> None:
    """With a successor; and in again."""
    admin, rosa, rudi = of(anna()), member("rosa", Role.SALES), member("rudi", Role.SALES)
    said = {"email": "rosa@example.com", "role": "sales", "is_manager": "on"}
    assert admin.post(f"/team/{rosa.pk}/person/", said).status_code == 302
    rosa.refresh_from_db()
    assert (rosa.email, rosa.is_manager) == ("rosa@example.com", True)
    taken = admin.post(f"/team/{rudi.pk}/person/", said)
    assert taken.status_code == 400
    assert admin.post(f"/team/{rosa.pk}/leave/", {"successor": rudi.pk}).status_code == 302
    assert not User.objects.get(pk=rosa.pk).is_active
    admin.post(f"/team/{rosa.pk}/return/")
    assert User.objects.get(pk=rosa.pk).is_active


def test_everybody_keeps_the_own_page() -> None:
    """Language, password, absences; the old password is asked for."""
    rosa = member("rosa", Role.READ_ONLY)
    rosa.set_password(PASSWORD)
    rosa.save()
    client, elsewhere = Client(), Client()
    for one in (client, elsewhere):
        one.post("/login/", {"username": "rosa", "password": PASSWORD})
    assert client.post("/me/language/", {"language": "de"}).status_code == 302
    assert User.objects.get(pk=rosa.pk).language == "de"
    assert client.post("/me/language/", {"language": "xx"}).status_code == 400
    assert client.post("/me/password/", {"old": "wrong", "new": OTHER}).status_code == 400
    assert client.post("/me/password/", {"old": PASSWORD, "new": "short"}).status_code == 400
    assert client.post("/me/password/", {"old": PASSWORD, "new": OTHER}).status_code == 302
    assert client.get("/me/").status_code == 200
    assert elsewhere.get("/me/").status_code == 302
    assert client.post("/me/away/", DAYS).status_code == 302
    (absence,) = rosa.absences.all()
    assert client.post("/me/back/", {"absence": "x"}).status_code == 404
    assert client.post("/me/back/", {"absence": absence.pk}).status_code == 302
    assert client.post("/me/anything/").status_code == 404


@pytest.mark.parametrize(("first", "last"), [("0001-01-01", DAYS["last"]), (DAYS["first"], "9999-12-31")])
def test_a_day_that_no_calendar_tells_is_refused(first: str, last: str) -> None:
    """Else nobody could open the team's page again."""
    rosa, said = simon(), {"first": first, "last": last, "note": ""}
    answer = of(rosa).post("/me/away/", said, follow=True)
    assert "Take a day from 1970 to 2199." in answer.content.decode()
    assert not Absence.objects.exists()
    Absence.objects.create(user=rosa, since=0, until=instants.LATEST - 1)
    assert of(anna()).get("/team/").status_code == 200


def test_a_route_is_told_in_the_readers_language() -> None:
    """By what the definition calls its attribute."""
    signed(CONSULTANCY, now=instants.now() - instants.DAY)
    rosa, user = simon(), anna()
    user.language = "de"
    user.save()
    said = {"name": "Norden", "by": "attribute", "attribute": "country", "values": "DK", "reps": [rosa.pk]}
    assert of(user).post("/team/routes/", said).status_code == 302
    assert '<b>Norden</b><span class="quiet">Land</span>' in of(user).get("/team/").content.decode()


@pytest.mark.parametrize("address", ["/me/away/", "/team/{rosa}/away/"])
def test_an_absence_that_ends_before_it_begins_is_said_at_the_field_and_what_was_typed_stays(address: str) -> None:
    """For oneself, and for one of the team."""
    rosa = simon()
    user = rosa if address.startswith("/me/") else anna()
    said = {"first": DAYS["last"], "last": DAYS["first"], "note": "By the sea"}
    page = of(user).post(address.format(rosa=rosa.pk), said).content.decode()
    assert re.search(r'id="[^"]*last_error">The end lies before the beginning', page)
    assert "By the sea" in page
    assert not Absence.objects.exists()


def test_nobody_ends_the_absence_or_session_of_another() -> None:
    """They are not found."""
    rosa, rudi = member("rosa", Role.SALES), member("rudi", Role.SALES)
    of(rosa).post("/me/away/", DAYS)
    absence = Absence.objects.get(user=rosa)
    assert of(rudi).post("/me/back/", {"absence": absence.pk}).status_code == 404
    until = Absence.objects.get().until
    assert until == absence.until


def test_the_command_line_says_the_same(capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    """Invitations, absences, routes, hours."""
    assert tmp_path
    simon()
    for arguments in (
        ["user", "invite", "rosa@example.com", "--role", "sales", "--manager"],
        ["user", "invite", "rosa@example.com", "--role", "sales", "--again"],
        ["user", "change", "simon", "--capacity", "3", "--email", "simon@example.com"],
        ["absence", "add", "simon", "--from", DAYS["first"], "--to", DAYS["last"]],
        ["absence", "list"],
        ["absence", "remove", str(Absence.objects.count() and 1)],
        ["route", "add", "South", "--by", "attribute", "--attribute", "zip", "--value", "8*", "--rep", "simon"],
        ["route", "list"],
        ["route", "remove", "South"],
        ["user", "disable", "simon"],
    ):
        if arguments[:2] == ["absence", "remove"]:
            arguments[2] = str(Absence.objects.get().pk)
        assert run(arguments) == 0, arguments
    told = capsys.readouterr().out
    assert told.count("/invited/") == 2
    assert "8*" in told
    assert not User.objects.get(username="simon").is_active
    assert run(["absence", "add", "rosa@example.com", "--from", "tomorrow", "--to", DAYS["last"]]) == 2
    assert run(["user", "disable", "nobody"]) == 2


_SAFARI = "Mozilla/5.0 ({system}) AppleWebKit/605.1.15 (KHTML, like Gecko) {browser} Safari/604.1"


@pytest.mark.parametrize(
    ("agent", "called"),
    [
        (_SAFARI.format(system="iPhone; CPU iPhone OS 18_5 like Mac OS X", browser="Version/18.5"), "Safari on iPhone"),
        (_SAFARI.format(system="Windows NT 10.0", browser="Chrome/150.0.0.0"), "Chrome on Windows"),
        (_SAFARI.format(system="Windows NT 10.0", browser="Chrome/150.0 Edg/150.0"), "Edge on Windows"),
        (_SAFARI.format(system="Linux; Android 15", browser="Chrome/150.0"), "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on macOS"),
        ("curl/8.1 on Linux", "Linux"),
        ("<b>x</b>", "An unknown browser"),
    ],
)
def test_a_browser_is_told_in_words(agent: str, called: str) -> None:
    """Not as it names itself."""
    user, client = simon(), Client(headers={"user-agent": agent})
    users.set_password(user, PASSWORD)
    client.post("/login/", {"username": "simon", "password": PASSWORD})
    page = client.get("/me/").content.decode()
    assert f'<p class="quiet">{called}</p>' in page
    assert agent not in page
