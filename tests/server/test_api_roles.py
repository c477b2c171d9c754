"""Every route of the API with who may use it, and every field that may be written with who may write it.

A route that stands in no table is an error.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.test import Client

from api_client import ROOT, Program, company, trouble
from ledger_rows import lead_of, said
from ripeline.server import instants
from ripeline.server.events import Event
from ripeline.server.leads import Lead
from ripeline.server.merges import Merge
from ripeline.server.models import Account, Decision, Outcome, PlaybookVersion
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.staff import users
from ripeline.server.staff.users import ApiKey, Role, Scope, User
from ripeline.web.api import keys
from ripeline.web.api.site import api
from staff import member

if TYPE_CHECKING:
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

ALL = frozenset(Role)
ACTING = frozenset({Role.MARKETING, Role.SALES})
VISITOR = "visitor"
REASON = {"reason": "because"}

READ = (
    *("leads", "leads/{lead}", "leads/{lead}/events", "leads/{lead}/score", "leads/{lead}/missing", "activities"),
    *("decisions", "decisions/{decision}", "handoffs", "handoffs/{handoff}", "accounts", "accounts/{account}"),
    *("playbooks", "playbooks/{version}", "merges", "content", "leads/{lead}/next-content"),
    *("leads/{lead}/interview", "leads/{lead}/outcomes", "leads/{lead}/referrals"),
)
"""What every role may read."""

ACT: dict[str, Any] = {
    "leads/{lead}/touches": {"how": "call"},
    "leads/{lead}/overrides": {"stage": "mql", **REASON, "until": "2027-01-01T00:00:00Z"},
    "leads/{lead}/holds": {**REASON, "until": "2027-01-01T00:00:00Z"},
    "leads/{lead}/release": None,
    "leads/{lead}/stage": {"stage": "disqualified", **REASON},
    "leads/{lead}/attributes": {"attributes": {"employees": 5}},
    "leads/{lead}/answers": {
        "item": "budget",
        "answer": "yes",
        "certainty": "guessed",
        "source": "colleague",
        "note": "Hm",
        "also": {"employees": 5},
    },
    "leads/{lead}/ratings": {"seriousness": 4, "seriousness_note": "a", "motivation": 2, "motivation_note": "b"},
    "leads/{lead}/objections": {"objections": ["too slow"]},
    "leads/{lead}/notes": {"text": "Likes boats."},
    "leads/{lead}/opportunity": {"amount": 12.5},
    "leads/{lead}/expected": {"amount": 10},
    "leads/{lead}/won": {"amount": 12.5},
    "leads/{lead}/lost": {"reason": "competitor", "sentence": "They know them.", "competitor": "Acme"},
    "leads/{lead}/advocate": {"note": "on stage"},
    "leads/{lead}/advocate/end": None,
    "leads/{lead}/referrals": {"lead": "{other}", "note": "a friend"},
    "leads/{lead}/consents": {"purpose": "marketing", "wording": "Yes.", "proof": "fair"},
    "leads/{lead}/consents/withdraw": {"purpose": "marketing"},
    "activities": {
        "email": "eve@example.com",
        "event": "fair_conversation",
        "text": "Hm",
        "at": "2026-01-01T00:00:00Z",
    },
    "handoffs/{handoff}/accept": None,
    "handoffs/{handoff}/confirm": None,
    "handoffs/{handoff}/call": {"at": "2027-01-01T00:00:00Z"},
    "handoffs/{handoff}/call/off": None,
    "handoffs/{handoff}/reject": {"reason": "misrouted"},
    "handoffs/{handoff}/recycle": {"reason": "bad_timing"},
    "handoffs/{handoff}/disqualify": {"reason": "no_fit"},
    "merges": {"lead": "{lead}", "other": "{other}"},
    "merges/{merge}/undo": None,
}
"""What marketing and sales may do, and everything that may be said of it."""

STANDS = {
    "opportunity": "sql",
    "expected": "opportunity",
    "won": "opportunity",
    "lost": "opportunity",
    "advocate": "customer",
}
"""Where a lead must stand for some acts, by the last part of their address."""

_ROWS = {"leads/{lead}/answers": 2, "leads/{lead}/referrals": 2}
"""How many rows an act makes that makes more than one."""

_OF_A_REP = {path for path in ACT if path.startswith("handoffs/")}
"""What only the rep does to whom the lead was offered."""

_OF_BOTH = {("post", "leads/{lead}/referrals"), ("post", "merges")}
"""What is about Bob too, who is marketing's."""


@pytest.fixture
def numbers(source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """One row of each noun, by what its place in an address is called."""
    company(source, clock)
    monkeypatch.setattr(instants, "now", clock)
    monkeypatch.setattr(keys, "RATE", 1_000)
    ada, bob = lead_of("ada@example.com"), lead_of("bob@example.com")
    merge = Merge.objects.create(kept=ada, absorbed=bob, at=clock(), undone_at=clock())
    return {
        "lead": ada.pk,
        "other": bob.pk,
        "decision": Decision.objects.earliest("pk").pk,
        "handoff": Handoff.objects.get().pk,
        "account": Account.objects.get().pk,
        "version": PlaybookVersion.objects.get().pk,
        "merge": merge.pk,
    }


def _told(body: Any, numbers: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(body, dict):
        return body
    return {name: numbers[text[1:-1]] if text in ("{lead}", "{other}") else text for name, text in body.items()}


def _program(who: str, scope: Scope = Scope.ACT) -> Program:
    if who == "rosa":
        return Program(User.objects.get(username="rosa"), scope)
    return Program(member(f"a {who}", Role(who)), scope)


def _stand(path: str, numbers: dict[str, Any]) -> None:
    """Let the lead stand where the act is in place."""
    ada = Lead.objects.get(pk=numbers["lead"])
    Lead.objects.filter(pk=ada.pk).update(stage=STANDS.get(path.rpartition("/")[2], ada.stage))
    Event.objects.filter(name="stage_set", known_at=None).update(known_at=ada.created_at)
    if path.endswith("expected"):
        Outcome.objects.create(lead=ada, decision_id=numbers["decision"], stage="opportunity", at=ada.created_at)
    if path.endswith("off"):
        Handoff.objects.filter(pk=numbers["handoff"]).update(call_at=ada.created_at)
    if path.endswith("referrals"):
        said(ada, "advocate_marked", ada.created_at)


def _asked(program: Program, method: str, path: str, numbers: dict[str, Any]) -> int:
    """The status of an answer; what was done is undone."""
    with transaction.atomic():
        place = path.format(**numbers)
        _stand(path, numbers)
        answer = program.get(place) if method == "get" else program.post(place, _told(ACT[path], numbers))
        transaction.set_rollback(True)
    return answer.status_code


def _routes() -> set[tuple[str, str]]:
    """All routes of the API, of the URL map itself."""
    paths: dict[str, dict[str, Any]] = api.get_openapi_schema()["paths"]
    return {(method, path.removeprefix(f"{ROOT}/")) for path, methods in paths.items() for method in methods}


def test_every_route_is_listed() -> None:
    """Whoever adds a route says here who may use it."""
    assert _routes() == {("get", path) for path in READ} | {("post", path) for path in ACT}


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("who", [*Role, "rosa"])
def test_each_role_and_key_does_what_it_may_and_nothing_else(who: str, scope: Scope, numbers: dict[str, Any]) -> None:
    """Whatever else a route needs: the right comes first."""
    program, role = _program(who, scope), Role.SALES if who == "rosa" else Role(who)
    wrong = {}
    for method, path in sorted(_routes()):
        may = method == "get" or (role in ACTING and scope == Scope.ACT)
        if may and not _sees(who, method, path):
            expected = {404}
        else:
            may &= method == "get" or who == "rosa" or path not in _OF_A_REP
            expected = {200, 201} if may else {403}
        status = _asked(program, method, path, numbers)
        if status not in expected:
            wrong[method, path] = status
    assert wrong == {}


def _sees(who: str, method: str, path: str) -> bool:
    """A rep sees what is the rep's: Rosa Ada, to whom she was offered, and any other rep neither Ada nor Bob."""
    is_of_a_lead = "{" in path and not path.startswith("playbooks")
    if who == "rosa":
        return (method, path) not in _OF_BOTH
    return who != Role.SALES or not (is_of_a_lead or (method, path) in _OF_BOTH)


def test_without_a_key_nothing_is_told(numbers: dict[str, Any]) -> None:
    """Neither with a wrong one, nor with one that was revoked or whose user is out, nor by the session of a user."""
    revoked, out = _program(Role.SALES), Program(member("gone", Role.SALES))
    users.revoke(revoked.key, now=1)
    users.disable(out.user, now=1)
    client = Client()
    client.force_login(member("somebody", Role.SALES))
    keys = ["", "Bearer", "Bearer x", f"Basic {out.secret}", f"Bearer {revoked.secret}", f"Bearer {out.secret}"]
    for method, path in sorted(_routes()):
        for key in keys:
            headers = {"authorization": key} if key else {}
            answer = getattr(client, method)(f"{ROOT}/{path.format(**numbers)}", headers=headers)
            assert answer.status_code == 401, (method, path, key)
            assert answer["WWW-Authenticate"] == "Bearer"
            assert json.loads(answer.content)["code"] == "no_key"
    assert ApiKey.objects.count() == 2


def test_whoever_may_not_act_does_not_learn_what_there_is(numbers: dict[str, Any]) -> None:
    """What is there and what is not are refused alike."""
    program, nothing = _program(Role.READ_ONLY), dict.fromkeys(numbers, 2**40)
    for path, body in ACT.items():
        there, not_there = (program.post(path.format(**one), _told(body, one)) for one in (numbers, nothing))
        assert (there.status_code, there.content) == (not_there.status_code, not_there.content), path


@pytest.mark.parametrize("number", [2**40, 2**63 - 1])
def test_what_is_not_there_is_not_found(number: int, numbers: dict[str, Any]) -> None:
    """One answer for every noun."""
    program, nothing = _program("rosa"), dict.fromkeys(numbers, number) | {"version": "f" * 64}
    for path in [path for path in READ if "{" in path]:
        assert trouble(program.get(path.format(**nothing))) == (404, "not_found", ""), path
    for path in [path for path in ACT if "{" in path]:
        assert trouble(program.post(path.format(**nothing), _told(ACT[path], numbers))) == (404, "not_found", ""), path


@pytest.mark.parametrize("who", [*Role, "rosa"])
def test_nothing_is_written_but_what_a_route_lists(who: str, numbers: dict[str, Any]) -> None:
    """A score, a stage, an owner, a role, an author: whoever sends them along is refused, and nothing is done."""
    program = _program(who)
    foreign = (
        "score",
        "scores",
        "owner",
        "role",
        "by",
        "rep",
        "stage_set",
        "id",
        "is_active",
        "known_at",
        "received_at",
    )
    before = _everything()
    for path, body in ACT.items():
        for name in foreign:
            sent = (_told(body, numbers) or {}) | {name: 1}
            answer = program.post(path.format(**numbers), sent)
            assert answer.status_code in (400, 403), (path, name)
            assert not (answer.status_code == 400 and trouble(answer)[1] not in ("unknown_key", "no_body")), path
    assert _everything() == before


@pytest.mark.parametrize("who", [*Role, "rosa"])
def test_every_field_is_written_by_whoever_may_act_only(who: str, numbers: dict[str, Any]) -> None:
    """Field by field: a row of the ledger, or nothing."""
    program, acts = _program(who), {"rosa", *ACTING}
    for path, body in ACT.items():
        if path in _OF_A_REP or path.startswith("merges") or path == "leads/{lead}/stage":
            continue
        _stand(path, numbers)
        before = Event.objects.count()
        program.post(path.format(**numbers), _told(body, numbers))
        rows = Event.objects.order_by("-pk")[: Event.objects.count() - before]
        is_done = who in acts and _sees(who, "post", path)
        assert len(rows) == (_ROWS.get(path, 1) if is_done else 0), path
        for row in rows:
            assert json.loads(row.properties)["by"] == program.user.username


def test_reserved_names_are_no_attributes(numbers: dict[str, Any]) -> None:
    """Nobody changes a stage, an owner or a consent by calling it an attribute."""
    program, before = _program("rosa"), _everything()
    for name in ("stage", "owner", "score", "consent", "by", "marketing"):
        answer = program.post(f"leads/{numbers['lead']}/attributes", {"attributes": {name: "x"}})
        assert trouble(answer) == (400, "not_understood", "body.attributes")
    assert _everything() == before


def _everything() -> tuple[object, ...]:
    return list(Lead.objects.order_by("pk").values()), Event.objects.count(), list(User.objects.order_by("pk").values())
