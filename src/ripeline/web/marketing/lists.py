"""Marketing's list: views beside each other, filters, a table; what is done with many leads at once."""

from __future__ import annotations

from datetime import datetime, time
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe
from pydantic import ValidationError

from ripeline.core.instants import instant
from ripeline.integrations.arrivals import CHANNELS
from ripeline.server import instants, playbooks, terms, visibility
from ripeline.server.intake import activities
from ripeline.server.marketing import bulk, lists, segments
from ripeline.server.marketing.lists import VIEWS, Filters
from ripeline.server.refusals import TEXTS, Refused
from ripeline.server.sales import acts, tasks
from ripeline.server.sales.tasks import TaskKind
from ripeline.server.staff.users import Action, Role, User, may
from ripeline.server.terms import TermKind
from ripeline.web import shell
from ripeline.web.marketing import list_rows
from ripeline.web.shell import StaffRequest, staff

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.db.models import QuerySet

    from ripeline.server.leads import Lead
    from ripeline.server.marketing.segments import Segment

_HERE = "/leads/"
_FIRST = "mqls"
_KEPT = 30
"""So many seconds the counts beside the views are kept; that of the open view is always counted."""


class Asked(NamedTuple):
    """What the address asks for: a view, filters, behind which lead the page begins; and what of it makes no sense."""

    view: str
    filters: Filters
    after: str
    said: Mapping[str, str]
    faults: tuple[str, ...] = ()

    @property
    def query(self) -> str:
        """The same again as part of an address, from the first page on."""
        return urlencode({"view": self.view, **self.said})


def asked(request: StaffRequest) -> Asked:
    """What the address says, strictly: unknown keys are faults, and so are values that are none."""
    said = {name: text for name, value in request.GET.items() if (text := str(value).strip())}
    view, after = said.pop("view", _FIRST), said.pop("after", "")
    if view not in VIEWS:
        raise Http404
    try:
        return Asked(view, Filters.model_validate(said), after, said)
    except ValidationError as error:
        return Asked(view, Filters(), after, said, tuple(sorted({str(one["loc"][0]) for one in error.errors()})))


@staff()
@require_safe
def leads(request: StaffRequest) -> HttpResponse:
    """One page of a view."""
    return _page(request, asked(request))


def _page(request: StaffRequest, what: Asked) -> HttpResponse:
    """With what was picked and typed, if that could not be done."""
    user, now, said = request.user, instants.now(), request.POST
    among, kept = visibility.leads_of(user), list(segments.of(user))
    if what.faults:
        page, counted = lists.Page([], None), lists.Count(0)
    else:
        rows = lists.leads(what.view, what.filters, among)
        page, counted = lists.page(rows, what.view, what.after), lists.count(rows)
    shown = {
        "asked": what,
        "view": VIEWS[what.view],
        "meaning": gettext(VIEWS[what.view].meaning),
        "rows": list_rows.rows(page.leads, what.view, now),
        "next": f"{_HERE}?{what.query}&after={page.next}" if page.next else "",
        "first": f"{_HERE}?{what.query}" if what.after else "",
        "tabs": _tabs(what, user, counted),
        "count": _number(counted),
        "fields": _fields(what),
        "campaigns": _campaigns(user),
        "is_filtered": bool(what.said),
        "unspoken": "" if lists.is_spoken_of(what.view) else gettext("The active playbook does not test for this."),
        "fault": gettext("This filter makes no sense: {names}.").format(names=", ".join(_labels(what))),
        "acts": _acts(user),
        "said": said,
        "picked": _numbers(said.getlist("lead")),
        "once": activities.token(now),
        "segments": kept,
        "own_segment": user,
        "open_segment": _open_segment(what, kept),
        "may_add": may(user, Action.ACT_ON_LEADS),
        "title": gettext("Leads"),
        "text": _words(),
    }
    return render(request, "leads.html", shown, status=400 if what.faults or said else 200)


# --- what stands around the rows ------------------------------------------------------------------


def _tabs(what: Asked, user: User, counted: lists.Count) -> list[dict[str, Any]]:
    """All views, each with how many leads it has; filters narrow down the one that is open."""
    counts = cache.get_or_set(_counts_of(user), partial(_counts, user), _KEPT) or {}
    if not what.said:
        counts[what.view] = counted
    return [
        {
            "address": f"{_HERE}?{urlencode({'view': name})}",
            "label": gettext(view.label),
            "count": _number(counts[name]),
            "is_here": name == what.view,
        }
        for name, view in VIEWS.items()
    ]


def _counts_of(user: User) -> str:
    """Whose counts they are: all who see all leads see the same."""
    return f"counts-of-{'all' if may(user, Action.READ_ALL) else user.pk}"


def _counts(user: User) -> dict[str, lists.Count]:
    among = visibility.leads_of(user)
    return {name: lists.count(lists.leads(name, Filters(), among)) for name in VIEWS}


def _open_segment(what: Asked, kept: Sequence[Segment]) -> Segment | None:
    """The segment whose list this is, if it is one's own or shared."""
    same = (one for one in kept if one.view == what.view and segments.filters_of(one) == what.filters)
    return None if what.faults else next(same, None)


def _campaigns(user: User) -> list[str]:
    """The campaigns to choose among, for those who see all leads."""
    if not may(user, Action.READ_ALL):
        return []
    return cache.get_or_set("campaigns", partial(terms.known, TermKind.CAMPAIGN), _KEPT) or []


def _number(count: lists.Count) -> str:
    number = shell.language().number(count.number)
    return f"{number}+" if count.is_more else number


class Field(NamedTuple):
    """A field of the filters."""

    name: str
    label: str
    value: str
    kind: str = "text"
    choices: Sequence[tuple[str, str]] = ()


def _fields(what: Asked) -> list[Field]:
    playbook, language = playbooks.active_playbook(), shell.language()

    def own(names: Sequence[str]) -> list[tuple[str, str]]:
        return [(name, language.heading(name)) for name in names]

    def of(section: str) -> list[tuple[str, str]]:
        return [(name, list_rows.label_of(playbook, section, name)) for name in getattr(playbook, section, ())]

    reps = User.objects.filter(role=Role.SALES, is_active=True).order_by("username").values_list("username", flat=True)
    owners = [(lists.MARKETING, gettext("Marketing")), *((name, name) for name in reps)]
    every = (
        ("text", gettext("Search"), "search", ()),
        ("stage", gettext("Stage"), "choice", own(lists.STAGES)),
        ("cell", gettext("Cell"), "text", ()),
        ("grade", gettext("Fit"), "text", ()),
        ("persona", gettext("Persona"), "choice", of("personas")),
        ("phase", gettext("Phase"), "choice", own(lists.PHASES)),
        ("owner", gettext("Owner"), "choice", owners),
        ("source", gettext("Source"), "choice", [(name, language.own_value("source", name)) for name in CHANNELS]),
        ("campaign", gettext("Campaign"), "text", ()),
        ("since", gettext("Active since"), "date", ()),
        ("excluded", gettext("Excluded because"), "choice", of("exclusions")),
    )
    fields = [Field(name, label, what.said.get(name, ""), kind, choices) for name, label, kind, choices in every]
    hidden = [Field("account", "", what.said["account"], "hidden")] if "account" in what.said else []
    return [*hidden, *(field for field in fields if field.kind != "choice" or field.choices)]


def _labels(what: Asked) -> list[str]:
    """How the page calls the filters that make no sense; one that it does not have is called as it was."""
    labels = {field.name: field.label for field in _fields(what) if field.label}
    return [labels.get(name, name) for name in what.faults]


def _words() -> dict[str, str]:
    return {
        "views": gettext("Views"),
        "filter": gettext("Filter"),
        "filters": gettext("Filters"),
        "clear": gettext("Clear filters"),
        "any": gettext("any"),
        "nobody": gettext("No lead is here."),
        "lead": gettext("Lead"),
        "cell": gettext("Cell"),
        "progress": gettext("Progress"),
        "phase": gettext("Phase"),
        "persona": gettext("Persona"),
        "active": gettext("Last activity"),
        "owner": gettext("Owner"),
        "step": gettext("Next step"),
        "next": gettext("Next page"),
        "first": gettext("To the first page"),
        "pages": gettext("Further pages"),
        "new": gettext("New lead"),
        "many": gettext("Do with many"),
        "whole": gettext("with all in this list, not only those picked"),
        "what": gettext("What"),
        "say": gettext("What is to be done, the reason, or the note"),
        "due": gettext("Due (tasks)"),
        "do": gettext("Do it"),
        "keep": gettext("Keep this list"),
        "name": gettext("Name"),
        "shared": gettext("for all"),
        "segments": gettext("Segments"),
        "save": gettext("Keep"),
        "change": gettext("Change this segment"),
        "rename": gettext("Rename"),
        "share": gettext("Share with all"),
        "unshare": gettext("Keep it to myself"),
        "remove": gettext("Remove the segment"),
    }


# --- many at once ---------------------------------------------------------------------------------


def _acts(user: User) -> list[tuple[str, str]]:
    told = [("csv", gettext("Export as CSV"))]
    if may(user, Action.ACT_ON_LEADS):
        told = [
            ("task", gettext("Task for marketing")),
            ("my_task", gettext("Task for me")),
            ("note", gettext("Note")),
            ("hold", gettext("Hold: no automation")),
            ("release", gettext("Release")),
            *told,
        ]
    return told


@staff()
@require_POST
def many(request: StaffRequest) -> HttpResponse:
    """One act on the picked leads or on the whole list, as far as the user sees them."""
    what, user, now = asked(request), request.user, instants.now()
    act = request.POST.get("act", "")
    if what.faults or act not in dict(_acts(user)):
        raise Http404
    rows = lists.leads(what.view, what.filters, visibility.leads_of(user))
    numbers = None if request.POST.get("all") else _numbers(request.POST.getlist("lead"))
    found = bulk.chosen(rows, numbers)
    if isinstance(found, Refused):
        messages.error(request, gettext(TEXTS[found.reason]))
    elif not found:
        messages.error(request, gettext("No lead was picked."))
    elif act == "csv":
        picked = rows.filter(pk__in=[lead.pk for lead in found])
        return _file(lists.in_order(picked, what.view), what.view, now)
    elif act != "release" and not request.POST.get("text", "").strip():
        messages.error(request, gettext("Say in a few words what is to be done."))
    else:
        _tell(request, bulk.each(found, _act(request, act, now)))
        cache.delete(_counts_of(user))
        return redirect(f"{_HERE}?{what.query}")
    return _page(request, what)


def _act(request: StaffRequest, act: str, now: int) -> Callable[[Lead], object]:
    text, by = request.POST.get("text", "").strip()[: tasks.LONGEST], request.user
    token = request.POST.get("once", "")
    token = token if activities.TOKEN.fullmatch(token) else activities.token(now)

    def said(lead: Lead) -> dict[str, Any]:
        """Who says it, when, and that it counts once for each lead."""
        return {"by": by, "now": now, "once": f"{token}-{lead.pk}"}

    match act:
        case "note":
            return lambda lead: acts.note(lead, text, **said(lead))
        case "hold":
            return lambda lead: acts.hold(lead, reason=text, **said(lead))
        case "release":
            return lambda lead: acts.release(lead, **said(lead))
    more: dict[str, Any] = {"kind": TaskKind.OTHER, "due_at": _due(request.POST.get("due", ""), now)}
    owner = by if act == "my_task" else None
    return lambda lead: tasks.add(lead, text, owner=owner, **more, **said(lead))


def _due(day: str, now: int) -> int:
    """The morning of a day; tomorrow at this time if none is given."""
    try:
        return instant(datetime.combine(datetime.fromisoformat(day).date(), time(9), playbooks.timezone()))
    except ValueError:
        return now + instants.DAY


def _numbers(told: Sequence[str]) -> set[int]:
    return {number for text in told if (number := shell.number(text)) is not None}


def _tell(request: StaffRequest, done: bulk.Done) -> None:
    if done.done:
        text = ngettext("Done with {count} lead.", "Done with {count} leads.", done.done).format(count=done.done)
        messages.success(request, text)
    for reason, count in done.refused.items():
        what = ngettext("Not done with {count} lead: {why}", "Not done with {count} leads: {why}", count)
        messages.warning(request, what.format(count=count, why=gettext(TEXTS[reason])))


def _file(rows: QuerySet[Lead], view: str, now: int) -> HttpResponse:
    text = b"".join(list_rows.as_csv(list(rows), view, now))
    head = {"Content-Disposition": 'attachment; filename="leads.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=head)
