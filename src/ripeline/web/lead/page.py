"""The page of one lead: how it stands, what happened, why, and everything that can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from ripeline.server import instants, people, timelines, visibility
from ripeline.server.instants import FOREVER
from ripeline.server.sales import overrides, referrals, tasks
from ripeline.server.sales.handoffs import OPEN
from ripeline.server.sales.tasks import Task
from ripeline.server.staff.users import Action, may
from ripeline.server.timelines import Place
from ripeline.web import shell
from ripeline.web.lead import acts, consenting, nurturing, sections, standing, wishes
from ripeline.web.lead.asking import Asking
from ripeline.web.lead.speaking import speaker
from ripeline.web.lead.telling import Teller

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpResponse

    from ripeline.language import Speaker
    from ripeline.server.leads import Lead
    from ripeline.server.sales.overrides import Override
    from ripeline.server.staff.users import User
    from ripeline.web.lead.asking import ActForm
    from ripeline.web.shell import StaffRequest

_ROWS = 40
_FORMS = acts.FORMS | consenting.FORMS | nurturing.FORMS


@shell.staff()
@require_GET
def page(request: StaffRequest, lead: int) -> HttpResponse:
    """One section of the page, below what stands on all of them; a lead that was merged away leads to the kept one."""
    row = seen(request.user, lead)
    if row.merged_into_id is not None:
        return redirect("lead", row.merged_into_id)
    return _rendered(request, row, request.GET.get("show", ""))


@shell.staff(Action.ACT_ON_LEADS)
@require_POST
def act(request: StaffRequest, lead: int, act: str) -> HttpResponse:
    """Do one thing; then the page again, with what is wrong at its field if something is."""
    row = seen(request.user, lead)
    kind = _FORMS.get(act)
    if kind is None:
        raise Http404
    form = kind(act, Asking(row, request.user, instants.now()), request.POST)
    if not form.is_valid():
        return _rendered(request, row, "", bound=form, status=400)
    shell.told(request, form.done(), form.follows)
    return redirect("lead", row.pk)


def seen(user: User, number: int) -> Lead:
    """The lead of a number, if the user sees it; raises Http404."""
    row = visibility.leads_of(user).select_related("owner").filter(pk=number).first()
    if row is None:
        raise Http404
    return row


def _rendered(
    request: StaffRequest, lead: Lead, show: str, *, bound: ActForm | None = None, status: int = 200
) -> HttpResponse:
    now, voice = instants.now(), speaker()
    asking = Asking(lead, request.user, now)
    override = overrides.in_force(lead, now)
    labels = _labels(request.user)
    shown = show if show in labels else "timeline"
    told = _header(asking, override, voice) | {
        "lead": lead,
        "tabs": _tabs(lead, shown, labels),
        "section": f"lead/{shown}.html",
        "acts": _acts(asking, override, bound) if may(request.user, Action.ACT_ON_LEADS) else [],
        "interview_link": reverse("interview", args=[lead.pk]),
        **_SECTIONS[shown](request, asking, voice),
    }
    return render(request, "lead/page.html", told | {"say": _words() | told.get("say", {})}, status=status)


def _header(asking: Asking, override: Override | None, voice: Speaker) -> dict[str, Any]:
    lead = asking.lead
    called = people.called([lead])[lead.pk]
    member = lead.memberships.filter(until=FOREVER).select_related("account").first()
    badges = [("own", voice.name("stage", lead.stage))]
    badges += [("", gettext("Cell {cell}").format(cell=lead.cell))] if lead.cell else []
    badges += [("late", voice.name("exclusion", lead.excluded))] if lead.excluded else []
    badges += [("soon", gettext("Gone silent"))] if lead.silent else []
    badges += [("soon", gettext("Surging"))] if lead.surging else []
    return {
        "called": called,
        "account": member.account if member else None,
        "badges": badges,
        "facts": list(_facts(asking, override, voice)),
    }


def _facts(asking: Asking, override: Override | None, voice: Speaker) -> Iterator[tuple[str, str]]:
    lead = asking.lead
    owner = lead.owner.username if lead.owner else gettext("Marketing")
    yield gettext("Owner"), owner
    handoff = lead.handoffs.filter(status__in=OPEN).first()
    if handoff is not None and handoff.touched_at is None and handoff.due_at is not None:
        yield gettext("First touch due"), f"{asking.here(handoff.due_at)} · {shell.left(handoff.due_at, asking.now)}"
    task = Task.objects.filter(lead=lead, done_at=None).order_by("due_at").first()
    if task is not None:
        yield gettext("Next step"), f"{tasks.words_of(task)} · {asking.here(task.due_at)}"
    elif handoff is None:
        yield gettext("Next step"), gettext("None is planned")
    if override is not None:
        what = voice.name("stage", override.stage) if override.stage else gettext("Held")
        until = gettext("until {day}").format(day=asking.day(override.until))
        yield gettext("By hand"), f"{what}, {until} · {override.reason} ({override.by})"
    persona = voice.name("personas", lead.persona) if lead.persona else ""
    phase = voice.name("phases", lead.phase) if lead.phase else ""
    if persona or phase:
        yield gettext("Persona and phase"), " · ".join(filter(None, (persona, phase)))


def _acts(asking: Asking, override: Override | None, bound: ActForm | None) -> list[dict[str, Any]]:
    is_advocate = asking.lead.stage == "customer" and referrals.is_advocate(asking.lead)
    names = list(acts.open_now(asking, is_overridden=override is not None, is_advocate=is_advocate))
    names += [*consenting.FORMS, nurturing.open_now(asking.lead)]
    if bound is not None and bound.name not in names:
        names.append(bound.name)
    return [
        {"form": bound if bound and bound.name == name else _FORMS[name](name, asking), "name": name} for name in names
    ]


def _labels(user: User) -> dict[str, str]:
    """The sections that a user sees."""
    labels = {
        "timeline": gettext("What happened"),
        "scores": gettext("Scores"),
        "profile": gettext("Profile"),
        "sales": gettext("Sales"),
        "company": gettext("Company"),
        "nurture": gettext("Nurture"),
        "consent": gettext("Consent"),
        "same": gettext("Same person?"),
    }
    return labels | ({"rights": gettext("Data of this person")} if may(user, Action.SERVE_RIGHTS) else {})


def _tabs(lead: Lead, shown: str, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    address = reverse("lead", args=[lead.pk])
    return [
        {"address": f"{address}?show={name}", "label": label, "is_here": name == shown}
        for name, label in labels.items()
    ]


def _timeline(request: StaffRequest, asking: Asking, voice: Speaker) -> dict[str, Any]:
    part = timelines.of(asking.lead, count=_ROWS, before=_place(request.GET.get("before", "")))
    teller = Teller(voice, asking)
    place = part.next
    return {
        "lines": [teller.line(entry) for entry in part.entries],
        "next": f"?before={place.at}.{place.kind}.{place.number}" if place else "",
        "is_first": "before" not in request.GET,
    }


def _place(text: str) -> Place | None:
    match [shell.number(part) for part in text.split(".")]:
        case [int(at), int(kind), int(number)]:
            return Place(at, kind, number)
    return None


def _rights(request: StaffRequest, asking: Asking, voice: Speaker) -> dict[str, Any]:
    del request, voice
    return wishes.section(asking.lead, asking.now)


_SECTIONS = {
    "timeline": _timeline,
    "scores": standing.section,
    "profile": sections.profile,
    "sales": sections.sales,
    "company": sections.company,
    "nurture": nurturing.section,
    "consent": consenting.section,
    "same": sections.same,
    "rights": _rights,
}
"""Each section with what finds its contents, from the request, who asks about which lead, and who speaks."""


def _words() -> dict[str, str]:
    return {
        "acts": gettext("What to do"),
        "stands": gettext("How it stands"),
        "interview": gettext("Interview"),
        "optional": gettext("optional"),
        "sections": gettext("Sections"),
        "taken_back": gettext("Taken back:"),
        "new": gettext("being read"),
        "earlier": gettext("Earlier"),
        "newest": gettext("Newest"),
        "nothing": gettext("Nothing yet."),
        "nothing_known": gettext("Nothing is known."),
        "unknown": gettext("not known"),
    }
