"""The page of tracks: each as its steps with their numbers, what would come for a lead, and the stop for all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from ripeline.core.reasons import Reason
from ripeline.server import instants, people, playbooks
from ripeline.server.nurture import pauses, track_numbers
from ripeline.server.nurture.nurturing import without_template
from ripeline.server.nurture.pauses import NurturePause
from ripeline.server.refusals import Refused
from ripeline.server.staff.users import Action, may
from ripeline.web import shell
from ripeline.web.lead.asking import lead_called
from ripeline.web.lead.speaking import speaker
from ripeline.web.nurture import words as track_words
from ripeline.web.shell import StaffRequest, staff

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from django.http import HttpResponse

    from ripeline.core.playbook import Playbook
    from ripeline.core.playbook_nurture import Nurture, NurtureTrack
    from ripeline.language import Speaker
    from ripeline.server.nurture.track_numbers import StepNumbers, TrackNumbers


class Row(NamedTuple):
    """A step with its numbers."""

    name: str
    when: str
    what: str
    numbers: list[tuple[str, int | None]]
    lacks: str


@staff(Action.READ_ALL)
@require_safe
def tracks(request: StaffRequest) -> HttpResponse:
    """All tracks of the active playbook, and maybe what would come for one lead."""
    playbook = playbooks.active_playbook()
    nurture = playbook.nurture if playbook else None
    voice = speaker(playbook)
    shown: dict[str, Any] = {
        "title": gettext("Tracks"),
        "say": track_words.words(),
        "columns": track_words.columns(),
        "may_stop": may(request.user, Action.WRITE_TO_LEADS),
        "asked": request.GET.get("lead", "")[:254],
    }
    if playbook is not None and nurture is not None:
        shown |= {"tracks": list(_tracks(nurture, voice, without_template(playbook))), "rule": _rule(nurture)}
        shown |= _preview(request, playbook, voice)
    return render(request, "tracks.html", shown)


@staff(Action.WRITE_TO_LEADS)
@require_POST
def change(request: StaffRequest, name: str, act: str) -> HttpResponse:
    """Pause a track, or let it go on."""
    playbook, now = playbooks.active_playbook(), instants.now()
    nurture = playbook.nurture if playbook else None
    if nurture is None or name not in nurture.tracks or act not in {"pause", "resume"}:
        raise Http404
    if act == "pause":
        shell.told(request, pauses.pause(name, by=request.user, now=now), gettext("The track is paused."))
    else:
        done = pauses.resume(name, by=request.user, now=now)
        shell.told(request, done if isinstance(done, Refused) else True, gettext("The track goes on."))
    return redirect("tracks")


def _tracks(nurture: Nurture, voice: Speaker, unwritten: set[str]) -> Iterator[dict[str, Any]]:
    numbers = track_numbers.numbers_of(nurture.tracks)
    paused = set(NurturePause.objects.filter(lead=None).values_list("track", flat=True))
    for name, track in nurture.tracks.items():
        own = numbers[name]
        yield {
            "name": name,
            "label": track_words.called(name, track),
            "whom": track_words.whom_told(track, voice),
            "owner": gettext("The rep's") if track.owner == "rep" else gettext("Marketing's"),
            "is_paused": name in paused,
            "counts": " · ".join(_counts(own)),
            "lacks": _lacks({deed.mail for deed in track.deeds} & unwritten),
            "rows": list(_rows(track, own, unwritten)),
            "ended": [(voice.say(_reason(code)), count) for code, count in own.ended.most_common()],
        }


def _counts(own: TrackNumbers) -> Iterator[str]:
    yield ngettext("{count} lead now", "{count} leads now", own.inside).format(count=own.inside)
    yield ngettext("{count} in all", "{count} in all", own.entered).format(count=own.entered)
    if sent := sum(one.sent for one in own.steps.values()):
        clicked = sum(one.clicked for one in own.steps.values())
        yield ngettext("{count} mail sent", "{count} mails sent", sent).format(count=sent)
        yield ngettext("{count} clicked", "{count} clicked", clicked).format(count=clicked)


def _rows(track: NurtureTrack, own: TrackNumbers, unwritten: set[str]) -> Iterator[Row]:
    times = track_words.times_of(track)
    for place, deed in track_words.steps_of(track):
        one = own.steps.get(place) or track_numbers.StepNumbers()
        numbers = zip(track_words.columns(), _numbers(one, is_mail=deed.mail is not None), strict=True)
        lacks, what = _lacks({deed.mail} & unwritten), track_words.deed_told(deed)
        yield Row(track_words.step_called(place), times[place], what, list(numbers), lacks)


def _lacks(unwritten: Collection[str | None]) -> str:
    return gettext("Waits for a template") if unwritten else ""


def _numbers(one: StepNumbers, *, is_mail: bool) -> tuple[int | None, ...]:
    """As the columns have them; None for what only mails have."""
    of_mails = (one.sent, one.clicked, one.held + one.bounced) if is_mail else (None, None, None)
    return one.waiting, one.done, *of_mails, one.passed + one.exhausted


def _rule(nurture: Nurture) -> str:
    begins, ends = (f"{each:%H:%M}" for each in nurture.quiet_hours)
    most, language = nurture.at_most, shell.language()
    quiet = gettext("Quiet from {begins} to {ends}.").format(begins=begins, ends=ends)
    text = ngettext(
        "At most {count} mail to a lead within {time}.", "At most {count} mails to a lead within {time}.", most.mails
    )
    return f"{quiet} {text.format(count=most.mails, time=language.duration(most.within))}"


def _reason(code: str) -> Reason:
    """Why leads left, of all of them together."""
    match code:
        case "track_excluded":
            return Reason("track_no_buyer")
        case "consent_withdrawn" | "suppressed":
            return Reason("track_no_more")
    return Reason(code)


def _preview(request: StaffRequest, playbook: Playbook, voice: Speaker) -> dict[str, Any]:
    asked = request.GET.get("lead", "").strip()
    lead = lead_called(asked, request.user) if asked else None
    if lead is None or isinstance(lead, Refused):
        return {"is_nobody": lead is not None}
    coming = track_words.coming_for(lead, playbook, voice, now=instants.now())
    return {"lead": lead, "called": people.called([lead])[lead.pk], "coming": coming}
