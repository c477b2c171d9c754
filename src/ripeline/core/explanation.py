"""Why this score, why this stage, what is missing, what would change it: one lead explained, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ripeline.core.conditions import AttributeTest
from ripeline.core.handoff import Clock, acceptance_clock, response_clock
from ripeline.core.lifecycle import Stage
from ripeline.core.nearest import Lack, Way, gate_for, held_by, ways_to
from ripeline.core.playbook import Axis, Decay, Rule, RuleChange, ValueTable
from ripeline.core.reasons import Reason
from ripeline.core.results import Contribution, HandoffChange, LeadResult, Move, Refused, Signalled, lead_result
from ripeline.core.scoring import chapters_of, evaluate_chapters
from ripeline.core.standing import attributes_at, standing_of
from ripeline.core.tables import History
from ripeline.core.what_if import WHOLE, Ahead, Change, what_lies_ahead, what_would_change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ripeline.core.playbook import Playbook
    from ripeline.core.scoring import Chapter, Evaluation, Version

_GATES = ("mql", "sales_ready")
_OPEN = ("offered", "accepted")
_ENDED = ("recycled", "rejected", "disqualified", "expired", "merged")
_MOVES_WITH_CONDITIONS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A contribution with its evidence."""

    what: Contribution
    evidence: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to the stage or the hand-off at an instant, with the scores and the conditions of that look."""

    at: int
    what: Reason
    scores: dict[str, int] | None
    held: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True)
class Miss:
    """What the next gate lacks: the nearest ways, or when it opens by itself because its conditions hold."""

    gate: str
    progress: int
    ways: tuple[Way, ...]
    opens: Reason | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything there is to say about one lead at one instant."""

    result: LeadResult
    playbook: Playbook
    notes: tuple[Reason, ...]
    excluded_by: tuple[Lack, ...]
    lines: tuple[Line, ...]
    steps: tuple[Step, ...]
    clock: Clock | None
    miss: Miss | None
    changes: tuple[Change, ...]
    ahead: tuple[Ahead, ...]


def explain(versions: Sequence[Version], history: History, lead_id: str, at: int) -> Explanation:
    """One lead as of `at` (microseconds UTC), with all reasons; raises KeyError if the history has no such lead."""
    return explain_chapters(chapters_of(versions, unit_of(history, lead_id)), lead_id, at)


def explain_chapters(chapters: Sequence[Chapter], lead_id: str, at: int) -> Explanation:
    """The same of a lead whose rows too may have been others at other times; raises KeyError if it is in none."""
    lead = _place(chapters[0].history, lead_id)
    evaluation = evaluate_chapters(chapters, at, details=True)
    result, playbook = lead_result(evaluation, lead_id), evaluation.compiled.playbook
    known = attributes_at(evaluation.history, lead, at)
    is_open = result.known and result.scores is not None
    return Explanation(
        result,
        playbook,
        tuple(_notes(evaluation, result, lead)),
        _excluded_by(evaluation, result),
        tuple(Line(line, tuple(_evidence(line, playbook, result, known))) for line in result.contributions),
        tuple(_steps(chapters, result, playbook)),
        _open_clock(result, playbook),
        miss_of(evaluation, result) if is_open else None,
        what_would_change(chapters, lead, at) if is_open else (),
        what_lies_ahead(chapters, lead, result) if result.known else (),
    )


def unit_of(history: History, lead_id: str) -> History:
    """The rows of a lead and of all leads of its account; raises KeyError."""
    leads = history.leads.with_row_index("lead", 0).with_columns(pl.col("lead_id").cast(pl.String))
    own = leads.filter(pl.col("lead_id") == lead_id)
    if own.is_empty():
        raise KeyError(lead_id)
    account = own["account_id"][0]
    kept = own if account is None else leads.filter(pl.col("account_id") == account)
    numbers = kept.select(pl.col("lead").cast(pl.UInt32)).with_row_index("new")

    def of_unit(frame: pl.DataFrame) -> pl.DataFrame:
        mine = frame.join(numbers, on="lead", how="inner", maintain_order="left")
        return mine.with_columns(lead="new").drop("new")

    return History(kept.drop("lead"), of_unit(history.events), of_unit(history.acts), of_unit(history.changes), 0)


def _place(history: History, lead_id: str) -> int:
    """A lead's row number; raises KeyError."""
    place = history.leads["lead_id"].cast(pl.String).index_of(lead_id)
    if place is None:
        raise KeyError(lead_id)
    return place


# --- how it stands ----------------------------------------------------------------------------------


def _notes(evaluation: Evaluation, result: LeadResult, lead: int) -> Iterator[Reason]:
    if not result.known:
        yield Reason("not_known", at=evaluation.at)
        return
    if result.excluded is not None:
        yield Reason("excluded", exclusion=result.excluded)
    elif result.scores is None:
        yield Reason("not_evaluated")
    elif result.last_at is None:
        yield Reason("no_events")
    elif result.plain:
        yield Reason("plain")
    yield from _holds(evaluation, lead)
    if evaluation.compiled.playbook.consent == "assumed":
        yield Reason("consent_assumed")


def _excluded_by(evaluation: Evaluation, result: LeadResult) -> tuple[Lack, ...]:
    """The tests by which the exclusion applies."""
    if result.excluded is None:
        return ()
    return held_by(evaluation.compiled.playbook.exclusions[result.excluded], standing_of(evaluation, result))


def _holds(evaluation: Evaluation, lead: int) -> Iterator[Reason]:
    """Overrides in force, the cool-down, and what a new offer waits for."""
    state, at = evaluation.state.leads[lead], evaluation.at
    until = int(state.override_until)
    if until > at and state.hold:
        yield Reason("hold", until=until)
    elif until > at:
        if state.floor > Stage.LEAD:
            yield Reason("floor", stage=_stage(state.floor), until=until)
        if state.ceiling < Stage.SQL:
            yield Reason("ceiling", stage=_stage(state.ceiling), until=until)
    if state.cool_until > at:
        yield Reason("cool_down", until=int(state.cool_until))
    elif state.waiting:
        yield Reason("waits_for_conversion" if state.waiting == 1 else "waits_for_data")


def _stage(stage: int) -> str:
    return Stage(stage).name.lower()


# --- why this score ---------------------------------------------------------------------------------


def _evidence(
    line: Contribution, playbook: Playbook, result: LeadResult, known: Mapping[str, str | None]
) -> Iterator[Reason]:
    persona = playbook.personas.get(result.persona or "")
    change = (persona.rules.get(line.name) if persona else None) or RuleChange()
    if line.kind == "adjusted":
        yield Reason("adjusted")
    elif line.kind == "cap rule":
        rule = playbook.rules[line.name]
        least = rule.min if change.min is None else change.min
        yield from _cap(line, least, rule.max if change.max is None else change.max)
    elif line.kind == "cap group":
        yield from _cap(line, playbook.groups[line.name].min, playbook.groups[line.name].max)
    elif line.kind == "cap axis":
        axis = playbook.axes.get(line.name, Axis())
        yield from _cap(line, axis.min, axis.max)
    elif not playbook.rules[line.name].on:
        yield _state(playbook.rules[line.name], known)
    else:
        yield from _awards(line, playbook, change)


def _state(rule: Rule, known: Mapping[str, str | None]) -> Reason:
    """The attribute that decides a rule of state, if it is one."""
    of = rule.points.attribute if isinstance(rule.points, ValueTable) else None
    if of is None and isinstance(rule.when, AttributeTest):
        of = rule.when.attribute
    value = known.get(of) if of is not None else None
    return Reason("state_of", attribute=of, now=value) if of is not None and value is not None else Reason("state")


def _cap(line: Contribution, least: int | None, most: int | None) -> Iterator[Reason]:
    if line.points < 0 and most is not None:
        yield Reason("cap_most", cap=most)
    elif least is not None:
        yield Reason("cap_least", cap=least)


def _awards(line: Contribution, playbook: Playbook, change: RuleChange) -> Iterator[Reason]:
    rule = playbook.rules[line.name]
    each = rule.points if change.points is None else change.points
    if line.last_at is not None:
        yield Reason("awarded", count=line.awards, last_at=line.last_at)
    if isinstance(each, int) and each * line.awards != line.points:
        yield Reason("given", given=each * line.awards)
    yield from fading(change.decay or rule.decay)


def fading(decay: Decay | None) -> Iterator[Reason]:
    """How points fade, in the order in which it is told."""
    if decay is None:
        return
    if decay.half_life is not None:
        yield Reason("half_life", span=decay.half_life)
    if decay.linear is not None:
        yield Reason("linear", percent=decay.linear.percent, span=decay.linear.every)
    if decay.window is not None:
        yield Reason("window", span=decay.window)


# --- why this stage ---------------------------------------------------------------------------------


def _steps(chapters: Sequence[Chapter], result: LeadResult, playbook: Playbook) -> Iterator[Step]:
    gated = [entry for entry in result.journal if isinstance(entry, Move) and entry.gate is not None]
    with_conditions = gated[-_MOVES_WITH_CONDITIONS:]
    clocks = _clocks(result, playbook)
    for place, entry in enumerate(result.journal):
        if isinstance(entry, Move):
            held = _conditions(chapters, result.lead_id, entry) if entry in with_conditions else ()
            reason = moved(entry.old, entry.new, entry.reason, entry.gate)
            yield Step(entry.at, reason, entry.look.scores, held)
        elif isinstance(entry, HandoffChange):
            for reason in _handed(entry, clocks.get(place)):
                yield Step(entry.at, reason, entry.look.scores)
        elif isinstance(entry, Refused):
            yield Step(entry.at, Reason(f"refused_{entry.reason}"), entry.look.scores)
        elif isinstance(entry, Signalled):
            yield Step(entry.at, Reason(f"signal_{entry.signal}"), entry.look.scores)


def moved(old: Stage, new: Stage, reason: str, gate: str | None) -> Reason:
    """Why a lead moved; raises ValueError for a reason that no move has."""
    names = {"old": _stage(old), "new": _stage(new)}
    if reason == "forced" and gate is not None:
        return Reason("moved_forced", gate=gate, **names)
    if reason == "gate" and gate is not None and new > old:
        return Reason("moved_gate_up", gate=gate, **names)
    return Reason("moved_gate_down" if reason == "gate" else f"moved_{reason}", **names)


def _conditions(chapters: Sequence[Chapter], lead_id: str, move: Move) -> tuple[Lack, ...]:
    """The conditions of the gate that held when it moved the lead up."""
    if move.gate is None or move.new < move.old:
        return ()
    evaluation = evaluate_chapters(chapters, move.at, explain=False, details=True)
    then = lead_result(evaluation, lead_id)
    gate = gate_for(evaluation.compiled.playbook, then.persona, move.gate)
    return held_by(gate.enter, standing_of(evaluation, then)) if then.scores is not None else ()


def _handed(change: HandoffChange, clocks: _Clocks | None) -> Iterator[Reason]:
    yield Reason(change.status)
    if clocks is not None and change.status == "offered" and clocks.acceptance.due_at is not None:
        yield Reason("acceptance_due", due_at=clocks.acceptance.due_at)
    if clocks is not None and clocks.response.due_at is not None:
        yield Reason("response_due", due_at=clocks.response.due_at)


@dataclass(frozen=True, slots=True)
class _Clocks:
    response: Clock
    acceptance: Clock


def _clocks(result: LeadResult, playbook: Playbook) -> dict[int, _Clocks]:
    """The clocks that each offer starts, by its place in the journal."""
    found: dict[int, _Clocks] = {}
    latest, is_open, rejected_at = None, False, None
    for place, entry in enumerate(result.journal):
        if not isinstance(entry, HandoffChange):
            continue
        if entry.status == "offered" or (entry.status == "confirmed" and not is_open):
            # A misrouted offer goes on at once to another rep, with the due time that it had.
            response = latest.response if latest and rejected_at == entry.at else _response(entry, playbook)
            accept = acceptance_clock(playbook.handoff, playbook.timezone, offered_at=entry.at)
            latest = found[place] = _Clocks(response, accept)
        is_open = entry.status in _OPEN or (entry.status == "touched" and is_open)
        rejected_at = entry.at if entry.status == "rejected" else None
    return found


def _response(offer: HandoffChange, playbook: Playbook) -> Clock:
    return response_clock(playbook.handoff, playbook.timezone, offered_at=offer.at, conversion_at=offer.conversion_at)


def _open_clock(result: LeadResult, playbook: Playbook) -> Clock | None:
    """The response clock that is running: that of the last hand-off, until it ends or our first touch is made."""
    clocks = _clocks(result, playbook)
    last = max(clocks, default=None)
    if last is None:
        return None
    ends = (*_ENDED, "touched")
    after = [entry for entry in result.journal[last + 1 :] if isinstance(entry, HandoffChange)]
    return None if any(entry.status in ends for entry in after) else clocks[last].response


# --- what is missing --------------------------------------------------------------------------------


def miss_of(evaluation: Evaluation, result: LeadResult) -> Miss | None:
    """What the first gate that is shut lacks; None if both are open or the lead is past them or not to be scored.

    The evaluation was made with `details`.
    """
    if result.stage > Stage.MQL or result.progress is None:
        return None
    gate = next((name for name in _GATES if not result.open[name]), None)
    if gate is None:
        return None
    spec = gate_for(evaluation.compiled.playbook, result.persona, gate)
    if result.progress[gate] == WHOLE:
        lead = evaluation.history.leads["lead_id"].index_of(result.lead_id)
        since = int(evaluation.state.gates[lead, _GATES.index(gate)].since)
        return Miss(gate, WHOLE, (), Reason("dwell", gate=gate, at=since + (spec.dwell or 0)))
    ways = ways_to(spec.enter, standing_of(evaluation, result))
    return Miss(gate, result.progress[gate], ways)
