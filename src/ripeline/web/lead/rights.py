"""What is done for a lead as a person, from its page: a copy, an objection, a request to be answered, erasure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from ripeline.server import instants, people
from ripeline.server.consent import objections
from ripeline.server.leadmail import lead_languages
from ripeline.server.names import NAMES
from ripeline.server.refusals import TEXTS, Refused
from ripeline.server.rights import erasures, person_requests
from ripeline.server.rights.copies import files
from ripeline.server.rights.person_requests import Wish
from ripeline.server.staff.users import Action
from ripeline.web import shell
from ripeline.web.lead.page import seen
from ripeline.web.lead.wishes import NOTED
from ripeline.web.public.data import download

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ripeline.server.leads import Lead
    from ripeline.web.shell import StaffRequest


@shell.staff(Action.SERVE_RIGHTS)
@require_POST
def act(request: StaffRequest, lead: int, act: str) -> HttpResponse:
    """Do one of these; erasing asks once whether one means it."""
    row, verb = seen(request.user, lead), _ACTS.get(act)
    if verb is None or row.merged_into_id is not None:
        raise Http404
    return verb(request, row, instants.now())


def _back(lead: Lead) -> HttpResponse:
    return redirect(f"/leads/{lead.pk}/?show=rights")


def _copy(request: StaffRequest, lead: Lead, now: int) -> HttpResponse:
    held = files.zipped(lead, now=now, language=lead_languages.languages_of([lead.pk])[lead.pk])
    with transaction.atomic():
        person_requests.settle_all(lead, Wish.COPY, by=request.user, now=now)
    return download(held)


def _object(request: StaffRequest, lead: Lead, now: int) -> HttpResponse:
    with transaction.atomic():
        done = objections.record(lead, by=request.user, now=now, how=request.POST.get("how", "").strip()[:200])
        if not isinstance(done, Refused):
            person_requests.settle_all(lead, Wish.OBJECT, by=request.user, now=now)
    shell.told(
        request, done, gettext("Written down: no more scores, no more advertising. Only the person can lift it.")
    )
    return _back(lead)


def _asked(request: StaffRequest, lead: Lead, now: int) -> HttpResponse:
    wish, day = request.POST.get("wish", ""), forms.DateField(required=False)
    if wish not in NOTED:
        raise Http404
    try:
        on = day.clean(request.POST.get("on", ""))
    except ValidationError as wrong:
        messages.error(request, " ".join(wrong.messages))
        return _back(lead)
    done = person_requests.note(lead, Wish(wish), by=request.user, now=now, on=on)
    shell.told(request, done, gettext("Written down. It is to be answered within a month of that day."))
    return _back(lead)


def _erase(request: StaffRequest, lead: Lead, now: int) -> HttpResponse:
    if request.POST.get("sure") != "yes":
        return _confirm(request, lead, now)
    done = erasures.erase(lead, request.user, now=now)
    if isinstance(done, Refused):
        messages.error(request, gettext(TEXTS[done.reason]))
        return _back(lead)
    text = ngettext("Erased: {count} row.", "Erased: {count} rows.", sum(done.rows.values()))
    messages.success(request, text.format(count=shell.language().number(sum(done.rows.values()))))
    return redirect("leads")


_ACTS = {"copy": _copy, "object": _object, "asked": _asked, "erase": _erase}


def _confirm(request: StaffRequest, lead: Lead, now: int) -> HttpResponse:
    """What goes, with how many rows of each kind, and what stays."""
    found = erasures.preview(lead, now=now)
    if isinstance(found, Refused):
        raise Http404
    say = shell.language()
    goes = sorted(((str(NAMES[name][1]), count) for name, count in found.items()), key=lambda one: -one[1])
    called = people.called([lead])[lead.pk].name
    told = {
        "title": gettext("Erase {name}?").format(name=called),
        "lead": lead,
        "goes": [(name, say.number(count)) for name, count in goes],
        "stays": [
            gettext("Keyed hashes of how the person is known: so nobody writes to them or takes them in again."),
            gettext("How often leads moved from stage to stage in a month: numbers, and nobody."),
            gettext("That somebody was erased, when and by whom; not who it was."),
        ],
        "say": {
            "goes": gettext("What goes for ever"),
            "stays": gettext("What stays"),
            "told": gettext("Whoever was told of the lead is told that it is erased. Nobody can take this back."),
            "sure": gettext("Erase for ever"),
            "back": gettext("Back to the lead"),
        },
    }
    return render(request, "lead/erase.html", told)
