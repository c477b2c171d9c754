"""The oracle against numbers worked out by hand from docs/meaning.md: points, values, what leads do."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import oracle
from by_hand import BASE, DAY, START, Tree, ada, book, moves, row


def test_the_oracle_knows_nothing_of_ripeline() -> None:
    """It imports the standard library and itself."""
    files = sorted(Path(oracle.__file__).parent.glob("oracle*.py"))
    imported = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            if isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").partition(".")[0])
    assert imported - sys.stdlib_module_names == {file.stem for file in files} - {"oracle"}


# --- Points ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decay", "age", "left"),
    [
        ({"half_life": "30 days"}, 30, 5_000_000),
        ({"half_life": "30 days"}, 15, 7_071_068),
        ({"half_life": "30 days"}, 10, 7_937_005),
        ({"half_life": "30 days", "window": "40 days"}, 40, 0),
        ({"linear": {"percent": 25, "every": "30 days"}}, 29.999, 10_000_000),
        ({"linear": {"percent": 25, "every": "30 days"}}, 30, 7_500_000),
        ({"linear": {"percent": 25, "every": "30 days"}}, 119, 2_500_000),
        ({"linear": {"percent": 25, "every": "30 days"}}, 130, 0),
        ({"linear": {"percent": 25, "every": "30 days", "mode": "smooth"}}, 15, 8_750_000),
        ({"window": "30 days"}, 30 - 1 / DAY, 10_000_000),
        ({"window": "30 days"}, 30, 0),
    ],
)
def test_an_award_fades_as_the_closed_form_says(decay: Tree, age: float, left: int) -> None:
    """Each decay at ages whose values are known."""
    rules = {"papers": {"on": "paper", "points": 10, "decay": decay}}
    assert ada(book(rules=rules), [row(0, "paper")], age).scores["engagement"] == left


@pytest.mark.parametrize("points", [0.000001, -0.000001])
def test_half_a_micro_point_is_rounded_away_from_zero(points: float) -> None:
    """Half of one micro-point is one, and half of minus one is minus one."""
    rules = {"papers": {"on": "paper", "points": points, "decay": {"half_life": "1 day"}}}
    result = ada(book(rules=rules), [row(0, "paper"), row(0.5, "paper")], 1)
    assert result.scores["engagement"] == (2 if points > 0 else -2)


def test_an_event_dated_ahead_counts_as_of_now() -> None:
    """It has age 0 until its date, and fades from there."""
    playbook = book(rules={"papers": {"on": "paper", "points": 10, "decay": {"half_life": "1 day"}}})
    rows = [row(5, "paper", known_at=START)]
    assert [ada(playbook, rows, day).scores["engagement"] for day in (0, 5, 6)] == [10_000_000, 10_000_000, 5_000_000]


@pytest.mark.parametrize(
    ("repeat", "awards"),
    [("every", 4), ("once", 1), ("once_per_day", 2), ({"once_per": "24 h"}, 2), ({"once_per": "1 h"}, 3)],
)
def test_repeat_allows_so_many_awards(repeat: object, awards: int) -> None:
    """22:30, 23:30, 23:59 and 22:45 of the next day in UTC; in Berlin the last three are one day."""
    rules = {"papers": {"on": "paper", "points": 10, "repeat": repeat}}
    rows = [row(minutes / 1440, "paper") for minutes in (22 * 60 + 30, 23 * 60 + 30, 24 * 60 - 1, 46 * 60 + 45)]
    playbook = book(rules=rules, timezone="Europe/Berlin")
    assert ada(playbook, rows, 3).awards["papers"][0] == awards


def test_a_table_gives_points_by_the_first_row_that_holds() -> None:
    """Unknown, first row, second row, otherwise; a number may come as text."""
    table = {"property": "size", "rows": [{"at_least": 100, "points": 9}, {"at_least": 10, "points": 5}]}
    rules = {"papers": {"on": "paper", "points": table | {"otherwise": 2, "unknown": -1}}}
    sizes: list[object] = [None, " ", 150, "20", 3, "many"]
    found = [ada(book(rules=rules), [row(0, "paper", {"size": size})], 1).scores["engagement"] for size in sizes]
    assert found == [-1_000_000, -1_000_000, 9_000_000, 5_000_000, 2_000_000, 2_000_000]


def test_caps_are_lines_of_their_own_in_the_order_rule_group_axis() -> None:
    """Four papers of 10 in a rule of at most 25, with 10 more in a group of 30, with 8 more on an axis of 35."""
    playbook = book(
        rules={
            "papers": {"on": "paper", "points": 10, "max": 25, "group": "reading"},
            "pages": {"on": "page", "points": 10, "group": "reading"},
            "asks": {"on": "ask", "points": 8},
        },
        groups={"reading": {"max": 30}},
        axes={"engagement": {"max": 35}},
    )
    result = ada(playbook, [row(i, event) for i, event in enumerate(["paper"] * 4 + ["page", "ask"])], 9)
    assert result.lines == {
        ("rule", "papers"): 40_000_000,
        ("cap rule", "papers"): -15_000_000,
        ("rule", "pages"): 10_000_000,
        ("cap group", "reading"): -5_000_000,
        ("rule", "asks"): 8_000_000,
        ("cap axis", "engagement"): -3_000_000,
    }
    assert result.scores["engagement"] == 35_000_000


def test_a_person_adds_sets_and_resets_points() -> None:
    """A set takes away the awards up to it, but not those after it; they still count for `repeat`."""
    playbook = book(rules={"papers": {"on": "paper", "points": 10, "repeat": {"once_per": "3 days"}}})
    rows = [
        row(0, "points_adjusted", {"axis": "engagement", "add": 100}),
        row(1, "paper"),
        row(1, "points_adjusted", {"axis": "engagement", "set": "2.5"}),
        row(2, "paper"),
        row(4, "paper"),
        row(5, "points_adjusted", {"axis": "engagement", "add": -1}),
        row(6, "points_adjusted", {"axis": "engagement", "reset": True}),
    ]
    assert ada(playbook, rows, 0.5).scores["engagement"] == 100_000_000
    result = ada(playbook, rows, 5)
    assert result.lines == {("rule", "papers"): 10_000_000, ("adjusted", "engagement"): 1_500_000}
    assert result.awards == {"papers": (1, START + 4 * DAY)}
    assert ada(playbook, rows, 6).scores["engagement"] == 0


def test_bands_make_labels_and_labels_the_cell() -> None:
    """The highest band reached counts, else `otherwise`; without a label there is no cell."""
    axes = {"engagement": {"bands": {1: 20, 2: 10}, "otherwise": 3}, "fit": {"bands": {"A": 5}}}
    fit = {"axis": "fit", "when": {"attribute": "size", "at_least": 50}, "points": 5}
    playbook = book(axes=axes, rules=BASE["rules"] | {"fit": fit}, attributes={"size": {"type": "number"}})
    rows = [row(0, "paper"), row(1, "paper")]
    assert [ada(playbook, rows, day, size=50).cell for day in (-1, 0, 1)] == ["A3", "A2", "A1"]
    assert (ada(playbook, rows, 1, size=49).grades, ada(playbook, rows, 1).cell) == (
        {"engagement": "1", "fit": None},
        None,
    )


@pytest.mark.parametrize(
    ("test", "value", "holds"),
    [
        ({"is": "acme"}, " ACME ", True),
        ({"is_not": "acme"}, None, False),
        ({"is_not": "acme", "or_unknown": True}, "", True),
        ({"is": 50}, "50", True),
        ({"is": "50"}, 50.0, True),
        ({"in": ["x", "true"]}, True, True),
        ({"at_least": 5}, "many", False),
        ({"missing": True}, "", True),
        ({"missing": False}, 0, True),
        ({"domain_in": "acme.com"}, "ann@mail.acme.com", True),
        ({"domain_in": "acme.com"}, "ann@notacme.com", False),
        ({"has": "tea"}, ["Tea", "milk"], True),
        ({"before": "2026-01-02"}, "2026-01-01T23:59:59-11:00", True),
        ({"matches": "^head of"}, "  Head of IT", True),
    ],
)
def test_a_value_is_read_as_its_operator_reads_it(test: Tree, value: object, *, holds: bool) -> None:
    """And what cannot be read is unknown, which is neither true nor, under `not`, false."""
    condition = {"attribute": "fact"} | test
    rules = {"yes": {"when": condition, "points": 1}, "no": {"when": {"not": condition}, "points": 2}}
    playbook = book(rules=rules, attributes={"fact": {"type": "text"}})
    score = ada(playbook, [], 0, fact=value).scores["engagement"]
    unknown = value in {None, "", "many"} if not isinstance(value, list) else False
    assert score == (1_000_000 if holds else 0 if unknown else 2_000_000)


# --- What the lead did ----------------------------------------------------------------------------


def test_silence_begins_at_its_microsecond_and_surge_compares_with_eight_weeks() -> None:
    """Papers in four weeks and then none for 20 days; three papers in a week against one a week before."""
    quiet = {"quiet": {"when": {"silent": "20 days"}, "points": 1}}
    rows = [row(7 * week, "paper") for week in range(4)]
    assert ada(book(rules=quiet), rows[1:], 60).scores["engagement"] == 0
    result = ada(book(rules=quiet), rows, 22)
    assert (result.scores["engagement"], result.next_look_at) == (0, START + 41 * DAY)
    assert ada(book(rules=quiet), rows, 41).scores["engagement"] == 1_000_000
    # 5 in the last 7 days, 4 in the 56 before: 5 x 56 is k x 4 x 7 for k = 10.
    rows += [row(28 + i / 8, "paper") for i in range(5)]
    for times, points in ((10.0, 1_000_000), (10.1, 0)):
        surge = {"surge": {"when": {"surge": times, "within": "7 days"}, "points": 1}}
        assert ada(book(rules=surge), rows, 29).scores["engagement"] == points


def test_a_lead_returns_after_a_pause_and_sees_a_key_page_since() -> None:
    """29 minutes are one visit, 30 minutes are two; a key page before the return does not count."""
    visits = {"activities": "page", "gap": "30 min", "key_pages": "paper"}
    rules = {kind: {"when": {"returning": kind}, "points": n} for kind, n in (("visit", 1), ("key_pages", 2))}
    rows = [row(0, "paper"), row(0, "page"), row(29 / 1440, "page"), row(59 / 1440, "page"), row(1, "paper")]
    scores = [ada(book(rules=rules, visits=visits), rows, day).scores["engagement"] for day in (0.03, 0.5, 1)]
    assert scores == [0, 1_000_000, 3_000_000]
    assert [ada(book(), rows[1:], day).plain for day in (0.5, 1)] == [True, False]


def test_consent_is_asked_at_the_event_and_before_all_scoring() -> None:
    """A channel needs its purpose at the event; a lead that objects is not evaluated and goes back."""
    activities = BASE["activities"] | {"paper": {"event": "paper", "channel": "mail"}}
    consent = {"scoring": {"purpose": "profile", "basis": "objection"}, "channels": {"mail": "news"}}
    playbook = book(activities=activities, consent=consent)
    rows = [row(0, "paper"), row(1, "consent_given", {"purpose": "news"}), *(row(i, "paper") for i in (1, 2, 3))]
    rows += [row(3, "consent_withdrawn", {"purpose": "news"}), row(3, "consent_given", {"purpose": "news"})]
    assert ada(playbook, rows, 4).scores["engagement"] == 20_000_000  # the withdrawal of day 3 wins
    rows += [row(4, "consent_given", {"purpose": "news"}), row(4, "paper")]
    rows += [row(5, "consent_withdrawn", {"purpose": "profile"})]
    result = ada(playbook, rows, 5)
    assert (result.not_evaluated, result.scores["engagement"], result.cell) == ("no_consent", None, None)
    assert moves(result) == [(4, "lead", "mql", "gate", "mql"), (5, "mql", "lead", "no_consent", None)]


def test_a_machines_hit_is_taken_back_when_that_is_known() -> None:
    """The lead goes back with reason `voided`; what was known before stays as it was."""
    rows = [row(i, "paper", event_id=f"e{i}") for i in range(3)]
    rows.append(row(5, "event_voided", {"voids": "e1"}, known_at=START + 7 * DAY))
    result = ada(book(), rows, 7)
    assert moves(result) == [(2, "lead", "mql", "gate", "mql"), (7, "mql", "lead", "voided", None)]
    assert (result.scores["engagement"], ada(book(), rows, 6).scores["engagement"]) == (20_000_000, 30_000_000)


def test_one_event_id_is_one_row() -> None:
    """A repeated delivery counts once; a contradiction is an error."""
    twice = [row(0, "paper", event_id="a"), row(0, "paper", event_id="a")]
    assert ada(book(), twice, 1).scores["engagement"] == 10_000_000
    with pytest.raises(ValueError, match="two different rows"):
        ada(book(), [twice[0], row(1, "paper", event_id="a")], 1)
