"""The laws: they hold for every playbook and every history, here for many at random.

RIPELINE_EXAMPLES sets how many cases the main property tries; the others try a fifth of it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agreement import by_evaluator, differences, entry_of, results
from generated import DAY, HOUR, PURPOSES, START, Case, Edition, cases, instants
from ripeline.core.results import HandoffChange, Move

if TYPE_CHECKING:
    from random import Random

    from generated import Tree

EXAMPLES = int(os.environ.get("RIPELINE_EXAMPLES", "60"))
many = settings(max_examples=EXAMPLES)
some = settings(max_examples=max(10, EXAMPLES // 5))

END = START + 90 * DAY
AUTOMATIC = {"gate", "forced", "voided", "excluded", "no_consent"}
RANK = {"lead": 0, "mql": 1, "sql": 2}


def known_at(row: Tree) -> int:
    """When a row became known."""
    return int(row["at"] if row["known_at"] is None else row["known_at"])


def with_ids(case: Case) -> Case:
    """The case with each row once, and with an `event_id` of its own."""
    rows = [{**row, "event_id": row["event_id"] or f"own {i}"} for i, row in enumerate(case.rows)]
    return replace(case, rows=list({(row["lead_id"], row["event_id"]): row for row in rows}.values()))


def of_lead(case: Case, name: str) -> Case:
    """The case without all that the lead's account does not share."""
    own = next(lead for lead in case.leads if lead["lead_id"] == name)
    company = own["account_id"] is not None and any("accounts" in edition.tree for edition in case.editions)
    leads = [lead for lead in case.leads if lead is own or (company and lead["account_id"] == own["account_id"])]
    names = {lead["lead_id"] for lead in leads}
    return replace(case, leads=leads, rows=[row for row in case.rows if row["lead_id"] in names])


@many
@given(cases())
def test_two_evaluators_agree(case: Case) -> None:
    """The evaluator and the oracle say the same of scores, reasons, stages, the journal, and when to look next."""
    assert differences(case) == []


@some
@given(cases())
def test_law_1_the_score_is_the_sum_of_its_reasons(case: Case) -> None:
    """To the last micro-point, on every axis."""
    for result in results(case).values():
        for axis, score in (result.scores or {}).items():
            assert score == sum(line.points for line in result.contributions if line.axis == axis)


@some
@given(cases(), instants)
def test_law_2_what_becomes_known_later_changes_nothing_before(case: Case, instant: int) -> None:
    """Neither what is shown as of an instant, nor any entry of the journal up to it."""
    known = replace(case, rows=[row for row in case.rows if known_at(row) <= instant], at=instant)
    assert by_evaluator(replace(case, at=instant)) == by_evaluator(known)
    for name, result in by_evaluator(replace(case, at=max(case.at, instant))).items():
        journal = [entry for entry in result["journal"] if entry[0] <= instant]
        assert journal == by_evaluator(known)[name]["journal"]


@some
@given(cases().map(with_ids), st.randoms(use_true_random=False))
def test_law_3_order_and_repetition_do_not_matter(case: Case, chance: Random) -> None:
    """The same rows in another order, and some of them twice."""
    rows = case.rows + chance.sample(case.rows, len(case.rows) // 2)
    chance.shuffle(rows)
    assert by_evaluator(replace(case, rows=rows)) == by_evaluator(case)


@some
@given(cases().map(with_ids), st.data())
def test_law_3_late_rows_give_the_same_contributions(case: Case, data: st.DataObject) -> None:
    """What happened by now and is known by now counts alike, whenever it came."""
    case = replace(case, at=END)
    late = [
        {**row, "known_at": data.draw(st.sampled_from([known_at(row), END, END - HOUR]))}
        if row["at"] <= known_at(row)
        else row
        for row in case.rows
    ]
    before, after = by_evaluator(case), by_evaluator(replace(case, rows=late))
    for name, shown in before.items():
        for key in ("scores", "lines", "awards", "labels", "cell", "persona", "excluded", "account"):
            assert after[name][key] == shown[key]


@some
@given(cases())
def test_law_4_live_is_replay(case: Case) -> None:
    """Each round's journal is the beginning of the next one's."""
    rounds = sorted({known_at(row) for row in case.rows if known_at(row) <= case.at} | {case.at})
    final = by_evaluator(case)
    for instant in rounds:
        for name, result in by_evaluator(replace(case, at=instant)).items():
            assert result["journal"] == [entry for entry in final[name]["journal"] if entry[0] <= instant]


@some
@given(cases(), st.lists(instants, min_size=1, max_size=4))
def test_law_4_looking_more_often_changes_nothing(case: Case, looks: list[int]) -> None:
    """A row that says nothing to this playbook is a look, and no more."""
    case = replace(case, editions=case.editions[:1])
    first = {
        lead["lead_id"]: min(
            [known_at(row) for row in case.rows if row["lead_id"] == lead["lead_id"] and row["event"] != "weather"]
            + ([lead["created_at"]] if lead["created_at"] is not None else []),
            default=END,
        )
        for lead in case.leads
    }
    silent = {"known_at": None, "event": "consent_given", "event_id": None, "properties": {"purpose": "horoscopes"}}
    rows = [{"lead_id": name, "at": at, **silent} for name in first for at in looks if at > max(first.values())]
    assert by_evaluator(replace(case, rows=case.rows + rows)) == by_evaluator(case)


@some
@given(cases())
def test_law_5_one_is_many(case: Case) -> None:
    """A lead alone, or its account alone, comes out as among all others."""
    together = by_evaluator(case)
    for name, result in together.items():
        assert by_evaluator(of_lead(case, name))[name] == result


def digest() -> str:
    """What the evaluator says of a fixed sample of cases, told apart to the last bit."""
    found: list[object] = []

    @settings(max_examples=15, derandomize=True, database=None)
    @given(cases())
    def collect(case: Case) -> None:
        found.append(by_evaluator(case))

    collect()
    return hashlib.sha256(repr(found).encode()).hexdigest()


@pytest.mark.timeout(900)  # whoever comes first compiles
def test_law_5_compiled_or_not_is_the_same() -> None:
    """Bit for bit: here as this process runs, and in another as it does not."""
    tests = Path(__file__).parents[1]
    compiled = "0" if os.environ.get("NUMBA_DISABLE_JIT") == "1" else "1"
    paths = os.pathsep.join([str(tests), str(tests / "core"), *sys.path])
    environment = {**os.environ, "NUMBA_DISABLE_JIT": compiled, "PYTHONPATH": paths}
    command = [sys.executable, "-c", "import conftest, test_laws; print(test_laws.digest())"]
    other = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == digest()


@some
@given(cases(), instants, st.sampled_from(["hold", "lead", "mql", "sql"]))
def test_law_6_a_persons_word_stands(case: Case, instant: int, word: str) -> None:
    """Under a hold nothing happens by itself; no automatic move passes an override."""
    said = {"hold": True} if word == "hold" else {"stage": word}
    row = {"lead_id": "ada", "at": instant, "known_at": None, "event": "override_set", "event_id": "zzz"}
    others = [row for row in case.rows if row["lead_id"] != "ada" or not row["event"].startswith("override")]
    case = replace(case, rows=[*others, {**row, "properties": {**said, "until": "2030-01-01T00:00:00Z"}}], at=END)
    journal = results(case)["ada"].journal
    refused = any(entry_of(entry)[:3] == (instant, "refused", "override_set") for entry in journal)
    assume(not refused)
    own = (m.old for m in journal if isinstance(m, Move) and m.at == instant and m.reason == "override")
    before = next(own, None)
    floor, ceiling = RANK.get(word, 0), RANK.get(word, 0)
    for entry in journal:
        if isinstance(entry, Move) and entry.reason in AUTOMATIC and entry.at >= instant:
            assert word != "hold"
            rank = RANK[entry.new.name.lower()]
            assert rank >= floor or (before is not None and before.value > floor)
            assert rank <= ceiling or (before is not None and before.value < ceiling)
        elif isinstance(entry, HandoffChange) and entry.at >= instant and word == "hold":
            assert entry.status != "expired"


@some
@given(cases())
def test_law_8_decisions_name_their_evidence(case: Case) -> None:
    """The version, the scores, the gate, and how far the lead had come, for every entry."""
    for result in results(case).values():
        for entry in result.journal:
            version = case.versions[entry.look.version]
            assert set(entry.look.scores) == {"engagement", "fit", *version.playbook.axes}
            assert version.published_at is None or version.published_at <= entry.at
            if isinstance(entry, Move) and entry.reason in {"gate", "forced"}:
                assert entry.gate in {"mql", "sales_ready"}
                assert entry.look.progress is not None


def with_consent(case: Case, consent: Tree, event: str) -> tuple[Case, Case]:
    """The case at the end, by one playbook that asks for consent; without and with a last word on all purposes."""
    case = replace(case, editions=[Edition({**case.editions[0].tree, "consent": consent})], at=END)
    last = [
        {"lead_id": lead["lead_id"], "at": END, "event": event, "properties": {"purpose": purpose}}
        for lead in case.leads
        for purpose in PURPOSES
    ]
    return case, replace(case, rows=case.rows + last)


@some
@given(cases())
def test_law_9_later_consent_revives_nothing(case: Case) -> None:
    """An event counts by the consent that was in force when it happened."""
    unasked = {"purpose": "nothing", "basis": "objection"}
    consent = {"scoring": unasked, "channels": {"web": "tracking", "mail": "profiling"}}
    before, after = map(by_evaluator, with_consent(case, consent, "consent_given"))
    for name, result in after.items():
        assert (result["awards"], result["scores"]) == (before[name]["awards"], before[name]["scores"])


@some
@given(cases())
def test_law_9_without_consent_there_is_no_score(case: Case) -> None:
    """Whoever objects is not evaluated from then on, and every gate is shut."""
    consent = {"scoring": {"purpose": "profiling", "basis": "objection"}}
    _, after = with_consent(case, consent, "consent_withdrawn")
    for result in by_evaluator(after).values():
        assert (result["not_evaluated"], result["scores"], result["lines"]) == ("no_consent", None, {})
        assert result["open"] == {"mql": False, "sales_ready": False}
