"""The mails that were held back: to whom, about what, why, and what the lead would have to say for them to leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from ripeline.server import instants, people
from ripeline.server.leadmail import mails, service_mails
from ripeline.server.leadmail.mails import Held, MailKind
from ripeline.server.staff.users import Action
from ripeline.web import shell
from ripeline.web.leadmail.words import words
from ripeline.web.shell import StaffRequest, staff

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ripeline.server.leadmail.mails import Mail

_ROWS = 20


@staff(Action.READ_ALL)
@require_safe
def held(request: StaffRequest) -> HttpResponse:
    """All that were held back, or those of one reason; newest first."""
    why, now = request.GET.get("why", ""), instants.now()
    rows = mails.held_back().select_related("lead", "mailing")
    if why in Held.values:
        rows = rows.filter(held=why)
    at, number = map(shell.number, request.GET.get("before", "").partition(".")[::2])
    if at is not None and number is not None:
        rows = rows.filter(Q(held_at__lt=at) | Q(held_at=at, pk__lt=number))
    found = list(rows[: _ROWS + 1])
    shown = found[:_ROWS]
    called = people.called({one.lead_id for one in shown})
    chosen = f"why={why}&" if why in Held.values else ""
    last = shown[-1] if len(found) > _ROWS else None
    told = {
        "title": gettext("Held back"),
        "lines": [
            (one.lead_id, called[one.lead_id], _about(one), Held(one.held).label, when)
            for one in shown
            if (when := shell.here(one.held_at or 0, now))
        ],
        "is_all": why not in Held.values,
        "reasons": [(code, Held(code).label, count, code == why) for code, count in mails.count_held()],
        "next": f"?{chosen}before={last.held_at}.{last.pk}" if last else "",
        "say": words()
        | {
            "all": gettext("All"),
            "lead": gettext("Lead"),
            "about": gettext("What it is about"),
            "why": gettext("Why not sent"),
            "when": gettext("When"),
            "earlier": gettext("Earlier"),
            "nothing": gettext("Nothing is held back."),
        },
    }
    return render(request, "held.html", told)


def _about(mail: Mail) -> str:
    """What a mail is about: its mailing, its template, or what a service says."""
    words = service_mails.words(mail, shell.language()) if mail.kind == MailKind.SERVICE else None
    if words is not None:
        return words.subject
    return f"{MailKind(mail.kind).label}: {mail.mailing.name if mail.mailing else shell.language().part(mail.about)}"
