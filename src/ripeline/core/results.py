"""An evaluation in words: a lead's result with its contributions and journal, and tables of many leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ripeline.core.layout import FOREVER, NEVER
from ripeline.core.lifecycle import Act, Entry, GateName, HandoffStatus, MoveReason, Refusal, Signal, Stage
from ripeline.core.trees import PHASES
from ripeline.core.units import MICRO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.core.definition import Compiled
    from ripeline.core.scoring import Evaluation

LINE_KINDS = ("rule", "cap rule", "cap group", "adjusted", "cap axis")
NO_CONSENT = "no_consent"

_ACTS = {
    Act.OVERRIDE: "override_set",
    Act.OVERRIDE_END: "override_ended",
    Act.VERDICT: "verdict_given",
    Act.STAGE: "stage_set",
}
_GATE_REASONS = (MoveReason.GATE, MoveReason.FORCED)
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a rule, cap or adjustment gave to an axis, in micro-points; for a rule, how many awards, the last when."""

    kind: str
    name: str
    axis: str
    points: int
    awards: int
    last_at: int | None


@dataclass(frozen=True, slots=True)
class Look:
    """How the lead stood when something happened: scores, persona, phase, progress to each gate (None while shut)."""

    version: int
    scores: dict[str, int]
    persona: str | None
    phase: str | None
    progress: dict[str, int] | None


@dataclass(frozen=True, slots=True)
class Move:
    """A move from one stage to another; `gate` names the gate when a gate decided."""

    at: int
    old: Stage
    new: Stage
    reason: str
    gate: str | None
    look: Look


@dataclass(frozen=True, slots=True)
class HandoffChange:
    """A hand-off became `status`, or was `touched`; an offer's clock runs from `conversion_at`, else from `at`."""

    at: int
    status: str
    conversion_at: int | None
    look: Look


@dataclass(frozen=True, slots=True)
class Refused:
    """A person's act that had no effect, and why."""

    at: int
    act: str
    reason: str
    look: Look


@dataclass(frozen=True, slots=True)
class Signalled:
    """Something a person should see where automation may not act."""

    at: int
    signal: str
    look: Look


JournalEntry = Move | HandoffChange | Refused | Signalled


@dataclass(frozen=True, slots=True)
class LeadResult:
    """Everything about one lead at one instant; scores in micro-points, None while it is shut."""

    lead_id: str
    account_id: str | None
    at: int
    known: bool
    scores: dict[str, int] | None
    labels: dict[str, str | None]
    cell: str | None
    persona: str | None
    personas: tuple[str, ...]
    phase: str | None
    excluded: str | None
    not_evaluated: str | None
    plain: bool
    open: dict[str, bool]
    progress: dict[str, int] | None
    stage: Stage
    handoff: str
    next_look_at: int | None
    last_at: int | None
    account: dict[str, int]
    contributions: tuple[Contribution, ...]
    journal: tuple[JournalEntry, ...]


def lead_result(evaluation: Evaluation, lead_id: str) -> LeadResult:
    """The result of one lead; raises KeyError if there is no such lead."""
    found = evaluation.history.leads["lead_id"].index_of(lead_id)
    if found is None:
        raise KeyError(lead_id)
    lines = np.flatnonzero(evaluation.lines.lead == found)
    entries = np.flatnonzero(evaluation.journal.entries.lead == found)
    return _result(evaluation, int(found), lines, entries)


def lead_results(evaluation: Evaluation, *, lines: bool = True) -> Iterator[LeadResult]:
    """The results of all leads, in the order of the leads' table; without `lines`, none has contributions."""
    own = _by_lead(evaluation.lines.lead) if lines else {}
    entries = _by_lead(evaluation.journal.entries.lead)
    nothing = np.empty(0, np.int64)
    for lead in range(evaluation.history.leads.height):
        yield _result(evaluation, lead, own.get(lead, nothing), entries.get(lead, nothing))


def _by_lead(lead: np.ndarray) -> dict[int, np.ndarray]:
    order = np.argsort(lead, kind="stable")
    leads, first = np.unique(lead[order], return_index=True)
    return dict(zip(leads.tolist(), np.split(order, first[1:]), strict=False))


def _result(evaluation: Evaluation, lead: int, lines: np.ndarray, entries: np.ndarray) -> LeadResult:
    compiled, answers = evaluation.compiled, evaluation.answers
    book, shown = compiled.playbook, answers.leads[lead]
    shut, labels = int(shown.shut), _labels(compiled, answers.band[lead])
    fit, engagement = labels["fit"], labels["engagement"]
    personas, account = list(book.personas), answers.account[lead].tolist()
    return LeadResult(
        lead_id=evaluation.history.leads["lead_id"][lead],
        account_id=evaluation.history.leads["account_id"][lead],
        at=evaluation.at,
        known=bool(shown.known),
        scores=None if shut else dict(zip(compiled.axes, answers.scores[lead].tolist(), strict=True)),
        labels=dict.fromkeys(labels) if shut else labels,
        cell=None if shut or fit is None or engagement is None else fit + engagement,
        persona=_named(personas, int(shown.persona)),
        personas=tuple(name for p, name in enumerate(personas) if (int(shown.personas) >> p) & 1),
        phase=None if shut else _named(PHASES, int(shown.phase)),
        excluded=list(book.exclusions)[shut - 1] if shut > 0 else None,
        not_evaluated=NO_CONSENT if shut < 0 else None,
        plain=bool(shown.plain),
        open={gate.name.lower(): bool(evaluation.state.gates[lead, gate].open) for gate in GateName},
        progress=_progress(answers.progress[lead]),
        stage=Stage(int(evaluation.state.leads[lead].stage)),
        handoff=_word(HandoffStatus(int(evaluation.state.leads[lead].handoff))),
        next_look_at=_instant(int(shown.next_look_at)),
        last_at=_instant(int(shown.last_at)),
        account=dict(zip(book.accounts, account, strict=True)),
        contributions=tuple(_contribution(compiled, evaluation.lines[i]) for i in lines),
        journal=tuple(_entry(evaluation, int(i)) for i in entries),
    )


def _labels(compiled: Compiled, bands: np.ndarray) -> dict[str, str | None]:
    return {
        axis: None if band < 0 else labels[band]
        for axis, labels, band in zip(compiled.axes, compiled.labels, bands.tolist(), strict=True)
    }


def _named(names: list[str] | tuple[str, ...], place: int) -> str | None:
    return None if place < 0 else names[place]


def _instant(at: int) -> int | None:
    return None if at in (NEVER, FOREVER) else at


def _word(code: HandoffStatus | MoveReason | Refusal | Signal) -> str:
    return code.name.lower()


def _progress(shares: np.ndarray) -> dict[str, int] | None:
    return None if shares[0] < 0 else {gate.name.lower(): int(shares[gate]) for gate in GateName}


def line_names(compiled: Compiled) -> tuple[tuple[str, ...], ...]:
    """The names of what contributes, by kind of line: rules, rules, groups, axes, axes."""
    rules, groups = tuple(compiled.playbook.rules), tuple(compiled.playbook.groups)
    return rules, rules, groups, compiled.axes, compiled.axes


def line_axes(compiled: Compiled) -> tuple[tuple[str, ...], ...]:
    """The axes of what contributes, by kind of line, in the order of `line_names`."""
    book = compiled.playbook
    rules, groups = tuple(r.axis for r in book.rules.values()), tuple(g.axis for g in book.groups.values())
    return rules, rules, groups, compiled.axes, compiled.axes


def _contribution(compiled: Compiled, line: np.record) -> Contribution:
    kind, index = int(line.kind), int(line.index)
    return Contribution(
        kind=LINE_KINDS[kind],
        name=line_names(compiled)[kind][index],
        axis=line_axes(compiled)[kind][index],
        points=int(line.points),
        awards=int(line.awards),
        last_at=_instant(int(line.last_at)),
    )


def _entry(evaluation: Evaluation, i: int) -> JournalEntry:
    journal, row = evaluation.journal, evaluation.journal.entries[i]
    at, a, b, c = int(row.at), int(row.a), int(row.b), int(row.c)
    compiled = evaluation.versions[row.version]
    look = Look(
        version=int(row.version),
        scores=dict(zip(compiled.axes, journal.scores[i].tolist(), strict=False)),
        persona=_named(list(compiled.playbook.personas), int(row.persona)),
        phase=_named(PHASES, int(row.phase)),
        progress=_progress(journal.progress[i]),
    )
    match Entry(int(row.kind)):
        case Entry.MOVE:
            reason = MoveReason(c)
            gate = GateName(int(row.d)).name.lower() if reason in _GATE_REASONS else None
            return Move(at, Stage(a), Stage(b), _word(reason), gate, look)
        case Entry.HANDOFF:
            return HandoffChange(at, _word(HandoffStatus(a)), _instant(b), look)
        case Entry.TOUCHED:
            return HandoffChange(at, "touched", None, look)
        case Entry.REFUSED:
            return Refused(at, _ACTS[Act(a)], _word(Refusal(b)), look)
        case Entry.SIGNAL:
            return Signalled(at, _word(Signal(a)), look)


# --- tables of many leads -----------------------------------------------------------------------


def scores_table(evaluation: Evaluation) -> pl.DataFrame:
    """A row for each lead known at the instant: scores in points, labels, stage, and how far to the next gate."""
    compiled, answers = evaluation.compiled, evaluation.answers
    shut = answers.leads.shut.astype(np.int64)
    stage = evaluation.state.leads.stage
    labels = [_words(answers.band[:, a], labels) for a, labels in enumerate(compiled.labels)]
    ahead = np.where(stage == Stage.LEAD, answers.progress[:, 0], answers.progress[:, 1]) / _MILLION
    columns = {
        "lead_id": evaluation.history.leads["lead_id"],
        "at": pl.repeat(evaluation.at, stage.size, eager=True, dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
        **{axis: pl.Series(answers.scores[:, a] / MICRO) for a, axis in enumerate(compiled.axes)},
        "grade": labels[1],
        "cell": labels[1] + labels[0],
        "persona": _words(answers.leads.persona, list(compiled.playbook.personas)),
        "phase": _words(answers.leads.phase, list(PHASES)),
        "stage": _words(stage, [s.name.lower() for s in Stage]),
        "progress": pl.Series(ahead),
        "excluded": _words(shut - 1, list(compiled.playbook.exclusions)),
        "not_evaluated": _words(np.where(shut < 0, 0, -1), [NO_CONSENT]),
        "plain": pl.Series(answers.leads.plain),
        "next_look_at": _instants(answers.leads.next_look_at),
    }
    table = pl.DataFrame(columns)
    closed = pl.Series(shut != 0)
    hidden = [*compiled.axes, "grade", "cell", "phase"]
    beyond = closed | pl.Series((stage != Stage.LEAD) & (stage != Stage.MQL))
    table = table.with_columns(
        pl.when(~closed).then(pl.col(hidden)), pl.when(~beyond).then("progress").alias("progress")
    )
    return table.filter(pl.Series(answers.leads.known))


def contributions_table(evaluation: Evaluation) -> pl.DataFrame:
    """A row for each contribution: lead, line, axis, points, awards, the last award's instant."""
    compiled, lines = evaluation.compiled, evaluation.lines
    names, axes = line_names(compiled), line_axes(compiled)
    prefixes = ("", "cap ", "cap ", "adjusted ", "cap ")
    first = np.cumsum([0, *(len(part) for part in names)])
    words = [prefix + name for prefix, part in zip(prefixes, names, strict=True) for name in part]
    places = first[lines.kind] + lines.index
    return pl.DataFrame(
        {
            "lead_id": evaluation.history.leads["lead_id"].gather(pl.Series(lines.lead)),
            "rule": _words(places, words),
            "axis": _words(places, [axis for part in axes for axis in part]),
            "points": lines.points / MICRO,
            "awards": lines.awards.copy(),
            "last_at": _instants(lines.last_at),
        }
    )


def journal_table(evaluation: Evaluation) -> pl.DataFrame:
    """A row for each entry of the journal: what happened to which lead, when and why."""
    ids = evaluation.history.leads["lead_id"]
    rows = [
        {"lead_id": ids[int(lead)], "version": entry.look.version, **_told(entry)}
        for lead, entry in (
            (evaluation.journal.entries[i].lead, _entry(evaluation, i)) for i in range(evaluation.journal.entries.size)
        )
    ]
    text = ("lead_id", "what", "from", "to", "reason", "gate")
    schema = {"lead_id": pl.String, "version": pl.Int64, "at": pl.Int64, **dict.fromkeys(text[1:], pl.String)}
    return pl.DataFrame(rows, schema=schema).with_columns(pl.col("at").cast(pl.Datetime("us", "UTC")))


def _told(entry: JournalEntry) -> dict[str, object]:
    match entry:
        case Move(at=at, old=old, new=new, reason=reason, gate=gate):
            stages = {"from": old.name.lower(), "to": new.name.lower()}
            return {"at": at, "what": "move", **stages, "reason": reason, "gate": gate}
        case HandoffChange(at=at, status=status):
            return {"at": at, "what": "handoff", "to": status}
        case Refused(at=at, act=act, reason=reason):
            return {"at": at, "what": "refused", "from": act, "reason": reason}
        case Signalled(at=at, signal=signal):
            return {"at": at, "what": "signal", "to": signal}


def _words(places: np.ndarray, words: list[str] | tuple[str | None, ...]) -> pl.Series:
    """Names for places, null for places below 0."""
    named = pl.Series(list(words), dtype=pl.String)
    at = pl.Series(np.asarray(places, np.int64))
    return named.gather(at.set(at < 0, None)) if len(named) else pl.Series([None] * len(at), dtype=pl.String)


def _instants(at: np.ndarray) -> pl.Series:
    column = pl.Series(np.asarray(at, np.int64))
    missing = (column == int(NEVER)) | (column == int(FOREVER))
    return column.set(missing, None).cast(pl.Datetime("us", "UTC"))
