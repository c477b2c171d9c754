"""What comes next for leads, from the ledger and the catalogue: read, sent, told, and what helped others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lead_pages import CONSULTANCY
from ledger_rows import all_rounds, happened, lead_of, said, signed
from ripeline.core.instants import DAY
from ripeline.server import json_text, playbooks
from ripeline.server.content import catalogue, gaps, suggestions, worths
from ripeline.server.content.catalogue import ContentItem, ContentWorth
from ripeline.server.content.gaps import Cell
from ripeline.server.decisions import Decision
from ripeline.server.events import Event, event_id
from ripeline.server.leadmail import mails
from ripeline.server.leadmail.mails import MailKind
from ripeline.server.leads import Lead, Unit
from ripeline.server.models import PlaybookVersion, Round
from ripeline.server.qualification import reviews

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from ripeline.core.playbook import Playbook
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

ADA = "ada@example.com"
PERSONS = {"job_title": "Managing Director", "company_size": 80, "country": "NL"}


@pytest.fixture
def playbook(clock: SetClock) -> Playbook:
    """The consultancy's, in force."""
    signed(CONSULTANCY, now=clock())
    return playbooks.current()


def ada(source: Source, clock: SetClock, **facts: object) -> Lead:
    """Ada, who owns a medium-sized company in the Netherlands."""
    happened(source, "attributes_changed", clock.move(60), said={**PERSONS, **facts}, email=ADA)
    happened(source, "newsletter_subscribed", clock.move(60), email=ADA)
    all_rounds(clock)
    return lead_of(ADA)


def put(item: str, named: str, clock: SetClock, **more: str) -> None:
    """An item of the catalogue."""
    assert isinstance(catalogue.put(item, named, now=clock.move(1), **more), ContentItem)


def proposed(lead: Lead, clock: SetClock) -> str:
    """The item that comes next, or the code of why there is none."""
    found = suggestions.next_for(Lead.objects.get(pk=lead.pk), playbooks.current(), now=clock())
    return found.item.item if found.item else found.reasons[0].code


def test_language_and_persona_are_the_leads(playbook: Playbook, source: Source, clock: SetClock) -> None:
    """The language as told, else that of the country."""
    lead = ada(source, clock)
    assert (lead.language, lead.persona) == ("nl", "owner")
    put("/de", "whitepaper", clock, language="de")
    put("/corporate", "whitepaper", clock, language="nl", personas="corporate")
    assert proposed(lead, clock) == "gap_language"
    put("/nl", "whitepaper", clock, language="nl", personas="owner")
    assert proposed(lead, clock) == "/nl"
    happened(source, "attributes_changed", clock.move(60), said={"language": "Deutsch"}, email=ADA)
    all_rounds(clock)
    assert Lead.objects.get(pk=lead.pk).language == "de"
    assert proposed(lead, clock) == "/de"
    assert playbook.personas


def test_what_was_read_is_not_proposed_again(playbook: Playbook, source: Source, clock: SetClock) -> None:
    """Whether the catalogue held it then or not; unless it was no person who read it."""
    assert playbook
    lead = ada(source, clock)
    happened(source, "page_viewed", clock.move(60), said={"path": "/before"}, email=ADA)
    put("/before", "whitepaper", clock)
    assert proposed(lead, clock) == "/before"
    all_rounds(clock)
    assert proposed(lead, clock) == "gap_seen"
    put("/after", "whitepaper", clock)
    happened(source, "whitepaper_downloaded", clock.move(60), said={"content_id": "/after"}, email=ADA)
    all_rounds(clock)
    assert proposed(lead, clock) == "gap_seen"
    row = Event.objects.get(name="whitepaper_downloaded")
    happened(source, "event_voided", clock.move(60), said={"voids": event_id(row.source_id, row.key)}, email=ADA)
    all_rounds(clock)
    assert proposed(lead, clock) == "/after"


def test_what_a_mail_brought_is_not_proposed_again(playbook: Playbook, source: Source, clock: SetClock) -> None:
    """Nor what one is about to bring; what was held back has reached nobody."""
    assert playbook
    lead = ada(source, clock)
    put("/guide", "whitepaper", clock)
    mail = mails.post(lead, "guide", kind=MailKind.MAILING, key="k", now=clock(), item="/guide")
    assert proposed(lead, clock) == "gap_seen"
    into = Lead.objects.create(unit=lead.unit, created_at=1, language="nl")
    further = Lead.objects.create(unit=lead.unit, created_at=1, language="nl")
    Lead.objects.filter(pk=lead.pk).update(merged_into=into)
    Lead.objects.filter(pk=into.pk).update(merged_into=further)
    assert proposed(further, clock) == "gap_seen"
    Lead.objects.filter(merged_into__isnull=False).update(merged_into=None)
    assert proposed(further, clock) == "/guide"
    mails.hold(mail, mails.Held.NO_CONSENT, now=clock())
    assert proposed(lead, clock) == "/guide"


def test_noted_objections_and_topics_read_speak_for_an_item(
    playbook: Playbook, source: Source, clock: SetClock
) -> None:
    """The objection first."""
    assert playbook
    put("/a", "whitepaper", clock)
    put("/read", "whitepaper", clock, topic="energy")
    put("/z-energy", "whitepaper", clock, topic="energy")
    put("/z-price", "whitepaper", clock, objection="Too expensive")
    lead = ada(source, clock)
    assert proposed(lead, clock) == "/a"
    happened(source, "page_viewed", clock.move(60), said={"path": "/read"}, email=ADA)
    all_rounds(clock)
    assert proposed(lead, clock) == "/z-energy"
    happened(source, "attributes_changed", clock.move(60), said={"objections": ["it is too expensive"]}, email=ADA)
    all_rounds(clock)
    assert proposed(lead, clock) == "/z-price"


def test_whoever_sales_works_with_gets_no_basics(playbook: Playbook, source: Source, clock: SetClock) -> None:
    """Whatever phase the journey's rules see by now; and whoever is still learning gets no price list."""
    assert playbook
    lead = ada(source, clock)
    put("/basics", "whitepaper", clock)
    put("/fees", "fees", clock)
    assert proposed(lead, clock) == "/basics"
    for stage in ("sql", "opportunity", "customer"):
        Lead.objects.filter(pk=lead.pk).update(stage=stage, phase="awareness")
        assert proposed(lead, clock) == "/fees"


def test_many_leads_cost_as_many_questions_as_one(
    playbook: Playbook, source: Source, clock: SetClock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Six, and each gets the answer that it gets alone."""
    put("/a", "whitepaper", clock)
    put("/b", "whitepaper", clock)
    for number in range(5):
        happened(source, "page_viewed", clock.move(60), said={"path": "/a"}, email=f"{number}@example.com")
    ada(source, clock)
    leads = list(Lead.objects.order_by("pk"))
    with django_assert_num_queries(6):
        found = suggestions.next_for_all(leads, playbook, now=clock())
    assert {lead.pk: suggestions.next_for(lead, playbook, now=clock()) for lead in leads} == found
    assert [one.item.item for one in found.values() if one.item] == ["/b"] * 5 + ["/a"]


def test_an_edit_changes_nothing_that_was_stamped(playbook: Playbook, source: Source, clock: SetClock) -> None:
    """Class and topic stand on the row as they were; a later row gets the later ones."""
    assert playbook
    put("/guide", "whitepaper", clock, topic="energy", title="Guide")
    for named, topic in (("case_study", "steel"), ("", "")):
        happened(source, "page_viewed", clock.move(60), said={"path": "/guide"}, email=ADA)
        all_rounds(clock)
        if named:
            put("/guide", named, clock, topic=topic)
    rows = Event.objects.filter(name="page_viewed").order_by("pk").select_related("item")
    stamped = [json_text.read(row.properties) for row in rows]
    assert [(one["content"], one["content_topic"]) for one in stamped] == [
        ("whitepaper", "energy"),
        ("case_study", "steel"),
    ]
    assert [row.item.title for row in rows if row.item] == ["Guide", "Guide"]
    assert [row.item.content for row in rows if row.item] == ["whitepaper", "case_study"]


def test_what_our_people_say_names_no_content(playbook: Playbook, source: Source, clock: SetClock) -> None:
    """An answer about the item `need` of a call is nobody's reading."""
    assert playbook
    put("need", "whitepaper", clock)
    lead = ada(source, clock)
    said(lead, "bant_answered", clock.move(60), item="need", answer="urgent")
    all_rounds(clock)
    assert not Event.objects.filter(item__isnull=False).exists()
    assert proposed(lead, clock) == "need"


# --- what came after ------------------------------------------------------------------------------


def test_what_came_after_is_counted_beside_others_of_the_persona(source: Source, clock: SetClock) -> None:
    """Who moved on within 30 days of reading; a month that is not over yet is not counted."""
    put("/good", "whitepaper", clock)
    put("/other", "whitepaper", clock)
    read = {"a": "/good", "b": "/good", "c": "/other", "d": "/other", "late": "/good"}
    for name, path in read.items():
        at = clock.move(20 * DAY // 1_000_000) if name == "late" else clock.move(60)
        happened(source, "page_viewed", at, said={"path": path}, email=f"{name}@example.com")
    all_rounds(clock)
    version = PlaybookVersion.objects.create(digest="d" * 64, text="", title="x", created_at=clock())
    moved = {"a": ("lead", "mql", DAY), "c": ("mql", "lead", DAY), "d": ("lead", "mql", 31 * DAY)}
    for name, (old, new, after) in moved.items():
        lead = lead_of(f"{name}@example.com")
        at = Event.objects.get(identifier__lead=lead).at + after
        told = {"kind": "move", "old": old, "new": new, "reason": "gate", "evidence": "{}", "place": 0}
        Decision.objects.create(lead=lead, round=Round.objects.latest("pk"), version=version, at=at, **told)
    now = clock.move(15 * DAY // 1_000_000)
    worths.count(now)
    rows = {one.item: (one.readers, one.moved, one.others, one.others_moved) for one in ContentWorth.objects.all()}
    assert rows == {"/good": (2, 1, 2, 0), "/other": (2, 0, 2, 1)}
    worths.count(now)
    assert ContentWorth.objects.count() == 2


def test_the_daily_review_counts(playbook: Playbook, source: Source, clock: SetClock) -> None:
    """Once a day."""
    assert playbook
    put("/guide", "whitepaper", clock)
    happened(source, "page_viewed", clock.move(60), said={"path": "/guide"}, email=ADA)
    all_rounds(clock)
    assert not ContentWorth.objects.exists()
    reviews.begin(clock.move(32 * 86_400))
    assert ContentWorth.objects.get().readers == 1


# --- the matrix -----------------------------------------------------------------------------------


def _stands(persona: str, language: str, phase: str, stage: str = "lead", **more: object) -> None:
    Lead.objects.create(
        unit=Unit.objects.create(), created_at=1, persona=persona, language=language, phase=phase, stage=stage, **more
    )


def test_the_matrix_tells_where_leads_are_and_nothing_is(
    playbook: Playbook, clock: SetClock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """The most leads first; what is for all fills a cell of each, and who is out is counted nowhere."""
    for _ in range(3):
        _stands("owner", "nl", "decision")
    _stands("owner", "nl", "awareness", "sql")
    _stands("corporate", "", "")
    _stands("", "de", "consideration")
    _stands("owner", "nl", "decision", "lost")
    _stands("owner", "nl", "decision", excluded="student")
    put("/nl", "whitepaper", clock, language="nl", personas="owner")
    put("/all", "webinar", clock)
    put("/strange", "unknown_class", clock)
    assert catalogue.propose_all([{"item": "/new"}, {"item": "/nl"}], now=clock())[0].item == "/new"
    with django_assert_num_queries(2):
        found = gaps.matrix(playbook)
    assert found.gaps == [Cell("owner", "bottom", "nl", 0, 4), Cell("corporate", "top", "en", 0, 1)]
    assert found.proposed == 1
    assert found.languages == ("nl", "de", "en")
    cells = {cell[:3]: cell[3:] for cell in found.cells}
    assert cells["owner", "top", "nl"] == (1, 0)
    assert cells["", "middle", "de"] == (1, 1)
    assert sum(cell.leads for cell in found.cells) == 6
