"""What a program reads by the JSON API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from api_client import Program, company, trouble
from ledger_rows import all_rounds, happened, lead_of, said
from ripeline.core.explanation import explain
from ripeline.core.explanation_json import as_data
from ripeline.core.history import history_from_rows
from ripeline.core.scoring import Version
from ripeline.server import instants, playbooks
from ripeline.server.decisions import Decision
from ripeline.server.instants import DAY, TOLD
from ripeline.server.leads import Lead
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.sales.tasks import Task, TaskKind
from ripeline.server.staff.users import Role, Scope, User
from staff import mara, member, simon

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def program(source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The program of Mara, who sees all leads, in the small company, at the time of its clock."""
    company(source, clock)
    monkeypatch.setattr(instants, "now", clock)
    return Program(mara())


def test_leads_are_listed_newest_first(program: Program) -> None:
    """With points as points and instants as ISO 8601."""
    ada, bob = program.read("leads")["items"]
    assert (ada["emails"], bob["emails"]) == (["ada@example.com"], ["bob@example.com"])
    assert bob["scores"] == {"engagement": pytest.approx(10, abs=0.01), "fit": 0}
    assert (ada["stage"], ada["owner"], bob["stage"]) == ("mql", None, "lead")
    assert ada["created_at"] == "2026-01-05T09:02:00.000000+00:00"
    assert ada["progress"] == {"mql": 1.0, "sales_ready": 1.0}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"stage": "lead"}, ["bob"]),
        ({"stage": "customer"}, []),
        ({"cell": "B2"}, ["ada", "bob"]),
        ({"cell": "A1"}, []),
        ({"owner": "-"}, ["ada", "bob"]),
        ({"owner": "rosa"}, []),
        ({"identifier": "BOB@example.com"}, ["bob"]),
        ({"identifier": "nobody@example.com"}, []),
        ({"persona": "boss"}, []),
        ({"sort": "oldest"}, ["bob", "ada"]),
        ({"stage": "mql", "cell": "B2", "owner": "-"}, ["ada"]),
    ],
)
def test_leads_are_filtered(program: Program, query: dict[str, str], names: list[str]) -> None:
    """By each filter, and by several."""
    found = [lead["emails"][0].partition("@")[0] for lead in program.read("leads", **query)["items"]]
    assert found == names


def test_leads_of_an_account_are_found_by_it(program: Program) -> None:
    """The account knows how many it has."""
    (account,) = program.read("accounts")["items"]
    assert account["key"] == "acme"
    assert program.read(f"accounts/{account['id']}")["leads"] == 1
    (ada,) = program.read("leads", account=account["id"])["items"]
    assert ada["account"] == account["id"]
    assert program.read("accounts", key="umbrella")["items"] == []


def test_one_lead_comes_with_all_that_is_known_of_it(program: Program, source: Source, clock: SetClock) -> None:
    """Each fact with its source and instant; consents with their words."""
    ada = lead_of("ada@example.com")
    happened(
        source, "attributes_changed", clock.move(60), said={"employees": 5, "city": "Riga"}, email="ada@example.com"
    )
    then = clock()
    clock.move(60)
    program.do(f"leads/{ada.pk}/attributes", {"attributes": {"employees": 7}})
    program.do(f"leads/{ada.pk}/consents", {"purpose": "marketing", "wording": "Yes, write to me.", "proof": "fair"})
    all_rounds(clock)
    told = program.read(f"leads/{ada.pk}")
    at = instants.text(clock())
    assert told["profile"] == {
        "city": {"value": "Riga", "at": instants.text(then), "source": "website", "by": None},
        "employees": {"value": 7, "at": at, "source": "ripeline", "by": "mara"},
    }
    assert [(one["kind"], one["value"]) for one in told["identifiers"]] == [("email", "ada@example.com")]
    wording = {"is_given": True, "at": at, "wording": "Yes, write to me.", "proof": "fair", "is_confirmed": False}
    assert told["consents"] == {"marketing": wording}
    assert told["may_contact"]["email"] == {
        "is_granted": False,
        "reason": {"code": "no_consent", "params": {"purpose": "email"}},
    }


def test_what_follows_by_rule_has_no_time_of_its_own(program: Program, source: Source, clock: SetClock) -> None:
    """It is known since a round, as every row; a fact that somebody told has its time."""
    happened(source, "attributes_changed", clock.move(60), said={"phone": "+4930901820"}, email="ada@example.com")
    then = instants.text(clock())
    all_rounds(clock)
    lead = lead_of("ada@example.com").pk
    profile = program.read(f"leads/{lead}")["profile"]
    assert profile["phone"]["at"] == then
    assert profile["country_code"] == {"value": "DE", "at": None, "source": "ripeline", "by": None}
    told, derived = program.read(f"leads/{lead}/events", name="attributes_changed", sort="oldest")["items"][-2:]
    assert (told["at"], derived["at"]) == (then, None)
    assert derived["known_at"] == told["known_at"]


def test_a_page_is_stable_while_leads_come_in(program: Program, source: Source, clock: SetClock) -> None:
    """None is told twice and none is left out."""
    for number in range(5):
        happened(source, "paper", clock.move(1), email=f"x{number}@example.com")
    all_rounds(clock)
    expected = list(Lead.objects.order_by("-pk").values_list("pk", flat=True))
    seen: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        told = program.read("leads", limit=2, **cursor)
        seen += [lead["id"] for lead in told["items"]]
        happened(source, "paper", clock.move(1), email=f"new{len(seen)}@example.com")
        all_rounds(clock)
        if told["next"] is None:
            break
        cursor = {"cursor": told["next"]}
    assert seen == expected
    assert len(seen) == 7


def test_whoever_reads_on_from_the_last_row_gets_what_came_since(program: Program) -> None:
    """Oldest first, page by page, as a feed."""
    first = program.read("decisions", sort="oldest", limit=1)
    assert first["next"] is not None
    rest = program.read("decisions", sort="oldest", cursor=first["next"])["items"]
    ids = [decision["id"] for decision in (*first["items"], *rest)]
    assert ids == list(Decision.objects.order_by("pk").values_list("pk", flat=True))


def test_events_are_told_with_what_was_said(program: Program) -> None:
    """Of one lead, by name if asked."""
    ada = lead_of("ada@example.com")
    (event,) = program.read(f"leads/{ada.pk}/events")["items"]
    assert (event["name"], event["source"], event["properties"]) == ("ask", "website", {})
    assert program.read(f"leads/{ada.pk}/events", name="paper")["items"] == []


def test_decisions_are_told_in_points(program: Program) -> None:
    """With version, evidence and reasons; a move by its kind."""
    (move,) = program.read("decisions", kind="move")["items"]
    assert (move["old"], move["new"], move["gate"]) == ("lead", "mql", "mql") or move["new"] == "mql"
    assert move["scores"] == {"engagement": 0.0, "fit": 0.0}
    assert move["version"] == playbooks.active().digest  # type: ignore[union-attr]
    assert program.read(f"decisions/{move['id']}") == move
    assert program.read("decisions", lead=lead_of("bob@example.com").pk)["items"] == []


def test_hand_offs_are_told_with_their_clock(program: Program) -> None:
    """Of all, of one lead, by status."""
    (handoff,) = program.read("handoffs", status="offered")["items"]
    assert handoff["rep"] == "rosa"
    assert handoff["due_at"] == "2026-01-06T09:02:00.000000+00:00"
    assert handoff["given"] == {"reason": "turn", "route": "", "at": handoff["offered_at"], "by": None}
    assert (handoff["call_at"], handoff["escalated_at"]) == (None, None)
    Handoff.objects.update(call_at=TOLD, escalated_at=TOLD + 1, rep=simon())
    told = program.read(f"handoffs/{handoff['id']}")
    assert (told["call_at"][:4], told["escalated_at"][-12:], told["given"]) == ("1972", "000001+00:00", None)
    Handoff.objects.update(call_at=None, escalated_at=None, rep=User.objects.get(username="rosa"))
    assert program.read(f"handoffs/{handoff['id']}") == handoff
    assert program.read("handoffs", lead=lead_of("bob@example.com").pk)["items"] == []


def test_versions_are_told_with_their_signatures_and_text(program: Program) -> None:
    """By their digest, or its beginning."""
    (version,) = program.read("playbooks")["items"]
    assert {one["side"] for one in version["signatures"]} == {"marketing", "sales"}
    assert [one["mode"] for one in version["publications"]] == ["retroactive"]
    assert version["is_active"]
    told = program.read(f"playbooks/{version['digest'][:12]}")
    assert told["text"].startswith("playbook: Small")
    assert program.get("playbooks/ffffffff0000").status_code == 404


def test_a_score_is_told_as_explain_tells_it(program: Program, source: Source, clock: SetClock) -> None:
    """Word for word, number for number, as of any instant."""
    bob = lead_of("bob@example.com")
    papers = [clock() - 60_000_000, *(clock.move(3 * 86_400) for _ in range(2))]
    for at in papers[1:]:
        happened(source, "paper", at, email="bob@example.com")
    all_rounds(clock)
    clock.move(86_400)
    active = playbooks.active()
    assert active is not None
    rows = [
        {"lead_id": str(bob.pk), "at": event.at, "known_at": event.known_at, "event": event.name}
        for event in bob.identifiers.get(kind="email").events.all()
    ]
    version = playbooks.core_versions(clock())[0]
    lead = {"lead_id": str(bob.pk), "created_at": bob.created_at}
    history = history_from_rows([version.playbook], [lead], rows)
    for at in (*papers[1:], clock() - DAY // 2, clock(), clock() + 30 * DAY):
        told = program.read(f"leads/{bob.pk}/score", at=instants.text(at))
        expected = as_data(
            explain([Version(version.playbook, version.published_at, retroactive=True)], history, str(bob.pk), at)
        )
        assert told == json.loads(json.dumps(expected))
        assert program.read(f"leads/{bob.pk}/missing", at=instants.text(at))["missing"] == told["missing"]


def test_there_is_no_score_before_there_was_a_lead_or_a_definition(program: Program, clock: SetClock) -> None:
    """And it is said which."""
    ada = lead_of("ada@example.com")
    early = instants.text(ada.created_at - 1)
    assert trouble(program.get(f"leads/{ada.pk}/score", at=early)) == (404, "no_such_lead", "query.at")
    never = instants.text(clock() - 400 * DAY)
    assert trouble(program.get(f"leads/{ada.pk}/score", at=never)) == (404, "no_definition", "query.at")


def test_what_has_not_changed_is_not_sent_again(program: Program, source: Source, clock: SetClock) -> None:
    """By its ETag, until it changes."""
    ada = lead_of("ada@example.com")
    for path in (f"leads/{ada.pk}", "leads", "decisions", "openapi.json"):
        tag = program.get(path)["ETag"]
        again = program.get(path, headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
    tag = program.get(f"leads/{ada.pk}")["ETag"]
    happened(source, "paper", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    assert program.get(f"leads/{ada.pk}", headers={"if-none-match": tag}).status_code == 200


@pytest.mark.parametrize("count", [2, 40])
def test_a_list_asks_the_database_as_often_however_long_it_is(
    program: Program,
    source: Source,
    clock: SetClock,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """The key, the rows, and what they name."""
    for number in range(count):
        happened(source, "ask", clock.move(1), email=f"x{number}@example.com", account=f"a{number}")
    all_rounds(clock)
    lead = lead_of("x0@example.com").pk
    expected = {
        "leads": 4,
        "decisions": 2,
        "handoffs": 3,
        "accounts": 2,
        "merges": 2,
        f"leads/{lead}/events": 3,
        f"leads/{lead}": 16,  # among them all that says whether we may write
        "playbooks": 7,
    }
    for path, queries in expected.items():
        with django_assert_num_queries(queries):
            program.read(path)


def test_a_verdict_has_a_reason_of_the_list(source: Source, clock: SetClock) -> None:
    """What the pages offer, and nothing else; what is given back or mended is planned by the same verbs."""
    rosa = Program(company(source, clock), Scope.ACT)
    at = f"handoffs/{Handoff.objects.get().pk}"
    for act, reason in (("reject", "no_budget"), ("recycle", "Later."), ("disqualify", "bad_data")):
        answer = rosa.post(f"{at}/{act}", {"reason": reason})
        assert trouble(answer) == (400, "not_one_of", "body.reason")
        assert json.loads(answer.content)["cure"].startswith("Allowed: ")
    rosa.do(f"{at}/reject", {"reason": "bad_data"})
    assert Task.objects.get().kind == TaskKind.REPAIR_DATA


def test_won_and_lost_say_what_they_must(source: Source, clock: SetClock) -> None:
    """No way leads past the sentence and the amount; and a step that nobody may take is refused at once."""
    company(source, clock)
    program, ada = Program(mara(), Scope.ACT), lead_of("ada@example.com").pk
    for stage in ("lost", "customer"):
        answer = program.post(f"leads/{ada}/stage", {"stage": stage, "reason": "so"})
        assert trouble(answer) == (400, "not_one_of", "body.stage")
    answer = program.post(f"leads/{ada}/stage", {"stage": "opportunity", "reason": "so"})
    assert trouble(answer) == (409, "illegal_move", "body")


def test_a_key_that_reads_does_not_act(source: Source, clock: SetClock) -> None:
    """Nor does one of a user who may not."""
    company(source, clock)
    handoff = Handoff.objects.get().pk
    reader = Program(mara(), Scope.READ)
    assert reader.get("leads").status_code == 200
    assert trouble(reader.post(f"handoffs/{handoff}/accept")) == (403, "only_reads", "")
    other = Program(member("eve", Role.READ_ONLY), Scope.ACT)
    assert trouble(other.post(f"handoffs/{handoff}/accept")) == (403, "not_allowed", "")
    assert trouble(other.post(f"handoffs/{handoff + 99}/accept")) == (403, "not_allowed", "")


def test_a_row_said_of_a_lead_is_seen_among_its_events(program: Program, clock: SetClock) -> None:
    """With who said it."""
    bob = lead_of("bob@example.com")
    said(bob, "touch_logged", clock.move(1), how="call", by="rosa")
    all_rounds(clock)
    newest = program.read(f"leads/{bob.pk}/events")["items"][0]
    assert newest["properties"] == {"how": "call", "by": "rosa"}
