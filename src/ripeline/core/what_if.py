"""What would change it: the lead once more with a little more news, judged by the one evaluator."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from ripeline.core.columns import as_text
from ripeline.core.history import property_column
from ripeline.core.instants import DAY
from ripeline.core.lifecycle import Stage
from ripeline.core.reasons import Reason
from ripeline.core.results import lead_results
from ripeline.core.samples import attribute_samples, sample_event
from ripeline.core.scoring import evaluate_chapters, in_order
from ripeline.core.tables import History

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ripeline.core.playbook import Playbook
    from ripeline.core.results import LeadResult
    from ripeline.core.scoring import Chapter

WHOLE = 1_000_000
"""The progress of a gate whose conditions hold."""

_SHOWN = 5
_TIMES = (1, 2, 3)
_MOST_ROWS = 2_000_000
_LOOKS = 16
_CHANGES_AHEAD = 3
_WEIGHTS = {"then_offered": 8, "then_stage": 4, "then_gate": 2, "then_cell": 1}


@dataclass(frozen=True, slots=True)
class Change:
    """News that would change something, and what."""

    news: Reason
    effects: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Ahead:
    """What changes at an instant (microseconds UTC) if no news comes."""

    at: int
    effects: tuple[Reason, ...]


@dataclass(frozen=True)
class _Trial:
    size: int
    activity: str = ""
    event: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    attribute: str = ""
    value: str = ""


def what_would_change(chapters: Sequence[Chapter], lead: int, at: int) -> tuple[Change, ...]:
    """The least news at `at` that would change the cell or the stage of a lead or meet a gate's conditions.

    The chapters hold the lead, by its row number, and the others of its account. One evaluation answers all.
    """
    used = [chapter for chapter in chapters if chapter.since is None or chapter.since <= at]
    unit, book = used[-1].history, used[-1].version.playbook
    room = max(1, _MOST_ROWS // max(1, unit.events.height + unit.acts.height))
    trials = sorted(_trials(book, unit, lead, at), key=lambda trial: trial.size)[:room]
    told = {id(each.history): each.history for each in used}
    copies = {key: _copies(history, len(trials) + 1) for key, history in told.items()}
    copies[id(unit)] = _with_news(copies[id(unit)], trials, unit.leads.height, lead, at)
    ordered = {key: in_order(history) for key, history in copies.items()}
    trying = [replace(chapter, history=ordered[id(chapter.history)]) for chapter in used]
    results = list(lead_results(evaluate_chapters(trying, at, explain=False)))
    base, *others = results[lead :: unit.leads.height]
    return tuple(_smallest(trials, [_effects(base, other) for other in others]))


def what_lies_ahead(chapters: Sequence[Chapter], lead: int, base: LeadResult) -> tuple[Ahead, ...]:
    """The next changes of a lead's cell, stage and gates if no news comes."""
    found: list[Ahead] = []
    for _ in range(_LOOKS):
        if base.next_look_at is None or len(found) == _CHANGES_AHEAD:
            break
        at = base.next_look_at
        later = list(lead_results(evaluate_chapters(chapters, at, explain=False)))[lead]
        if effects := tuple(_differences(base, later)):
            found.append(Ahead(at, effects))
        base = later
    return tuple(found)


# --- trials ---------------------------------------------------------------------------------------


def _trials(playbook: Playbook, unit: History, lead: int, at: int) -> Iterator[_Trial]:
    for activity, spec in playbook.activities.items():
        properties = sample_event(spec.where)
        if properties is not None:
            yield from (_Trial(n, activity, spec.event[0], properties) for n in _TIMES)
    changed = set(unit.changes.filter((pl.col("lead") == lead) & (pl.col("known_at") <= at))["attribute"])
    row = unit.leads.row(lead, named=True)
    for name, values in attribute_samples(playbook).items():
        if as_text(row.get(name)) is None and name not in changed:
            yield from (_Trial(1, attribute=name, value=value) for value in values)


def _copies(unit: History, count: int) -> History:
    """The unit so many times over, each copy with ids and accounts of its own."""
    size = unit.leads.height

    def numbered(frame: pl.DataFrame) -> pl.DataFrame:
        shifted = (frame.with_columns(pl.col("lead") + k * size) for k in range(count))
        return pl.concat([each.cast({"lead": pl.UInt32}) for each in shifted])

    def renamed(copy: int) -> pl.DataFrame:
        return unit.leads.with_columns(
            lead_id=pl.lit(f"{copy}\x00") + pl.col("lead_id").cast(pl.String),
            account_id=pl.lit(f"{copy}\x00") + pl.col("account_id"),
        )

    leads = pl.concat([renamed(copy) for copy in range(count)])
    return History(leads, numbered(unit.events), numbered(unit.acts), numbered(unit.changes), 0)


def _with_news(history: History, trials: Sequence[_Trial], size: int, lead: int, at: int) -> History:
    """The copies after the first with each trial's news: events on days of their own, all known at `at`."""
    numbered = [(lead + (place + 1) * size, trial) for place, trial in enumerate(trials)]
    news = [
        {"lead": number, "at": at + day * DAY, "known_at": at, "event": trial.event, **_columns(trial.properties)}
        for number, trial in numbered
        for day in range(trial.size if trial.event else 0)
    ]
    said = [
        {"lead": number, "at": at, "known_at": at, "attribute": trial.attribute, "value": trial.value}
        for number, trial in numbered
        if trial.attribute
    ]
    return History(
        history.leads, _appended(history.events, news), history.acts, _appended(history.changes, said), history.repeats
    )


def _columns(properties: Mapping[str, str]) -> dict[str, str]:
    return {property_column(name): value for name, value in properties.items()}


def _appended(frame: pl.DataFrame, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """The frame with further rows, whose values take the frame's types; columns it lacks hold text."""
    rows = list(rows)
    if not rows:
        return frame
    names = dict.fromkeys(name for row in rows for name in row)
    if "known_at" in names and "known_at" not in frame.columns:
        frame = frame.with_columns(known_at="at")
    new = pl.DataFrame({name: pl.Series([row.get(name) for row in rows]) for name in names})
    new = new.with_columns(pl.col(name).cast(frame.schema.get(name, new.schema[name]), strict=False) for name in names)
    if "position" in frame.columns:
        new = new.with_columns(position=pl.lit(2**31, pl.UInt32))
    return pl.concat([frame, new], how="diagonal")


# --- effects --------------------------------------------------------------------------------------


def _effects(base: LeadResult, other: LeadResult) -> tuple[Reason, ...]:
    """What is better with the news; nothing if the lead is shut or a score falls."""
    if base.scores is None or other.scores is None:
        return ()
    if any(other.scores[axis] < points for axis, points in base.scores.items()):
        return ()
    return tuple(effect for effect in _differences(base, other) if effect.code in _WEIGHTS)


def _differences(base: LeadResult, other: LeadResult) -> Iterator[Reason]:
    if other.stage != base.stage:
        yield Reason("then_stage", old=Stage(base.stage).name.lower(), new=Stage(other.stage).name.lower())
    if other.handoff == "expired" != base.handoff:
        yield Reason("then_expired")
    if other.handoff == "offered" != base.handoff:
        yield Reason("then_offered")
    elif other.progress is not None and base.progress is not None and other.stage == base.stage:
        for gate, share in other.progress.items():
            if share == WHOLE > base.progress[gate] and not base.open[gate]:
                yield Reason("then_gate", gate=gate)
    if other.excluded is not None and base.excluded is None:
        yield Reason("then_excluded", exclusion=other.excluded)
    elif other.cell != base.cell:
        yield Reason("then_cell", cell=other.cell) if other.cell else Reason("then_no_cell")


def _smallest(trials: Sequence[_Trial], effects: Sequence[tuple[Reason, ...]]) -> list[Change]:
    """The trials with an effect, smallest first; those of one size and the same effects are one."""
    seen: dict[str, list[tuple[Reason, ...]]] = {}
    alike: dict[tuple[int, str], list[tuple[_Trial, tuple[Reason, ...]]]] = {}
    for trial, found in zip(trials, effects, strict=True):
        of = trial.activity or trial.attribute
        if found and found not in seen.setdefault(of, []):
            seen[of].append(found)
            alike.setdefault((trial.size, f"{trial.attribute}{[effect.as_json() for effect in found]}"), []).append(
                (trial, found)
            )
    ranked = sorted(
        alike.items(), key=lambda item: (item[0][0], bool(item[1][0][0].attribute), -_weight(item[1][0][1]))
    )
    return [_change([trial for trial, _ in group], group[0][1]) for _, group in ranked[:_SHOWN]]


def _weight(effects: tuple[Reason, ...]) -> int:
    return sum(_WEIGHTS[effect.code] for effect in effects)


def _change(trials: Sequence[_Trial], effects: tuple[Reason, ...]) -> Change:
    first = trials[0]
    if first.attribute:
        return Change(Reason("trial_value", attribute=first.attribute, value=first.value), effects)
    activities = tuple(trial.activity for trial in trials)
    if first.size == 1:
        return Change(Reason("trial_event", activities=activities), effects)
    return Change(Reason("trial_events", count=first.size, activities=activities), effects)
