"""What people ask of us about their data: what is open and until when, and what was done."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from ripeline.server import instants, people
from ripeline.server.rights import person_requests, processing
from ripeline.server.rights.person_requests import PersonRequest
from ripeline.server.staff.users import Action
from ripeline.web import shell
from ripeline.web.lead.wishes import request_told
from ripeline.web.shell import StaffRequest, staff

_OPEN, _DONE = 200, 50


@staff(Action.SERVE_RIGHTS)
@require_GET
def page(request: StaffRequest) -> HttpResponse:
    """What is open, the most urgent first; then what was done lately."""
    now = instants.now()
    waiting, done = list(person_requests.open_ones(now)[:_OPEN]), list(person_requests.settled()[:_DONE])
    called = people.called({one.lead_id for one in (*waiting, *done) if one.lead_id is not None})

    def told(one: PersonRequest) -> dict[str, object]:
        name = called[one.lead_id].name if one.lead_id is not None else gettext("somebody who was erased")
        return request_told(one, now) | {"name": name}

    words = {
        "nothing": gettext("Nothing is open."),
        "record": gettext("Record of processing"),
        "nothing_done": gettext("Nothing yet."),
        "done": gettext("Answered"),
    }
    shown = {
        "title": gettext("Requests"),
        "intro": gettext(
            "What people ask about their own data. Each is to be answered within a month; what they do by themselves "
            "is done at once."
        ),
        "lists": [
            (gettext("Open"), [told(one) for one in waiting], words["nothing"]),
            (gettext("Done"), [told(one) for one in done], words["nothing_done"]),
        ],
        "say": words,
    }
    return render(request, "person_requests.html", shown)


@staff(Action.SERVE_RIGHTS)
@require_GET
def record(request: StaffRequest) -> HttpResponse:
    """The record of processing, as a file to keep."""
    del request
    answer = HttpResponse(processing.page(shell.language().code, now=instants.now()))
    answer["Content-Disposition"] = 'attachment; filename="processing.html"'
    return answer


@staff(Action.SERVE_RIGHTS)
@require_POST
def done(request: StaffRequest, number: int) -> HttpResponse:
    """Say that one was answered."""
    found = PersonRequest.objects.filter(pk=number).first()
    if found is None:
        raise Http404
    shell.told(request, person_requests.settle(found, by=request.user, now=instants.now()), gettext("Done."))
    return redirect("person_requests")
