"""Marketing's list over HTTP: what it shows, what is done with many, files for spreadsheets, segments, new leads."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api_client import SMALL
from ledger_rows import all_rounds, happened, lead_of, signed
from list_pages import as_, named, shown, told
from ripeline.server import instants, terms, visibility
from ripeline.server.events import Event
from ripeline.server.leads import Identifier, Lead, Unit
from ripeline.server.marketing import bulk, lists
from ripeline.server.marketing.lists import VIEWS
from ripeline.server.marketing.segments import Segment
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales.tasks import Task
from ripeline.server.staff.users import Role
from staff import member

if TYPE_CHECKING:
    from ripeline.server.sources import Source

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_row_tells_who_it_is_how_far_and_what_comes_next(source: Source) -> None:
    """Of a lead with a past."""
    now = instants.now()
    signed(SMALL, now=now - instants.DAY)
    who = {"name": "Ada Lovelace", "company": "Nordwind", "job_title": "Head of IT"}
    happened(source, "attributes_changed", now - 60_000_000, said=who, email="ada@example.com")
    for _ in range(3):
        happened(source, "paper", now - 60_000_000, email="ada@example.com")
    all_rounds(instants.now)
    client, mara = as_()
    ada = lead_of("ada@example.com")
    Task.objects.create(lead=ada, kind="call", text="Send the case study", due_at=now, created_at=1, created_by=mara)
    page = client.get("/leads/?view=all").content.decode()
    for text in (
        "Ada Lovelace",
        "Head of IT, Nordwind",
        "B2",
        "% to MQL",
        "1 min ago",
        "Marketing",
        "Send the case study",
    ):
        assert text in page, text
    assert f'href="/leads/{ada.pk}/"' in page


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("role", Role)
def test_each_view_opens_for_each_role(view: str, role: Role) -> None:
    """With an empty store and before any definition."""
    client, _ = as_(role)
    assert client.get(f"/leads/?view={view}").status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_leads() -> None:
    """Fifty leads cost what one costs."""
    signed(SMALL, now=instants.now() - instants.DAY)
    client, _ = as_()
    found = []
    for count in (1, 49):
        for number in range(count):
            shown(f"l{count}-{number}@x.de", stage="mql", ahead=number, scores='{"engagement":1}')
        client.get("/leads/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/leads/")
        found.append(len(asked))
    assert found[0] == found[1]
    assert found[0] <= 12


def test_what_is_done_with_many_shows_in_the_counts_at_once() -> None:
    """The counts beside the views are kept for a while, but not past an act of one's own."""
    signed(SMALL, now=instants.now() - instants.DAY)
    lead = shown("ada@x.de", stage="mql")
    client, _ = as_()
    cache.clear()
    step = r'Without a next step <span class="badge">(\d+)<'
    assert re.findall(step, client.get("/leads/").content.decode()) == ["1"]
    client.post("/leads/many/?view=all", {"act": "task", "text": "Call", "lead": lead.pk})
    assert re.findall(step, client.get("/leads/").content.decode()) == ["0"]


def test_a_filter_that_makes_no_sense_is_told_and_shows_nobody() -> None:
    """An unknown key, a value of no list; and a view that does not exist is no page."""
    shown("ada@x.de")
    client, _ = as_()
    for query in ("colour=red", "stage=hot", "since=soon", "account=x"):
        answer = client.get(f"/leads/?view=all&{query}")
        assert answer.status_code == 400
        assert "This filter makes no sense" in answer.content.decode()
        assert named(answer) == []
    assert client.get("/leads/?view=everything").status_code == 404


def test_the_next_page_begins_where_the_first_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a link that works without a script."""
    for number in range(5):
        shown(f"l{number}@x.de", last_at=number)
    monkeypatch.setattr(lists.page, "__defaults__", (None, 3))
    client, _ = as_()
    first = client.get("/leads/?view=all")
    link = re.search(r'href="([^"]+)" rel="next"', first.content.decode())
    assert link
    second = client.get(link[1].replace("&amp;", "&"))
    assert named(first) + named(second) == [f"l{n}@x.de" for n in (4, 3, 2, 1, 0)]


# --- many at once ---------------------------------------------------------------------------------


def test_a_task_is_added_to_those_picked_and_to_no_other() -> None:
    """Due on the morning of the day that was given."""
    signed(SMALL, now=instants.now() - instants.DAY)
    picked, other = shown("ada@x.de", stage="mql"), shown("eve@x.de", stage="mql")
    client, _ = as_()
    sent = {"act": "task", "text": "Call", "due": "2031-05-06", "lead": [picked.pk]}
    assert told(client.post("/leads/many/?view=mqls", sent, follow=True)) == ["Done with 1 lead."]
    task = Task.objects.get()
    assert (task.lead, task.text, task.owner) == (picked, "Call", None)
    assert instants.text(task.due_at).startswith("2031-05-06T07:00")
    assert not other.tasks.exists()


@pytest.mark.parametrize("act", ["task", "my_task", "note", "hold", "release"])
def test_what_is_done_with_many_is_done_once(act: str) -> None:
    """By an impatient thumb; with each lead by itself."""
    signed(SMALL, now=instants.now() - instants.DAY)
    picked = [shown(f"l{number}@x.de").pk for number in range(2)]
    client, _ = as_()
    once = re.search(r'name="once" value="([^"]*)"', client.get("/leads/?view=all").content.decode())
    assert once
    sent = {"act": act, "text": "Call", "lead": picked, "once": once[1]}
    for _time in range(2):
        assert told(client.post("/leads/many/?view=all", sent, follow=True)) == ["Done with 2 leads."]
    assert Task.objects.count() + Event.objects.count() == 2


def test_the_whole_list_is_held_with_a_reason_and_released() -> None:
    """As far as its filters go."""
    signed(SMALL, now=instants.now() - instants.DAY)
    for number in range(3):
        shown(f"l{number}@x.de", stage="mql" if number else "lead")
    client, _ = as_()
    answer = client.post("/leads/many/?view=all&stage=mql", {"act": "hold", "text": "fair", "all": "1"}, follow=True)
    assert told(answer) == ["Done with 2 leads."]
    assert Event.objects.filter(name="override_set", properties__contains='"reason":"fair"').count() == 2
    client.post("/leads/many/?view=all&stage=mql", {"act": "release", "all": "1"})
    assert Event.objects.filter(name="override_ended").count() == 2


def test_what_was_picked_and_typed_stays_if_it_cannot_be_done() -> None:
    """On the page that says why; its links lead where they always do."""
    lead = shown("ada@x.de")
    client, _ = as_()
    said = {"act": "hold", "lead": lead.pk, "due": "2026-02-01"}
    page = client.post("/leads/many/?view=all", said).content.decode()
    assert f'value="{lead.pk}" checked' in page
    assert '<option value="hold" selected>' in page
    assert 'value="2026-02-01"' in page
    assert 'href="/leads/?view=mqls"' in page
    assert 'value="Call"' in client.post("/leads/many/?view=all", {"act": "task", "text": "Call"}).content.decode()


def test_a_filter_that_makes_no_sense_is_called_as_the_page_calls_it() -> None:
    """Not by its name in the address."""
    client, _ = as_()
    assert "This filter makes no sense: Active since." in client.get("/leads/?since=soon").content.decode()


def test_what_cannot_be_done_is_told() -> None:
    """Nobody picked, nothing said, too many, an act that does not exist or is not the role's."""
    lead = shown("ada@x.de")
    client, _ = as_()
    address = "/leads/many/?view=all"
    assert told(client.post(address, {"act": "note", "text": "x"}, follow=True)) == ["No lead was picked."]
    assert "Say in a few words" in told(client.post(address, {"act": "note", "lead": lead.pk}, follow=True))[0]
    assert client.post(address, {"act": "erase", "lead": lead.pk}).status_code == 404
    shown("eve@x.de")
    with patch.object(bulk, "MOST", 1):
        assert "too many" in told(client.post(address, {"act": "csv", "all": "1"}, follow=True))[0]
    reader, _ = as_(Role.READ_ONLY)
    assert reader.post(address, {"act": "note", "text": "x", "lead": lead.pk}).status_code == 404
    assert reader.post(address, {"act": "csv", "lead": lead.pk}).status_code == 200
    assert not Event.objects.exists()


def test_an_act_takes_a_thousand_leads_at_most() -> None:
    """Of more nobody is left out in silence; and those who are picked are looked for in the list only."""
    unit = Unit.objects.create()
    Lead.objects.bulk_create(Lead(unit=unit, created_at=number) for number in range(1_000))
    every, rosa = Lead.objects.order_by("pk"), member("rosa", Role.SALES)
    numbers = [lead.pk for lead in every]
    for chosen in (bulk.chosen(every), bulk.chosen(every, numbers)):
        assert isinstance(chosen, list)
        assert [lead.pk for lead in chosen] == numbers
    assert bulk.chosen(every, [*numbers, 2**40]) == Refused(Refusal.TOO_MANY)
    assert bulk.chosen(visibility.leads_of(rosa), numbers) == []
    Lead.objects.create(unit=unit, created_at=1_000)
    assert bulk.chosen(every) == Refused(Refusal.TOO_MANY)


def test_a_chunk_in_which_something_goes_wrong_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """And those before it stand."""
    signed(SMALL, now=instants.now() - instants.DAY)
    leads = [shown(f"l{number}@x.de") for number in range(5)]
    monkeypatch.setattr(bulk, "CHUNK", 2)

    def act(lead: Lead) -> object:
        if lead == leads[3]:
            raise RuntimeError
        return Task.objects.create(lead=lead, kind="call", text="x", due_at=1, created_at=1, created_by=mara)

    _, mara = as_()
    with pytest.raises(RuntimeError):
        bulk.each(leads, act)
    assert list(Task.objects.order_by("pk").values_list("lead", flat=True)) == [lead.pk for lead in leads[:2]]


def test_a_file_holds_what_the_list_shows_and_no_formula(source: Source) -> None:
    """Whatever somebody typed as a name."""
    now = instants.now()
    signed(SMALL, now=now - instants.DAY)
    for number, name in enumerate(("=1+1", "@sum", "-2", "+3", "\tx", "Ada, the first")):
        who = {"name": name, "company": f"={name}"}
        happened(source, "attributes_changed", now, said=who, email=f"l{number}@x.de")
    all_rounds(instants.now)
    client, _ = as_()
    answer = client.post("/leads/many/?view=all", {"act": "csv", "all": "1"})
    assert answer["Content-Disposition"] == 'attachment; filename="leads.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(rows) == 6
    assert "Ada, the first" in {row["name"] for row in rows}
    assert not [value for row in rows for value in row.values() if value[:1] in tuple("=+-@\t")]


def test_a_rep_sees_picks_and_exports_the_own_leads_only() -> None:
    """In every view, by a search, by numbers of others, in a file."""
    signed(SMALL, now=instants.now() - instants.DAY)
    client, rosa = as_(Role.SALES)
    own, other = shown("own@x.de", owner=rosa, stage="mql"), shown("other@x.de", stage="mql")
    for view in ("mqls", "all"):
        assert named(client.get(f"/leads/?view={view}")) == ["own@x.de"]
    sent = {"act": "task", "text": "x", "lead": [own.pk, other.pk]}
    assert told(client.post("/leads/many/?view=all", sent, follow=True)) == ["Done with 1 lead."]
    assert not other.tasks.exists()
    answer = client.post("/leads/many/?view=all", {"act": "csv", "all": "1"})
    assert "own@x.de" in answer.content.decode()
    assert "other@x.de" not in answer.content.decode()


# --- segments -------------------------------------------------------------------------------------


def test_a_list_is_kept_under_a_name_and_opened_again() -> None:
    """With its filters; others see it once it is shared, and change nothing."""
    client, mara = as_()
    client.post("/segments/?view=near&stage=mql&grade=A", {"name": "Ripe"})
    segment = Segment.objects.get(owner=mara)
    answer = client.get(f"/segments/{segment.pk}/")
    assert answer["Location"] == "/leads/?view=near&stage=mql&grade=A"
    assert "Ripe" in client.get("/leads/").content.decode()
    other, _ = as_(Role.SALES)
    assert other.get(f"/segments/{segment.pk}/").status_code == 404
    client.post(f"/segments/{segment.pk}/share/")
    assert other.get(f"/segments/{segment.pk}/").status_code == 302
    other.post(f"/segments/{segment.pk}/remove/")
    other.post(f"/segments/{segment.pk}/rename/", {"name": "Mine"})
    assert Segment.objects.get().name == "Ripe"
    assert client.post(f"/segments/{segment.pk}/burn/").status_code == 404
    client.post(f"/segments/{segment.pk}/rename/", {"name": "Riper"})
    assert Segment.objects.get().name == "Riper"
    client.post(f"/segments/{segment.pk}/remove/")
    assert not Segment.objects.exists()


def test_an_open_segment_is_changed_where_it_is_shown() -> None:
    """By its owner alone, and each change says what it did."""
    client, mara = as_()
    client.post("/segments/?view=near&stage=mql", {"name": "Ripe"})
    segment = Segment.objects.get(owner=mara)
    here, acts = "/leads/?view=near&stage=mql", f"/segments/{segment.pk}"
    page = client.get(here).content.decode()
    for act in ("rename", "share", "remove"):
        assert f'action="{acts}/{act}/"' in page
    assert acts + "/rename/" not in client.get("/leads/?view=near").content.decode()
    assert "All see it now." in client.post(f"{acts}/share/", follow=True).content.decode()
    other, _ = as_(Role.SALES)
    page = other.get(here).content.decode()
    assert 'aria-current="page">Ripe</a>' in page
    assert acts + "/rename/" not in page
    assert "Only you see it now." in client.post(f"{acts}/share/", follow=True).content.decode()
    told = client.post(f"{acts}/rename/", {"name": "Riper"}, follow=True).content.decode()
    assert "It is called Riper now." in told
    assert "The segment is removed. Its leads stay." in client.post(f"{acts}/remove/", follow=True).content.decode()


def test_campaigns_are_offered_to_those_who_see_all_leads() -> None:
    """A rep types, as the names may be those of leads of others."""
    cache.clear()
    ada = Identifier.objects.get(lead=shown("ada@x.de"), kind="email")
    terms.came([(ada.pk, {"campaign": "Autumn 2026"})])
    assert '<option value="autumn 2026">' in as_()[0].get("/leads/").content.decode()
    assert '<option value="autumn 2026">' not in as_(Role.SALES)[0].get("/leads/").content.decode()


def test_a_hold_is_seen_by_the_engine(source: Source) -> None:
    """What is done with many is a row as if it had been said of one."""
    now = instants.now()
    signed(SMALL, now=now - instants.DAY)
    happened(source, "paper", now, email="ada@example.com")
    all_rounds(instants.now)
    ada = lead_of("ada@example.com")
    client, _ = as_()
    client.post("/leads/many/?view=all", {"act": "note", "text": "Met at the fair", "lead": ada.pk})
    client.post("/leads/many/?view=all", {"act": "hold", "text": "asked us to wait", "lead": ada.pk})
    all_rounds(instants.now)
    names = set(Event.objects.filter(identifier__lead=ada).values_list("name", flat=True))
    assert {"note_added", "override_set"} <= names


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/segments/?view=all", {"name": "a\0"}),
        ("/leads/many/?view=all", {"act": "task", "text": "a\0"}),
        ("/leads/{lead}/merge/", {"other": "a\0"}),
        ("/tasks/1/postpone/", {"to": ["week", "\0"]}),
        ("/leads/many/?view=all&text=a%00b", {"act": "csv"}),
    ],
)
def test_a_sign_that_no_database_takes_is_refused_before_any_is_asked(address: str, said: dict[str, Any]) -> None:
    """By one door for all pages of staff."""
    signed(SMALL, now=instants.now() - instants.DAY)
    lead = shown("ada@x.de")
    client, _ = as_()
    assert client.post(address.format(lead=lead.pk), {"lead": lead.pk, **said}).status_code == 400
    assert not Task.objects.exists()
