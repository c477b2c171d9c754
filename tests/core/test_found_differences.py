"""What the two evaluators once disagreed about, each by its smallest example."""

from __future__ import annotations

from agreement import agreed
from by_hand import BASE, DAY, START, Tree, gates, lead, row
from generated import Case, Edition
from ripeline.core.lifecycle import Stage
from ripeline.core.results import LeadResult, Move, Signalled

FIT: Tree = {"attributes": {"size": {"type": "number"}}}
MISSING: Tree = {"attribute": "size", "missing": True}


def case(rows: list[Tree], day: float, *later: Edition, **parts: object) -> Case:
    """Ada's case, by the base with these parts, and later editions of it."""
    return Case([Edition(BASE | parts), *later], [lead()], rows, START + round(day * DAY))


def ada(rows: list[Tree], day: float, *later: Edition, **parts: object) -> LeadResult:
    """Ada, on whom both agree."""
    return agreed(case(rows, day, *later, **parts))["ada"]


def test_a_table_on_a_property_that_no_event_has_gives_the_points_of_unknown() -> None:
    """Each event is an award of its own."""
    table = {"property": "topic", "rows": [{"is": "price", "points": 9}], "unknown": 2}
    result = ada([row(0, "paper"), row(1, "paper")], 2, rules={"papers": {"on": "paper", "points": table}})
    assert [(line.points, line.awards) for line in result.contributions] == [(4_000_000, 2)]


def test_acts_of_one_instant_come_in_ledger_order_although_one_is_dated_ahead() -> None:
    """The end of an override dated earlier comes before the override, and ends nothing."""
    rows = [row(5, "override_ended"), row(35, "override_set", {"stage": "lead"}, known_at=START + 5 * DAY)]
    result = ada(rows, 20)
    assert len(result.journal) == 1
    assert result.next_look_at == START + 95 * DAY


def test_a_consent_that_the_playbook_does_not_ask_for_is_a_row_and_so_a_look() -> None:
    """The gate that facts alone open is found open then."""
    parts = FIT | {"gates": gates({"enter": MISSING})}
    assert ada([], 2, **parts).stage is Stage.LEAD
    assert ada([row(1, "consent_given", {"purpose": "horoscopes"})], 2, **parts).stage is Stage.MQL


def test_a_persona_changes_the_points_of_a_state_too() -> None:
    """And they are given only while the state lasts."""
    rules = {"size": {"axis": "fit", "when": MISSING, "points": 5}}
    small = {"when": MISSING, "rules": {"size": {"points": 7}}}
    result = ada([], 1, rules=rules, personas={"small": small}, **FIT)
    assert result.scores == {"engagement": 0, "fit": 7_000_000}


def test_a_truth_value_in_a_list_is_not_the_number_one() -> None:
    """A text that is neither true nor false is unknown to it."""
    paper = {"event": "paper", "where": {"property": "topic", "in": [True], "or_unknown": True}}
    parts = {"activities": BASE["activities"] | {"paper": paper}}
    counts = [ada([row(0, "paper", {"topic": topic})], 1, **parts).scores for topic in ("50", "1", "false")]
    assert [scores["engagement"] for scores in counts if scores] == [10_000_000, 10_000_000, 0]


def test_what_a_number_is_read_as_does_not_depend_on_other_leads() -> None:
    """A number is a set of one, whether its column holds texts of others or not."""
    paper = {"event": "paper", "where": {"property": "topic", "has": "tea", "or_unknown": True}}
    parts = {"activities": BASE["activities"] | {"paper": paper}}
    one = case([row(0, "paper", {"topic": 50})], 1, **parts)
    bob = {**row(0, "paper", {"topic": "tea|milk"}), "lead_id": "bob"}
    two = Case(one.editions, [lead(), lead("bob")], [*one.rows, bob], one.at)
    assert agreed(one)["ada"].scores == agreed(two)["ada"].scores == {"engagement": 0, "fit": 0}


def test_an_event_that_only_another_version_names_is_no_row() -> None:
    """It wakes no lead after a publication, and is no look before."""
    opens = FIT | {"gates": gates({"enter": MISSING})}
    other = {name: spec for name, spec in BASE["activities"].items() if name != "page"}
    later = Edition(BASE | opens | {"activities": other}, START + 2 * DAY)
    result = ada([row(1, "paper"), row(3, "page")], 5, later, **FIT)
    assert result.stage is Stage.LEAD
    result = ada([row(1, "paper"), row(3, "page"), row(4, "paper")], 5, later, **FIT)
    assert [move.at for move in result.journal if isinstance(move, Move)] == [START + 4 * DAY]


def test_fading_is_a_signal_only_to_whom_the_lead_already_belonged() -> None:
    """A gate that closes at the very look at which the lead becomes an SQL has not faded."""
    asked = row(0, "ask")
    accepted = ada([asked, row(1, "verdict_given", {"verdict": "accepted"})], 70)
    overridden = ada([asked, row(60, "override_set", {"stage": "sql"})], 70)
    assert [entry.signal for entry in accepted.journal if isinstance(entry, Signalled)] == ["faded"]
    assert [entry for entry in overridden.journal if isinstance(entry, Signalled)] == []


def test_a_lead_is_looked_at_from_its_creation_on() -> None:
    """A gate that facts alone open moves it then, not at the first row of another."""
    parts = FIT | {"gates": gates({"enter": MISSING})}
    made = Case([Edition(BASE | parts)], [lead() | {"created_at": START + DAY}], [], START + 9 * DAY)
    assert [entry.at for entry in agreed(made)["ada"].journal] == [START + DAY]
