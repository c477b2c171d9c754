"""The numbers of tracks: who is in each and where, what was sent and clicked, and why leads left."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q

from ripeline.server.leadmail.clicks import Click
from ripeline.server.nurture.enrollments import Enrollment, StepDone, What

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.core.playbook_nurture import NurtureTrack


REPEATED = "repeat"
"""Under which name all that is done at regular intervals is counted together."""


@dataclass(slots=True)
class StepNumbers:
    """What became of one step: how often it was done, and of its mails how many left, were held, came back, clicked.

    `waiting` are those who are in the track now and for whom this step comes next.
    """

    done: int = 0
    passed: int = 0
    exhausted: int = 0
    sent: int = 0
    held: int = 0
    bounced: int = 0
    clicked: int = 0
    waiting: int = 0


@dataclass(slots=True)
class TrackNumbers:
    """How many leads came into a track, are in it, and left it, by the reason; and its steps by place."""

    entered: int = 0
    inside: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    steps: dict[str, StepNumbers] = field(default_factory=dict)


def numbers_of(tracks: Mapping[str, NurtureTrack]) -> dict[str, TrackNumbers]:
    """By the name of each of these tracks its numbers, in three queries however many they are."""
    found = {name: TrackNumbers(steps={place: StepNumbers() for place in one.steps}) for name, one in tracks.items()}
    counted = Enrollment.objects.filter(track__in=found).values_list("track", "end_reason").annotate(Count("pk"))
    for track, reason, count in counted.order_by():
        found[track].entered += count
        if reason:
            found[track].ended[reason] += count
        else:
            found[track].inside += count
    _count_steps(found)
    _count_waiting(tracks, found)
    return found


def _count_steps(found: Mapping[str, TrackNumbers]) -> None:
    clicked = Click.objects.filter(mail=OuterRef("mail"), is_machine=False)
    rows = StepDone.objects.filter(enrollment__track__in=found).annotate(was_clicked=Exists(clicked)).order_by()
    told = rows.values_list("enrollment__track", "place", "what").annotate(
        count=Count("pk"),
        sent=Count("pk", filter=Q(mail__sent_at__isnull=False)),
        held=Count("pk", filter=Q(mail__held_at__isnull=False)),
        bounced=Count("pk", filter=Q(mail__bounced_at__isnull=False)),
        clicks=Count("pk", filter=Q(was_clicked=True)),
    )
    for track, place, what, count, sent, held, bounced, clicks in told:
        one = found[track].steps.setdefault(_own(place), StepNumbers())
        one.passed += count if what == What.PASSED else 0
        one.exhausted += count if what == What.EXHAUSTED else 0
        one.done += count if what not in (What.PASSED, What.EXHAUSTED) else 0
        one.sent, one.held = one.sent + sent, one.held + held
        one.bounced, one.clicked = one.bounced + bounced, one.clicked + clicks


def _count_waiting(tracks: Mapping[str, NurtureTrack], found: Mapping[str, TrackNumbers]) -> None:
    """How many of those who are in a track now have done a step; who has not, and has the one before, waits for it."""
    rows = StepDone.objects.filter(enrollment__track__in=found, enrollment__ended_at=None).order_by()
    counted = rows.values_list("enrollment__track", "place").annotate(Count("pk"))
    done = {(track, place): count for track, place, count in counted}
    for name, track in tracks.items():
        before = found[name].inside
        for place in track.steps:
            so_far = min(before, done.get((name, place), 0))
            found[name].steps[place].waiting = before - so_far
            before = so_far
        if track.repeat is not None:
            found[name].steps.setdefault(REPEATED, StepNumbers()).waiting = before


def _own(place: str) -> str:
    return REPEATED if place.startswith(f"{REPEATED}-") else place
