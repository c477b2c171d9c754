"""The pages of mailings: prepared, looked at before anything leaves, started, watched, stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ripeline.server import instants
from ripeline.server.leadmail import mail_templates, mailings, mails
from ripeline.server.leadmail.mailings import Mailing, MailingStatus
from ripeline.server.marketing import segments
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff.users import Action, may
from ripeline.web import shell
from ripeline.web.leadmail.words import words
from ripeline.web.shell import StaffRequest, staff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from ripeline.server.leadmail.mails import Held

_MOST = 100


@staff(Action.READ_ALL)
@require_http_methods(["GET", "HEAD", "POST"])
def all_mailings(request: StaffRequest) -> HttpResponse:
    """All mailings, newest first, and the form by which one is prepared."""
    if request.method == "POST":
        return _add(request)
    language, now = shell.language(), instants.now()
    rows = [(one, mailings.numbers(one)) for one in Mailing.objects.order_by("-pk")[:_MOST]]
    shown = {
        "title": gettext("Mailings"),
        "rows": [
            (
                one,
                MailingStatus(one.status).label,
                language.number(count.sent),
                language.number(count.clicked),
                shell.here(one.started_at or one.created_at, now),
            )
            for one, count in rows
        ],
        "templates": sorted({(one.name, shell.language().part(one.name)) for one in mail_templates.all_newest()}),
        "segments": segments.of(request.user),
        "may_run": may(request.user, Action.WRITE_TO_LEADS),
        "say": words(),
    }
    return render(request, "mailings.html", shown)


@staff(Action.READ_ALL)
@require_safe
def mailing(request: StaffRequest, number: int) -> HttpResponse:
    """One mailing: whom it would reach, or what became of it."""
    one, now = get_object_or_404(Mailing.objects.select_related("by"), pk=number), instants.now()
    is_draft = one.status == MailingStatus.DRAFT
    unready = mails.unready() if is_draft else None
    waits = is_draft or mails.waiting().filter(mailing=one).exists()
    quiet = mailings.quiet(now) if waits else None
    shown: dict[str, Any] = {
        "title": one.name,
        "one": one,
        "status": MailingStatus(one.status).label,
        "is_draft": is_draft,
        "may_stop": one.status == MailingStatus.RUNNING or (one.status == MailingStatus.DONE and waits),
        "template": shell.language().part(one.template),
        "quiet": gettext("Nothing leaves in the quiet hours. It goes on: {until}").format(until=shell.here(quiet, now))
        if quiet is not None
        else "",
        "unready": shell.why(unready) if unready else "",
        "when": [(name, shell.here(at, now)) for name, at in _instants(one) if at],
        "may_run": may(request.user, Action.WRITE_TO_LEADS),
        "say": words(),
        **(_forecast(one, now) if is_draft else _numbers(one)),
    }
    return render(request, "mailing.html", shown)


@staff(Action.WRITE_TO_LEADS)
@require_POST
def act(request: StaffRequest, number: int, act: str) -> HttpResponse:
    """Start it, or stop it."""
    one, now = get_object_or_404(Mailing, pk=number), instants.now()
    if act == "start":
        shell.told(request, mailings.start(one, by=request.user, now=now), gettext("It runs."))
    elif act == "stop":
        shell.told(request, mailings.stop(one, by=request.user, now=now), gettext("Nothing more of it leaves."))
    else:
        raise Http404
    return redirect("mailing", number=number)


def _add(request: StaffRequest) -> HttpResponse:
    chosen = shell.number(request.POST.get("segment", ""))
    segment = segments.of(request.user).filter(pk=chosen).first() if chosen is not None else None
    name, template = request.POST.get("name", ""), request.POST.get("template", "")
    done: Mailing | Refused = Refused(Refusal.NO_MAILING)
    if segment is not None:
        done = mailings.add(name, template, segment, by=request.user, now=instants.now())
    shell.told(request, done, gettext("Look at it, then start it."))
    return redirect("mailings") if isinstance(done, Refused) else redirect("mailing", number=done.pk)


def _forecast(one: Mailing, now: int) -> dict[str, Any]:
    found, language = mailings.forecast(one, now=now), shell.language()
    return {
        "reached": language.number(found.reached),
        "again": language.number(found.again) if found.again else "",
        "held": _told(found.held),
        "is_whole": found.is_whole,
        "is_for_nobody": found.is_whole and not found.reached,
    }


def _numbers(one: Mailing) -> dict[str, Any]:
    count, language, say = mailings.numbers(one), shell.language(), words()
    facts = ("sent", count.sent), ("waiting", count.waiting), ("bounced", count.bounced), ("clicked", count.clicked)
    return {"facts": [(say[name], language.number(value)) for name, value in facts], "held": _told(count.held)}


def _told(held: Mapping[Held, int]) -> list[tuple[str, str]]:
    language = shell.language()
    return [(str(why.label), language.number(count)) for why, count in held.items()]


def _instants(one: Mailing) -> list[tuple[str, int | None]]:
    say = words()
    return [(say["started"], one.started_at), (say["stopped"], one.stopped_at)]
