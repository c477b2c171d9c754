"""Problems of tracks: what they say of personas, phases and stages must fit the rest of the playbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.core import condition_check as c
from ripeline.core.condition_check import check_condition, references
from ripeline.core.phrases import phrase as _
from ripeline.core.playbook_nurture import OF_MARKETING, OF_SALES
from ripeline.core.problems import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.core.condition_check import Names
    from ripeline.core.playbook import Playbook
    from ripeline.core.playbook_nurture import NurtureTrack
    from ripeline.core.problems import Place


def check_nurture(playbook: Playbook, names: Names) -> Iterator[Finding]:
    """Yield what is wrong with the tracks of a playbook."""
    if playbook.nurture is None:
        return
    for name, track in playbook.nurture.tracks.items():
        yield from _check_track(track, ("nurture", "tracks", name), names)


def _check_track(track: NurtureTrack, place: Place, names: Names) -> Iterator[Finding]:
    whom = (*place, "for")
    yield from _check_stages(track, (*whom, "stages"))
    yield from references((*whom, "personas"), _("persona"), track.whom.personas, names.persona, "personas")
    yield from references((*whom, "phases"), _("phase"), track.whom.phases, names.phase, "journey")
    yield from check_condition(track.whom.when, (*whom, "when"), c.OF_TRACK, names)
    for name, step in track.steps.items():
        yield from check_condition(step.when, (*place, "steps", name, "when"), c.OF_TRACK, names)
    if track.before_call is not None and track.owner == "rep":
        yield Finding((*place, "before_call"), "PB143", {})
    if not track.deeds:
        yield Finding(place, "PB144", {})


def _check_stages(track: NurtureTrack, place: Place) -> Iterator[Finding]:
    allowed = OF_MARKETING if track.owner == "marketing" else OF_SALES
    for position, stage in enumerate(track.whom.stages):
        if stage not in allowed:
            owner = _("marketing") if track.owner == "marketing" else _("the rep")
            yield Finding((*place, position), "PB142", {"owner": owner, "stage": stage, "allowed": ", ".join(allowed)})
