"""Why a lead stands where it stands, as of any instant: evaluated anew from the ledger, as it was decided then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ripeline.core.conditions import All, Any_, Not, ScoreTest
from ripeline.core.explanation import explain_chapters, miss_of
from ripeline.core.nearest import gate_for, tested
from ripeline.core.pasts import chapters
from ripeline.core.results import lead_result
from ripeline.core.scoring import evaluate_chapters
from ripeline.core.standing import standing_of
from ripeline.server import playbooks
from ripeline.server.qualification import histories
from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ripeline.core.conditions import Condition
    from ripeline.core.explanation import Explanation, Miss
    from ripeline.core.nearest import Tested
    from ripeline.core.playbook import Playbook
    from ripeline.core.results import LeadResult
    from ripeline.core.scoring import Chapter
    from ripeline.server.leads import Lead


_GATES = ("mql", "sales_ready")


@dataclass(frozen=True, slots=True)
class Seen:
    """A lead as of an instant, from one evaluation: its result, what both gates ask, and what the next one lacks."""

    result: LeadResult
    playbook: Playbook
    gates: dict[str, Tested]
    miss: Miss | None


@dataclass(frozen=True, slots=True)
class Course:
    """The scores of a lead at some instants, in order, and the levels that its gates ask for, by gate and axis."""

    points: tuple[tuple[int, dict[str, int]], ...]
    levels: tuple[tuple[str, str, int], ...]


def explain(lead: Lead, at: int) -> Explanation | Refused:
    """A lead as of an instant, with all reasons; refused before it was known or any definition was in force."""
    told = _chapters(lead, at)
    return told if isinstance(told, Refused) else explain_chapters(told, str(lead.pk), at)


def missing(lead: Lead, at: int) -> Miss | Refused | None:
    """What a lead lacked for its next gate at an instant; None if both were open or it was past them."""
    told = _chapters(lead, at)
    if isinstance(told, Refused):
        return told
    evaluation = evaluate_chapters(told, at, details=True)
    result = lead_result(evaluation, str(lead.pk))
    return miss_of(evaluation, result) if result.known and result.scores is not None else None


def see(lead: Lead, at: int) -> Seen | Refused:
    """How a lead stands to everything that its gates ask; the gates are none while it is not to be scored."""
    told = _chapters(lead, at)
    if isinstance(told, Refused):
        return told
    evaluation = evaluate_chapters(told, at, details=True)
    result, playbook = lead_result(evaluation, str(lead.pk)), evaluation.compiled.playbook
    if not result.known or result.scores is None:
        return Seen(result, playbook, {}, None)
    standing = standing_of(evaluation, result)
    asked = {name: gate_for(playbook, result.persona, name).enter for name in _GATES}
    gates = {name: tested(condition, standing) for name, condition in asked.items()}
    return Seen(result, playbook, gates, miss_of(evaluation, result))


def course(lead: Lead, at: Sequence[int]) -> Course | Refused:
    """The scores of a lead at instants, in order; where it had none there is no point."""
    told = _chapters(lead, at[-1])
    if isinstance(told, Refused):
        return told
    points = []
    result, playbook = None, told[-1].version.playbook
    for instant in at:
        if any(chapter.since is None or chapter.since <= instant for chapter in told):
            result = lead_result(evaluate_chapters(told, instant, explain=False), str(lead.pk))
            if result.known and result.scores is not None:
                points.append((instant, result.scores))
    persona = result.persona if result else None
    levels = {
        (gate, test.score, test.at_least)
        for gate in _GATES
        for test in _scores_of(gate_for(playbook, persona, gate).enter)
        if test.at_least is not None
    }
    return Course(tuple(points), tuple(sorted(levels)))


def _scores_of(condition: Condition) -> Iterator[ScoreTest]:
    match condition:
        case ScoreTest():
            yield condition
        case All(all=parts) | Any_(any=parts):
            for part in parts:
                yield from _scores_of(part)
        case Not(not_=part):
            yield from _scores_of(part)


def _chapters(lead: Lead, at: int) -> Sequence[Chapter] | Refused:
    versions = playbooks.core_versions(at)
    if not versions:
        return Refused(Refusal.NO_DEFINITION)
    if lead.created_at > at:
        return Refused(Refusal.NO_SUCH_LEAD)
    return chapters(histories.pasts([lead.unit_id], at, versions)[lead.unit_id], versions)
