"""What one part of a playbook says of another must fit, and no gate opens for somebody who did nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle
from ripeline.core.playbook import Playbook
from ripeline.core.playbook_check import check
from ripeline.core.playbook_safety import Lead, Span, check_safety
from ripeline.core.units import MICRO

if TYPE_CHECKING:
    from ripeline.core.problems import Finding

Tree = dict[str, Any]

NOON = int(datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp()) * MICRO


def playbook_with(mql: Tree, **parts: Any) -> Playbook:  # noqa: ANN401 - any part of a playbook
    """Return a small playbook with this condition to enter gate mql."""
    whole: Tree = {
        "playbook": "Small",
        "timezone": "UTC",
        "consent": "assumed",
        "attributes": {"size": {"type": "number"}},
        "completeness": ["size"],
        "activities": {
            "visit": {"event": "seen", "passive": True},
            "price": {"event": ["seen", "asked"], "where": {"property": "page", "is": "price"}, "passive": True},
            "demo": {"event": "demo"},
        },
        "axes": {
            "engagement": {"bands": {"1": 60, "2": 30}, "otherwise": "3"},
            "fit": {"bands": {"A": 50, "B": 20}, "otherwise": "C"},
        },
        "rules": {
            "visit": {"on": "visit", "points": 10},
            "price": {"on": "price", "points": 15},
            "demo": {"on": "demo", "points": 60},
            "size": {"when": {"attribute": "size", "at_least": 50}, "points": 50, "axis": "fit"},
        },
        "bant": {"need": {}},
        "accounts": {"engagement": {"roll_up": "sum"}, "fit": {"roll_up": "max"}},
        "gates": {"mql": {"enter": mql}, "sales_ready": {"enter": {"did": "demo"}}},
    }
    return Playbook.model_validate(whole | parts)


def codes(playbook: Playbook) -> list[str]:
    """Return the codes of all findings."""
    return [finding.code for finding in check(playbook)]


@pytest.mark.parametrize(
    "enter",
    [
        {"did": "demo"},
        {"score": "engagement", "at_least": 26},
        {"all": [{"score": "fit", "at_least": 50}, {"score": "engagement", "at_least": 30}]},
        {"cell": ["A1", "B2", "C2"]},
        {"account": "engagement", "at_least": 26},
        {"surge": 2.0, "within": "7 days"},
        {"did": ["visit", "price"], "at_least": 2},
        {"all": [{"did": "visit"}, {"did": "demo"}]},
        {"not": {"score": "engagement", "below": 26}},
        {"not": {"not": {"did": "demo"}}},
    ],
    ids=str,
)
def test_a_gate_that_asks_for_a_deed_is_accepted(enter: Tree) -> None:
    """What neither fit nor one look can reach is what an MQL may be made of."""
    assert codes(playbook_with(enter)) == []


@pytest.mark.parametrize(
    "enter",
    [
        {"score": "fit", "at_least": 50},
        {"attribute": "size", "above": 5},
        {"not": {"did": "visit"}},
        {"cell": "A3"},
        {"score": "engagement", "below": 10},
        {"any": [{"did": "demo"}, {"completeness": 100}]},
        {"bant": 1, "required": "need"},
        {"account": "fit", "at_least": 50},
        {"did": "demo", "at_most": 3},
        {"not": {"all": [{"score": "fit", "at_least": 50}, {"did": "demo"}]}},
    ],
    ids=str,
)
def test_a_gate_that_fit_alone_opens_is_refused(enter: Tree) -> None:
    """However well somebody fits, nothing done is nothing qualified."""
    assert codes(playbook_with(enter)) == ["PB130"]


@pytest.mark.parametrize(
    "enter",
    [
        {"score": "engagement", "at_least": 25},
        {"did": "price"},
        {"all": [{"did": "visit"}, {"did": "price"}, {"score": "fit", "at_least": 50}]},
        {"account": "engagement", "at_least": 25},
    ],
    ids=str,
)
def test_a_gate_that_one_look_opens_is_refused(enter: Tree) -> None:
    """One event may be several passive activities at once; together they still are one look."""
    assert codes(playbook_with(enter)) == ["PB131"]


def test_caps_count_for_what_one_look_can_reach() -> None:
    """A group's cap below the level makes the gate safe."""
    playbook = playbook_with({"score": "engagement", "at_least": 20}, groups={"browsing": {"max": 12}})
    assert codes(playbook) == ["PB131"]
    rules = {
        name: rule.model_copy(update={"group": "browsing"}) if name in ("visit", "price") else rule
        for name, rule in playbook.rules.items()
    }
    assert codes(playbook.model_copy(update={"rules": rules})) == []


def test_a_lead_that_did_nothing_has_the_points_of_its_state() -> None:
    """The span of a score runs from the least to the most that knowledge can give."""
    playbook = playbook_with({"did": "demo"})
    assert Lead(playbook, None).score("fit") == Span(0, 50 * MICRO)
    assert Lead(playbook, None).score("engagement") == Span(0, 0)
    assert Lead(playbook, None, frozenset({"visit", "price"})).score("engagement") == Span(0, 25 * MICRO)
    assert Lead(playbook, None).labels("fit") == {"A", "B", "C"}


def test_sales_may_act_on_an_answered_call() -> None:
    """An answer in the qualifying call opens the gate to sales, though it makes no MQL."""
    assert codes(playbook_with({"did": "demo"}, gates=_gates({"did": "demo"}, {"bant": 1}))) == []
    assert codes(playbook_with({"did": "demo"}, gates=_gates({"did": "demo"}, {"cell": "A3"}))) == ["PB130"]


def test_one_flaw_of_a_general_gate_is_told_once() -> None:
    """A gate that everybody shares is not told again for each persona."""
    personas = {name: {"when": {"attribute": "size", "above": 5}} for name in ("small", "large")}
    (finding,) = check(playbook_with({"did": "visit"}, personas=personas))
    assert finding.place == ("gates", "mql", "enter")


def _gates(mql: Tree, sales_ready: Tree) -> Tree:
    return {"mql": {"enter": mql}, "sales_ready": {"enter": sales_ready}}


# --- the law itself: what is accepted never opens without a deed --------------------------------------

LEAVES: st.SearchStrategy[Tree] = st.sampled_from(
    [
        {"attribute": "size", "at_least": 50},
        {"score": "engagement", "at_least": 20},
        {"score": "engagement", "below": 12},
        {"score": "fit", "at_least": 40},
        {"cell": ["A1", "A2", "B3"]},
        {"did": "visit"},
        {"did": ["price", "demo"], "at_least": 2},
        {"did": "demo", "exactly": 0},
        {"bant": 1},
        {"completeness": 60},
        {"persona": "large"},
        {"phase": "decision"},
        {"account": "engagement", "at_least": 20},
        {"returning": "visit"},
        {"silent": "7 days"},
    ]
)
CONDITIONS: st.SearchStrategy[Tree] = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=3).map(lambda ps: {"all": ps}),
        st.lists(parts, min_size=1, max_size=2).map(lambda ps: {"any": ps}),
        parts.map(lambda part: {"not": part}),
    ),
    max_leaves=5,
)
POINTS = st.integers(-20, 40)


@st.composite
def playbooks(draw: st.DrawFn) -> Playbook:
    """Draw playbooks whose points, caps, personas and gate are of many kinds."""
    on_price = {"property": "page", "rows": [{"is": "price", "points": draw(POINTS)}], "unknown": draw(POINTS)}
    rules = {
        "visit": {"on": "visit", "points": draw(POINTS), "group": "browsing"},
        "price": {"on": ["visit", "price"], "points": on_price, "max": 30},
        "size": {"when": {"attribute": "size", "at_least": 50}, "points": draw(POINTS), "axis": "fit", "min": -5},
        "known": {"points": {"attribute": "size", "rows": [{"above": 9, "points": draw(POINTS)}]}},
    }
    change = {"rules": {"visit": {"points": draw(POINTS)}}, "bands": {"engagement": {"2": draw(st.integers(1, 50))}}}
    return playbook_with(
        draw(CONDITIONS),
        groups={"browsing": {"max": draw(st.integers(0, 40))}},
        rules=rules,
        visits={"activities": ["visit"]},
        personas={"large": {"when": {"attribute": "size", "above": 100}, **change}},
        journey={"decision": draw(CONDITIONS.filter(lambda condition: "phase" not in str(condition)))},
    )


@given(
    playbook=playbooks(),
    size=st.sampled_from([None, 20, 70, 200]),
    answered=st.booleans(),
    page=st.sampled_from([None, "price", "home"]),
)
@settings(max_examples=400, deadline=None)
def test_no_accepted_gate_opens_without_a_deed(
    playbook: Playbook, size: int | None, *, answered: bool, page: str | None
) -> None:
    """The other evaluator finds no lead, however fitting, that one look or none has made an MQL."""
    if [finding for finding in check_safety(playbook) if _is_of_mql(finding)]:
        return
    rows: list[Tree] = [{"event": "bant_answered", "properties": {"item": "need", "answer": "yes"}}] * answered
    rows += [{"event": "seen", "properties": {"page": page}}] * (page is not None)
    ledger = [{"lead_id": "ada", "at": NOON, "event_id": None, **row} for row in rows]
    lead = {"lead_id": "ada", "account_id": None, "created_at": NOON, "attributes": {"size": size}}
    tree = playbook.model_dump(by_alias=True)
    result = oracle.evaluate([(tree, None, None)], [lead], ledger, NOON)["ada"]
    assert not result.open["mql"]


def _is_of_mql(finding: Finding) -> bool:
    return finding.params["gate"] == "mql"
