"""Segments: a list is kept under a name, opened again, renamed, shared and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from ripeline.server import instants
from ripeline.server.marketing import segments
from ripeline.server.staff.users import Action
from ripeline.web import shell
from ripeline.web.marketing import lists
from ripeline.web.shell import StaffRequest, staff

if TYPE_CHECKING:
    from ripeline.server.marketing.segments import Segment


@staff(Action.ACT_ON_LEADS)
@require_POST
def add_segment(request: StaffRequest) -> HttpResponse:
    """Keep what the address asks for under a name."""
    what = lists.asked(request)
    if what.faults:
        raise Http404
    name, is_shared = request.POST.get("name", ""), bool(request.POST.get("shared"))
    added = segments.add(name, what.view, what.filters, by=request.user, now=instants.now(), is_shared=is_shared)
    shell.told(request, added, gettext("Kept."))
    return redirect(f"/leads/?{what.query}")


@staff()
@require_safe
def segment(request: StaffRequest, number: int) -> HttpResponse:
    """A segment is its list."""
    return redirect(address_of(_segment(request, number)))


@staff(Action.ACT_ON_LEADS)
@require_POST
def change_segment(request: StaffRequest, number: int, act: str) -> HttpResponse:
    """Rename, share or forget one."""
    found, by = _segment(request, number), request.user
    match act:
        case "rename":
            name = request.POST.get("name", "")
            done, follows = segments.rename(found, name, by=by), gettext("It is called {name} now.").format(name=name)
        case "share":
            done = segments.share(found, is_shared=not found.is_shared, by=by)
            follows = gettext("All see it now.") if found.is_shared else gettext("Only you see it now.")
        case "remove":
            done, follows = segments.remove(found, by=by), gettext("The segment is removed. Its leads stay.")
        case _:
            raise Http404
    shell.told(request, done, follows)
    return redirect("leads" if act == "remove" else address_of(found))


def address_of(segment: Segment) -> str:
    """Where its leads are listed."""
    said = segments.filters_of(segment).model_dump(mode="json", exclude_none=True)
    return f"/leads/?{urlencode({'view': segment.view, **said})}"


def _segment(request: StaffRequest, number: int) -> Segment:
    found = segments.of(request.user).filter(pk=number).first()
    if found is None:
        raise Http404
    return found
