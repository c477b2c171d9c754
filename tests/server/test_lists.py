"""Marketing's lists: each view answers its question, filters narrow down, and nobody sees whom they may not see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from pydantic import ValidationError

from api_client import SMALL
from ledger_rows import all_rounds, happened, lead_of, said, signed
from ripeline.server import visibility
from ripeline.server.leads import Identifier, Lead, Unit
from ripeline.server.marketing import lists
from ripeline.server.marketing.lists import VIEWS, Filters
from ripeline.server.qualification.replay import replay
from ripeline.server.sales import acts, tasks
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.sales.tasks import TaskKind
from ripeline.server.staff.users import Role
from ripeline.server.terms import Term
from staff import mara, member

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

DAY = 86_400
NONE = Filters()


def shown(email: str, **columns: Any) -> Lead:  # noqa: ANN401 - columns of a lead
    """A lead that is shown so."""
    lead = Lead.objects.create(unit=Unit.objects.create(), created_at=1, **columns)
    Identifier.objects.create(kind="email", value=email, lead=lead, created_at=1)
    return lead


def ranked(view: str, filters: Filters = NONE, among: QuerySet[Lead] | None = None) -> list[int]:
    """The leads of a view in their order."""
    rows = Lead.objects.all() if among is None else among
    return [lead.pk for lead in lists.page(lists.leads(view, filters, rows), view).leads]


def test_mqls_stand_by_how_near_they_are_to_sales() -> None:
    """The nearest first; leads that are no MQLs are not among them."""
    far, near = shown("far@x.de", stage="mql", ahead=100), shown("near@x.de", stage="mql", ahead=900_000)
    shown("lead@x.de", stage="lead", ahead=950_000)
    shown("sql@x.de", stage="sql")
    assert ranked("mqls") == [near.pk, far.pk]


def test_nearly_there_are_leads_near_mql_and_mqls_near_sales() -> None:
    """From 70 percent of the way on."""
    lead, mql = shown("lead@x.de", ahead=700_000), shown("mql@x.de", stage="mql", ahead=999_999)
    shown("far@x.de", ahead=699_999)
    assert ranked("near") == [mql.pk, lead.pk]


def test_who_is_offered_to_sales_is_not_nearly_there(source: Source, clock: SetClock) -> None:
    """But still an MQL."""
    signed(SMALL, now=clock())
    happened(source, "ask", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    ada = lead_of("ada@example.com")
    Lead.objects.update(ahead=1_000_000)
    assert Handoff.objects.get(lead=ada).status == "offered"
    assert ranked("near") == []
    assert ranked("mqls") == [ada.pk]


def test_gone_silent_surging_plain_and_excluded_have_their_own_views() -> None:
    """The last to be active comes first; whoever is merged into another is in no view."""
    kept = shown("kept@x.de", last_at=1)
    silent = [shown(f"silent{n}@x.de", silent=True, last_at=n).pk for n in (1, 2)]
    surging = shown("surging@x.de", surging=True, stage="mql", last_at=3)
    plain = shown("plain@x.de", plain=True, last_at=4)
    excluded = shown("out@x.de", excluded="competitor", last_at=5)
    shown("merged@x.de", silent=True, surging=True, plain=True, excluded="student", merged_into=kept, last_at=6)
    shown("lost@x.de", silent=True, stage="lost", last_at=7)
    assert ranked("silent") == silent[::-1]
    assert ranked("surging") == [surging.pk]
    assert ranked("plain") == [plain.pk]
    assert ranked("excluded") == [excluded.pk]
    assert len(ranked("all")) == 7
    assert ranked("excluded", Filters(excluded="student")) == []


def test_what_comes_back_from_sales_stands_by_its_date(source: Source, clock: SetClock) -> None:
    """That of its task, else the end of the cool-down; and it is found so by a replay."""
    rosa, mara_ = member("rosa", Role.SALES), mara()
    signed(SMALL, now=clock(), reps=False)
    for name in ("ada", "eve"):
        happened(source, "ask", clock.move(60), email=f"{name}@example.com")
    all_rounds(clock)
    for handoff in Handoff.objects.order_by("pk"):
        acts.accept(handoff, by=rosa, now=clock.move(60))
        all_rounds(clock)
        acts.recycle(handoff, reason="no budget", by=rosa, now=clock.move(60))
        all_rounds(clock)
    ada, eve = lead_of("ada@example.com"), lead_of("eve@example.com")
    assert ranked("recycled") == [ada.pk, eve.pk]
    assert ada.cool_until - ada.waits_since == 30 * DAY * 1_000_000
    due = clock() + DAY * 1_000_000
    tasks.add(eve, "look again", kind=TaskKind.REVISIT, due_at=due, by=mara_, now=clock())
    assert ranked("recycled") == [eve.pk, ada.pk]
    assert replay().differences == []
    clock.move(31 * DAY)
    happened(source, "ask", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    assert ranked("recycled") == [eve.pk]


def test_what_sales_rejects_for_its_data_is_marketings_to_mend(source: Source, clock: SetClock) -> None:
    """Until the data are better, and it is offered again."""
    rosa = member("rosa", Role.SALES)
    signed(SMALL, now=clock(), reps=False)
    happened(source, "ask", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    acts.reject(Handoff.objects.get(), reason="bad_data", by=rosa, now=clock.move(60))
    all_rounds(clock)
    ada = lead_of("ada@example.com")
    assert ranked("repair") == [ada.pk]
    assert ranked("recycled") == []
    said(ada, "attributes_changed", clock.move(60), employees=50)
    all_rounds(clock)
    assert ranked("repair") == []
    assert replay().differences == []


def test_leads_in_work_without_a_next_step_are_listed(clock: SetClock) -> None:
    """A task takes them off the list."""
    lead = shown("mql@x.de", stage="mql")
    assert ranked("no_step") == [lead.pk]
    tasks.add(lead, "call", kind=TaskKind.CALL, due_at=clock(), by=mara(), now=clock())
    assert ranked("no_step") == []


def test_a_view_says_when_the_definition_cannot_fill_it(clock: SetClock) -> None:
    """Silence is spoken of in a rule, in a gate, or nowhere."""
    assert not lists.is_spoken_of("silent")
    signed(SMALL, now=clock())
    assert not lists.is_spoken_of("silent")
    assert lists.is_spoken_of("mqls")
    gate = SMALL.replace("mql: {enter:", "mql: {leave: {silent: 10 days}, enter:")
    assert gate != SMALL
    signed(gate, now=clock.move(60))
    assert lists.is_spoken_of("silent")
    assert not lists.is_spoken_of("surging")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"stage": "mql"}, True),
        ({"stage": "lead"}, False),
        ({"cell": "A1"}, True),
        ({"grade": "A"}, True),
        ({"grade": "B"}, False),
        ({"persona": "boss", "phase": "decision"}, True),
        ({"persona": "boss", "phase": "awareness"}, False),
        ({"owner": "rosa"}, True),
        ({"owner": "-"}, False),
        ({"since": "1970-01-02"}, True),
        ({"since": "1970-01-03"}, False),
    ],
)
def test_filters_narrow_a_list_down(filters: dict[str, Any], *, found: bool) -> None:
    """All of them must let a lead through."""
    rosa = member("rosa", Role.SALES)
    columns = {"stage": "mql", "cell": "A1", "persona": "boss", "phase": "decision", "owner": rosa}
    shown("ada@x.de", last_at=DAY * 1_000_000 + 1, **columns)
    assert bool(ranked("all", Filters(**filters))) == found


@pytest.mark.parametrize(
    "filters",
    [
        {"stage": "hot"},
        {"colour": "red"},
        {"persona": "x' or 1=1"},
        {"text": "a"},
        {"account": 0},
        {"since": "soon"},
        {"source": "sky"},
    ],
)
def test_filters_are_a_closed_list(filters: dict[str, Any]) -> None:
    """What is not in it is refused, not ignored."""
    with pytest.raises(ValidationError):
        Filters(**filters)


def test_a_lead_is_found_by_how_its_names_begin(source: Source, clock: SetClock) -> None:
    """E-mail, its domain, each name, the company, the telephone number; without capitals and marks."""
    told = {"first_name": "Søren", "last_name": "Müller-Lüdenscheidt", "company": "Nordwind Logistik GmbH"}
    claims = {"email": "soeren@nordwind.dk"}
    happened(source, "attributes_changed", clock(), said=told | {"phone": "+45 33 66 33 66"}, **claims)
    happened(source, "paper", clock(), email="ada@example.com")
    all_rounds(clock)
    its = lead_of("soeren@nordwind.dk")
    for text in ("soeren@", "NORDWIND.dk", "muller", "Müller", "nordwind log", "logistik", "+453366"):
        assert ranked("all", Filters(text=text)) == [its.pk], text
    for text in ("uller", "nordwind ada", "%%", "__", "wind", "\\\\"):
        assert ranked("all", Filters(text=text)) == [], text
    assert ranked("all", Filters(text="ada")) == [lead_of("ada@example.com").pk]


def test_whoever_is_merged_is_found_by_both_names(source: Source, clock: SetClock) -> None:
    """Terms go with their identifiers; and a name that changed still finds its lead."""
    for name in ("Lovelace", "Byron", "Lovelace"):
        happened(source, "attributes_changed", clock.move(1), said={"last_name": name}, user_id="u1")
    happened(source, "paper", clock.move(1), email="ada@example.com", user_id="u1")
    all_rounds(clock)
    assert Lead.objects.filter(merged_into=None).count() == 1
    for text in ("lovel", "byr", "ada@"):
        assert len(ranked("all", Filters(text=text))) == 1
    assert Term.objects.filter(identifier__kind="user_id").count() == 2


def test_a_lead_is_found_by_how_it_came(source: Source, clock: SetClock) -> None:
    """By channel and by the campaign's code."""
    page = {"url": "https://x.de/?utm_source=google&utm_medium=cpc&utm_campaign=Spring+Sale"}
    happened(source, "page_viewed", clock(), said=page, email="ada@example.com")
    happened(source, "paper", clock(), email="eve@example.com")
    all_rounds(clock)
    ada = lead_of("ada@example.com").pk
    for filters in (Filters(source="ads"), Filters(campaign="spring sale"), Filters(source="ads", text="ada")):
        assert ranked("all", filters) == [ada]
    assert ranked("all", Filters(source="search")) == []


@pytest.mark.parametrize("view", VIEWS)
def test_pages_repeat_and_skip_nobody(view: str) -> None:
    """Though many leads are equal in what the list is sorted by."""
    columns = {"stage": "mql", "silent": True, "surging": True, "plain": True, "excluded": "x", "ahead": 800_000}
    waits = "data" if view == "repair" else "conversion"
    every = {
        shown(f"l{n}@x.de", **columns, last_at=n // 4, waits_for=waits, waits_since=n // 4, cool_until=n // 3).pk
        for n in range(23)
    }
    rows, seen, cursor = lists.leads(view, NONE, Lead.objects.all()), [], None
    while True:
        part = lists.page(rows, view, cursor, size=5)
        seen += [lead.pk for lead in part.leads]
        cursor = part.next
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert set(seen) == every
    assert [lead.pk for lead in lists.page(rows, view, "' or 1=1", size=5).leads] == seen[:5]


def test_a_count_is_exact_as_far_as_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """And then says that there are more."""
    for number in range(5):
        shown(f"l{number}@x.de")
    rows = lists.leads("all", NONE, Lead.objects.all())
    assert lists.count(rows) == lists.Count(5)
    monkeypatch.setattr(lists, "MOST_COUNTED", 4)
    assert lists.count(rows) == lists.Count(4, is_more=True)


@pytest.mark.parametrize("view", VIEWS)
def test_a_rep_finds_the_own_leads_only(view: str) -> None:
    """In every view, and by no search."""
    rosa, rudi = member("rosa", Role.SALES), member("rudi", Role.SALES)
    columns: dict[str, Any] = {"stage": "mql", "silent": True, "surging": True, "plain": True, "excluded": "x"}
    columns |= {"ahead": 800_000, "waits_for": "data" if view == "repair" else "conversion"}
    own = shown("own@x.de", owner=rosa, **columns)
    shown("other@x.de", owner=rudi, **columns)
    shown("marketings@x.de", **columns)
    assert ranked(view, NONE, visibility.leads_of(rosa)) == [own.pk]
    assert len(ranked(view, NONE, visibility.leads_of(mara()))) == 3


_INDEXES = {
    "mqls": "lead_ahead",
    "near": "lead_near",
    "silent": "lead_silent",
    "surging": "lead_surging",
    "recycled": "lead_waits",
    "repair": "lead_waits",
    "excluded": "lead_excluded",
    "plain": "lead_plain",
    "all": "lead_last",
}


@pytest.fixture
def crowd() -> None:
    """So many leads that looking at all of them is dearer than any index; SQLite knows nothing of their numbers."""
    unit = Unit.objects.create()
    columns: dict[str, Any] = {"unit": unit, "created_at": 1}
    every = [Lead(**columns, last_at=n, stage="mql" if n % 10 == 0 else "lead", ahead=n * 300) for n in range(3_000)]
    for n, lead in enumerate(every[:30]):
        lead.silent, lead.surging, lead.plain, lead.waits_for, lead.excluded = n < 5, n < 9, True, "data", "student"
        lead.waits_for = "data" if n % 2 else "conversion"
    leads = Lead.objects.bulk_create(every)
    made = Identifier.objects.bulk_create(
        [Identifier(kind="x", value=str(n), created_at=1, lead=lead) for n, lead in enumerate(leads)]
    )
    Term.objects.bulk_create(
        [Term(identifier=one, kind="word", value=f"word{n}".encode()) for n, one in enumerate(made)]
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(("view", "index"), _INDEXES.items())
def test_each_view_has_its_index(view: str, index: str) -> None:
    """Both databases find the leads of a view in order, and count them, without looking at all leads."""
    rows = lists.leads(view, NONE, Lead.objects.all())
    order = VIEWS[view].order
    column = "cool_until" if order.column == "due" else order.column
    ordered = rows.order_by(column if order.rising else f"-{column}", "pk" if order.rising else "-pk")
    assert index in ordered[: lists.SIZE].explain()
    counted = rows.order_by().values("pk")[: lists.MOST_COUNTED + 1].explain()
    assert view == "all" or index in counted or "lead_stage" in counted


@pytest.mark.usefixtures("crowd")
def test_a_search_has_its_index() -> None:
    """However many words there are."""
    rows = lists.leads("all", Filters(text="word2999 word299"), Lead.objects.all()).order_by("-last_at", "-pk")
    told = rows.explain()
    assert "term_once" in told or "COVERING INDEX sqlite_autoindex_server_term" in told
    assert "Seq Scan on server_term" not in told
