"""Nurture on the page of a lead: its track, what was done in it, what would come and why not; and how to stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ripeline.server import playbooks
from ripeline.server.leadmail.mails import Held
from ripeline.server.nurture import pauses
from ripeline.server.nurture.enrollments import Enrollment, StepDone, What
from ripeline.server.nurture.pauses import NurturePause
from ripeline.web.lead.asking import ActForm
from ripeline.web.nurture import words as track_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.core.playbook import Playbook
    from ripeline.language import Speaker
    from ripeline.server.leads import Lead
    from ripeline.web.lead.asking import Asking
    from ripeline.web.shell import StaffRequest

_SHOWN = 30


def section(request: StaffRequest, asking: Asking, voice: Speaker) -> dict[str, Any]:
    """In which track it is, what would come, and what was done."""
    del request
    playbook = playbooks.active_playbook()
    has_tracks = playbook is not None and playbook.nurture is not None
    coming = track_words.coming_for(asking.lead, playbook, voice, now=asking.now) if playbook and has_tracks else []
    return {
        "track": _track(asking, playbook),
        "coming": coming,
        "done": list(_done(asking, playbook)),
        "say": {
            "track": gettext("Track"),
            "coming": gettext("What would come"),
            "done": gettext("What was done"),
            "no_tracks": gettext("The playbook that is active has no tracks."),
        },
    }


def _track(asking: Asking, playbook: Playbook | None) -> str:
    taken = Enrollment.objects.filter(lead=asking.lead, ended_at=None).first()
    pause = NurturePause.objects.filter(lead=asking.lead).select_related("by").first()
    is_in = gettext("It is in no track.")
    if taken is not None:
        name = _called(taken.track, playbook)
        is_in = gettext("{track}, since {day}").format(track=name, day=asking.day(taken.entered_at))
    if pause is None:
        return is_in
    paused = gettext("paused by {name} on {day}").format(name=pause.by.username, day=asking.day(pause.since))
    return f"{is_in} · {paused}"


def _done(asking: Asking, playbook: Playbook | None) -> Iterator[tuple[str, str, str]]:
    rows = StepDone.objects.filter(enrollment__lead=asking.lead).select_related("enrollment", "mail")
    for row in rows.order_by("-at", "-pk")[:_SHOWN]:
        what = str(What(row.what).label)
        if row.mail is not None and row.mail.held:
            what = f"{what}: {Held(row.mail.held).label}"
        step = f"{_called(row.enrollment.track, playbook)}: {track_words.step_called(row.place)}"
        yield step, what, asking.here(row.at).html


def _called(name: str, playbook: Playbook | None) -> str:
    nurture = playbook.nurture if playbook else None
    return track_words.called(name, nurture.tracks.get(name) if nurture else None)


class Pause(ActForm):
    """Nothing is done by itself for a lead."""

    title, button = _("Pause nurture"), _("Pause")
    told = _("Nurture is paused for this lead.")

    def done(self) -> object:
        """Pause it."""
        return pauses.pause_lead(self.asking.lead, by=self.asking.user, now=self.asking.now)


class Resume(ActForm):
    """Nurture goes on."""

    title, button = _("Resume nurture"), _("Resume")
    told = _("Nurture goes on for this lead.")

    def done(self) -> object:
        """Let it go on."""
        return pauses.resume_lead(self.asking.lead, by=self.asking.user, now=self.asking.now)


FORMS: dict[str, type[ActForm]] = {"pause-nurture": Pause, "resume-nurture": Resume}


def open_now(lead: Lead) -> str:
    """The one of the two that can be done now."""
    return "resume-nurture" if NurturePause.objects.filter(lead=lead).exists() else "pause-nurture"
