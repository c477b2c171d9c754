"""Why a lead stands where it stands: both axes with what gave the points, each condition of the gates, the course."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext

from ripeline.core.reasons import Reason
from ripeline.core.trees import axes_of
from ripeline.server.qualification import explaining
from ripeline.server.refusals import TEXTS, Refused
from ripeline.web.lead.speaking import speaker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ripeline.core.explanation import Miss
    from ripeline.core.nearest import Tested
    from ripeline.core.results import Contribution
    from ripeline.language import Speaker
    from ripeline.server.qualification.explaining import Seen
    from ripeline.web.lead.asking import Asking
    from ripeline.web.shell import StaffRequest

_KINDS = {"cap group": "group", "cap axis": "axis", "adjusted": "axis"}


def section(request: StaffRequest, asking: Asking, voice: Speaker) -> dict[str, Any]:
    """The scores with their reasons, as of now."""
    del request, voice
    lead = asking.lead
    told = explaining.see(lead, asking.now)
    if isinstance(told, Refused):
        return {"why_not": gettext(TEXTS[told.reason]), "say": _words()}
    speaks = speaker(told.playbook)
    return {
        "axes": [_axis(told, axis, speaks) for axis in axes_of(told.playbook)] if told.result.scores else [],
        "why_not": "" if told.result.scores else _why_not(told, speaks),
        "gates": [gate_told(name, tested, told, speaks) for name, tested in told.gates.items()],
        "missing": _missing(told.miss, speaks) if told.miss else None,
        "course": f"{reverse('lead-course', args=[lead.pk])}?of={lead.decided_at}",
        "course_told": _course_told(told, speaks),
        "say": _words(),
    }


def gate_told(name: str, tested: Tested, told: Seen, voice: Speaker) -> dict[str, Any]:
    """A gate with each of its conditions in words, and whether it holds."""
    progress = (told.result.progress or {}).get(name, 0)
    return {
        "name": voice.name("gate", name),
        "is_open": told.result.open[name],
        "share": voice.language.percent(progress / 1_000_000),
        "percent": progress // 10_000,
        "part": part_told(tested, voice),
        "note": gettext(
            "It was opened before, or at once by a single activity; not everything that it asks has to hold now."
        )
        if told.result.open[name] and not tested.holds
        else "",
        "state": gettext("open") if told.result.open[name] else gettext("shut"),
    }


def part_told(tested: Tested, voice: Speaker) -> dict[str, Any]:
    """A condition in words, with its parts."""
    labels = {"all": gettext("All of these"), "any": gettext("One of these"), "not": gettext("Not this")}
    return {
        "text": voice.asked(tested.test) if tested.test else labels[tested.kind],
        "holds": tested.holds,
        "state": gettext("met") if tested.holds else gettext("not met"),
        "parts": [part_told(part, voice) for part in tested.parts],
    }


def _axis(told: Seen, axis: str, voice: Speaker) -> dict[str, Any]:
    scores = told.result.scores or {}
    lines = [line for line in told.result.contributions if line.axis == axis and line.points]
    label = told.result.labels[axis]
    return {
        "name": voice.name("axis", axis),
        "label": label or "",
        "points": voice.language.points(scores[axis]),
        "lines": list(_fall(lines, voice)),
    }


def _fall(lines: Sequence[Contribution], voice: Speaker) -> Iterator[dict[str, Any]]:
    """A waterfall: each bar begins where the one before ended; the widest extent is the whole width."""
    sums = [0]
    for line in lines:
        sums.append(sums[-1] + line.points)
    low, high = min(sums), max(sums)
    width = max(1, high - low)
    for line, before, after in zip(lines, sums, sums[1:], strict=False):
        start = min(before, after) - low
        yield {
            "name": _name(line, voice),
            "points": voice.language.points(line.points),
            "why": _why(line, voice),
            "x": round(1000 * start / width),
            "width": max(4, round(1000 * abs(line.points) / width)),
            "is_down": line.points < 0,
        }


def _name(line: Contribution, voice: Speaker) -> str:
    if line.kind == "adjusted":
        return gettext("Adjusted by hand")
    name = voice.name(_KINDS.get(line.kind, "rule"), line.name)
    return name if line.kind == "rule" else gettext("Cap on {name}").format(name=name)


def _why(line: Contribution, voice: Speaker) -> str:
    if line.kind != "rule" or not line.awards or line.last_at is None:
        return ""
    return voice.say(Reason("awarded", count=line.awards, last_at=line.last_at))


def _why_not(told: Seen, voice: Speaker) -> str:
    if told.result.excluded is not None:
        return voice.say(Reason("excluded", exclusion=told.result.excluded))
    return voice.say(Reason("not_evaluated" if told.result.known else "no_events"))


def _missing(miss: Miss, voice: Speaker) -> dict[str, Any]:
    gate = voice.name("gate", miss.gate)
    ways = [voice.language.all_of(voice.short(lack) for lack in way) for way in miss.ways if way]
    what = voice.language.any_of(list(dict.fromkeys(ways)))  # those that differ in what is left out are one
    text = gettext("{what} short of {gate}.").format(what=what, gate=gate) if ways else ""
    return {"gate": gate, "text": text, "opens": voice.say(miss.opens) if miss.opens else ""}


def _course_told(told: Seen, voice: Speaker) -> str:
    scores = told.result.scores or {}
    now = ", ".join(f"{voice.name('axis', axis)} {voice.language.points(at)}" for axis, at in scores.items())
    return gettext("Course of the scores with the gates' levels; now: {scores}").format(scores=now)


def _words() -> dict[str, str]:
    return {
        "missing": gettext("What is missing"),
        "why": gettext("Why this score"),
        "gates": gettext("What the gates ask"),
        "course": gettext("Course"),
    }
