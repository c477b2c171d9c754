"""What other products compute, put into playbooks: each number is one that its documents or users tell."""

from __future__ import annotations

import pytest

from agreement import agreed
from by_hand import BASE, DAY, START, Tree, gates, lead, row
from generated import Case, Edition
from ripeline.core.lifecycle import Stage
from ripeline.core.results import LeadResult, Move

HOUR = 1 / 24


def ada(day: float, rows: list[Tree], facts: Tree | None = None, **parts: object) -> LeadResult:
    """Ada so many days after the start, by the playbook of the base with these parts; both evaluators agree on her."""
    case = Case([Edition(BASE | parts)], [lead(**(facts or {}))], rows, START + round(day * DAY))
    return agreed(case)["ada"]


def engagement(result: LeadResult) -> float:
    """The points of engagement."""
    assert result.scores is not None
    return result.scores["engagement"] / 1_000_000


def moves(result: LeadResult) -> list[tuple[float, str, str]]:
    """Day, new stage and reason of each move."""
    return [((m.at - START) / DAY, m.new.name.lower(), m.reason) for m in result.journal if isinstance(m, Move)]


def papers(points: object = 10, **more: object) -> Tree:
    """One rule, on papers."""
    return {"papers": {"on": "paper", "points": points, **more}}


# --- Points that fade -----------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "step", "smooth"), [(0, 10, 10), (15, 10, 7.5), (30, 5, 5), (60, 0, 0), (90, 0, 0)])
def test_hubspot_half_of_the_original_points_goes_each_month(day: float, step: float, smooth: float) -> None:
    """10 points, 50 % per 30 days: 10, 5, 0 and never less; in steps, or gliding."""
    for mode, points in (("step", step), ("smooth", smooth)):
        decay = {"linear": {"percent": 50, "every": "30 days", "mode": mode}}
        assert engagement(ada(day, [row(0, "paper")], rules=papers(decay=decay))) == points


@pytest.mark.parametrize(("day", "points"), [(0, 40), (44, 40), (45, 34), (90, 28)])
def test_breadcrumbs_a_full_weight_of_forty_loses_fifteen_percent(day: float, points: float) -> None:
    """Weight 40 at its highest frequency, 15 % of the maximum per 45 days: 40, then 34, then 28."""
    decay = {"linear": {"percent": 15, "every": "45 days"}}
    assert engagement(ada(day, [row(0, "paper")] * 4, rules=papers(decay=decay, max=40))) == points


def test_margince_a_signal_dated_ahead_counts_its_weight_and_no_more() -> None:
    """Half in 14 days: dated 14 days ahead it is worth 10 until then, never 20."""
    rules = papers(decay={"half_life": "14 days"})
    rows = [row(14, "paper", known_at=START)]
    assert [engagement(ada(day, rows, rules=rules)) for day in (0, 14, 28)] == [10, 10, 5]


def test_pingcrm_a_hard_window_forgets_what_a_half_life_only_dims() -> None:
    """A relation of a year: nothing is left inside of a window of 365 days, and half by a half-life."""
    for decay, points in (({"window": "365 days"}, 0), ({"half_life": "365 days"}, 5)):
        assert engagement(ada(365, [row(0, "paper")], rules=papers(decay=decay))) == points


def test_unomi_counters_return_to_zero_when_events_leave_the_window() -> None:
    """Three papers in 30 days are worth 10; the count and the points are gone when the first is 30 days old."""
    often: Tree = {"did": "paper", "at_least": 3, "within": "30 days"}
    parts = {"rules": {"often": {"when": often, "points": 10}}, "gates": gates({"enter": often})}
    rows = [row(day, "paper") for day in (0, 1, 2)]
    assert [engagement(ada(day, rows, **parts)) for day in (1, 2, 29, 30)] == [0, 10, 10, 0]
    assert moves(ada(40, rows, **parts)) == [(2, "mql", "gate"), (30, "lead", "gate")]


# --- Points that repeat ---------------------------------------------------------------------------


def test_marketo_once_a_day_is_a_rolling_day() -> None:
    """22:00 on Sunday blocks until 22:00 on Monday; by the calendar, until midnight."""
    sunday = 6 + 22 * HOUR
    for last, rolling, calendar in ((sunday + 1 - HOUR, 10, 20), (sunday + 1, 20, 20), (sunday + HOUR, 10, 10)):
        rows = [row(sunday, "paper"), row(last, "paper")]
        assert engagement(ada(9, rows, rules=papers(repeat={"once_per": "24 h"}))) == rolling
        assert engagement(ada(9, rows, rules=papers(repeat="once_per_day"))) == calendar


def test_mautic_an_action_counts_once_or_each_time_and_never_twice_by_its_id() -> None:
    """Repeatable or not; an event whose id was seen is the same event."""
    rows = [row(day, "paper", event_id=f"e{day}") for day in (0, 1, 2)]
    assert engagement(ada(3, [*rows, rows[0]], rules=papers())) == 30
    assert engagement(ada(3, rows, rules=papers(repeat="once"))) == 10


def test_mautic_a_lead_goes_down_and_comes_up_again() -> None:
    """Hot, cold, hot: each time the gate opens is a move; and sales hands an SQL back."""
    rules = papers(30, decay={"window": "10 days"})
    rows = [row(0, "paper"), row(20, "paper")]
    expected = [(0, "mql", "gate"), (10, "lead", "gate"), (20, "mql", "gate"), (30, "lead", "gate")]
    assert moves(ada(40, rows, rules=rules)) == expected
    verdicts = [row(day, "verdict_given", {"verdict": word}) for day, word in ((1, "confirmed"), (2, "recycled"))]
    assert moves(ada(3, [row(0, "ask"), *verdicts]))[1:] == [(1, "sql", "confirmed"), (2, "mql", "recycled")]


# --- Weights, grades and cells --------------------------------------------------------------------


def test_eloqua_a_share_of_a_row_is_its_points() -> None:
    """A form that weighs 35 % with a row of 75 is worth 26.25; all together never more than 100."""
    table = {"property": "form", "rows": [{"is": "contact", "points": 26.25}]}
    parts = {"rules": papers(table), "axes": {"engagement": {"max": 100}}}
    rows = [row(0, "paper", {"form": "Contact"})]
    assert engagement(ada(1, rows, **parts)) == 26.25
    assert engagement(ada(1, rows * 4, **parts)) == 100


GRADES = ("A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D+", "D", "D-")


@pytest.mark.parametrize(("thirds", "grade"), [(0, "D"), (2, "C-"), (3, "C"), (10, "A+"), (-1, "D-"), (-2, "F")])
def test_pardot_a_profile_climbs_from_d_by_thirds(thirds: int, grade: str) -> None:
    """Two thirds above D is C-, three are C, ten are A+: a ladder of thirteen is an axis with twelve bands."""
    bands = {label: 10 - place for place, label in enumerate(GRADES)}
    parts = {
        "attributes": {"match": {"type": "number"}},
        "rules": {"profile": {"axis": "fit", "when": {"attribute": "match", "missing": False}, "points": thirds}},
        "axes": {"fit": {"bands": bands, "otherwise": "F"}},
    }
    assert ada(0, [], {"match": 1}, **parts).labels["fit"] == grade


def test_eloqua_the_cell_of_a_matrix_opens_the_gate_and_not_a_sum() -> None:
    """Four by four: A3 is one of the cells that matter, and B3 is not, whatever the two add up to."""
    parts = {
        "attributes": {"size": {"type": "number"}},
        "rules": papers() | {"size": {"axis": "fit", "when": {"attribute": "size", "at_least": 50}, "points": 40}},
        "axes": {
            "fit": {"bands": {"A": 40, "B": 30, "C": 20}, "otherwise": "D"},
            "engagement": {"bands": {"1": 75, "2": 50, "3": 25}, "otherwise": "4"},
        },
        "gates": gates({"enter": {"cell": ["A1", "A2", "A3", "B1"]}}),
    }
    rows = [row(0, "paper")] * 3
    fitting, other = ada(1, rows, {"size": 50}, **parts), ada(1, rows * 2, {"size": 49}, **parts)
    assert (fitting.cell, fitting.stage) == ("A3", Stage.MQL)
    assert (other.cell, other.stage) == ("D2", Stage.LEAD)


# --- Who is scored, and who decides ---------------------------------------------------------------


def test_hubspot_no_score_is_not_a_score_of_zero() -> None:
    """A lead that did nothing has 0; an excluded one has none, and the reason why."""
    parts = {"attributes": {"email": {"type": "text"}}}
    rival = {"exclusions": {"rival": {"attribute": "email", "domain_in": "rival.example"}}}
    zero = ada(1, [], {"email": "ada@acme.example"}, **parts, **rival)
    none = ada(1, [], {"email": "ada@rival.example"}, **parts, **rival)
    assert (zero.scores, zero.excluded) == ({"engagement": 0, "fit": 0}, None)
    assert (none.scores, none.excluded, none.not_evaluated) == (None, "rival", None)


def test_margince_a_persons_override_is_not_explained_by_the_machine() -> None:
    """It stands against a closed gate, and its entry names a person's act and no gate."""
    result = ada(30, [row(1, "override_set", {"stage": "mql"})])
    (move,) = result.journal
    assert isinstance(move, Move)
    assert (move.reason, move.gate, result.stage, result.open["mql"]) == ("override", None, Stage.MQL, False)


def test_relias_asking_for_a_demo_makes_an_mql_at_once() -> None:
    """Past points and dwell, but never past an exclusion."""
    forced = {"gates": gates({"enter": BASE["gates"]["mql"]["enter"], "dwell": "9 days", "force": "quote"})}
    rows = [row(1, "quote")]
    assert moves(ada(2, rows, **forced)) == [(1, "mql", "forced")]
    assert moves(ada(2, rows, exclusions={"anybody": {"did": "quote"}}, **forced)) == []


def test_relias_customers_have_a_higher_bar_than_prospects() -> None:
    """100 points make an MQL of a prospect, 200 of a customer."""
    parts = {
        "attributes": {"customer": {"type": "yes_no"}},
        "gates": gates({"enter": {"score": "engagement", "at_least": 100}}),
        "personas": {
            "customer": {
                "when": {"attribute": "customer", "is": True},
                "gates": {"mql": {"enter": {"score": "engagement", "at_least": 200}}},
            }
        },
    }
    rows = [row(day, "paper") for day in range(20)]
    assert moves(ada(30, rows, {"customer": False}, **parts)) == [(9, "mql", "gate")]
    assert moves(ada(30, rows, {"customer": True}, **parts)) == [(19, "mql", "gate")]


def test_breathecode_readers_of_a_newsletter_never_become_mql() -> None:
    """A gate that asks for a deed of intent stays shut, however much was read."""
    intent: Tree = {"all": [{"score": "engagement", "at_least": 30}, {"any": [{"did": "ask"}, {"did": "quote"}]}]}
    parts = {"rules": {"pages": {"on": "page", "points": 5}}, "gates": gates({"enter": intent})}
    rows = [row(day, "page") for day in range(50)]
    reader = ada(50, rows, **parts)
    assert (engagement(reader), reader.plain, moves(reader)) == (250, True, [])
    assert moves(ada(51, [*rows, row(50.5, "quote")], **parts)) == [(50.5, "mql", "gate")]


def test_ibm_three_of_four_make_an_opportunity_valid() -> None:
    """BANT is k of n; an item that is required must be among them."""
    bant: Tree = {"budget": {}, "authority": {}, "need": {}, "timing": {}}
    parts = {"bant": bant, "gates": gates(sales_ready={"enter": {"bant": 3, "required": "need"}})}
    said = [row(i, "bant_answered", {"item": item, "answer": "yes"}) for i, item in enumerate(bant)]
    assert [ada(day, said, **parts).open["sales_ready"] for day in (1, 2, 3)] == [False, True, True]
    assert ada(3, [*said[:2], said[3]], **parts).open["sales_ready"] is False
