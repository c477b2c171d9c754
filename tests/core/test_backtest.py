"""The backtest on little pasts in which every case is met by one lead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from command_line import PLAYBOOK
from ripeline.core.backtest import Judged, Past, Report, backtest, judge, past_of, table_of
from ripeline.core.comparison import changed_leads, differences, units_of, why
from ripeline.core.decisions import first_known, reps_named, untimed_attributes, without_people, without_untimed
from ripeline.core.history import History, history_from_rows
from ripeline.core.instants import DAY
from ripeline.core.outcomes import Outcomes
from ripeline.core.playbook import Playbook
from ripeline.core.playbook_yaml import load
from ripeline.core.sweep import NoLevels, has_levels, shifted, sweep
from ripeline.core.units import MICRO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

START = 20_454 * DAY  # 2026-01-01
Row = dict[str, Any]


def book(text: str = PLAYBOOK) -> Playbook:
    """A playbook; three papers make an MQL, asking a hand-off."""
    found = load(text.encode(), file="book.yaml")
    assert isinstance(found, Playbook), found
    return found


def did(lead: str, *days: float, event: str = "ask", **said: object) -> list[Row]:
    """What a lead did on some days."""
    known = said.pop("known", None)
    more = {} if known is None else {"known_at": START + round(float(str(known)) * DAY)}
    at = (START + round(day * DAY) for day in days)
    return [{"lead_id": lead, "at": instant, "event": event, "properties": said, **more} for instant in at]


def past(rows: Iterable[Row], ended: Mapping[str, tuple[bool, float]], *more: str) -> tuple[History, Outcomes]:
    """A history of these rows, and how it ended for some leads; `more` are leads of whom there is nothing."""
    rows = list(rows)
    names = sorted({*(row["lead_id"] for row in rows), *ended, *more})
    leads = [{"lead_id": name, "created_at": START} for name in names]
    schema = {"lead": pl.UInt32, "at": pl.Int64, "amount": pl.Float64, "reason": pl.String, "won": pl.Boolean}
    told = [(names.index(name), START + round(day * DAY), None, None, won) for name, (won, day) in ended.items()]
    return history_from_rows([book()], leads, rows), Outcomes(pl.DataFrame(told, schema=schema, orient="row"), 0)


def tried(
    rows: Iterable[Row], ended: Mapping[str, tuple[bool, float]], *more: str, day: float = 60, text: str = PLAYBOOK
) -> Report:
    """The backtest of the small playbook on such a past, as of a day."""
    history, outcomes = past(rows, ended, *more)
    own, _ = without_people(history)
    return backtest(book(text), own, past_of(history, outcomes, START + round(day * DAY)))


THE_CAST = [
    *did("ann", 1, 2, 3, event="paper"),
    *did("ann", 10),
    *did("bob", 29.5),
    *did("cid", 6),
    *did("dan", 8),
    *did("eve", 8),
]
ENDED = {
    "ann": (True, 30.0),
    "bob": (True, 30.0),
    "cid": (True, 5.0),
    "eve": (False, 40.0),
    "flo": (False, 50.0),
    "gus": (True, 50.0),
}


# --- one lead for each case -----------------------------------------------------------------------


def test_every_lead_is_judged_by_when_it_was_decided() -> None:
    """In time, half a day before, after it, with no outcome, lost, and never decided."""
    found = tried(THE_CAST, ENDED)
    names = ("ann", "bob", "cid", "dan", "eve", "flo", "gus")
    told = [Judged(int(each)) for each in judge(found.past, found.decisions.at[1])]
    assert dict(zip(names, told, strict=True)) == {
        "ann": Judged.WON,
        "bob": Judged.TOO_LATE,
        "cid": Judged.AFTER_OUTCOME,
        "dan": Judged.NOT_JUDGED,
        "eve": Judged.LOST,
        "flo": Judged.NOT_DECIDED,
        "gus": Judged.NOT_DECIDED,
    }


def test_the_numbers_are_those_that_one_counts_by_hand() -> None:
    """Of two judged one was won; of four won one was found in time; four of six outcomes are won."""
    found = tried(THE_CAST, ENDED)
    gate = found.gates[1]
    assert (gate.decided, gate.won, gate.lost, gate.not_judged) == (4, 1, 1, 1)
    assert (gate.too_late, gate.too_late_won, gate.after_outcome) == (1, 1, 1)
    values = [gate.precision, gate.recall, gate.lift, gate.won_share, found.base_rate, found.won_rate]
    assert [each and round(each.value, 6) for each in values] == [0.5, 0.25, 0.75, 0.333333, 0.666667, 0.571429]
    assert gate.if_all_won == pytest.approx(2 / 3)
    assert gate.warning[1] is not None
    assert gate.warning[1].value == pytest.approx((20 + 0.5) / 2)
    assert found.handoffs.offered == 4


def test_mql_comes_with_the_third_paper_and_sales_with_the_question() -> None:
    """Each gate has its own first instant; whoever asks is an MQL too."""
    found = tried(THE_CAST, ENDED)
    days = [(at[0] - START) / DAY for at in found.decisions.at]
    assert days == [3, 10]
    assert (found.decisions.at[0][4] - START) / DAY == 8


@pytest.mark.parametrize(
    ("hours", "judged"),
    [(24, Judged.WON), (23.99, Judged.TOO_LATE), (0, Judged.AFTER_OUTCOME), (-1, Judged.AFTER_OUTCOME)],
)
def test_a_day_before_is_in_time_and_less_is_too_late(hours: float, judged: Judged) -> None:
    """At the instant of the outcome it is no decision any more."""
    found = tried(did("ann", 30 - hours / 24), {"ann": (True, 30.0)})
    assert judge(found.past, found.decisions.at[1]).tolist() == [judged]


def test_an_outcome_that_is_not_yet_known_does_not_judge() -> None:
    """On day 20 nobody knows that Ann will buy on day 30: she is open, and her time is not over."""
    found = tried(THE_CAST, ENDED, day=20)
    gate = found.gates[1]
    assert (gate.won, gate.lost, gate.not_judged) == (0, 0, 3)
    assert (found.won, found.lost) == (1, 0)
    assert gate.precision is None


def test_open_leads_count_for_as_long_as_they_were_watched() -> None:
    """Ten of twenty bought after 20 days; the other ten were decided too lately to say, and do not count as lost."""
    rows = [row for n in range(40) for row in did(f"lead{n:02}", 1 if n < 20 else 50)]
    ended = {f"lead{n:02}": (True, 21.0) for n in range(10)}
    gate = tried(rows, ended, day=60).gates[1]
    (at_30,) = (each for each in gate.won_within if each.within == 30)
    assert at_30.share.value == pytest.approx(0.5)
    assert gate.won_share is not None
    assert gate.won_share.value == pytest.approx(0.25)


def test_months_without_decisions_are_there() -> None:
    """From the first month of the past to its last, in the playbook's zone."""
    gate = tried(did("ann", 1), {"ann": (True, 70.0)}, day=100).gates[1]
    assert [(each.month, each.won) for each in gate.months] == [
        ("2026-01", 1),
        ("2026-02", 0),
        ("2026-03", 0),
        ("2026-04", 0),
    ]


def test_sales_answers_every_offer_of_a_lead() -> None:
    """Two offers to one lead, 60 days apart, are two hand-offs of one lead."""
    found = tried(did("ann", 1, 100), {"bob": (True, 5.0)}, day=140)
    assert (found.handoffs.offered, found.handoffs.leads) == (2, 1)
    assert found.handoffs.busiest_week == 1


def test_the_table_has_a_row_for_each_lead_that_was_there() -> None:
    """With the first instants, what became of them, and how often they moved."""
    history, outcomes = past(THE_CAST, ENDED)
    found = backtest(book(), history, past_of(history, outcomes, START + 60 * DAY))
    table = table_of(found, history, outcomes)
    assert table["lead_id"].to_list() == ["ann", "bob", "cid", "dan", "eve", "flo", "gus"]
    ann = table.row(0, named=True)
    assert (ann["mql_judged"], ann["sales_ready_judged"], ann["outcome"], ann["handoffs"]) == ("won", "won", "won", 1)
    assert table.row(5, named=True)["mql_at"] is None


def test_a_lead_that_came_later_was_not_there() -> None:
    """Neither among the leads nor among the buyers."""
    history, outcomes = past(did("ann", 10), {"ann": (True, 30.0)})
    history = replace(history, leads=history.leads.with_columns(created_at=pl.lit(START + 9 * DAY)))
    assert backtest(book(), history, past_of(history, outcomes, START + 8 * DAY)).leads == 0
    assert backtest(book(), history, past_of(history, outcomes, START + 9 * DAY)).leads == 1


# --- people ---------------------------------------------------------------------------------------


def test_what_people_wrote_is_left_out() -> None:
    """A hold would have kept Ann from sales, a verdict is an answer to the old definition: both are people's."""
    rows = [*did("ann", 10), *did("ann", 9, event="override_set", hold=True, by="rosa")]
    rows += did("ann", 11, event="verdict_given", verdict="accepted", by="tom")
    history, outcomes = past(rows, {"ann": (True, 30.0)})
    own, left_out = without_people(history)
    assert left_out == 2
    assert reps_named(history) == 2
    then = past_of(history, outcomes, START + 60 * DAY)
    assert backtest(book(), own, then).gates[1].won == 1
    assert backtest(book(), history, then).gates[1].won == 0


def test_a_rep_spreads_the_hand_offs() -> None:
    """With two reps each gets half."""
    history, outcomes = past(THE_CAST, ENDED)
    found = backtest(book(), history, past_of(history, outcomes, START + 60 * DAY), reps=2).handoffs
    assert found.per_week is not None
    assert found.per_rep_and_week is not None
    assert found.per_rep_and_week.value == pytest.approx(found.per_week.value / 2)


# --- facts without time ---------------------------------------------------------------------------


def test_a_fact_without_time_is_named_and_taken_away() -> None:
    """Bob's relation stands in the table since nobody knows when: it excludes him; unknown, it does not."""
    history, outcomes = past(did("bob", 3), {"bob": (True, 30.0)})
    history = replace(history, leads=history.leads.with_columns(relation=pl.lit("competitor")))
    assert untimed_attributes(book(), history) == ()
    untimed = replace(history, leads=history.leads.with_columns(created_at=pl.lit(None, pl.Int64)))
    assert untimed_attributes(book(), untimed) == ("relation",)
    then = past_of(untimed, outcomes, START + 60 * DAY)
    assert backtest(book(), untimed, then).gates[1].decided == 0
    assert backtest(book(), without_untimed(untimed, ["relation"]), then).gates[1].decided == 1


def test_a_lead_is_known_by_its_first_row_or_its_creation() -> None:
    """And one of which nothing has a time, from the beginning."""
    history, _ = past(did("ann", 5, known=7), {}, "bob")
    untimed = replace(history, leads=history.leads.with_columns(created_at=pl.lit(None, pl.Int64)))
    assert first_known(untimed).tolist() == [START + 7 * DAY, 0]
    assert first_known(history).tolist() == [START, START]


# --- another definition ---------------------------------------------------------------------------

HARDER = PLAYBOOK.replace("engagement, at_least: 30", "engagement, at_least: 50")


def test_a_lead_that_would_change_is_named_with_the_reason() -> None:
    """Ann is an MQL by her third paper here; there she would be short of 20 points until she asks."""
    history, outcomes = past(THE_CAST, ENDED)
    then = past_of(history, outcomes, START + 60 * DAY)
    first, other = backtest(book(), history, then), backtest(book(HARDER), history, then)
    (change,) = changed_leads(first, other, history)
    assert (change.lead_id, change.gate, change.won) == ("ann", "mql", True)
    assert [(at or 0) - START for at in (change.at, change.other_at)] == [3 * DAY, 10 * DAY]
    reasons = why(book(), book(HARDER), units_of(history, ["ann"]), change)
    assert reasons.by_first
    assert [lack.asked.code for lack in reasons.held] == ["asked_score"]
    shorts = [lack.short.params.get("points") for lack in reasons.missing if lack.short is not None]
    assert 20 * MICRO in shorts or [lack.asked.code for lack in reasons.missing] == ["asked_did_within"]


def test_two_definitions_are_compared_on_the_same_leads() -> None:
    """The same decisions are no difference, whatever the interval of each."""
    found = tried(THE_CAST, ENDED)
    for gate in differences(found, found):
        assert (gate.only_first, gate.only_other, gate.earlier, gate.later) == (0, 0, 0, 0)
        assert gate.recall is not None
        assert gate.recall.value == 0.0


# --- the threshold --------------------------------------------------------------------------------


def test_a_raised_threshold_decides_less() -> None:
    """Every score of the gate is raised; what must not hold is lowered; other gates stay."""
    history, outcomes = past(THE_CAST, ENDED)
    curve = sweep(book(), "mql", history, past_of(history, outcomes, START + 60 * DAY), steps=(-20, 0, 20)).curve
    assert [point.points for point in curve] == [-20, 0, 20]
    first = [shifted(book(), "mql", points).gates.mql.enter for points in (-20, 20)]
    levels = [getattr(getattr(enter, "any")[0], "at_least") for enter in first]  # noqa: B009 - keys of a union
    assert levels == [10 * MICRO, 50 * MICRO]
    assert shifted(book(), "mql", 5).gates.sales_ready == book().gates.sales_ready


def test_a_gate_without_score_has_no_threshold() -> None:
    """Asking is asked for, no points."""
    history, outcomes = past(THE_CAST, ENDED)
    assert not has_levels(book(), "sales_ready")
    with pytest.raises(NoLevels):
        sweep(book(), "sales_ready", history, past_of(history, outcomes, START + 60 * DAY))


def test_a_gate_of_cells_moves_its_bands() -> None:
    """From cell A1 on becomes harder as the bands rise."""
    cells = book(PLAYBOOK.replace("{score: engagement, at_least: 30}", "{cell: [A1, B1]}"))
    raised = shifted(cells, "mql", 5)
    assert raised.axes["engagement"].bands == {"1": 35 * MICRO}
    assert raised.axes["fit"].bands == {"A": 25 * MICRO}


def test_a_threshold_is_chosen_by_what_was_known_at_the_cut() -> None:
    """Whatever becomes known later of the earlier leads does not change the choice."""
    rows = [row for n in range(30) for row in did(f"lead{n:02}", n, n + 0.1, n + 0.2, event="paper")]
    ended = {f"lead{n:02}": (n % 3 == 0, n + 15.0) for n in range(30)}
    history, outcomes = past(rows, ended)
    history = replace(history, leads=history.leads.with_columns(created_at=pl.lit(None, pl.Int64)))
    whole = past_of(history, outcomes, START + 90 * DAY)
    found = sweep(book(), "mql", history, whole, steps=(-10, 0, 10))
    changed = Past(whole.at, whole.since, np.where(whole.ended > found.cut, 1 - whole.won, whole.won), whole.ended)
    again = sweep(book(), "mql", history, changed, steps=(-10, 0, 10))
    assert (again.best, [p.earlier for p in again.curve]) == (found.best, [p.earlier for p in found.curve])
    assert [p.later for p in again.curve] != [p.later for p in found.curve]
