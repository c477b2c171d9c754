"""One lead explained: why this score, why this stage, what would change it, what lies ahead."""

from __future__ import annotations

import json

import pytest

from explained import START, ada, small_playbook
from ripeline.core.explanation import explain
from ripeline.core.explanation_json import as_data
from ripeline.core.instants import DAY
from ripeline.core.lifecycle import Stage
from ripeline.core.reasons import Reason
from ripeline.core.scoring import Version
from ripeline.core.tables import history_from_rows
from ripeline.language import Language, Speaker

POINT = 1_000_000


def codes(reasons: object) -> list[str]:
    """The codes of reasons."""
    return [reason.code for reason in reasons]  # type: ignore[attr-defined]


# --- Why this score -------------------------------------------------------------------------------


def test_a_line_tells_how_often_when_and_what_decay_did() -> None:
    """Two papers of ten points are worth fifteen when one is a half-life old."""
    explanation = ada((0, "paper"), (30, "paper"), day=30)
    line = next(line for line in explanation.lines if line.what.name == "papers")
    assert line.what.points == 15 * POINT
    assert line.evidence == (
        Reason("awarded", count=2, last_at=START + 30 * DAY),
        Reason("given", given=20 * POINT),
        Reason("half_life", span=30 * DAY),
    )


def test_a_rule_of_state_shows_the_attribute_that_decides() -> None:
    """Fit is explained by the facts."""
    explanation = ada(size=80)
    assert explanation.lines[0].evidence == (Reason("state_of", attribute="size", now="80"),)


def test_a_cap_is_a_line_of_its_own_with_its_limit() -> None:
    """What a cap takes away is told beside what it leaves."""
    axes = {"engagement": {"max": 15, "bands": {"1": 50, "2": 25}, "otherwise": "3"}, "fit": {"bands": {"A": 20}}}
    explanation = ada((0, "paper"), (0, "paper"), book=small_playbook(axes=axes))
    assert explanation.lines[-1].what.points == -5 * POINT
    assert explanation.lines[-1].evidence == (Reason("cap_most", cap=15 * POINT),)


def test_a_lead_without_events_says_so() -> None:
    """Nothing is a score of 0, not an empty page."""
    explanation = ada()
    assert codes(explanation.notes) == ["no_events", "consent_assumed"]
    assert explanation.result.scores == {"engagement": 0, "fit": 0}


def test_an_excluded_lead_says_by_what() -> None:
    """The exclusion is named, and the fact that decides."""
    explanation = ada((0, "ask"), relation="competitor")
    assert explanation.notes[0] == Reason("excluded", exclusion="competitor")
    assert explanation.excluded_by[0].asked == Reason("asked_is", attribute="relation", value="competitor")
    assert (explanation.miss, explanation.changes) == (None, ())


def test_a_lead_that_may_not_be_scored_says_so() -> None:
    """Without consent there is no score, and that is the explanation."""
    book = small_playbook(consent={"scoring": {"purpose": "profiling", "basis": "consent"}})
    assert codes(ada((0, "paper"), book=book).notes) == ["not_evaluated"]


def test_a_visitor_is_called_one() -> None:
    """Merely passing by is told."""
    assert codes(ada((0, "page")).notes) == ["plain", "consent_assumed"]


# --- Why this stage -------------------------------------------------------------------------------


def test_a_move_shows_the_conditions_that_held() -> None:
    """By which of its conditions the gate opened is told with the lead's own numbers."""
    explanation = ada((0, "paper"), (0, "paper"), (0, "paper"), day=1)
    step = explanation.steps[0]
    assert step.what == Reason("moved_gate_up", gate="mql", old="lead", new="mql")
    assert [(lack.asked.code, lack.now) for lack in step.held] == [
        ("asked_score", Reason("now_score", score=30 * POINT))
    ]


def test_an_offer_tells_when_it_is_due() -> None:
    """Answer and first touch have their clocks, the latter from the conversion action."""
    explanation = ada((0, "paper"), (0, "paper"), (0, "paper"), (1, "ask"), day=1, size=80)
    assert codes(step.what for step in explanation.steps)[-3:] == ["offered", "acceptance_due", "response_due"]
    assert explanation.clock is not None
    assert explanation.clock.due_at == START + 2 * DAY


def test_the_first_touch_stops_the_clock() -> None:
    """What has been done is not due."""
    rows = [(0, "paper"), (0, "paper"), (0, "paper"), (1, "ask"), (1.5, "touch_logged")]
    assert ada(*rows, day=2, size=80).clock is None


def test_a_hold_is_told_with_its_end() -> None:
    """Who wonders why nothing moves finds the person's word."""
    explanation = ada((0, "override_set", {"hold": True}), (0, "ask"), day=1)
    assert Reason("hold", until=START + 90 * DAY) in explanation.notes


# --- What would change it ---------------------------------------------------------------------------


def test_two_more_visits_lead_to_the_next_cell() -> None:
    """News is tried out on the lead itself; visits on different days count."""
    explanation = ada((0, "paper"), (0, "paper"), day=0, size=80)
    visits = Reason("trial_events", count=2, activities=("visit",))
    change = next(change for change in explanation.changes if change.news == visits)
    assert change.effects == (Reason("then_cell", cell="A2"),)


def test_what_is_not_known_is_tried_too() -> None:
    """A fact that a rule asks for may make the difference."""
    explanation = ada((0, "paper"), (0, "paper"), (0, "paper"), (0, "ask"))
    told = [change.news for change in explanation.changes]
    assert Reason("trial_value", attribute="size", value="50") in told


def test_every_change_comes_true() -> None:
    """What is said of one more demo request is what the evaluator finds when it comes."""
    explanation = ada((0, "paper"), (0, "paper"), (0, "paper"), size=80)
    change = next(c for c in explanation.changes if c.news == Reason("trial_event", activities=("ask",)))
    assert Reason("then_offered") in change.effects
    after = ada((0, "paper"), (0, "paper"), (0, "paper"), (0, "ask"), size=80)
    assert after.result.handoff == "offered"


def test_what_lies_ahead_is_told_by_instant() -> None:
    """Without news an MQL of fading papers falls back to lead, at the instant that the evaluator names."""
    explanation = ada((0, "paper"), (0, "paper"), (0, "paper"), (0, "paper"))
    back = next(ahead for ahead in explanation.ahead if "then_stage" in codes(ahead.effects))
    assert Reason("then_stage", old="mql", new="lead") in back.effects
    before, after = (ada(*[(0, "paper")] * 4, day=(back.at - START) / DAY + d) for d in (-0.01, 0.01))
    assert (before.result.stage, after.result.stage) == (Stage.MQL, Stage.LEAD)


def test_the_others_of_an_account_are_left_as_they_are() -> None:
    """News of one lead is tried out beside its colleagues, whose rows stay."""
    book = small_playbook(accounts={"engagement": {"roll_up": "sum"}})
    leads = [{"lead_id": name, "account_id": "acme", "attributes": {"size": 80}} for name in ("bob", "ada")]
    rows = [{"lead_id": "bob", "at": START, "event": "paper"}, {"lead_id": "ada", "at": START, "event": "page"}]
    explanation = explain([Version(book)], history_from_rows([book], leads, rows), "ada", START)
    assert explanation.result.account == {"engagement": 14 * POINT}
    assert {"trial_event", "trial_events"} & set(codes(change.news for change in explanation.changes))


# --- As data --------------------------------------------------------------------------------------


def test_an_explanation_is_plain_json() -> None:
    """Programs get the same as people."""
    data = json.loads(json.dumps(as_data(ada((0, "paper"), (1, "ask"), day=1))))
    assert data["lead_id"] == "ada"
    assert data["contributions"][0]["evidence"][0]["code"] == "awarded"
    assert data["missing"]["gate"] == "sales_ready"


def test_an_unknown_lead_is_no_lead() -> None:
    """There is nothing to explain about nobody."""
    book = small_playbook()
    with pytest.raises(KeyError):
        explain([Version(book)], history_from_rows([book], [{"lead_id": "ada"}], []), "eve", START)


@pytest.mark.parametrize("language", ["en", "de"])
def test_all_that_is_said_can_be_told(language: str) -> None:
    """Every reason of an explanation has its sentence."""
    explanation = ada((0, "paper"), (1, "ask"), day=1)
    speaker = Speaker(Language.of(language), explanation.playbook)
    reasons = [*explanation.notes, *(step.what for step in explanation.steps)]
    reasons += [effect for change in explanation.changes for effect in (change.news, *change.effects)]
    assert all(speaker.say(reason) for reason in reasons)
