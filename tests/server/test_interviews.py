"""The qualifying call: gently, a few questions at a time, and nothing that was learnt is lost."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

import ripeline
from ledger_rows import all_rounds, happened, lead_of, said, signed
from ripeline.server import profiles, timelines
from ripeline.server.events import Event
from ripeline.server.intake import activities
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import interviews
from ripeline.server.sales.interviews import Certainty, Given, Interview, Origin
from ripeline.server.staff.users import Role, User
from staff import member

if TYPE_CHECKING:
    from collections.abc import Callable

    from ripeline.server.leads import Lead
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parent.parent.parent
FRAME = """\
playbook: Around another framework
timezone: Europe/Berlin
consent: assumed
activities:
  webinar: {event: webinar_attended}
  demo: {event: demo_requested, conversion: true}
rules:
  webinar: {on: webinar, points: 10}
"""
"""What a playbook needs besides the block of the documentation."""
CONSULTANCY = (Path(ripeline.__file__).parent / "playbooks" / "consultancy.yaml").read_text()


@pytest.fixture
def rosa(source: Source, clock: SetClock) -> User:
    """A rep of the consultancy, whom Ada has asked for a quote."""
    rosa = member("rosa", Role.SALES)
    signed(CONSULTANCY, now=clock(), reps=False)
    happened(source, "quote_requested", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    return rosa


@pytest.fixture
def ada(rosa: User) -> Lead:
    """Ada, who asked."""
    del rosa
    return lead_of("ada@example.com")


def asked(lead: Lead) -> list[str]:
    """What is asked next."""
    return [one.name for one in interviews.of(lead).next]


def test_a_call_asks_what_the_gate_requires_first(rosa: User, ada: Lead, clock: SetClock) -> None:
    """Two at a time of four; what is met is asked no more, what is partly known comes again at the end."""
    assert asked(ada) == ["need", "budget"]
    interviews.answer(ada, "need", Given("urgent"), by=rosa, now=clock.move(60))
    assert asked(ada) == ["budget", "authority", "timing"]
    interviews.answer(ada, "budget", Given("planned"), by=rosa, now=clock.move(60))
    assert asked(ada) == ["authority", "timing", "budget"]
    interviews.answer(ada, "authority", Given("no say"), by=rosa, now=clock.move(60))
    interviews.answer(ada, "timing", Given("within three months", Certainty.GUESSED), by=rosa, now=clock.move(60))
    assert asked(ada) == ["budget", "timing"]
    assert interviews.of(ada).met == 2


def test_an_answer_tells_how_sure_from_whom_by_whom_and_when(rosa: User, ada: Lead, clock: SetClock) -> None:
    """And it stands there before any round has read it, and as it was after that; older ones stay."""
    first, second = clock.move(60), clock.move(86_400)
    given = Given("planned", Certainty.LIKELY, Origin.COLLEAGUE, note="Their bookkeeper said so.")
    assert isinstance(interviews.answer(ada, "budget", given, by=rosa, now=first), str)
    fresh = interviews.of(ada).questions[0]
    all_rounds(clock)
    read = interviews.of(ada).questions[0]
    assert fresh == read
    answer = read.answers[0]
    assert (answer.answer, answer.status, answer.by, answer.at) == ("planned", "partly", "rosa", first)
    assert (answer.certainty, answer.source, answer.note) == ("likely", "colleague", "Their bookkeeper said so.")
    interviews.answer(ada, "budget", Given("approved"), by=rosa, now=second)
    question = interviews.of(ada).questions[0]
    assert question.status == "met"
    assert [one.answer for one in question.answers] == ["approved", "planned"]


def test_an_approved_budget_has_its_amount_and_a_decision_its_people(rosa: User, ada: Lead, clock: SetClock) -> None:
    """They are facts of the profile, with whoever wrote them down; sets grow by what is new."""
    interviews.answer(ada, "budget", Given("approved", also={"budget": 12_500}), by=rosa, now=clock.move(60))
    told = {"decision_makers": ["Eve Berg"], "decision_path": "The board, in May"}
    interviews.answer(ada, "authority", Given("decision path known", also=told), by=rosa, now=clock.move(60))
    # A moment later, and no round in between.
    more = {"decision_makers": ["Max Lund", "Eve Berg"]}
    interviews.answer(ada, "authority", Given("decision path known", also=more), by=rosa, now=clock.move(1))
    all_rounds(clock)
    facts = profiles.of(ada)
    assert facts["budget"].value == 12_500
    assert facts["budget"].by == "rosa"
    assert facts["decision_makers"].value == ["Eve Berg", "Max Lund"]
    assert facts["decision_path"].value == "The board, in May"


def test_objections_are_added_and_never_lost(rosa: User, ada: Lead, clock: SetClock) -> None:
    """Whoever wrote the others down, a website as a text among them."""
    said(ada, "attributes_changed", clock.move(60), objections="Too slow|No time")
    all_rounds(clock)
    interviews.learn(ada, {"objections": ["Too dear", "No time"]}, by=rosa, now=clock.move(60))
    interviews.learn(ada, {"objections": ["Not now"]}, by=rosa, now=clock.move(60))
    assert interviews.of(ada).objections == ("Too slow", "No time", "Too dear", "Not now")
    all_rounds(clock)
    assert profiles.of(ada)["objections"].value == ["Too slow", "No time", "Too dear", "Not now"]


def test_a_form_that_comes_twice_counts_once(rosa: User, ada: Lead, clock: SetClock) -> None:
    """On a slow line, seconds later; under the same token something else is refused and not lost in silence."""
    once = activities.token(clock())
    given = Given("approved", also={"budget": 5})
    first = interviews.answer(ada, "budget", given, by=rosa, now=clock.move(1), once=once)
    rows = Event.objects.count()
    assert interviews.answer(ada, "budget", given, by=rosa, now=clock.move(9), once=once) == first
    assert Event.objects.count() == rows
    other = interviews.answer(ada, "budget", Given("none"), by=rosa, now=clock.move(1), once=once)
    assert other == Refused(Refusal.LOGGED_ALREADY)
    assert Event.objects.count() == rows


def test_how_serious_and_how_motivated_a_lead_is(rosa: User, ada: Lead, clock: SetClock) -> None:
    """One to five, each with a note, the latest first; one of the two may be left out, both may not."""
    interviews.rate(ada, seriousness=4, seriousness_note="Has a date", motivation=2, by=rosa, now=clock.move(60))
    interviews.rate(ada, motivation=5, motivation_note="Called back", by=rosa, now=clock.move(60))
    assert [(one.seriousness, one.motivation) for one in interviews.of(ada).ratings] == [(None, 5), (4, 2)]
    assert interviews.rate(ada, by=rosa, now=clock()) == Refused(Refusal.NOT_UNDERSTOOD)
    assert interviews.rate(ada, seriousness=6, by=rosa, now=clock()) == Refused(Refusal.NOT_UNDERSTOOD)


def test_what_the_definition_does_not_know_is_refused_whole(rosa: User, ada: Lead, clock: SetClock) -> None:
    """An item, an answer, an attribute that is not the item's, a value of another type; nothing of it is kept."""
    rows, now = Event.objects.count(), clock.move(60)
    reader = member("reader", Role.READ_ONLY)
    for item, given, by, reason in (
        ("weather", Given("fine"), rosa, Refusal.NOT_UNDERSTOOD),
        ("budget", Given("perhaps"), rosa, Refusal.NOT_UNDERSTOOD),
        ("budget", Given("approved", also={"country": "DE"}), rosa, Refusal.NOT_UNDERSTOOD),
        ("budget", Given("approved", also={"budget": "a lot"}), rosa, Refusal.NOT_UNDERSTOOD),
        ("budget", Given("approved"), reader, Refusal.NOT_ALLOWED),
    ):
        assert interviews.answer(ada, item, given, by=by, now=now) == Refused(reason), item
    assert Event.objects.count() == rows


def test_an_answer_decides_as_soon_as_a_round_has_read_it(rosa: User, ada: Lead, clock: SetClock) -> None:
    """What else the row tells disturbs nobody: with its required items met the lead's BANT counts two."""
    for item, answer in (("need", "urgent"), ("budget", "approved")):
        given = Given(answer, Certainty.LIKELY, Origin.COLLEAGUE, note="by telephone")
        interviews.answer(ada, item, given, by=rosa, now=clock.move(60))
    interviews.rate(ada, seriousness=5, by=rosa, now=clock.move(60))
    all_rounds(clock)
    told = interviews.of(ada)
    assert {one.name: one.status for one in told.questions} == {
        "budget": "met",
        "authority": "unknown",
        "need": "met",
        "timing": "unknown",
    }
    assert [one.name for one in told.questions if one.is_required] == ["need"]
    ada.persona = "owner"
    assert [one.name for one in interviews.of(ada).questions if one.is_required] == ["budget", "need"]


@pytest.mark.parametrize("seen", [interviews.of, partial(timelines.of, count=50)])
def test_a_round_in_the_middle_of_a_look_takes_nothing_from_it(
    rosa: User, ada: Lead, clock: SetClock, seen: Callable[[Lead], object]
) -> None:
    """What nobody had read at the first question and somebody has at the second one shows all the same, and once."""
    interviews.answer(ada, "need", Given("urgent"), by=rosa, now=clock.move(60))
    rounds: list[str] = []

    def asks(execute: Callable[..., Any], sql: str, *more: Any) -> Any:  # noqa: ANN401 - as Django has it
        answer = execute(sql, *more)
        if not rounds and 'FROM "server_event"' in sql:
            rounds.append(sql)
            all_rounds(clock)
        return answer

    with connection.execute_wrapper(asks):
        told = seen(ada)
    assert (len(rounds), len(_answers(told))) == (1, 1)


def _answers(told: object) -> list[object]:
    if isinstance(told, Interview):
        return [one for question in told.questions for one in question.answers]
    assert isinstance(told, timelines.Part)
    return [one for one in told.entries if isinstance(one.row, Event) and one.row.name == "bant_answered"]


def test_another_framework_is_a_playbook_away(source: Source, clock: SetClock) -> None:
    """The block of the documentation is loaded as it stands, and asked from."""
    text = (ROOT / "docs" / "reference" / "interview.md").read_text()
    block = text.partition("```yaml\n")[2].partition("```")[0]
    signed(FRAME + block, now=clock())
    happened(source, "webinar_attended", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    ada, rosa = lead_of("ada@example.com"), member("rosa", Role.SALES)
    assert asked(ada) == ["economic_buyer", "identify_pain", "champion"]
    given = Given("we have spoken", also={"economic_buyer": "Eve Berg"})
    assert isinstance(interviews.answer(ada, "economic_buyer", given, by=rosa, now=clock.move(1)), str)
    assert asked(ada) == ["identify_pain", "champion", "metrics"]
