"""What a rep reads in ten seconds comes from what was decided and from what the lead did and said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ripeline
from ledger_rows import all_rounds, happened, lead_of, signed
from offers import STORIES
from ripeline.language import Language
from ripeline.server.content import catalogue
from ripeline.server.content.catalogue import ContentItem
from ripeline.server.events import Event, event_id
from ripeline.server.instants import DAY, HOUR, SECOND
from ripeline.server.people import Called
from ripeline.server.sales import acts, cards, dossiers, openings
from ripeline.server.sales.dossiers import Consent, Line, Next
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.staff.users import Role, User
from set_clock import MONDAY
from staff import member

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from ripeline.server.sales.cards import Card
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)
CONSULTANCY = (Path(ripeline.__file__).parent / "playbooks" / "consultancy.yaml").read_text()
HANDOFFS = Handoff.objects.select_related("lead", "offer__version", "rep").order_by("pk")


def offered(source: Source, clock: SetClock, *stories: str) -> list[Handoff]:
    """The offers that these stories end in, at one o'clock."""
    now = clock.move(4 * 3600)
    member("rosa", Role.SALES)
    signed(CONSULTANCY, now=now - 40 * 24 * HOUR, reps=False)
    for name in stories:
        for one in STORIES[name].rows():
            happened(source, one.event, now - round(one.before * SECOND), email=STORIES[name].email, said=one.said)
    all_rounds(clock)
    return [HANDOFFS.get(lead=lead_of(STORIES[name].email)) for name in stories]


def card(source: Source, clock: SetClock, story: str) -> Card:
    """The card of a story, in English."""
    return cards.of(offered(source, clock, story), Language.of("en"), now=clock())[0]


def _mended(told: Event, **said: object) -> None:
    """A row tells something else than it did."""
    told.properties = json.dumps(json.loads(told.properties) | said)
    Event.objects.filter(pk=told.pk).update(properties=told.properties)


# --- why now --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "deed", "signs", "words"),
    [
        (
            "detailed request",
            "Described a need",
            ("Goes to sales at once",),
            "Our warehouse loses a day on every order",
        ),
        (
            "quote after returning",
            "Asked for a quote",
            ("Goes to sales at once", "Came back for another visit"),
            "Please quote a first project of about three months",
        ),
        ("audit after webinar", "Asked for an audit", ("Interested and a good fit: Engagement 59, Fit 80",), ""),
        ("BANT by phone", "Answered our questions", ("3 of 4 met: Need, Authority, and Timing",), ""),
        (
            "owner with fair talk and question",
            "Asked a question",
            ("Interested and a good fit: Engagement 35, Fit 90",),
            "Do you work with grid operators, too?",
        ),
    ],
)
def test_why_now_is_the_last_conversion_action_and_how_the_gate_opened(
    source: Source, clock: SetClock, story: str, deed: str, signs: tuple[str, ...], words: str
) -> None:
    """In the words of the lead, dated when it happened."""
    why = card(source, clock, story).why
    assert (why.deed, why.signs, why.words) == (deed, signs, words)
    assert why.at == clock() - round(min(one.before for one in STORIES[story].done) * SECOND)


def test_the_words_come_from_the_rows(source: Source, clock: SetClock) -> None:
    """Another need, another answer, another company: other words."""
    handoff = offered(source, clock, "detailed request")[0]
    _mended(Event.objects.get(name="contact_requested"), need="Our cranes stand still", start="now")
    _mended(Event.objects.filter(name="attributes_changed", source=source).get(), company="Kranen BV")
    told = cards.of([handoff], Language.of("en"), now=clock())[0]
    assert told.why.words == "Our cranes stand still"
    assert told.why.details == (("Start", "now"),)
    assert told.called.company == "Kranen BV"
    assert told.opening == "You wrote to us today: “Our cranes stand still” What do you need from us to decide?"


def test_the_decision_names_which_action_it_was(source: Source, clock: SetClock) -> None:
    """Whatever came after the offer does not rewrite why it was made."""
    handoff = offered(source, clock, "audit after webinar")[0]
    happened(source, "question_asked", clock.move(60), email="jana@kranbau.example", said={"question": "When?"})
    all_rounds(clock)
    assert cards.of([handoff], Language.of("en"), now=clock())[0].why.deed == "Asked for an audit"


def test_what_our_people_noted_is_not_put_into_the_mouth_of_the_lead(source: Source, clock: SetClock) -> None:
    """A note of a call is ours."""
    handoff = offered(source, clock, "owner with fair talk and question")[0]
    Event.objects.filter(name="question_asked").delete()
    told = cards.of([handoff], Language.of("en"), now=clock())[0]
    assert (told.why.words, told.why.is_noted) == ("Wants to grow abroad", True)
    assert "grow abroad" not in told.opening


# --- who, and what to say -------------------------------------------------------------------------


def test_who_it_is_stands_on_one_line(source: Source, clock: SetClock) -> None:
    """Name, job title, company, size, place, and how to reach them."""
    told = card(source, clock, "detailed request")
    assert told.called == Called("Mia van Dijk", "Van Dijk Logistics", "Head of Operations")
    assert (told.size, told.place, told.persona) == ("320 employees", "Netherlands", "Head of department")
    assert (told.phone, told.email) == ("+31207940800", "mia@vandijk.example")


@pytest.mark.parametrize(
    ("story", "opening"),
    [
        (
            "quote after returning",
            (
                "You asked us for a quote today: “Please quote a first project of about three months” You had a doubt: "
                "too expensive for a firm of our size. May I say how we deal with it?"
            ),
        ),
        (
            "audit after webinar",
            (
                "You asked us for an audit today. As I understand it, it is about scrap and late deliveries. "
                "What do you need from us to decide?"
            ),
        ),
        (
            "BANT by phone",
            "We have spoken before. Is there already a budget for this, or an idea of its size?",
        ),
        (
            "owner with fair talk and question",
            "You asked us a question today: “Do you work with grid operators, too?” Let me answer that first.",
        ),
    ],
)
def test_what_to_say_begins_with_what_the_lead_did(source: Source, clock: SetClock, story: str, opening: str) -> None:
    """And goes on with its doubt, its pain, or where it stands in its journey."""
    assert card(source, clock, story).opening == opening


def test_what_to_ask_next_is_what_is_unknown_the_decisive_first(source: Source, clock: SetClock) -> None:
    """For an owner need and budget decide."""
    asked = card(source, clock, "owner with fair talk and question").ask_next
    assert [one.item for one in asked] == ["budget", "need", "authority", "timing"]
    others = cards.of([_next(source, clock, "BANT by phone")], Language.of("en"), now=clock())[0].ask_next
    assert [one.item for one in others] == ["budget"]


def _next(source: Source, clock: SetClock, story: str) -> Handoff:
    for one in STORIES[story].rows():
        happened(source, one.event, clock() - round(one.before * SECOND), email=STORIES[story].email, said=one.said)
    all_rounds(clock)
    return HANDOFFS.get(lead=lead_of(STORIES[story].email))


def test_days_are_spoken_of_as_people_do() -> None:
    """Where the definition is at home."""
    english, german = Language.of("en"), Language.of("de")
    days = (0, 1, 3, 40)
    told = [openings.spoken_day(MONDAY - days * DAY, MONDAY, english, "Europe/Berlin") for days in days]
    assert told == ["today", "yesterday", "on Friday", "on 26 November"]
    assert openings.spoken_day(MONDAY - 40 * DAY, MONDAY, german, "Europe/Berlin").endswith("26. November")


# --- the dossier ----------------------------------------------------------------------------------


def test_a_dossier_tells_all_that_is_known(source: Source, clock: SetClock) -> None:
    """Scores with their reasons, what was read, how it came here, and what to send next."""
    handoff = offered(source, clock, "quote after returning")[0]
    assert isinstance(catalogue.put("/cases/harbor", "case_study", now=clock()), ContentItem)
    told = dossiers.of(handoff, Language.of("en"), now=clock())
    assert told.cell == "A1"
    assert [line.label for line in told.reasons][:2] == ["Quote request", "Company size"]
    assert told.reasons[0] == Line("Quote request", "+50.0", "Engagement: once, on 5 Jan 2026")
    assert [(one.item, one.kind) for one in told.read] == [("/fees", "Price list")]
    assert told.next_content == Next("/cases/harbor", "Case study", "", ("fits the phase Decision",))
    assert [step.text for step in told.journey] == [
        "First seen; 4 deeds since",
        "Asked for a quote",
        "Lead → MQL: one activity was enough for Sales-ready.",
        "Offered to sales.",
    ]
    assert told.consents == (Consent("Tracking", is_given=True, at=clock() - 12 * DAY),)
    assert ("Objections", "too expensive for a firm of our size") in [(one.label, one.value) for one in told.known]


def test_what_was_read_is_not_sent_again(source: Source, clock: SetClock) -> None:
    """And where the catalogue has nothing more, that is told."""
    handoff = offered(source, clock, "quote after returning")[0]
    catalogue.put("/fees", "fees", now=clock())
    told = dossiers.of(handoff, Language.of("en"), now=clock()).next_content
    assert told == Next("", "", "", ("The one item that fits has been seen.",))


def test_what_was_taken_back_is_not_told(source: Source, clock: SetClock) -> None:
    """A robot's download was never read."""
    handoff = offered(source, clock, "detailed request")[0]
    paper = Event.objects.get(name="whitepaper_downloaded")
    voided = {"voids": event_id(paper.source_id, paper.key)}
    happened(source, "event_voided", clock.move(60), email="mia@vandijk.example", said=voided)
    all_rounds(clock)
    assert dossiers.of(handoff, Language.of("en"), now=clock()).read == ()


def test_a_lead_that_came_back_tells_why_it_was_given_back(source: Source, clock: SetClock) -> None:
    """And what became of each touch."""
    handoff, rosa = offered(source, clock, "detailed request")[0], User.objects.get(username="rosa")
    acts.accept(handoff, by=rosa, now=clock.move(60))
    all_rounds(clock)
    acts.touch(handoff.lead, how="call", reached=False, note="busy", by=rosa, now=clock.move(60))
    acts.recycle(handoff, reason="no_budget", by=rosa, now=clock.move(60))
    all_rounds(clock)
    told = [step.text for step in dossiers.of(handoff, Language.of("en"), now=clock()).journey]
    assert told[-3:] == ["We called, not reached: busy", "No budget yet", "Sales gave the hand-off back."]


def test_a_second_offer_tells_how_the_first_one_ended_and_what_is_new(source: Source, clock: SetClock) -> None:
    """With its reasons, though it was decided between two rounds, where no decision keeps them."""
    first, rosa = offered(source, clock, "detailed request")[0], User.objects.get(username="rosa")
    acts.accept(first, by=rosa, now=clock.move(60))
    all_rounds(clock)
    acts.recycle(first, reason="no_budget", by=rosa, now=clock.move(60))
    all_rounds(clock)
    clock.move(40 * 86_400)
    happened(source, "quote_requested", clock(), email="mia@vandijk.example")
    clock.move(60)
    all_rounds(clock)
    second = HANDOFFS.exclude(pk=first.pk).get()
    dossier = dossiers.of(second, Language.of("en"), now=clock())
    assert dossier.card.why.signs[0] == "Offered before: recycled"
    assert dossier.before is not None
    assert dossier.before.text == "recycled: No budget yet"
    assert [step.text for step in dossier.before.news] == ["Asked for a quote", "1 deed in all"]
    assert dossier.reasons
    assert dossiers.of(first, Language.of("en"), now=clock()).before is None


# --- what it costs --------------------------------------------------------------------------------


def test_cards_cost_the_same_however_many(
    source: Source, clock: SetClock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Four queries for five, and a dossier a few more."""
    handoffs = offered(source, clock, *STORIES)
    cards.of(handoffs, Language.of("en"), now=clock())
    with django_assert_num_queries(4):
        assert len(cards.of(handoffs, Language.of("en"), now=clock())) == 5
    with django_assert_num_queries(15):
        dossiers.of(handoffs[0], Language.of("en"), now=clock())
