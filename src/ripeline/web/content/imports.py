"""The catalogue taken up in bulk: from a table, and from a sitemap; each first tried out, if one wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from ripeline.integrations import content_csv
from ripeline.server import instants
from ripeline.server.content import catalogue, sitemaps
from ripeline.server.refusals import TEXTS, Refused
from ripeline.server.staff.users import Action
from ripeline.web import shell
from ripeline.web.content.catalogue import page_with
from ripeline.web.content.forms import SitemapForm, TableForm
from ripeline.web.shell import StaffRequest, staff

if TYPE_CHECKING:
    from django.http import HttpResponse


@staff(Action.EDIT_CONTENT)
@require_POST
def table(request: StaffRequest) -> HttpResponse:
    """Take up the rows of a CSV, all or none; tried out, it tells what would change."""
    form, is_dry = TableForm(request.POST, request.FILES), "try" in request.POST
    if not form.is_valid():
        return page_with(request, table=form)
    rows = _rows(form)
    if rows is None:
        return page_with(request, table=form)
    changed = len(catalogue.changed_by(rows, now=instants.now(), dry_run=is_dry))
    if is_dry:
        text = ngettext("{count} would be new or changed.", "{count} would be new or changed.", changed)
    else:
        text = ngettext("{count} is new or changed.", "{count} are new or changed.", changed)
    messages.success(request, text.format(count=changed))
    return redirect("content")


def _rows(form: TableForm) -> list[dict[str, str]] | None:
    """The rows, if all of them are fit; else the first problem stands in the form."""
    language = shell.language()
    try:
        rows = content_csv.read(form.cleaned_data["file"])
    except content_csv.Unreadable as problem:
        form.add_error("file", language.tell(problem.why))
        return None
    for line, row in rows:
        refusal = catalogue.unfit(row)
        if refusal:
            form.add_error("file", gettext("Line {line}: {why}").format(line=line, why=gettext(TEXTS[refusal])))
            return None
    return [row for _line, row in rows]


@staff(Action.EDIT_CONTENT)
@require_POST
def from_sitemap(request: StaffRequest) -> HttpResponse:
    """Take up the pages of a sitemap that the catalogue does not hold, as proposals."""
    form, now, is_dry = SitemapForm(request.POST, request.FILES), instants.now(), "try" in request.POST
    if not form.is_valid():
        return page_with(request, sitemap=form)
    data, address = form.cleaned_data["file"], form.cleaned_data["address"]
    if data is not None:
        done = sitemaps.take_file(data, now=now, dry_run=is_dry)
    else:
        done = sitemaps.take(address, now=now, dry_run=is_dry)
    if isinstance(done, Refused):
        form.add_error("address" if data is None else "file", gettext(TEXTS[done.reason]))
        return page_with(request, sitemap=form)
    for text in told(done, is_dry=is_dry):
        messages.success(request, text)
    return redirect("content")


def told(done: sitemaps.Taken, *, is_dry: bool) -> list[str]:
    """What came of a sitemap."""
    pages = ngettext("The sitemap names {count} page.", "The sitemap names {count} pages.", done.pages)
    count = len(done.new)
    if is_dry:
        new = ngettext("{count} would be proposed.", "{count} would be proposed.", count)
    else:
        new = ngettext("{count} is proposed now.", "{count} are proposed now.", count)
    lines = [f"{pages.format(count=done.pages)} {new.format(count=count)}"]
    if done.left:
        left = ngettext(
            "{count} further sitemap was not read: take it by itself.",
            "{count} further sitemaps were not read: take each by itself.",
            done.left,
        )
        lines.append(left.format(count=done.left))
    return lines
