"""The pages of content: the catalogue, one item, and the matrix that tells where nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import F, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from ripeline.core.content import FEW, FUNNEL
from ripeline.server import instants, people, playbooks, visibility
from ripeline.server.content import catalogue, gaps, readings
from ripeline.server.content.catalogue import FIELDS, ContentItem, ContentWorth
from ripeline.server.refusals import Refused
from ripeline.server.staff.users import Action, may
from ripeline.web import shell
from ripeline.web.content.forms import ItemForm, SitemapForm, TableForm
from ripeline.web.content.words import words
from ripeline.web.marketing.list_rows import label_of
from ripeline.web.shell import StaffRequest, staff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpResponse

    from ripeline.core.playbook import Playbook
    from ripeline.language import Language

_PAGE = 50
_BAD = 400
_PERCENT = 100
_FILTERS = ("text", "persona", "funnel", "language", "content")
PROPOSED = "proposed"
"""What the filter of classes is, for items that have none yet."""


class Row(NamedTuple):
    """An item in the list."""

    item: ContentItem
    kind: str
    funnel: str
    language: str
    personas: str
    read: str


@staff()
@require_safe
def content(request: StaffRequest) -> HttpResponse:
    """The catalogue: one page of what is looked for."""
    return _page(request)


@staff(Action.EDIT_CONTENT)
@require_POST
def add(request: StaffRequest) -> HttpResponse:
    """Take up an item that somebody describes."""
    form = ItemForm(request.POST, playbook=playbooks.active_playbook())
    if not form.is_valid():
        return _page(request, item=form)
    done = catalogue.put(**form.said(), now=instants.now())
    if shell.told(request, done, gettext("The item is in the catalogue.")) is None or isinstance(done, Refused):
        return _page(request, item=form)
    return redirect("content_item", number=done.pk)


@staff()
@require_safe
def item(request: StaffRequest, number: int) -> HttpResponse:
    """One item: what it says, who read it, what came after."""
    return _one(request, get_object_or_404(ContentItem, pk=number))


@staff(Action.EDIT_CONTENT)
@require_POST
def change(request: StaffRequest, number: int, act: str) -> HttpResponse:
    """Say something else of an item, or take it out of the catalogue."""
    row, now = get_object_or_404(ContentItem, pk=number), instants.now()
    if act == "end":
        shell.told(request, catalogue.end(row.item, now=now), gettext("The item is in the catalogue no more."))
        return redirect("content_item", number=row.pk)
    if act != "save":
        raise Http404
    form = ItemForm(request.POST, playbook=playbooks.active_playbook(), is_new=False)
    if not form.is_valid():
        return _one(request, row, form)
    done = catalogue.put(row.item, now=now, **form.said())
    if shell.told(request, done, gettext("Saved.")) is None or isinstance(done, Refused):
        return _one(request, row, form)
    return redirect("content_item", number=done.pk)


@staff(Action.READ_ALL)
@require_safe
def matrix(request: StaffRequest) -> HttpResponse:
    """Persona by stage of the funnel and language, with the gaps; the largest first."""
    playbook, language = playbooks.active_playbook(), shell.language()
    found = gaps.matrix(playbook) if playbook else None
    parts = []
    for persona in dict.fromkeys(cell.persona for cell in found.cells) if found else ():
        own = [cell for cell in found.cells if cell.persona == persona] if found else []
        lines = [
            (
                (language.called(spoken), spoken.upper()),
                [_cell(cell, language) for cell in own if cell.language == spoken],
            )
            for spoken in (found.languages if found else ())
        ]
        count = sum(cell.leads for cell in own)
        parts.append((_persona(playbook, persona), _leads(count, language), lines))
    shown = {
        "title": gettext("Gaps in the catalogue"),
        "heads": [_FUNNELS[name]().split(": ", 1) for name in FUNNEL],
        "parts": parts,
        "gaps": [_gap(cell, playbook, language) for cell in found.gaps[:_MOST_GAPS]] if found else [],
        "more": max(0, len(found.gaps) - _MOST_GAPS) if found else 0,
        "say": words() | {"proposed": _proposed(found.proposed) if found and found.proposed else ""},
    }
    return render(request, "content_matrix.html", shown)


_MOST_GAPS = 10


# --- the list -------------------------------------------------------------------------------------


def _page(request: StaffRequest, **wrong: Any) -> HttpResponse:  # noqa: ANN401 - a form that was sent
    playbook, asked = playbooks.active_playbook(), _asked(request)
    rows = _found(asked, playbook)
    after = asked.get("after", "")
    if after:
        rows = rows.filter(item__gt=after)
    found = list(rows.order_by("item")[: _PAGE + 1])
    is_more, found = len(found) > _PAGE, found[:_PAGE]
    filters = {name: text for name, text in asked.items() if name != "after"}
    shown = {
        "title": gettext("Content"),
        "rows": _rows(found, playbook),
        "next": f"?{urlencode({**filters, 'after': found[-1].item})}" if is_more else "",
        "first": f"?{urlencode(filters)}" if after else "",
        "fields": _fields(asked, playbook),
        "is_filtered": bool(filters),
        "say": words(),
        "may_edit": may(request.user, Action.EDIT_CONTENT),
        "may_see_all": may(request.user, Action.READ_ALL),
        "item": wrong.get("item") or ItemForm(initial=_initial(request), playbook=playbook),
        "table": wrong.get("table") or TableForm(),
        "sitemap": wrong.get("sitemap") or SitemapForm(),
        "open": next(iter(wrong), "item" if "new" in request.GET else ""),
        "before": wrong.get("before"),
    }
    return render(request, "content.html", shown, status=_BAD if wrong else 200)


def page_with(request: StaffRequest, **wrong: Any) -> HttpResponse:  # noqa: ANN401 - a form that was sent
    """The catalogue again, with a form that needs another look."""
    return _page(request, **wrong)


def _asked(request: StaffRequest) -> dict[str, str]:
    given = {name: request.GET.get(name, "").strip()[:500] for name in (*_FILTERS, "after")}
    return {name: text for name, text in given.items() if text and text.isprintable()}


def _initial(request: StaffRequest) -> dict[str, Any]:
    """What the matrix knows of the item that is missing."""
    given = {name: request.GET.get(name, "") for name in ("language", "content") if request.GET.get(name)}
    return {**given, "personas": list(filter(None, [request.GET.get("persona", "")]))}


def _found(asked: Mapping[str, str], playbook: Playbook | None) -> QuerySet[ContentItem]:
    rows, classes = catalogue.now_in_force(), playbook.content if playbook else {}
    if text := asked.get("text"):
        names = ("item", "title", "topic", "objection")
        rows = rows.filter(Q(*((f"{name}__icontains", text) for name in names), _connector=Q.OR))
    if persona := asked.get("persona"):
        rows = rows.filter(Q(personas="") | Q(personas__contains=f"|{persona}|"))
    if language := asked.get("language"):
        rows = rows.filter(language__in=(language, ""))
    if funnel := asked.get("funnel"):
        rows = rows.filter(content__in=[name for name, one in classes.items() if one.funnel == funnel])
    if named := asked.get("content"):
        rows = rows.filter(content="" if named == PROPOSED else named)
    return rows


def _rows(found: list[ContentItem], playbook: Playbook | None) -> list[Row]:
    language, read = shell.language(), readings.count_of([row.item for row in found])
    classes = playbook.content if playbook else {}
    rows = []
    for row in found:
        own = classes.get(row.content)
        kind = language.part(own.kind) if own else row.content
        funnel = _FUNNELS[own.funnel]() if own else ""
        personas = ", ".join(_persona(playbook, name) for name in row.for_personas)
        spoken = language.called(row.language) if row.language else gettext("any")
        rows.append(Row(row, kind, funnel, spoken, personas or gettext("everybody"), _often(read[row.item], language)))
    return rows


def _fields(asked: Mapping[str, str], playbook: Playbook | None) -> list[dict[str, Any]]:
    spoken = catalogue.now_in_force().exclude(language="").values_list("language", flat=True).distinct()
    language = shell.language()
    classes = [(name, language.part(one.kind)) for name, one in playbook.content.items()] if playbook else []
    choices: dict[str, list[tuple[str, str]]] = {
        "persona": [(name, _persona(playbook, name)) for name in (playbook.personas if playbook else ())],
        "funnel": [(name, _FUNNELS[name]()) for name in FUNNEL],
        "language": [(code, language.called(code)) for code in sorted(spoken)],
        "content": [(PROPOSED, gettext("proposed, without a class")), *classes],
    }
    labels = {
        "text": gettext("Search"),
        "persona": gettext("Persona"),
        "funnel": gettext("Funnel"),
        "language": gettext("Language"),
        "content": gettext("Class"),
    }
    return [
        {"name": name, "label": labels[name], "value": asked.get(name, ""), "choices": choices.get(name)}
        for name in _FILTERS
    ]


# --- one item -------------------------------------------------------------------------------------


def _one(request: StaffRequest, row: ContentItem, form: ItemForm | None = None) -> HttpResponse:
    playbook, now = playbooks.active_playbook(), instants.now()
    versions = list(ContentItem.objects.filter(item=row.item).order_by("-since", "-pk"))
    newest = versions[0]
    is_here = newest.until > now
    language = shell.language()
    readers = readings.readers_of(row.item, visibility.leads_of(request.user))
    called = people.called(reader.lead for reader in readers)
    initial = {name: getattr(newest, name) for name in ("item", *FIELDS)} | {"personas": list(newest.for_personas)}
    shown = {
        "title": newest.called,
        "row": _rows([newest], playbook)[0],
        "is_here": is_here,
        "may_edit": may(request.user, Action.EDIT_CONTENT),
        "form": form or ItemForm(initial=initial, playbook=playbook, is_new=False),
        "is_wrong": form is not None,
        "readers": [(called[one.lead], one.lead, shell.here(one.at, now)) for one in readers],
        "worths": [_worth(one, playbook, language) for one in _worths(row.item)],
        "counted": next((shell.here(one.at, now) for one in _worths(row.item)[:1]), None),
        "versions": [
            (one, shell.here(one.since, now), shell.here(one.until, now) if one.until <= now else None)
            for one in versions[:_PAGE]
        ],
        "say": words(),
    }
    return render(request, "content_item.html", shown, status=_BAD if form else 200)


def _worths(item: str) -> QuerySet[ContentWorth]:
    return ContentWorth.objects.filter(item=item).order_by(F("readers").desc(), "persona")


def _worth(one: ContentWorth, playbook: Playbook | None, language: Language) -> dict[str, Any]:
    share, other = (
        moved * _PERCENT // count if count else 0
        for moved, count in ((one.moved, one.readers), (one.others_moved, one.others))
    )
    text = gettext("{moved} of {readers} moved on within 30 days ({percent} %)")
    others = gettext("others of this persona: {moved} of {readers} ({percent} %)")
    number = language.number
    return {
        "persona": _persona(playbook, one.persona),
        "is_few": one.readers < FEW or one.others < FEW,
        "share": share,
        "text": text.format(moved=number(one.moved), readers=number(one.readers), percent=share),
        "others": others.format(moved=number(one.others_moved), readers=number(one.others), percent=other),
    }


# --- what things are called -----------------------------------------------------------------------


def _persona(playbook: Playbook | None, name: str) -> str:
    return label_of(playbook, "personas", name) or gettext("No persona")


_FUNNELS = {
    "top": lambda: gettext("Top: learning"),
    "middle": lambda: gettext("Middle: comparing"),
    "bottom": lambda: gettext("Bottom: deciding"),
}


def _leads(count: int, language: Language) -> str:
    return ngettext("{count} lead", "{count} leads", count).format(count=language.number(count))


def _often(count: int, language: Language) -> str:
    return ngettext("{count} time", "{count} times", count).format(count=language.number(count)) if count else ""


def _proposed(count: int) -> str:
    text = ngettext(
        "{count} item is proposed and has no class yet.", "{count} items are proposed and have no class yet.", count
    )
    return text.format(count=count)


def _cell(cell: gaps.Cell, language: Language) -> dict[str, Any]:
    asked = {"persona": cell.persona, "funnel": cell.funnel, "language": cell.language}
    count = ngettext("{count} item", "{count} items", cell.items).format(count=language.number(cell.items))
    return {
        "how": ("gap" if cell.leads else "bare") if cell.is_gap else "held",
        "items": gettext("nothing") if cell.is_gap else count,
        "leads": _leads(cell.leads, language),
        "address": f"{reverse('content')}?{urlencode({name: text for name, text in asked.items() if text})}",
        "label": _FUNNELS[cell.funnel](),
    }


def _gap(cell: gaps.Cell, playbook: Playbook | None, language: Language) -> dict[str, Any]:
    classes = [name for name, one in playbook.content.items() if one.funnel == cell.funnel] if playbook else []
    asked = {"new": "1", "persona": cell.persona, "language": cell.language, "content": next(iter(classes), "")}
    where = (_persona(playbook, cell.persona), _FUNNELS[cell.funnel](), language.called(cell.language))
    return {
        "leads": _leads(cell.leads, language),
        "where": " · ".join(where),
        "address": f"{reverse('content')}?{urlencode({name: text for name, text in asked.items() if text})}#new",
    }
