"""Every route with who may see it; a route that stands in no table is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from one_of_each import one_of_each
from ripeline.server.staff.users import Role, User
from ripeline.web.admin import TABLES
from staff import member

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model

pytestmark = pytest.mark.django_db

ALL = frozenset(Role)
ADMIN = frozenset({Role.ADMIN})
BUT_SALES = ALL - {Role.SALES}
NOBODY: frozenset[Role] = frozenset()
VISITOR = "visitor"

SEES = {
    **dict.fromkeys(("account", "assignment", "attachment", "campaign", "contentitem", "decision", "doubt"), BUT_SALES),
    **dict.fromkeys(
        ("event", "handoff", "identifier", "lead", "mail", "membership", "merge", "playbookversion"), BUT_SALES
    ),
    **dict.fromkeys(("publication", "round", "signature", "task"), BUT_SALES),
    **dict.fromkeys(("competitor", "mailing", "outcome", "referral"), BUT_SALES),
    **dict.fromkeys(
        (
            "absence",
            "apikey",
            "conflict",
            "delivery",
            "endpoint",
            "form",
            "formversion",
            "mailbox",
            "outgoing",
            "route",
            "source",
            "user",
        ),
        ADMIN,
    ),
    **dict.fromkeys(("cost", "rejected"), frozenset({Role.ADMIN, Role.MARKETING})),
}
"""Each table of the administration with the roles that see it."""

OF_A_TABLE = {"": True, "add/": False, "ID/history/": True, "ID/delete/": False, "ID/change/": True, "ID/": True}
"""Each route of a table, and whether those who see the table see it; the others nobody."""

OTHERS = {
    "": {VISITOR, *ALL},
    "login/": {VISITOR, *ALL},
    "logout/": NOBODY,  # by POST only
    "log/": {Role.MARKETING, Role.SALES},
    "queue/": ALL,
    "queue/cards/": ALL,
    "queue/team/": ADMIN,  # and whoever leads the sales team
    "queue/team/NUMBER/": NOBODY,  # by POST only
    "handoffs/NUMBER/": BUT_SALES,  # and its rep: test_visibility.py
    "handoffs/NUMBER/NAME/": NOBODY,  # by POST only
    "tasks/": ALL,
    "tasks/NUMBER/NAME/": NOBODY,  # by POST only
    "f/NAME": {VISITOR, *ALL},
    "f/NAME/thanks": {VISITOR, *ALL},
    # But whoever has a link that opens.
    **dict.fromkeys(("invited/TOKEN/", "p/confirm/TOKEN/", "p/preferences/TOKEN/"), NOBODY),
    "p/data/": {VISITOR, *ALL},
    **dict.fromkeys(("p/data/TOKEN/", "p/data/TOKEN/ACT/"), NOBODY),
    **dict.fromkeys(("p/c/LINK/TOKEN", "p/u/TOKEN"), NOBODY),
    "password/": {VISITOR, *ALL},
    "password/TOKEN/": NOBODY,
    "me/": ALL,
    "me/ACT/": NOBODY,  # by POST only
    "team/": ADMIN,  # and whoever leads the team: tests/server/test_team.py
    "team/NUMBER/": ADMIN,
    **dict.fromkeys(("team/invite/", "team/routes/", "team/routes/NUMBER/ACT/", "team/NUMBER/ACT/"), NOBODY),
    **dict.fromkeys(("mails/", "mails/held/", "mails/mailings/", "mails/mailings/NUMBER/"), BUT_SALES),
    **dict.fromkeys(("mails/templates/NAME/LANGUAGE/", "mails/templates/NAME/LANGUAGE/preview/"), BUT_SALES),
    "mails/new/": {Role.MARKETING, Role.ADMIN},
    **dict.fromkeys(("mails/starters/", "mails/mailings/NUMBER/ACT/"), NOBODY),  # by POST only
    "mails/templates/NAME/LANGUAGE/test/": NOBODY,  # by POST only
    "content/": ALL,
    "content/matrix/": BUT_SALES,
    "content/NUMBER/": ALL,
    **dict.fromkeys(("content/new/", "content/table/", "content/sitemap/", "content/NUMBER/ACT/"), NOBODY),  # by POST
    "tracks/": BUT_SALES,
    "tracks/NAME/ACT/": NOBODY,  # by POST
    "leads/": ALL,
    "leads/new/": {Role.MARKETING, Role.SALES},
    **dict.fromkeys(("leads/many/", "segments/", "segments/NUMBER/ACT/"), NOBODY),  # by POST only
    "segments/NUMBER/": NOBODY,  # but who keeps it, or all if it is shared: tests/server/test_list_pages.py
    # Reps see their own leads: tests/server/test_lead_page.py
    **dict.fromkeys(("leads/LEAD/", "leads/LEAD/course.svg", "accounts/ACCOUNT/"), BUT_SALES),
    "accounts/ACCOUNT/owner/": NOBODY,  # by POST, whoever leads the team: tests/server/test_lead_page.py
    "leads/LEAD/interview/": {Role.MARKETING},
    **dict.fromkeys(("leads/LEAD/ACT/", "leads/LEAD/merge/", "leads/LEAD/merge/MERGE/undo/"), NOBODY),
    "leads/LEAD/data/ACT/": NOBODY,  # by POST only
    "requests/processing/": {Role.MARKETING, Role.ADMIN},
    "requests/": {Role.MARKETING, Role.ADMIN},
    "requests/NUMBER/done/": NOBODY,  # by POST only
    "admin/": BUT_SALES,
    "admin/login/": {VISITOR, *ALL},
    "admin/logout/": BUT_SALES,
    "admin/password_change/": BUT_SALES,
    "admin/password_change/done/": BUT_SALES,
    "admin/autocomplete/": NOBODY,
    "admin/jsi18n/": BUT_SALES,
    "admin/r/CONTENT/ID/": NOBODY,
    "admin/server/": BUT_SALES,
    "admin/ANYTHING": NOBODY,
}
"""All other routes; those of the API are listed in test_api_roles.py."""
API = "api/v1/"

NOUNS = {
    "content": "contentitem",
    "handoffs": "handoff",
    "mails": "mailing",
    "queue": "handoff",
    "tasks": "task",
    "team": "user",
}
"""The tables whose rows the pages of a noun show."""
PATTERNS = {
    "<path:object_id>": "ID",
    "<str:name>": "NAME",
    "<slug:name>": "NAME",
    "<str:token>": "TOKEN",
    "<str:act>": "ACT",
    "<str:link>": "LINK",
    "<str:language>": "LANGUAGE",
    "<slug:act>": "ACT",
    "<int:number>": "NUMBER",
    "<int:lead>": "LEAD",
    "<int:account>": "ACCOUNT",
    "<int:merge>": "MERGE",
    "r/<path:content_type_id>/<path:object_id>/": "r/CONTENT/ID/",
    "^(?P<app_label>server)/$": "server/",
    "(?P<url>.*)$": "ANYTHING",
}


def _routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        text = str(pattern.pattern)
        for theirs, ours in sorted(PATTERNS.items(), key=lambda pair: -len(pair[0])):
            text = text.replace(theirs, ours)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, before + text)
        elif not before.startswith(API):
            yield before + text


def _listed() -> dict[str, frozenset[str]]:
    tables = {
        f"admin/server/{table}/{route}": frozenset(roles) if is_seen else NOBODY
        for table, roles in SEES.items()
        for route, is_seen in OF_A_TABLE.items()
    }
    return {route: frozenset(roles) for route, roles in (tables | OTHERS).items()}


def _client(who: str) -> Client:
    client = Client()
    if who != VISITOR:
        client.force_login(member(f"a {who}", Role(who)))
    return client


def _address(route: str, rows: dict[str, Model]) -> str:
    table = route.removeprefix("admin/server/").partition("/")[0]
    if table in rows:
        route = route.replace("ID", str(rows[table].pk))
    for name in ("LEAD", "ACCOUNT", "MERGE"):
        route = route.replace(name, str(rows[name.lower()].pk))
    route = (
        route.replace("NUMBER", str(rows[NOUNS.get(table, "user")].pk))
        .replace("ACT", "x")
        .replace("TOKEN", "x")
        .replace("LANGUAGE", "en")
    )
    route = route.replace("LANGUAGE", "en")
    return "/" + route.replace("ANYTHING", "nothing/here").replace("NAME", "contact").replace("CONTENT/ID", "1/1")


def test_every_route_is_listed() -> None:
    """Whoever adds a page says here who may see it."""
    found = list(_routes(get_resolver().url_patterns))
    assert sorted(set(found)) == sorted(_listed())
    assert set(SEES) == {model.__name__.lower() for model in TABLES}


@pytest.mark.parametrize("who", [VISITOR, *Role])
def test_each_role_sees_what_it_may_see_and_nothing_else(who: str) -> None:
    """A page, or a way on, for those who may; for the others the login, a no, or nothing at all."""
    rows, client = one_of_each(), _client(who)
    wrong = {}
    for route, roles in _listed().items():
        if route == "admin/logout/":
            continue
        answer = client.get(_address(route, rows), follow=True)
        is_at_login = bool(answer.redirect_chain) and "/login/" in answer.redirect_chain[-1][0]
        seen = answer.status_code == 200 and (not is_at_login or route == "")
        if seen != (who in roles):
            wrong[route] = (answer.status_code, answer.redirect_chain)
    assert wrong == {}


@pytest.mark.parametrize("who", [VISITOR, *Role])
def test_nobody_adds_changes_or_deletes_a_row_by_its_page(who: str) -> None:
    """Not even whoever administers: rows come and change by verbs only."""
    rows, client = one_of_each(), _client(who)
    before = {model: list(model._default_manager.order_by("pk").values()) for model in TABLES if model is not User}  # noqa: SLF001
    for table, row in rows.items():
        for page in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
            sent = {"post": "yes", "_save": "Save", "name": "x", "username": "x", "role": "admin", "text": "x"}
            assert client.post(f"/admin/server/{table}/{page}", sent).status_code in (302, 403), (table, page)
        sent = {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
        client.post(f"/admin/server/{table}/", sent)
    assert before == {model: list(model._default_manager.order_by("pk").values()) for model in before}  # noqa: SLF001


@pytest.mark.parametrize("who", [VISITOR, *Role])
@pytest.mark.parametrize(
    ("table", "action"),
    [
        ("rejected", "discard"),
        ("rejected", "run_again"),
        ("source", "close"),
        ("user", "disable"),
        ("user", "enable"),
        ("apikey", "revoke"),
        ("endpoint", "close"),
        ("endpoint", "reopen"),
        ("delivery", "send_again"),
        ("delivery", "purge"),
    ],
)
def test_an_action_is_done_for_those_who_see_its_table_only(who: str, table: str, action: str) -> None:
    """The buttons are no more open than the tables."""
    row, client = one_of_each()[table], _client(who)
    member("another admin", Role.ADMIN)
    answer = client.post(f"/admin/server/{table}/", {"action": action, "_selected_action": str(row.pk)}, follow=True)
    told = [str(message) for message in answer.context.get("messages", ())]
    assert bool(told) == (who in SEES[table])
