"""What nurture does with a lead at an instant: which step is due, when to look again, or why it ends; with the reason.

Nothing here remembers or sends: a frozen view of a lead, the playbook and the instant give one move. Whoever carries
it out writes it down and asks again. What it means is said in ``docs/reference/nurture.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import polars as pl

from ripeline.core import conditions as c
from ripeline.core.instants import instant, moment
from ripeline.core.matching import value_expression
from ripeline.core.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import time

    from ripeline.core.conditions import Condition
    from ripeline.core.consent import Permission
    from ripeline.core.playbook import Playbook
    from ripeline.core.playbook_nurture import Deed, Nurture, NurtureTrack

BEFORE_CALL = "before-call"
"""The place of what is done before a call; no step can have this name."""
REPEAT = "repeat-"
"""With a number from 1 on, the place of what is done at regular intervals."""
_STOPS = frozenset({"consent_withdrawn", "suppressed"})
"""A no of the person ends a track; that nobody was asked yet does not."""


@dataclass(frozen=True, slots=True)
class Taken:
    """That a lead is in a track, since when, and what was last done or passed over in it, if anything was."""

    track: str
    entered_at: int
    last_at: int | None = None


@dataclass(frozen=True, slots=True)
class View:
    """A lead as nurture sees it. Instants are microseconds UTC; scores micro-points.

    `done` are the places of each track that were done or passed over, whenever the lead was in it. `mails` are the
    instants of mails of tracks and mailings. `prepared` are the instants until which steps that sales has left to
    marketing, and that are not done, come first.
    """

    stage: str
    mail: Permission
    persona: str = ""
    phase: str = ""
    cell: str = ""
    scores: Mapping[str, int] = field(default_factory=dict)
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    excluded: str = ""
    is_evaluated: bool = True
    handoff: Literal["", "offered", "accepted"] = ""
    recycled: str = ""
    taken: Taken | None = None
    done: Mapping[str, frozenset[str]] = field(default_factory=dict)
    mails: tuple[int, ...] = ()
    prepared: tuple[int, ...] = ()
    is_paused: bool = False
    paused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Enter:
    """It comes into a track."""

    track: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Due:
    """A step is due."""

    track: str
    place: str
    deed: Deed
    reason: Reason


@dataclass(frozen=True, slots=True)
class Pass:
    """A step is passed over, because its condition does not hold."""

    track: str
    place: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is due before an instant; without one, before something about the lead changes."""

    until: int | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class End:
    """It leaves its track."""

    track: str
    reason: Reason


Move = Enter | Due | Pass | Wait | End


def next_move(playbook: Playbook, view: View, now: int) -> Move:  # noqa: PLR0911 - one answer for each state
    """The one thing that comes next for a lead at an instant, and why."""
    nurture = playbook.nurture
    if view.taken is None:
        return _entering(nurture, view)
    track = nurture.tracks.get(view.taken.track) if nurture else None
    over = _over(track, view)
    if over is not None or track is None or nurture is None:
        return End(view.taken.track, over or Reason("track_gone"))
    if view.is_paused:
        return Wait(None, Reason("lead_paused"))
    if view.taken.track in view.paused:
        return Wait(None, Reason("track_paused"))
    if view.handoff == "accepted":
        return Wait(None, Reason("track_rests"))
    if view.handoff == "offered":
        return _before_call(nurture, track, view.taken, view, playbook.timezone, now)
    first = max(view.prepared, default=now)
    if first > now:
        return Wait(first, Reason("prepared_first"))
    return _step(nurture, track, view.taken, view, playbook.timezone, now)


def holds(condition: Condition, view: View) -> bool:
    """Whether a condition on attributes, scores, cell, persona and phase holds; what is unknown at its top does not."""
    return _truth(condition, view) is True


def quiet_until(nurture: Nurture, timezone: str, now: int) -> int | None:
    """When the quiet hours of this instant end; None if it is not quiet."""
    begins, ends = nurture.quiet_hours
    zone = ZoneInfo(timezone)
    local = moment(now).astimezone(zone)
    if not _is_quiet(local.time(), begins, ends):
        return None
    day = local.date() + timedelta(days=begins > ends and local.time() >= begins)
    # Where the clock is set back an hour comes twice; where it is set on, one does not come.
    ended = [instant(datetime.combine(day, ends, zone).replace(fold=fold)) for fold in (0, 1)]
    return min(at for at in ended if at > now and not _is_quiet(moment(at).astimezone(zone).time(), begins, ends))


def _is_quiet(clock: time, begins: time, ends: time) -> bool:
    return begins <= clock < ends if begins < ends else clock >= begins or clock < ends


# --- coming in and leaving ------------------------------------------------------------------------


def _entering(nurture: Nurture | None, view: View) -> Move:
    """The first track that is for it and in which something is left to do; without one, the no that keeps it out."""
    if nurture is None:
        return Wait(None, Reason("no_track"))
    if view.is_paused:
        return Wait(None, Reason("lead_paused"))
    said_no: Reason | None = None
    for name, track in nurture.tracks.items():
        if name in view.paused or _is_finished(track, view.done.get(name)):
            continue
        over = _over(track, view)
        if over is not None:
            said_no = over if over.code in _STOPS else said_no
            continue
        if view.handoff and _place_before_call(track, view.done.get(name)) is None:
            continue
        return Enter(name, Reason("track_entered"))
    return Wait(None, _over(None, view) or said_no or Reason("no_track"))


def _over(track: NurtureTrack | None, view: View) -> Reason | None:  # noqa: PLR0911 - one answer for each reason
    """Why a lead is in a track no longer; without one, why it could be in none."""
    if view.excluded:
        return Reason("track_excluded", exclusion=view.excluded)
    if not view.is_evaluated:
        return Reason("track_not_evaluated")
    if view.stage == "disqualified":
        return Reason("track_moved_on")
    if view.handoff == "accepted" and (track is None or track.owner == "marketing"):
        return Reason("track_accepted")
    if track is None:
        return None
    if not _is_for(track, view):
        return Reason("track_moved_on")
    if view.mail.reason.code in _STOPS and any(deed.mail is not None for deed in track.deeds):
        return view.mail.reason
    return None


def _is_for(track: NurtureTrack, view: View) -> bool:
    whom = track.whom
    asked = ((track.stages, view.stage), (whom.personas, view.persona), (whom.phases, view.phase))
    if any(wanted and own not in wanted for wanted, own in asked):
        return False
    if whom.recycled and view.recycled not in whom.recycled:
        return False
    return whom.when is None or holds(whom.when, view)


def _is_finished(track: NurtureTrack, done: frozenset[str] | None) -> bool:
    """Whether nothing of a track is left; what is done before a call waits for one and does not keep a lead in it."""
    places = done or frozenset()
    if not track.steps.keys() <= places:
        return False
    if track.repeat is None:
        return bool(track.steps) or _place_before_call(track, places) is None
    return track.repeat.times is not None and _repeats(places) >= track.repeat.times


def _repeats(done: frozenset[str]) -> int:
    return sum(place.startswith(REPEAT) for place in done)


# --- what is due ----------------------------------------------------------------------------------


def _step(  # noqa: PLR0911 - one answer for each state
    nurture: Nurture, track: NurtureTrack, taken: Taken, view: View, timezone: str, now: int
) -> Move:
    done = view.done.get(taken.track, frozenset())
    since = taken.entered_at if taken.last_at is None else taken.last_at
    for place, step in track.steps.items():
        if place in done:
            continue
        ready = since + (step.after or 0)
        if now < ready:
            return Wait(ready, Reason("step_later"))
        if step.when is not None and not holds(step.when, view):
            return Pass(taken.track, place, Reason("step_passed"))
        return _deed(nurture, taken.track, place, step, view, timezone, now)
    if _is_finished(track, done):
        return End(taken.track, Reason("track_finished"))
    if track.repeat is None:
        return Wait(None, Reason("step_before_call"))
    ready = since + track.repeat.every
    if now < ready:
        return Wait(ready, Reason("step_later"))
    return _deed(nurture, taken.track, f"{REPEAT}{_repeats(done) + 1}", track.repeat, view, timezone, now)


def _before_call(nurture: Nurture, track: NurtureTrack, taken: Taken, view: View, timezone: str, now: int) -> Move:
    deed = _place_before_call(track, view.done.get(taken.track))
    if deed is None:
        return Wait(None, Reason("track_rests"))
    return _deed(nurture, taken.track, BEFORE_CALL, deed, view, timezone, now)


def _place_before_call(track: NurtureTrack, done: frozenset[str] | None) -> Deed | None:
    """What is to be done before a call, unless it was."""
    return None if BEFORE_CALL in (done or ()) else track.before_call


def _deed(nurture: Nurture, track: str, place: str, deed: Deed, view: View, timezone: str, now: int) -> Move:
    """It is due, unless the hour, the limit of mails or a missing yes forbids it."""
    if deed.mail is not None:
        if not view.mail:
            return Wait(None, view.mail.reason)
        free = _free_at(nurture, view.mails, now)
        if free > now:
            return Wait(free, Reason("step_too_often", count=nurture.at_most.mails, span=nurture.at_most.within))
    quiet = quiet_until(nurture, timezone, now)
    if quiet is not None:
        return Wait(quiet, Reason("step_quiet"))
    return Due(track, place, deed, Reason("step_due"))


def _free_at(nurture: Nurture, mails: tuple[int, ...], now: int) -> int:
    """From when on another mail keeps within the limit."""
    most, within = nurture.at_most.mails, nurture.at_most.within
    counting = sorted(at for at in mails if at + within > now)
    return now if len(counting) < most else counting[-most] + within


# --- conditions -----------------------------------------------------------------------------------


def _truth(condition: Condition, view: View) -> bool | None:  # noqa: PLR0911 - one answer for each kind of test
    """Whether a condition holds; None where it is unknown."""
    match condition:
        case c.All(all=parts):
            found = {_truth(part, view) for part in parts}
            return False if False in found else None if None in found else True
        case c.Any_(any=parts):
            found = {_truth(part, view) for part in parts}
            return True if True in found else None if None in found else False
        case c.Not(not_=part):
            held = _truth(part, view)
            return None if held is None else not held
        case c.AttributeTest(attribute=name):
            return _attribute_holds(condition, view.attributes.get(name))
        case c.ScoreTest(score=axis):
            return _score_holds(condition, view.scores.get(axis))
        case c.CellTest(cell=cells):
            return view.cell in cells
        case c.PersonaTest(persona=personas):
            return view.persona in personas
        case c.PhaseTest(phase=phases):
            return view.phase in phases
    message = f"{type(condition).__name__} cannot be asked of a lead in a track"
    raise TypeError(message)


def _attribute_holds(test: c.AttributeTest, value: str | None) -> bool | None:
    column = pl.DataFrame({test.attribute: [value]}, schema={test.attribute: pl.String})
    held: bool | None = column.select(value_expression(test, test.attribute, column.schema)).item()
    return held


def _score_holds(test: c.ScoreTest, score: int | None) -> bool | None:
    if score is None:
        return None
    if test.at_least is not None:
        return score >= test.at_least
    return test.below is not None and score < test.below
