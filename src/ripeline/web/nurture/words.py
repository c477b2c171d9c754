"""How pages speak of tracks: their steps, for whom they are, and what would come for a lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext

from ripeline.core.nurture import BEFORE_CALL, REPEAT
from ripeline.core.nurture_ahead import ahead
from ripeline.language import readable
from ripeline.server.nurture import views
from ripeline.server.nurture.track_numbers import REPEATED
from ripeline.web import shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.core.nurture_ahead import Ahead
    from ripeline.core.playbook import Playbook
    from ripeline.core.playbook_nurture import Deed, NurtureTrack
    from ripeline.language import Speaker
    from ripeline.server.leads import Lead
    from ripeline.web.shell import When


class Coming(NamedTuple):
    """One thing that would come for a lead: when, what, and why or why so late."""

    when: When
    what: str
    why: str
    kind: str


def called(name: str, track: NurtureTrack | None) -> str:
    """How people call a track."""
    return shell.language().part(name, track.label if track else None)


def step_called(place: str) -> str:
    """How people call a step."""
    if place == BEFORE_CALL:
        return gettext("Before the call")
    if place == REPEATED:
        return gettext("At intervals")
    if place.startswith(REPEAT):
        return gettext("At intervals, number {count}").format(count=place.removeprefix(REPEAT))
    return shell.language().part(place)


def deed_told(deed: Deed) -> str:
    """What a step does."""
    if deed.mail is not None:
        text = gettext("Mail {name}, with what comes next") if deed.content else gettext("Mail {name}")
        return text.format(name=shell.language().part(deed.mail))
    if deed.task is not None:
        return gettext("Task: {text}").format(text=shell.language().word(deed.task))
    return gettext("Message to programs: {name}").format(name=readable(deed.webhook or ""))


def times_of(track: NurtureTrack) -> dict[str, str]:
    """By place, when a step is done."""
    span, first = shell.language().duration, True
    told = {}
    for place, step in track.steps.items():
        if step.after is None:
            told[place] = gettext("at once")
        else:
            text = gettext("{time} after coming in") if first else gettext("{time} later")
            told[place] = text.format(time=span(step.after))
        if step.when is not None:
            told[place] = gettext("{time}, on a condition").format(time=told[place])
        first = False
    if track.repeat is not None:
        text = gettext("every {time}, {count} times at most") if track.repeat.times else gettext("every {time}")
        told[REPEATED] = text.format(time=span(track.repeat.every), count=track.repeat.times)
    if track.before_call is not None:
        told[BEFORE_CALL] = gettext("while the lead is offered to sales")
    return told


def whom_told(track: NurtureTrack, voice: Speaker) -> str:
    """For whom a track is, on one line."""
    language, whom = shell.language(), track.whom
    parts = [language.any_of([language.own_name(stage) or stage for stage in track.stages])]
    parts += [language.any_of([voice.name("personas", name) for name in whom.personas])] if whom.personas else []
    parts += [language.any_of([voice.name("phases", name) for name in whom.phases])] if whom.phases else []
    parts += [gettext("given back by sales")] if whom.recycled else []
    parts += [gettext("on a condition")] if whom.when is not None else []
    return " · ".join(parts)


def coming_for(lead: Lead, playbook: Playbook, voice: Speaker, *, now: int) -> list[Coming]:
    """What would come for a lead if nothing else happened, and why not."""
    view = views.views_of([lead], playbook, now=now)[lead.pk]
    tracks = playbook.nurture.tracks if playbook.nurture else {}
    return [_coming(one, tracks, voice, now) for one in ahead(playbook, view, now)]


def _coming(one: Ahead, tracks: dict[str, NurtureTrack], voice: Speaker, now: int) -> Coming:
    track = called(one.track, tracks.get(one.track))
    match one.kind:
        case "enter":
            what = gettext("It comes into the track {track}.").format(track=track)
        case "end":
            what = gettext("It leaves the track {track}.").format(track=track)
        case "rest":
            what = gettext("Nothing more comes by itself.")
        case _:
            what = f"{step_called(one.place)}: {deed_told(one.deed)}" if one.deed else step_called(one.place)
    why = one.delayed if one.delayed is not None else one.reason
    return Coming(shell.here(one.at, now), what, "" if why.code == "step_due" else voice.say(why), one.kind)


def words() -> dict[str, str]:
    """What stands on these pages beside what is shown."""
    return {
        "step": gettext("Step"),
        "when": gettext("When"),
        "what": gettext("What"),
        "ended": gettext("Why leads left"),
        "paused": gettext("paused"),
        "pause": gettext("Pause"),
        "resume": gettext("Resume"),
        "preview": gettext("What would come for a lead"),
        "preview_help": gettext("If nothing else happened from now on."),
        "lead": gettext("Lead"),
        "lead_help": gettext("An e-mail, or the number of a lead"),
        "show": gettext("Show"),
        "nothing": gettext("The playbook that is active has no tracks."),
        "whence": gettext("Tracks stand in the playbook, so marketing and sales sign a new one or a change."),
        "nobody": gettext("There is no such lead."),
        "rule": gettext("Rules for all tracks"),
    }


def columns() -> tuple[str, ...]:
    """What is counted of each step."""
    return (
        gettext("Here now"),
        gettext("Done"),
        gettext("Sent"),
        gettext("Clicked"),
        gettext("Held or returned"),
        gettext("Passed over"),
    )


def steps_of(track: NurtureTrack) -> Iterator[tuple[str, Deed]]:
    """The steps of a track by place, in the order in which people read them."""
    yield from track.steps.items()
    if track.repeat is not None:
        yield REPEATED, track.repeat
    if track.before_call is not None:
        yield BEFORE_CALL, track.before_call
