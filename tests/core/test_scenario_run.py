"""Scenarios put to the evaluator: they hold, or it is told what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explained import small_playbook
from ripeline.core.instants import DAY, HOUR
from ripeline.core.scenario_run import Difference, run_scenarios, story_of

if TYPE_CHECKING:
    from ripeline.core.playbook import Playbook

POINT = 1_000_000


def with_scenario(**scenario: object) -> Playbook:
    """The small playbook with one scenario."""
    return small_playbook(scenarios=[{"name": "It is so.", **scenario}])


def test_a_scenario_that_holds_has_no_differences() -> None:
    """Four papers make an MQL, a minute apart."""
    book = with_scenario(history=[{"day": 0, "event": "paper", "times": 4}], expect={"stage": "mql", "cell": "B2"})
    assert [played.differences for played in run_scenarios(book)] == [()]


def test_what_differs_is_told_by_field() -> None:
    """Each field with what was expected and what came."""
    expect = {
        "stage": "mql",
        "scores": {"engagement": 30},
        "reasons": {"papers": 20},
        "passed": ["mql"],
        "plain": False,
    }
    book = with_scenario(history=[{"day": 0, "event": "paper", "times": 2}], on_day=0, expect=expect)
    found = {difference.field: difference for difference in run_scenarios(book)[0].differences}
    assert set(found) == {"stage", "scores.engagement", "reasons.papers", "passed"}
    assert found["stage"] == Difference("stage", "mql", "lead")
    assert found["passed"] == Difference("passed", ("mql",), ())


def test_scenarios_do_not_know_of_each_other() -> None:
    """One and the same event in two scenarios is two events."""
    one = {"history": [{"day": 0, "event": "ask", "id": "x"}], "expect": {"stage": "mql"}}
    none = {"history": [{"day": 0, "event": "page"}], "expect": {"stage": "lead"}}
    book = small_playbook(scenarios=[{"name": "One.", **one}, {"name": "Two.", **one}, {"name": "None.", **none}])
    assert [played.differences for played in run_scenarios(book)] == [(), (), ()]


def test_a_day_ends_at_midnight_of_the_playbooks_zone() -> None:
    """Day 0 of January 5th in Berlin ends an hour before that of Greenwich."""
    book = with_scenario(history=[{"day": 0, "event": "paper"}], on_day=0, expect={"stage": "lead"})
    story = story_of(book.scenarios[0], "Europe/Berlin", "ada")
    assert story.rows[0]["at"] == 20_458 * DAY + 11 * HOUR
    assert story.at == 20_459 * DAY - HOUR - 1
