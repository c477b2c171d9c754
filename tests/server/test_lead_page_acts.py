"""What can be done on the page of a lead, and the interview."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.contrib.messages import get_messages

from lead_pages import ada_is_offered, client, done, shown, text
from ledger_rows import all_rounds, lead_of
from ripeline.server.accounts import Account
from ripeline.server.events import Event
from ripeline.server.instants import HOUR, SECOND
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import acts, outcomes, referrals
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.sales.tasks import Task

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from ripeline.server.leads import Lead
    from ripeline.server.sources import Source
    from ripeline.server.staff.users import User
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rosa(source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> User:
    """A rep whom Ada has been offered to, of a company where Bob works too."""
    return ada_is_offered(source, clock, monkeypatch)


@pytest.fixture
def ada(rosa: User) -> Lead:
    """Ada, who asked for a quote."""
    del rosa
    return lead_of("ada@example.com")


# --- what can be done -----------------------------------------------------------------------------


def confirmed(ada: Lead, rosa: User, clock: SetClock) -> None:
    """Ada is an SQL of Rosa's."""
    for act in (acts.accept, acts.confirm):
        assert isinstance(act(Handoff.objects.get(lead=ada), by=rosa, now=clock.move(60)), str)
        all_rounds(clock)


def test_a_lead_is_held_overridden_and_released_on_its_page(ada: Lead, rosa: User, clock: SetClock) -> None:
    """Until a day that is shown before it is sent, with a reason, and it stays in the history."""
    page = client(rosa).get(f"/leads/{ada.pk}/").content.decode()
    assert 'name="until" value="2026-04-06"' in page
    assert "act-release" not in page
    done(rosa, ada, "override", to="sql", reason="Met at the fair", until="2026-02-01")
    all_rounds(clock)
    ada.refresh_from_db()
    assert ada.stage == "sql"
    told = shown(rosa, ada)
    assert "By hand SQL, until Feb 1, 2026 · Met at the fair (rosa)" in told
    assert "Set by hand: SQL" in told
    clock.move(1)
    done(rosa, ada, "release")
    clock.move(1)
    all_rounds(clock)
    assert "By hand" not in shown(rosa, ada)
    assert "Released: automation may decide again" in shown(rosa, ada)
    done(rosa, ada, "override", to="hold", reason="On leave", until="2026-02-01")
    assert "By hand Held, until Feb 1, 2026" in shown(rosa, ada)
    clock.move(60 * 24 * HOUR / SECOND)
    assert "By hand" not in shown(rosa, ada)


@pytest.mark.parametrize(
    ("act", "filled"),
    [
        ("override", {"to": "customer", "reason": "x", "until": "2026-02-01"}),
        ("override", {"to": "sql", "reason": "", "until": "2026-02-01"}),
        ("override", {"to": "sql", "reason": "x", "until": "2025-02-01"}),
        ("note", {"text": " "}),
        ("touch", {"how": "pigeon"}),
        ("task", {"text": "x", "kind": "send", "on": "soon", "whose": "own"}),
    ],
)
def test_what_is_wrong_is_said_at_its_field(ada: Lead, rosa: User, act: str, filled: dict[str, str]) -> None:
    """The form stands open with what was typed, and nothing is written."""
    before = Event.objects.count()
    answer = done(rosa, ada, act, **filled)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert f'id="act-{act}" open' in page
    assert 'class="fault"' in page
    assert (Event.objects.count(), Task.objects.count()) == (before, 0)


def test_an_opportunity_is_won_on_the_page(ada: Lead, rosa: User, clock: SetClock) -> None:
    """Only what is in place is offered; then she brings somebody, and both pages say so."""
    assert "act-opportunity" not in client(rosa).get(f"/leads/{ada.pk}/").content.decode()
    confirmed(ada, rosa, clock)
    assert done(rosa, ada, "opportunity", amount="12,500").status_code == 302
    clock.move(1)
    all_rounds(clock)
    assert done(rosa, ada, "won", amount="11,999.50").status_code == 302
    clock.move(1)
    all_rounds(clock)
    told = shown(rosa, ada, "sales")
    assert "€11,999.50" in told
    assert "€12,500" in told
    done(rosa, ada, "advocate", note="On stage")
    bob = lead_of("bob@example.com")
    Account.objects.update(owner=rosa)
    done(rosa, ada, "refer", whom="bob@example.com", note="A friend")
    assert referrals.brought_by(ada).get().lead == bob
    assert "Referrals 1 brought" in shown(rosa, ada, "sales")
    assert "Brought by Ada Berg · A friend" in shown(rosa, bob, "sales")


def test_each_act_says_what_it_did(ada: Lead, rosa: User, clock: SetClock) -> None:
    """In a sentence that can be read back to whoever asked for it."""
    confirmed(ada, rosa, clock)
    filled: dict[str, dict[str, object]] = {
        "touch": {"how": "call"},
        "note": {"text": "Likes {braces}"},
        "task": {"text": "Send {it}", "kind": "other", "on": "2026-03-02", "whose": "own"},
        "override": {"to": "hold", "reason": "On leave", "until": "2026-02-01"},
        "opportunity": {"amount": "12,500"},
    }
    told = []
    for act, said in filled.items():
        answer = done(rosa, ada, act, **said)
        told += [str(one) for one in get_messages(answer.wsgi_request)]  # type: ignore[attr-defined]
        clock.move(60)
        all_rounds(clock)
    assert told == [
        "Written down: we reached out (Call).",
        "The note is kept.",
        "Planned for Mar 2, 2026: Send {it}",
        "Set by hand until Feb 1, 2026. Hold: automation does nothing.",
        "The opportunity is open.",
    ]


def test_what_an_opportunity_is_expected_to_bring_is_changed(ada: Lead, rosa: User, clock: SetClock) -> None:
    """While it is one, as often as need be; the history keeps each word."""
    confirmed(ada, rosa, clock)
    assert "act-expect" not in client(rosa).get(f"/leads/{ada.pk}/").content.decode()
    assert outcomes.expect(ada, cents=1, by=rosa, now=clock()) == Refused(Refusal.NOT_NOW)
    done(rosa, ada, "opportunity", amount="12,500")
    all_rounds(clock)
    clock.move(60)
    done(rosa, ada, "expect", amount="9,000")
    assert "Opportunity · €9,000" in shown(rosa, ada, "sales")
    assert "Expected amount" in shown(rosa, ada)
    assert "€12,500" in shown(rosa, ada)
    clock.move(60)
    done(rosa, ada, "won", amount="8,000")
    all_rounds(clock)
    assert "act-expect" not in client(rosa).get(f"/leads/{ada.pk}/").content.decode()
    assert outcomes.expect(ada, cents=1, by=rosa, now=clock()) == Refused(Refusal.NOT_NOW)
    assert [one.cents for one in outcomes.of(ada)] == [800_000, 900_000]


def test_a_loss_is_told_with_its_sentence(ada: Lead, rosa: User, clock: SetClock) -> None:
    """In German too, with the amount as Germans write it."""
    confirmed(ada, rosa, clock)
    rosa.language = "de"
    rosa.save()
    assert done(rosa, ada, "opportunity", amount="12.500,50").status_code == 302
    clock.move(1)
    all_rounds(clock)
    assert outcomes.of(ada).get().cents == 1_250_050
    assert done(rosa, ada, "lost", reason="competitor", sentence="Zu weit weg.", competitor="").status_code == 302
    assert done(rosa, ada, "lost", reason="competitor", sentence="Zu weit weg.", competitor="Acme").status_code == 302
    clock.move(1)
    all_rounds(clock)
    told = shown(rosa, ada, "sales")
    assert "Zu weit weg." in told
    assert "Acme" in told
    assert "12.500,50" in told


def test_a_form_that_comes_twice_is_done_once(ada: Lead, rosa: User) -> None:
    """By an impatient thumb."""
    browser = client(rosa)
    page = browser.get(f"/leads/{ada.pk}/").content.decode()
    once = re.search(r'name="once" value="([^"]*)"', page)
    assert once
    said = {"once": once[1], "text": "Likes boats."}
    before = Event.objects.count()
    for _ in range(2):
        assert browser.post(f"/leads/{ada.pk}/note/", said).status_code == 302
    assert Event.objects.count() == before + 1


@pytest.mark.parametrize("act", ["task", "override", "release"])
def test_a_plan_and_a_stage_by_hand_come_once_too(ada: Lead, rosa: User, act: str) -> None:
    """And who sends something else with the same form is told."""
    browser = client(rosa)
    page = browser.get(f"/leads/{ada.pk}/").content.decode()
    once = re.search(r'name="once" value="([^"]*)"', page)
    assert once
    more = {"text": "Call again", "kind": "call", "on": "2199-01-01", "whose": "own", "to": "hold", "reason": "board"}
    said = {"once": once[1], **more, "until": "2199-01-01"}
    before = Event.objects.count() + Task.objects.count()
    for _ in range(2):
        assert browser.post(f"/leads/{ada.pk}/{act}/", said).status_code == 302
    assert Event.objects.count() + Task.objects.count() == before + 1
    if act != "release":
        other = said | {"text": "Write", "reason": "else"}
        assert "sent before" in browser.post(f"/leads/{ada.pk}/{act}/", other, follow=True).content.decode()
        assert Event.objects.count() + Task.objects.count() == before + 1


# --- the interview --------------------------------------------------------------------------------


def answered(browser: Client, lead: Lead, item: str, **filled: str) -> HttpResponse:
    """Send the form of an item as the page offers it."""
    page = browser.get(f"/leads/{lead.pk}/interview/", {"item": item}).content.decode()
    once = re.search(rf'name="form" value="{item}"><input[^>]*name="once" value="([^"]*)"', page)
    assert once, page
    said = {"form": item, "once": once[1], "certainty": "sure", "source": "lead", "note": ""} | filled
    return browser.post(f"/leads/{lead.pk}/interview/", said)  # type: ignore[return-value]


def test_the_interview_asks_saves_and_asks_on(ada: Lead, rosa: User) -> None:
    """One by one; what is known is shown with how one knows, and the gate's conditions in words."""
    browser = client(rosa)
    told = text(browser.get(f"/leads/{ada.pk}/interview/"))  # type: ignore[arg-type]
    assert "What happens if nothing changes this year?" in told
    assert "0 of 4 met" in told
    said = {"answer": "approved", "also_budget": "12,500", "certainty": "likely", "note": "By phone"}
    assert answered(browser, ada, "budget", **said).status_code == 302
    told = text(browser.get(f"/leads/{ada.pk}/interview/"))  # type: ignore[arg-type]
    assert "Saved: Budget." in told
    assert "Likely · Said by the lead · rosa" in told
    assert "1 of 4 met" in told
    assert '"budget":12500' in Event.objects.filter(name="attributes_changed").latest("pk").properties
    said = {"answer": "decision path known", "also_decision_makers": "Eve Berg, Max Lund"}
    answered(browser, ada, "authority", **said)
    assert '["Eve Berg","Max Lund"]' in Event.objects.filter(name="attributes_changed").latest("pk").properties


@pytest.mark.parametrize(
    "filled",
    [{}, {"answer": "perhaps"}, {"answer": "approved", "also_budget": "a lot"}, {"answer": "none", "once": "x"}],
)
def test_a_wrong_answer_is_kept_on_the_page(ada: Lead, rosa: User, filled: dict[str, str]) -> None:
    """And not in the ledger."""
    before = Event.objects.count()
    answer = answered(client(rosa), ada, "budget", **filled, note="typed with care")
    assert answer.status_code == 400
    assert "typed with care" in answer.content.decode()
    assert Event.objects.count() == before


def test_ratings_objections_and_notes_are_kept(ada: Lead, rosa: User) -> None:
    """Each by its own form."""
    browser = client(rosa)
    for form, filled in (
        ("rating", {"seriousness": "4", "seriousness_note": "Has a date", "motivation": "", "motivation_note": ""}),
        ("objection", {"text": "Too dear"}),
        ("objection", {"text": "Too far"}),
        ("note", {"text": "Has a dog"}),
    ):
        assert answered(browser, ada, form, **filled).status_code == 302
    told = text(browser.get(f"/leads/{ada.pk}/interview/"))  # type: ignore[arg-type]
    assert "Seriousness 4/5 · Has a date" in told
    assert "Too dear Too far" in told
    assert "Has a dog" in shown(rosa, ada)
