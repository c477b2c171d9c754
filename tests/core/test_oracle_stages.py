"""The oracle against stories worked out by hand from docs/meaning.md: gates, stages, accounts, versions."""

from __future__ import annotations

import pytest

import oracle
from by_hand import BASE, DAY, START, Tree, ada, book, gates, handoffs, happened, lead, moves, row

# --- Gates and turns ------------------------------------------------------------------------------


def test_a_gate_opens_when_its_dwell_is_over_and_not_if_it_was_broken() -> None:
    """30 points from day 0, for 5 days; a reset on day 3 makes it begin again on day 4."""
    playbook = book(gates=gates({"enter": BASE["gates"]["mql"]["enter"], "dwell": "5 days"}))
    rows = [row(0, "paper")] * 3
    assert moves(ada(playbook, rows, 9)) == [(5, "lead", "mql", "gate", "mql")]
    assert ada(playbook, rows, 2).next_look_at == START + 5 * DAY
    rows += [row(day, "points_adjusted", {"axis": "engagement", "add": n}) for day, n in ((3, -1), (4, 1))]
    assert moves(ada(playbook, rows, 20)) == [(9, "lead", "mql", "gate", "mql")]


def test_a_fading_score_closes_an_open_gate_below_the_margin_to_the_microsecond() -> None:
    """40 points, half gone in 30 days, fall under 20, less half a micro-point, 93,487 microseconds after day 30."""
    playbook = book(
        rules={"papers": {"on": "paper", "points": 40, "decay": {"half_life": "30 days"}}},
        gates=gates({"enter": BASE["gates"]["mql"]["enter"], "margin": 10}),
    )
    result = ada(playbook, [row(0, "paper")], 31)
    assert [(entry[0], entry[3]) for entry in result.journal] == [(START, "mql"), (START + 30 * DAY + 93_487, "lead")]


def test_a_turn_is_found_where_rising_and_falling_parts_meet() -> None:
    """30 - 20 x (1 - d/100) reaches 15 on day 25; without the 10 of the quote, from day 50, it does so on day 75."""
    rules = {
        "papers": {"on": "paper", "points": 20},
        "pages": {"on": "page", "points": -20, "decay": {"linear": {"percent": 1, "every": "1 day", "mode": "smooth"}}},
        "asks": {"on": "quote", "points": 10, "decay": {"window": "50 days"}},
    }
    playbook = book(rules=rules, gates=gates({"enter": {"score": "engagement", "at_least": 15}}))
    rows = [row(0, "paper"), row(0, "page"), row(0, "quote")]
    at = [(entry[0], entry[3]) for entry in ada(playbook, rows, 100).journal if entry[1] == "move"]
    # Half a micro-point fades in 216,000 microseconds; exactly half of one still rounds away from zero.
    assert at == [
        (START + 25 * DAY - 215_999, "mql"),
        (START + 50 * DAY, "lead"),
        (START + 75 * DAY - 215_999, "mql"),
    ]


def test_a_forcing_event_opens_for_as_long_as_it_holds() -> None:
    """With `confirm: automatic` a quote makes an SQL of a lead at once; for sales it makes an offer."""
    forced = gates(sales_ready={"enter": {"did": "ask"}, "dwell": "9 days", "force": "quote", "force_holds": "3 days"})
    result = ada(book(gates=forced), [row(1, "quote")], 9)
    assert moves(result) == [(1, "lead", "mql", "forced", "sales_ready"), (4, "mql", "lead", "gate", "mql")]
    assert handoffs(result) == [(1, "offered"), (4, "expired")]
    result = ada(book(gates=forced, handoff={"confirm": "automatic"}), [row(1, "quote")], 2)
    assert moves(result) == [(1, "lead", "sql", "forced", "sales_ready")]
    assert handoffs(result) == [(1, "offered"), (1, "confirmed")]


def test_progress_is_the_share_of_what_enter_asks_for() -> None:
    """All: the mean; any: the best; each rounded down."""
    parts = [{"score": "engagement", "at_least": 30}, {"did": "ask", "at_least": 3}, {"bant": 2, "required": ["need"]}]
    bant: Tree = {"need": {}, "budget": {}}
    rows = [row(0, "paper"), row(0, "ask"), row(0, "ask"), row(0, "bant_answered", {"item": "budget", "answer": "yes"})]
    for kind, share in (("all", (333_333 + 666_666 + 333_333) // 3), ("any", 666_666)):
        assert ada(book(gates=gates({"enter": {kind: parts}}), bant=bant), rows, 1).progress["mql"] == share


# --- Stages and hand-offs -------------------------------------------------------------------------


def test_a_recycled_lead_waits_for_its_cool_down_and_a_new_conversion() -> None:
    """A conversion during the cool-down counts once it is over; one before it does not."""
    playbook = book(handoff={"cool_down": "10 days", "response_time": "24 h"})
    rows = [row(0, "ask"), row(1, "verdict_given", {"verdict": "recycled"})]
    assert handoffs(ada(playbook, rows, 50)) == [(0, "offered"), (1, "recycled")]
    result = ada(playbook, [*rows, row(5, "ask")], 50)
    assert handoffs(result) == [(0, "offered"), (1, "recycled"), (11, "offered")]
    offers = [entry[3] for entry in result.journal if entry[1:3] == ("handoff", "offered")]
    assert offers == [START, None]  # on day 11 the conversion of day 5 is too old to count from


def test_a_lead_goes_back_only_when_the_cool_down_is_over() -> None:
    """Its gates are closed from day 2 on, and it is moved on day 11."""
    playbook = book(
        handoff={"cool_down": "10 days"},
        gates=gates(sales_ready={"enter": {"did": "ask", "within": "2 days"}}),
    )
    result = ada(playbook, [row(0, "ask"), row(1, "verdict_given", {"verdict": "recycled"})], 20)
    assert moves(result)[-1] == (11, "mql", "lead", "gate", "mql")


def test_a_verdict_needs_an_open_handoff() -> None:
    """Refused acts change nothing; a misrouted one is offered again from the same conversion."""
    verdicts = ["accepted", "recycled", "confirmed"]
    rows = [row(0, "verdict_given", {"verdict": "accepted"}), row(1, "ask")]
    rows.append(row(1.5, "verdict_given", {"verdict": "rejected", "reason": "misrouted"}))
    rows += [row(2, "touch_logged"), row(2.5, "touch_logged"), row(3, "verdict_given", {"verdict": "accepted"})]
    rows += [row(4, "verdict_given", {"verdict": verdict}) for verdict in ("rejected", *verdicts[2:], "accepted")]
    rows += [row(5, "stage_set", {"stage": "lead"}), row(6, "verdict_given", {"verdict": "recycled"})]
    result = ada(book(), rows, 7)
    assert [entry[1:] for entry in happened(result, "handoff")] == [
        ("offered", START + DAY),
        ("rejected", None),
        ("offered", START + DAY),
        ("touched", None),
        ("accepted", None),
        ("confirmed", None),
    ]
    assert [entry[2] for entry in happened(result, "refused")] == [
        *("no_open_handoff", "already_accepted", "no_open_handoff", "illegal_move"),
    ]
    assert [entry[2] for entry in moves(result)] == ["mql", "sql", "mql"]


def test_bad_data_is_offered_again_after_a_repair() -> None:
    """No cool-down: the next change of attributes suffices."""
    rows = [row(0, "ask"), row(1, "verdict_given", {"verdict": "rejected", "reason": "bad_data"}), row(2, "ask")]
    rows.append(row(3, "attributes_changed", {"phone": "+371"}))
    assert handoffs(ada(book(), rows, 9)) == [(0, "offered"), (1, "rejected"), (3, "offered")]


def test_a_persons_word_stands_until_it_ends() -> None:
    """A ceiling keeps from mql, a floor in mql, a hold from everything; each ends at its instant."""
    until = {"until": "2026-01-15T02:00:00+02:00"}  # day 10
    papers = [row(1, "paper")] * 3
    ceiling = row(0, "override_set", {"stage": "lead"} | until)
    assert moves(ada(book(), [ceiling, *papers], 20)) == [(10, "lead", "mql", "gate", "mql")]
    floor = row(0, "override_set", {"stage": "mql"})
    assert moves(ada(book(), [floor], 99)) == [(0, "lead", "mql", "override", None), (90, "mql", "lead", "gate", "mql")]
    playbook = book(gates=gates(sales_ready={"enter": {"did": "ask"}, "force": "quote"}))
    result = ada(playbook, [row(0, "override_set", {"hold": True} | until), row(1, "quote")], 20)
    assert (happened(result, "signal"), moves(result)[0][0]) == ([(1, "task")], 10)
    ended = [row(0, "override_set", {"hold": True}), *(row(day, "override_ended") for day in (2, 3)), *papers]
    result = ada(book(), ended, 20)
    assert (moves(result)[0][0], happened(result, "refused")) == (2, [(3, "override_ended", "no_override")])


def test_after_acceptance_automation_only_signals() -> None:
    """The gate closes, opens again, and nothing moves."""
    playbook = book(gates=gates(sales_ready={"enter": {"did": "ask", "within": "5 days"}}))
    rows = [row(0, "ask"), row(1, "verdict_given", {"verdict": "accepted"}), row(8, "ask")]
    result = ada(playbook, rows, 9)
    assert (happened(result, "signal"), result.stage) == ([(5, "faded"), (8, "revived")], "mql")


def test_nothing_is_dated_before_it_is_known() -> None:
    """Late papers make an MQL when they are read, and what is shown in between does not know them."""
    rows = [row(1, "paper", known_at=START + 4 * DAY)] * 3
    assert (moves(ada(book(), rows, 9)), ada(book(), rows, 3).stage) == ([(4, "lead", "mql", "gate", "mql")], "lead")


def test_what_is_shown_later_begins_with_what_was_shown_before() -> None:
    """The journal up to a day is that of the day, whatever comes after."""
    playbook = book(gates=gates({"enter": {"score": "engagement", "at_least": 20}, "dwell": "2 days"}))
    rows = [*(row(i, "paper", known_at=START + (i + i % 2) * DAY) for i in range(6)), row(7, "ask"), row(70, "ask")]
    journal = ada(playbook, rows, 200).journal
    for day in range(0, 90, 3):
        assert ada(playbook, rows, day).journal == [entry for entry in journal if entry[0] <= START + day * DAY]  # type: ignore[operator]


# --- Accounts and versions ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roll_up", "points"), [({"roll_up": "sum"}, 60), ({"roll_up": "max"}, 30), ({"roll_up": "top", "n": 2}, 50)]
)
def test_an_account_is_rolled_up_over_its_leads(roll_up: Tree, points: int) -> None:
    """Ada 10, Ben 20, Cleo 30; Dan is excluded; a colleague's score opens Ada's gate at the same look."""
    playbook = book(
        attributes={"role": {"type": "text"}},
        exclusions={"student": {"attribute": "role", "is": "student"}},
        accounts={"engagement": roll_up},
        gates=gates({"enter": {"account": "engagement", "at_least": points}}),
    )
    leads = [lead(name, "acme") for name in ("ada", "ben", "cleo")] + [lead("dan", "acme", role="student"), lead("eve")]
    counts = {"ada": 1, "ben": 2, "cleo": 3, "dan": 4}
    rows = [row(i, "paper") | {"lead_id": name} for name, count in counts.items() for i in range(count)]
    results = oracle.evaluate([(playbook, None, None)], leads, rows, START + 9 * DAY)
    assert {result.account["engagement"] for name, result in results.items() if name != "eve"} == {points * 1_000_000}
    assert (results["eve"].account, results["dan"].excluded, results["dan"].scores["fit"]) == (
        {"engagement": 0},
        "student",
        None,
    )
    assert moves(results["ada"]) == [(2, "lead", "mql", "gate", "mql")]
    assert [results[name].stage for name in ("ben", "dan", "eve")] == ["mql", "lead", "lead"]


@pytest.mark.parametrize(("mode", "moved"), [("from_now_on", 8), ("retroactive", 4)])
def test_a_new_version_speaks_at_once_or_with_the_next_row(mode: str, moved: float) -> None:
    """Two papers suffice from day 4 on; the next row comes on day 8."""
    eased = book(gates=gates({"enter": {"score": "engagement", "at_least": 20}}))
    rows = [row(0, "paper"), row(1, "paper"), row(8, "page")]
    versions = [(book(), None, None), (eased, START + 4 * DAY, mode)]
    result = oracle.evaluate(versions, [lead()], rows, START + 9 * DAY)["ada"]
    assert moves(result) == [(moved, "lead", "mql", "gate", "mql")]


def test_the_first_persona_that_fits_prices_the_whole_history() -> None:
    """All that fit are told; a persona's points and gate count for old rows too."""
    personas = {
        "boss": {
            "when": {"attribute": "title", "contains": "chief"},
            "rules": {"papers": {"points": 15}},
            "gates": {"mql": {"enter": {"score": "engagement", "at_least": 15}}},
        },
        "anyone": {"when": {"attribute": "title", "missing": False}},
    }
    playbook = book(personas=personas, attributes={"title": {"type": "text"}})
    result = ada(playbook, [row(0, "paper"), row(3, "attributes_changed", {"title": "Chief of IT"})], 4, title="clerk")
    assert (result.persona, result.personas, result.scores["engagement"]) == ("boss", ["boss", "anyone"], 15_000_000)
    assert moves(result) == [(3, "lead", "mql", "gate", "mql")]


@pytest.mark.parametrize("accounts", [{}, {"engagement": {"roll_up": "sum"}}])
def test_leads_share_their_turns_where_accounts_are_rolled_up(accounts: Tree) -> None:
    """Ben's turn on day 60 is Ada's in a playbook with `accounts`, and his own without."""
    leads = [lead("ada", "acme"), lead("ben", "acme")]
    rows = [row(0, "ask") | {"lead_id": "ben"}]
    results = oracle.evaluate([(book(accounts=accounts), None, None)], leads, rows, START)
    turns = [results[name].next_look_at for name in ("ben", "ada")]
    assert turns == [START + 60 * DAY, START + 60 * DAY if accounts else None]
