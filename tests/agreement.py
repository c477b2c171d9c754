"""What the evaluator and the oracle say of the same leads, put into the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import oracle
from ripeline.core.results import HandoffChange, LeadResult, Look, Move, Refused, Signalled, lead_result
from ripeline.core.scoring import evaluate
from ripeline.core.tables import history_from_rows

if TYPE_CHECKING:
    from generated import Case, Tree

Entry = tuple[object, ...]


def by_evaluator(case: Case, *, at: int | None = None) -> dict[str, Tree]:
    """What the evaluator says of each lead."""
    return {name: plain(result) for name, result in results(case, at=at).items()}


def results(case: Case, *, at: int | None = None) -> dict[str, LeadResult]:
    """The evaluator's own results."""
    history = history_from_rows([version.playbook for version in case.versions], case.leads, case.rows)
    evaluation = evaluate(case.versions, history, case.at if at is None else at)
    return {lead["lead_id"]: lead_result(evaluation, lead["lead_id"]) for lead in case.leads}


def by_oracle(case: Case) -> dict[str, Tree]:
    """What the oracle says of each lead."""
    versions = [
        (
            version.playbook.model_dump(mode="python", by_alias=True),
            version.published_at,
            "retroactive" if version.retroactive else "from_now_on",
        )
        for version in case.versions
    ]
    found = oracle.evaluate(versions, case.leads, case.rows, case.at)
    return {name: told(result) for name, result in found.items()}


def plain(result: LeadResult) -> Tree:
    """The evaluator's result in plain words."""
    shut = result.scores is None
    return {
        "scores": result.scores,
        "lines": {(line.kind, line.name): line.points for line in result.contributions if line.points},
        "awards": {line.name: (line.awards, line.last_at) for line in result.contributions if line.awards},
        "labels": None if shut else result.labels,
        "cell": result.cell,
        "persona": result.persona,
        "personas": list(result.personas),
        "phase": result.phase,
        "excluded": result.excluded,
        "not_evaluated": result.not_evaluated,
        "plain": result.plain,
        "open": result.open,
        "progress": result.progress,
        "stage": result.stage.name.lower(),
        "handoff": result.handoff,
        "next_look_at": result.next_look_at,
        "account": result.account,
        "journal": [entry_of(entry) for entry in result.journal],
        "looks": [look_of(entry.look) for entry in result.journal],
    }


def look_of(look: Look) -> Tree | None:
    """What is kept with an entry, if the lead was not shut."""
    kept = {"scores": look.scores, "persona": look.persona, "phase": look.phase, "progress": look.progress}
    return None if look.progress is None else kept


def entry_of(entry: Move | HandoffChange | Refused | Signalled) -> Entry:
    """An entry of the evaluator's journal as the oracle writes it."""
    match entry:
        case Move():
            return entry.at, "move", entry.old.name.lower(), entry.new.name.lower(), entry.reason, entry.gate
        case HandoffChange():
            return entry.at, "handoff", entry.status, entry.conversion_at
        case Refused():
            return entry.at, "refused", entry.act, entry.reason
        case Signalled():
            return entry.at, "signal", entry.signal


def told(result: oracle.Result) -> Tree:
    """The oracle's result in plain words."""
    shut = None in result.scores.values()
    statuses = [entry[2] for entry in result.journal if entry[1] == "handoff" and entry[2] != "touched"]
    return {
        "scores": None if shut else result.scores,
        "lines": result.lines,
        "awards": result.awards,
        "labels": None if shut else result.grades,
        "cell": result.cell,
        "persona": result.persona,
        "personas": result.personas,
        "phase": result.phase,
        "excluded": result.excluded,
        "not_evaluated": result.not_evaluated,
        "plain": result.plain,
        "open": result.open,
        "progress": None if shut else result.progress,
        "stage": result.stage,
        "handoff": statuses[-1] if statuses else "none",
        "next_look_at": result.next_look_at,
        "account": result.account,
        "journal": result.journal,
        "looks": result.looks,
    }


def differences(case: Case) -> list[str]:
    """Where the two differ: lead, key, what the evaluator says, what the oracle says."""
    mine, other = by_evaluator(case), by_oracle(case)
    return [
        f"{name} {key}: {mine[name][key]} but {other[name][key]}"
        for name in mine
        for key in mine[name]
        if mine[name][key] != other[name][key]
    ]


def agreed(case: Case) -> dict[str, LeadResult]:
    """The evaluator's results, which are the oracle's too."""
    assert differences(case) == []
    return results(case)
