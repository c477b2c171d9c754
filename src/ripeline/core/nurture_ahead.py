"""What nurture would do with a lead from an instant on, if nothing else happened: what comes when, and why not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ripeline.core.nurture import Due, End, Enter, Pass, Taken, Wait, next_move

if TYPE_CHECKING:
    from ripeline.core.nurture import Move, View
    from ripeline.core.playbook import Playbook
    from ripeline.core.playbook_nurture import Deed
    from ripeline.core.reasons import Reason

_MOVES = 200


@dataclass(frozen=True, slots=True)
class Ahead:
    """One thing that would come: into a track, a step done or passed over, out of the track, or a rest."""

    at: int
    kind: Literal["enter", "due", "pass", "end", "rest"]
    track: str
    reason: Reason
    place: str = ""
    deed: Deed | None = None
    delayed: Reason | None = None


def ahead(playbook: Playbook, view: View, now: int, *, most: int = 10) -> tuple[Ahead, ...]:
    """The next things in their order, at most so many; the last one may be that it rests, with the reason.

    `delayed` tells why a step comes later than its own time, such as quiet hours.
    """
    found: list[Ahead] = []
    delayed: Reason | None = None
    for _ in range(_MOVES):
        move = next_move(playbook, view, now)
        if isinstance(move, Wait):
            if move.until is None:
                found.append(Ahead(now, "rest", view.taken.track if view.taken else "", move.reason))
                break
            delayed = None if move.reason.code == "step_later" else move.reason
            now = move.until
            continue
        found.append(_told(move, now, delayed))
        view, delayed = _after(move, view, now), None
        if len(found) >= most:
            break
    return tuple(found)


def _told(move: Enter | Due | Pass | End, now: int, delayed: Reason | None) -> Ahead:
    match move:
        case Due(track=track, place=place, deed=deed, reason=reason):
            return Ahead(now, "due", track, reason, place, deed, delayed)
        case Pass(track=track, place=place, reason=reason):
            return Ahead(now, "pass", track, reason, place)
        case Enter(track=track, reason=reason):
            return Ahead(now, "enter", track, reason)
        case End(track=track, reason=reason):
            return Ahead(now, "end", track, reason)


def _after(move: Move, view: View, now: int) -> View:
    """How the lead stands once that was done."""
    match move:
        case Enter(track=track):
            return replace(view, taken=Taken(track, now))
        case End():
            return replace(view, taken=None)
        case Due(track=track, place=place) | Pass(track=track, place=place):
            taken = None if view.taken is None else replace(view.taken, last_at=now)
            done = {**view.done, track: view.done.get(track, frozenset()) | {place}}
            is_mail = isinstance(move, Due) and move.deed.mail is not None
            return replace(view, taken=taken, done=done, mails=(*view.mails, now) if is_mail else view.mails)
    return view
