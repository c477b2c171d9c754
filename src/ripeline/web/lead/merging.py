"""Two leads that are one person, and two again, from the page of a lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from ripeline.server import instants, merges
from ripeline.server.merges import Merge
from ripeline.server.refusals import TEXTS, Refused
from ripeline.server.staff.users import Action
from ripeline.web import shell
from ripeline.web.lead.asking import lead_called
from ripeline.web.lead.page import seen

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ripeline.web.shell import StaffRequest


@shell.staff(Action.ACT_ON_LEADS)
@require_POST
def merge(request: StaffRequest, lead: int) -> HttpResponse:
    """Make one lead of two; then the page of the one that stays."""
    row, other = seen(request.user, lead), lead_called(request.POST.get("other", ""), request.user)
    if isinstance(other, Refused):
        messages.error(request, gettext(TEXTS[other.reason]))
        return redirect("lead", row.pk)
    done = shell.told(
        request,
        merges.merge_by_hand(row, other, by=request.user, now=instants.now()),
        gettext("They are one lead now."),
    )
    return redirect("lead", done.kept_id if done else row.pk)


@shell.staff(Action.ACT_ON_LEADS)
@require_POST
def unmerge(request: StaffRequest, lead: int, merge: int) -> HttpResponse:
    """Make two leads of one again."""
    row = seen(request.user, lead)
    found = Merge.objects.filter(pk=merge, kept=row).first()
    if found is None:
        raise Http404
    done = merges.unmerge(found, by=request.user, now=instants.now())
    shell.told(request, done, gettext("They are two leads again."))
    return redirect("lead", row.pk)
