"""A past of which not only the definition but the rows too were others at other times."""

from __future__ import annotations

from hypothesis import given, settings

from agreement import plain
from generated import START, Case, cases, instants
from ripeline.core.columns import LATEST
from ripeline.core.results import lead_results
from ripeline.core.scoring import Chapter, Evaluation, evaluate, evaluate_chapters
from ripeline.core.tables import history_from_rows

some = settings(max_examples=30)


def told(evaluation: Evaluation) -> list[object]:
    """What is said of all leads."""
    return [plain(result) for result in lead_results(evaluation)]


@some
@given(cases(), instants)
def test_a_chapter_that_changes_nothing_changes_nothing(case: Case, cut: int) -> None:
    """Looking at all leads once more, at any instant, moves nobody of whom something is told."""
    version = case.versions[0]
    leads = [{**lead, "created_at": lead["created_at"] or START} for lead in case.leads]
    history = history_from_rows([version.playbook], leads, case.rows)
    whole = evaluate([version], history, case.at)
    chapters = [Chapter(version, history), Chapter(version, history, cut, judges=True)]
    assert told(evaluate_chapters(chapters, case.at)) == told(whole)


@some
@given(cases(), instants)
def test_a_lead_that_leaves_is_looked_at_no_more(case: Case, cut: int) -> None:
    """Its journal ends; what the other leads have become lives on."""
    version = case.versions[0]
    history = history_from_rows([version.playbook], case.leads, case.rows)
    gone = history_from_rows(
        [version.playbook],
        [{**lead, "created_at": LATEST, "attributes": {}, "account_id": None} for lead in case.leads[:1]]
        + case.leads[1:],
        [row for row in case.rows if row["lead_id"] != case.leads[0]["lead_id"]],
    )
    later = evaluate_chapters([Chapter(version, history), Chapter(version, gone, cut, judges=True)], case.at)
    before = evaluate([version], history, min(cut - 1, case.at))
    first, then = next(iter(lead_results(before))), next(iter(lead_results(later)))
    assert then.journal == first.journal
    assert then.stage == first.stage
    assert not then.known or cut > case.at
