"""The nearest miss: what little is short of a gate, said in at most three ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explained import BASE, START, Row, Tree, ada, small_playbook
from ripeline.core.instants import DAY, HOUR
from ripeline.core.reasons import Reason

if TYPE_CHECKING:
    from ripeline.core.explanation import Miss

POINT = 1_000_000


def missing(enter: Tree, *rows: Row, **more: object) -> Miss:
    """What Ada lacks for an MQL gate of this condition."""
    gates = {"mql": {"enter": enter, **more.pop("gate", {})}, "sales_ready": BASE["gates"]["sales_ready"]}  # type: ignore[dict-item]
    parts: Tree = more.pop("parts", {})  # type: ignore[assignment]
    miss = ada(*rows, book=small_playbook(gates=gates, **parts), **more).miss  # type: ignore[arg-type]
    assert miss is not None
    return miss


def shorts(miss: Miss) -> list[list[Reason | None]]:
    """What each way is short of."""
    return [[lack.short for lack in way] for way in miss.ways]


def test_four_points_or_one_demo_request_short_of_mql() -> None:
    """The nearer way comes first."""
    miss = missing(BASE["gates"]["mql"]["enter"], (0, "paper"), (0, "paper"), (0, "page"), (0, "page"))
    assert miss.gate == "mql"
    assert shorts(miss) == [
        [Reason("short_points", points=6 * POINT, axis="engagement")],
        [Reason("short_did", count=1, activities=("ask",))],
    ]


def test_what_holds_already_is_not_missing() -> None:
    """Of parts that must all hold, only those that do not are named."""
    miss = missing({"all": [{"score": "fit", "at_least": 20}, {"did": "ask"}]}, size=80)
    assert shorts(miss) == [[Reason("short_did", count=1, activities=("ask",))]]


def test_a_cell_is_missed_by_points() -> None:
    """Cells are labels; what is short of them are points."""
    miss = missing({"cell": ["A2"]}, (0, "paper"), size=80)
    assert shorts(miss) == [[Reason("short_cell", points=15 * POINT, axis="engagement", cell="A2")]]


def test_a_cell_can_be_short_on_both_axes() -> None:
    """Fit and engagement are told together, since neither is enough."""
    miss = missing({"cell": ["A2"]}, (0, "paper"))
    assert shorts(miss) == [[Reason("short_both", points=15 * POINT, other_points=20 * POINT, cell="A2")]]


def test_what_is_not_known_is_said_to_be_so() -> None:
    """Unknown is not false: somebody may simply ask."""
    miss = missing({"all": [{"attribute": "size", "at_least": 50}, {"did": "ask"}]}, (0, "ask"))
    assert shorts(miss) == [[Reason("short_unknown", attribute="size")]]
    assert miss.ways[0][0].now == Reason("now_unknown")


def test_what_must_not_be_is_told_as_such() -> None:
    """Under `not` the test is what stands in the way."""
    miss = missing(
        {"all": [{"did": "ask"}, {"not": {"did": "page"}}]},
        (0, "ask"),
        (0, "page"),
        parts={"activities": BASE["activities"] | {"page": {"event": "page"}}},
    )
    assert [(lack.asked.code, lack.negated) for lack in miss.ways[0]] == [("asked_did", True)]


def test_neither_nor_is_taken_apart() -> None:
    """`not any` asks that none holds; each that does is named."""
    miss = missing(
        {"all": [{"did": "ask"}, {"not": {"any": [{"did": "paper"}, {"did": "visit"}]}}]},
        (0, "ask"),
        (0, "paper"),
        (0, "page"),
    )
    assert [lack.negated for lack in miss.ways[0]] == [True, True]


def test_bant_names_the_items_that_are_open() -> None:
    """Who makes the call reads what to ask."""
    parts: Tree = {"bant": {"need": {}, "budget": {}, "timing": {}}}
    miss = missing(
        {"bant": 2, "required": ["need"]}, (0, "bant_answered", {"item": "budget", "answer": "yes"}), parts=parts
    )
    assert shorts(miss) == [[Reason("short_bant", count=1, items=("need",))]]


def test_completeness_counts_the_facts() -> None:
    """A profile is short of facts, not of percent."""
    parts = {"completeness": ["size", "relation"]}
    miss = missing({"all": [{"completeness": 100}, {"did": "ask"}]}, (0, "ask"), size=3, parts=parts)
    assert shorts(miss) == [[Reason("short_facts", count=1)]]


def test_at_most_three_ways_are_shown() -> None:
    """More would be a list of the gate, not the nearest miss."""
    tests = [{"did": "ask", "at_least": n} for n in range(1, 7)]
    assert len(missing({"any": tests}).ways) == 3


def test_a_running_dwell_tells_when_the_gate_opens() -> None:
    """Nothing is missing but time."""
    miss = missing({"did": "ask"}, (1, "ask"), gate={"dwell": "2 h"}, day=1)
    assert miss.opens == Reason("dwell", gate="mql", at=START + DAY + 2 * HOUR)
    assert miss.ways == ()


def test_both_gates_open_leave_nothing_missing() -> None:
    """Who has been handed over misses nothing."""
    assert ada((0, "paper"), (0, "paper"), (0, "paper"), (0, "ask"), size=80).miss is None
