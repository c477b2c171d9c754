"""Staff come in with a password or a key, and are out at once when they are to be out."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import authenticate
from django.test import Client

from ripeline.server.instants import MINUTE, SECOND
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff import logins, users
from ripeline.server.staff.logins import BadLogin
from ripeline.server.staff.users import ApiKey, Role, User, WithSecret
from staff import anna, key_of, member, simon

pytestmark = pytest.mark.django_db

NOW = 1_767_603_600_000_000
PASSWORD = "a long enough phrase"  # noqa: S105 - of a made-up user
WRONG = "a wrong phrase"


def added(name: str = "simon", role: Role = Role.SALES) -> User:
    """A user with PASSWORD."""
    made = users.add(name, role, password=PASSWORD)
    assert isinstance(made, WithSecret)
    assert isinstance(made.row, User)
    return made.row


def test_a_password_is_made_up_where_none_is_given() -> None:
    """It is told once, opens the door, and is stored as argon2 only."""
    made = users.add("mara", Role.MARKETING)
    assert isinstance(made, WithSecret)
    assert len(made.secret) >= 20
    stored = User.objects.get(username="mara")
    assert stored.password.startswith("argon2")
    assert authenticate(username="mara", password=made.secret) == stored


@pytest.mark.parametrize("password", ["short", "password1234"])
def test_a_weak_password_is_refused(password: str) -> None:
    """Too short, or among the common ones."""
    assert users.add("mara", Role.SALES, password=password) == Refused(Refusal.WEAK_PASSWORD)
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["Simon", "SIMON"])
def test_names_differ_by_more_than_capitals(name: str) -> None:
    """Two people that look like one would sign for each other."""
    added()
    assert users.add(name, Role.SALES) == Refused(Refusal.NAME_TAKEN)


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "<b>", "x" * 151])
def test_a_name_is_letters_and_few_signs(name: str) -> None:
    """Nothing that a page or a log could misread."""
    assert users.add(name, Role.SALES) == Refused(Refusal.BAD_NAME)


def test_the_last_admin_stays_admin() -> None:
    """Somebody can always let others in."""
    last, other = anna(), simon()
    assert users.disable(last, now=NOW) == Refused(Refusal.LAST_ADMIN)
    assert users.set_role(last, Role.SALES) == Refused(Refusal.LAST_ADMIN)
    assert users.set_role(other, Role.ADMIN) == other
    assert users.disable(last, now=NOW) == last


def test_a_session_ends_when_the_password_changes() -> None:
    """Every other browser of the user is out at its next request."""
    user = added(role=Role.ADMIN)
    here, there = Client(), Client()
    assert here.login(username="simon", password=PASSWORD)
    assert there.login(username="simon", password=PASSWORD)
    assert there.get("/admin/").status_code == 200
    users.set_password(user)
    assert here.get("/admin/").status_code == there.get("/admin/").status_code == 302


def test_a_session_ends_when_the_user_is_disabled() -> None:
    """And begins anew only by a new login once the user is enabled."""
    anna()
    user, client = added(), Client()
    client.login(username="simon", password=PASSWORD)
    users.disable(user, now=NOW)
    assert client.get("/admin/").status_code == 302
    assert not client.login(username="simon", password=PASSWORD)
    users.enable(user)
    assert client.login(username="simon", password=PASSWORD)


def test_a_key_acts_for_its_user_until_it_is_revoked() -> None:
    """The key itself is stored nowhere."""
    user = simon()
    key, secret = key_of(user, now=NOW)
    assert secret not in {str(value) for value in ApiKey.objects.values_list().get()}
    assert users.key_of(secret) == key
    assert users.key_of(secret + "x") is None
    users.revoke(key, now=NOW)
    assert users.key_of(secret) is None
    assert users.revoke(key, now=NOW) == Refused(Refusal.CLOSED_ALREADY)


def test_a_disabled_users_keys_open_nothing_even_once_the_user_is_back() -> None:
    """Whoever comes back makes new ones."""
    user = simon()
    _, secret = key_of(user, now=NOW)
    users.disable(user, now=NOW)
    assert users.key_of(secret) is None
    users.enable(user)
    assert users.key_of(secret) is None


def test_each_key_of_a_user_has_a_name_of_its_own() -> None:
    """Whoever revokes one knows which; the name is free again then, and others have names of theirs."""
    user = simon()
    key, _ = key_of(user, now=NOW)
    assert users.add_key(user, "crm", now=NOW) == Refused(Refusal.NAME_TAKEN)
    key_of(anna(), now=NOW)
    users.revoke(key, now=NOW)
    key_of(user, now=NOW)


@pytest.mark.parametrize(("chosen", "spoken"), [("", "de"), ("nl", "nl")])
def test_pages_speak_the_language_of_their_user_else_that_of_the_browser(chosen: str, spoken: str) -> None:
    """Nobody who has chosen none is spoken to in English for that."""
    made = users.add("simon", Role.SALES, password=PASSWORD, language=chosen)
    assert isinstance(made, WithSecret)
    assert isinstance(made.row, User)
    client = Client(headers={"accept-language": "de-AT"})
    client.force_login(made.row, "ripeline.server.staff.logins.Backend")
    assert client.get("/admin/").headers["content-language"] == spoken


@pytest.mark.parametrize("name", ["simon", "nobody"])
def test_whoever_guesses_waits(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After twenty bad logins not even the right password helps for a while, whether or not there is such a user."""
    added()
    instant = NOW
    monkeypatch.setattr(logins, "now", lambda: instant)
    for _ in range(logins.FREE):
        assert authenticate(username=name, password=WRONG) is None
    assert logins.has_to_wait(name, "", now=instant)
    assert authenticate(username="simon", password=PASSWORD) is None or name != "simon"
    instant += SECOND
    assert not logins.has_to_wait(name, "", now=instant)


def test_each_further_guess_doubles_the_wait_up_to_five_minutes() -> None:
    """So a guesser has a dozen tries an hour, and the user is never locked out for long."""
    for _ in range(logins.FREE + 3):
        logins.count_bad("simon", "192.0.2.1", now=NOW)
    assert logins.has_to_wait("simon", "192.0.2.9", now=NOW + 8 * SECOND - 1)
    assert not logins.has_to_wait("simon", "192.0.2.9", now=NOW + 8 * SECOND)
    for _ in range(40):
        logins.count_bad("simon", "192.0.2.1", now=NOW)
    assert logins.has_to_wait("simon", "192.0.2.9", now=NOW + 5 * MINUTE - 1)
    assert not logins.has_to_wait("simon", "192.0.2.9", now=NOW + 5 * MINUTE)


def test_an_address_that_tries_many_names_waits_too() -> None:
    """A hundred names with one guess each are a hundred guesses."""
    for number in range(logins.FREE_FROM_ONE_ADDRESS):
        logins.count_bad(f"name {number}", "192.0.2.1", now=NOW)
    assert logins.has_to_wait("another", "192.0.2.1", now=NOW)
    assert not logins.has_to_wait("another", "192.0.2.2", now=NOW)


def test_the_page_tells_nobody_who_is_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong password, unknown name, disabled user and too many tries get the same answer, and one hashing each."""
    hashed: list[str] = []
    added()
    member("gone", Role.SALES, is_active=False)
    check, give = User.check_password, User.set_password

    def counted_check(self: User, raw: str) -> bool:
        hashed.append("a known user's")
        return check(self, raw)

    def counted_give(self: User, raw: str) -> None:
        hashed.append("nobody's")
        give(self, raw)

    monkeypatch.setattr(User, "check_password", counted_check)
    monkeypatch.setattr(User, "set_password", counted_give)
    pages = []
    for name in ["simon", "nobody", "gone", *["simon"] * logins.FREE]:
        answer = Client().post("/admin/login/", {"username": name, "password": WRONG})
        text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode().replace(name, "NAME"))
        pages.append((answer.status_code, text))
    assert len({status for status, _ in pages}) == 1
    assert len({text for _, text in pages}) == 1
    assert len(hashed) == len(pages)


def test_a_good_login_ends_the_count_and_no_name_is_stored() -> None:
    """Only hashes of names and addresses are kept, and for an hour."""
    user = added()
    logins.count_bad("simon", "192.0.2.1", now=NOW)
    assert authenticate(username="simon", password=PASSWORD) == user
    assert not logins.has_to_wait("simon", "", now=NOW)
    assert not BadLogin.objects.filter(who__contains="simon").exists()
    logins.count_bad("other", "192.0.2.2", now=NOW + logins.FORGOTTEN_AFTER + 2 * MINUTE)
    assert BadLogin.objects.count() == 2
