"""How the API is asked: strictly, in the program's language, once for each key, and not too often."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from api_client import ROOT, Program, company, trouble
from ledger_rows import all_rounds, lead_of
from ripeline.server import instants, requests
from ripeline.server.events import Event
from ripeline.server.leads import Lead
from ripeline.server.merges import Merge
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.staff.users import Role
from ripeline.web.api import keys, site
from ripeline.web.api.keys import RATE
from staff import mara, member

if TYPE_CHECKING:
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

PAYLOADS = (
    *("' OR '1'='1", "1; DROP TABLE server_lead", "id--", "stage) UNION SELECT digest FROM server_apikey--", "\0"),
    *("owner__password", "-id", "scores", "🦊" * 300, "1e999", "../../x", "%27", "NaN", "\ud800"),
)
PARAMETERS = {
    "leads": ("stage", "cell", "persona", "owner", "account", "sort", "limit", "cursor", "order_by", "fields"),
    "decisions": ("lead", "kind", "sort", "limit", "cursor", "version"),
    "handoffs": ("lead", "status", "sort", "limit", "cursor", "rep"),
    "accounts": ("sort", "limit", "cursor", "columns"),
    "merges": ("sort", "limit", "cursor", "kept"),
    "leads/{lead}/events": ("sort", "limit", "cursor", "source"),
    "leads/{lead}/score": ("at", "rule"),
    "leads/{lead}/missing": ("at",),
    "leads/{lead}": ("fields",),
    "playbooks": ("sort",),
}


@pytest.fixture
def program(source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Rosa's program, in the small company, at the time of its clock."""
    rosa = company(source, clock)
    monkeypatch.setattr(instants, "now", clock)
    return Program(rosa)


@pytest.fixture
def of_marketing(program: Program) -> Program:
    """Mara's program in the same company: she sees all leads."""
    del program
    return Program(mara())


def test_what_a_parameter_may_not_say_is_refused(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is put into any of them: nothing is found that is not asked for, and nothing changes."""
    monkeypatch.setattr(keys, "rates", keys._Rates())  # noqa: SLF001 - as if each test were another minute
    monkeypatch.setattr(keys, "RATE", 10_000)
    ada, before = lead_of("ada@example.com"), list(Lead.objects.order_by("pk").values())
    for path, names in PARAMETERS.items():
        for name in names:
            for payload in PAYLOADS:
                sent = payload.encode(errors="surrogatepass")
                answer = program.get(path.format(lead=ada.pk), **{name: sent})
                if name in ("cell", "persona", "owner") and answer.status_code == 200:
                    assert re.fullmatch(r"[A-Za-z0-9_.@+-]+", payload)
                    assert json.loads(answer.content)["items"] == []  # a name like any, which nothing has
                else:
                    assert trouble(answer)[0] == 400, (path, name, payload)
    for name in PAYLOADS[:-1]:  # the last one has no form in an address
        answer = program.get("leads", **{name: "1"})
        assert trouble(answer)[:2] == (400, "unknown_key")
    assert list(Lead.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("payload", [payload for payload in PAYLOADS if payload != "\ud800"])
def test_a_text_that_is_looked_for_is_a_text(program: Program, payload: str) -> None:
    """Identifiers, names of events and keys of accounts may hold anything, and find only what is called so."""
    ada = lead_of("ada@example.com")
    for path, name in (("leads", "identifier"), (f"leads/{ada.pk}/events", "name"), ("accounts", "key")):
        answer = program.get(path, **{name: payload})
        assert answer.status_code == 400 or json.loads(answer.content)["items"] == [], (path, name)


@pytest.mark.parametrize(
    ("query", "code", "cure"),
    [
        ({"stge": "mql"}, "unknown_key", 'Did you mean "stage"?'),
        ({"frobnicate": "1"}, "unknown_key", "Allowed: "),
        ({"stage": "hot"}, "not_one_of", "Allowed: lead, mql"),
        ({"limit": "201"}, "out_of_range", "At most 200."),
        ({"limit": "0"}, "out_of_range", "At least 1."),
        ({"limit": "many"}, "wrong_type", "type"),
        ({"account": str(2**63)}, "out_of_range", "At most 9223372036854775807."),
        ({"cursor": "x"}, "not_a_cursor", "next"),
    ],
)
def test_each_problem_has_its_code_cure_and_place(
    program: Program, query: dict[str, str], code: str, cure: str
) -> None:
    """From a closed list."""
    answer = program.get("leads", **query)
    assert trouble(answer) == (400, code, f"query.{next(iter(query))}")
    assert cure in json.loads(answer.content)["cure"]


def test_all_problems_are_told_together(program: Program) -> None:
    """The first one at the top."""
    answer = program.post(
        f"leads/{lead_of('ada@example.com').pk}/overrides", {"stage": "hot", "reasn": "x", "until": "soon"}
    )
    told = json.loads(answer.content)
    found = {(one["where"], one["code"]) for one in told["problems"]}
    assert found == {
        ("body.stage", "not_one_of"),
        ("body.reason", "missing"),
        ("body.reasn", "unknown_key"),
        ("body.until", "not_an_instant"),
    }
    (near,) = [one["cure"] for one in told["problems"] if one["code"] == "unknown_key"]
    assert near == 'Did you mean "reason"?'


@pytest.mark.parametrize(
    ("body", "code", "where"),
    [
        (b"{", "not_json", "body"),
        (b"", "not_json", "body"),
        (b"[]", "wrong_type", "body"),
        (b"\xff", "not_json", "body"),
        (b'{"how": "call", "how": "call"}', "not_json", "body"),
        (b"[" * 100_000, "too_large", "body"),
        (b"[" * 30_000, "not_json", "body"),
        (b'{"how": ' + b"9" * 5_000 + b"}", "not_json", "body"),
        (b'{"how": NaN}', "not_json", "body"),
        (b'{"how": "\\ud800"}', "not_one_of", "body.how"),
        (b'{"how": "\\u0000"}', "not_one_of", "body.how"),
    ],
)
def test_poison_is_refused(program: Program, body: bytes, code: str, where: str) -> None:
    """By name, and nothing is stored."""
    before = Event.objects.count()
    answer = program.post(f"leads/{lead_of('ada@example.com').pk}/touches", body)
    assert trouble(answer)[1:] == (code, where)
    assert Event.objects.count() == before


def test_a_body_beyond_what_django_reads_is_too_large(program: Program) -> None:
    """Not a page of Django's."""
    answer = program.post("merges", b" " * 3_000_000)
    assert trouble(answer) == (413, "too_large", "body")


def test_nul_and_half_signs_in_words_are_replaced(program: Program, clock: SetClock) -> None:
    """So that every database takes them."""
    ada = lead_of("ada@example.com")
    body = b'{"reason": "a\\u0000b\\ud800c"}'
    assert program.post(f"leads/{ada.pk}/holds", body).status_code == 201
    all_rounds(clock)
    assert "a�b�c" in Event.objects.get(name="override_set").properties


def test_nothing_is_said_where_nothing_is_asked(program: Program) -> None:
    """An empty object will do."""
    handoff = Handoff.objects.get().pk
    assert trouble(program.post(f"handoffs/{handoff}/accept", {"rep": "rosa"})) == (400, "no_body", "body")
    assert program.post(f"handoffs/{handoff}/accept", {}).status_code == 201


@pytest.mark.parametrize("path", ["", "nothing", "leads/", "leads/x/y/z", "../admin"])
def test_there_is_nothing_else(program: Program, path: str) -> None:
    """JSON too, and with a slash at its end no address is the same."""
    assert trouble(program.get(path))[:2] == (404, "not_found")


def test_a_wrong_method_is_told_as_every_problem(program: Program) -> None:
    """With those that are right."""
    answer = program.post("decisions", {})
    assert trouble(answer) == (405, "no_such_method", "")
    assert answer["Allow"] == "GET"


def test_problems_are_told_in_the_language_of_the_request(program: Program) -> None:
    """Those of the verbs too."""
    ada = lead_of("ada@example.com")
    german = {"accept-language": "de-AT,de;q=0.9"}
    told = json.loads(program.post("merges", {"lead": ada.pk, "other": ada.pk}, **german).content)
    english = json.loads(program.post("merges", {"lead": ada.pk, "other": ada.pk}).content)
    assert (told["code"], english["code"]) == ("same_lead", "same_lead")
    handoff = Handoff.objects.get()
    Handoff.objects.update(status="expired")
    over = json.loads(program.post(f"handoffs/{handoff.pk}/accept", **german).content)
    assert (over["code"], over["message"]) == ("not_open", "Diese Übergabe ist beendet.")


def test_the_same_key_gets_the_same_answer(program: Program, clock: SetClock) -> None:
    """For a day, and nothing is done twice; another request under it is refused."""
    ada = lead_of("ada@example.com")
    said = {"how": "call"}
    first = program.do(f"leads/{ada.pk}/touches", said, **{"idempotency-key": "k1"})
    clock.move(3600)
    assert program.do(f"leads/{ada.pk}/touches", said, **{"idempotency-key": "k1"}) == first
    assert Event.objects.filter(name="touch_logged").count() == 1
    for path, body in ((f"leads/{ada.pk}/touches", {"how": "mail"}), (f"leads/{ada.pk}/release", None)):
        answer = program.post(path, body, **{"idempotency-key": "k1"})
        assert trouble(answer) == (409, "key_used", "header.Idempotency-Key")
    other = Program(member("mara", Role.MARKETING))
    assert other.do(f"leads/{ada.pk}/touches", said, **{"idempotency-key": "k1"}) != first
    clock.move(requests.KEPT / instants.SECOND)
    assert program.do(f"leads/{ada.pk}/touches", said, **{"idempotency-key": "k1"}) != first


def test_a_refusal_is_repeated_too(program: Program) -> None:
    """Even if it would go well by now."""
    handoff = Handoff.objects.get()
    Handoff.objects.update(status="expired")
    first = program.post(f"handoffs/{handoff.pk}/accept", **{"idempotency-key": "k1"})
    Handoff.objects.update(status="offered")
    again = program.post(f"handoffs/{handoff.pk}/accept", **{"idempotency-key": "k1"})
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert first.status_code == 409


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256])
def test_a_key_that_is_none_is_refused(program: Program, key: str) -> None:
    """It has visible signs only."""
    answer = program.post("merges", {"lead": 1, "other": 2}, **{"idempotency-key": key})
    assert trouble(answer) == (400, "bad_key", "header.Idempotency-Key")


def test_who_asks_too_often_waits(program: Program, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it is told; other keys do not."""
    monkeypatch.setattr(keys, "rates", keys._Rates())  # noqa: SLF001 - as if nobody had asked before
    statuses = [program.get("playbooks").status_code for _ in range(10 * RATE + 1)]
    assert statuses == [200] * 10 * RATE + [429]
    answer = program.get("playbooks")
    assert trouble(answer) == (429, "too_many", "")
    assert Program(program.user).get("playbooks").status_code == 200
    clock.move(float(answer["Retry-After"]))
    assert program.get("playbooks").status_code == 200


def test_two_leads_become_one_and_two_again(of_marketing: Program, clock: SetClock) -> None:
    """By hand, told, and undone."""
    ada, bob = lead_of("ada@example.com"), lead_of("bob@example.com")
    merge = of_marketing.do("merges", {"lead": bob.pk, "other": ada.pk})
    assert (merge["kept"], merge["absorbed"], merge["by"], merge["undone_at"]) == (ada.pk, bob.pk, "mara", None)
    all_rounds(clock)
    assert [lead["id"] for lead in of_marketing.read("leads")["items"]] == [ada.pk]
    assert of_marketing.read(f"leads/{bob.pk}")["merged_into"] == ada.pk
    assert trouble(of_marketing.post("merges", {"lead": bob.pk, "other": ada.pk}))[:2] == (409, "merged_already")
    undone = of_marketing.do(f"merges/{merge['id']}/undo")
    assert undone["undone_by"] == "mara"
    assert of_marketing.read("merges")["items"] == [undone]
    assert Merge.objects.count() == 1


def test_a_talk_is_logged_and_counts(of_marketing: Program, clock: SetClock) -> None:
    """For somebody whom nobody knew, last week; what may be logged is listed."""
    kinds = {kind["event"]: kind["label"] for kind in of_marketing.read("activities")["items"]}
    assert kinds == {"fair_conversation": "Talk at a fair", "call_received": "Call received"}
    said = {"email": "Eve@Example.com", "event": "fair_conversation", "at": "2025-12-29T12:00:00+01:00", "text": "Hm"}
    of_marketing.do("activities", said)
    all_rounds(clock)
    (eve,) = of_marketing.read("leads", identifier="eve@example.com")["items"]
    assert eve["scores"]["engagement"] == 12.5
    (event,) = of_marketing.read(f"leads/{eve['id']}/events", name="fair_conversation")["items"]
    assert event["at"] == "2025-12-29T11:00:00.000000+00:00"
    for change, code in (
        ({"at": "2027-01-01T00:00:00Z"}, "in_the_future"),
        ({"event": "ask"}, "not_offered"),
        ({"email": "eve"}, "not_an_address"),
        ({"lead": 1}, "one_of_two"),
        ({"at": "2025-12-29T12:00:00"}, "not_an_instant"),
    ):
        assert trouble(of_marketing.post("activities", said | change))[:2] == (400, code)


def test_the_document_names_every_way_to_fail() -> None:
    """And holds no route twice."""
    document: dict[str, Any] = site.api.get_openapi_schema()
    assert all(path.startswith(f"{ROOT}/") for path in document["paths"])
    for methods in document["paths"].values():
        for method, operation in methods.items():
            codes = {"200" if method == "get" else "201", "400", "401", "403", "404", "413", "429"}
            assert codes <= {str(code) for code in operation["responses"]}
            assert operation["security"] == [{"Key": []}]
