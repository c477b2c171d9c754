"""The administration shows the ledger as people read it, in four languages, and keeps what is secret."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from one_of_each import HOSTILE, NOW, one_of_each
from ripeline.server import models
from ripeline.server.staff import users
from ripeline.server.staff.users import Role
from ripeline.web.admin import TABLES
from staff import anna, member

pytestmark = pytest.mark.django_db


def logged_in(language: str = "en") -> Client:
    """The browser of an administrator."""
    user = anna()
    user.language = language
    user.save()
    client = Client()
    client.force_login(user)
    return client


def test_no_page_shows_a_secret() -> None:
    """Neither a hash of a password nor of a key, nor what webhooks are signed with."""
    rows, client = one_of_each(), logged_in()
    users.set_password(models.User.objects.get(username="rosa"), "a long enough phrase")
    models.Source.objects.update(write_key_digest="0123456789abcdef")
    secrets = ["argon2", "0123456789abcdef", "never shown", models.ApiKey.objects.get().digest]
    for table, row in rows.items():
        for page in ("", f"{row.pk}/change/"):
            text = client.get(f"/admin/server/{table}/{page}").content.decode()
            assert [secret for secret in secrets if secret in text] == [], (table, page)


def test_what_was_sent_is_shown_and_not_run() -> None:
    """A script in a name is text on every page."""
    rows, client = one_of_each(), logged_in()
    for table, row in rows.items():
        for page in ("", f"{row.pk}/change/", f"{row.pk}/history/"):
            text = client.get(f"/admin/server/{table}/{page}").content.decode()
            assert "<script>alert" not in text, (table, page)
            assert "<img src=x" not in text, (table, page)
    assert "&lt;script&gt;" in client.get("/admin/server/source/").content.decode()
    assert HOSTILE.startswith('"')


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Messages in quarantine", r"Jan\. 5, 2026", "Received"]),
        ("de", ["Nachrichten in Quarantäne", r"5\. Januar 2026", "Eingegangen"]),
        ("nl", ["Berichten in quarantaine", "5 januari 2026", "Ontvangen"]),
        ("da", ["Beskeder i karantæne", r"5\. januar 2026", "Modtaget"]),
    ],
)
def test_the_pages_speak_the_users_language(language: str, words: list[str]) -> None:
    """Names of tables, columns and dates; whatever the browser prefers."""
    one_of_each()
    text = logged_in(language).get("/admin/server/rejected/", headers={"accept-language": "fr"}).content.decode()
    assert [word for word in words if not re.search(word, text, re.IGNORECASE)] == []


def test_every_column_has_a_name() -> None:
    """A table whose column nobody named would fail on its page."""
    rows, client = one_of_each(), logged_in()
    assert set(rows) == {model.__name__.lower() for model in TABLES}
    for table, row in rows.items():
        assert client.get(f"/admin/server/{table}/").status_code == 200
        assert client.get(f"/admin/server/{table}/{row.pk}/change/").status_code == 200


def test_an_answer_tells_why_it_was_not_done() -> None:
    """Disabling the last administrator is refused in words."""
    client = logged_in()
    last = models.User.objects.get(username="anna")
    sent = {"action": "disable", "_selected_action": str(last.pk)}
    answer = client.post("/admin/server/user/", sent, follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        "This is the last administrator who is not disabled."
    ]


def test_a_page_may_load_nothing_from_elsewhere_and_stand_in_no_frame() -> None:
    """The policy is on every page, the login too."""
    for client, page in ((Client(), "/admin/login/"), (logged_in(), "/admin/server/event/")):
        headers = client.get(page).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_form_of_another_site_does_nothing() -> None:
    """Without the token of the page no button works."""
    row = one_of_each()["source"]
    client = Client(enforce_csrf_checks=True)
    client.force_login(member("another", Role.ADMIN))
    answer = client.post("/admin/server/source/", {"action": "close", "_selected_action": str(row.pk)})
    assert answer.status_code == 403
    assert models.Source.objects.get(pk=row.pk).closed_at is None
    assert NOW
