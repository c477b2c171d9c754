"""The page of a company: its people as far as one sees them, its score, whose it is and who may change that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from ripeline.server import accounts, visibility
from ripeline.server.staff.users import Action, Role, User, may
from ripeline.web import shell
from ripeline.web.lead.sections import company_told
from ripeline.web.lead.speaking import speaker

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse

    from ripeline.server.accounts import Account
    from ripeline.web.shell import StaffRequest


@shell.staff()
@require_GET
def account(request: StaffRequest, account: int) -> HttpResponse:
    """One company that the user sees."""
    row = _seen(request, account)
    owner = row.owner.username if row.owner else gettext("nobody's account")
    told = company_told(row.pk, request, speaker())
    told |= {
        "title": next((one["called"].company for one in told["people"] if one["called"].company), row.key),
        "company": row,
        "owner_told": owner,
        "reps": _reps() if may(request.user, Action.LEAD_TEAM) else None,
        "word": {
            "owner": gettext("Whose account it is"),
            "nobody": gettext("Nobody's"),
            "why": gettext("Whoever owns it is offered its leads, and sees them all."),
            "keep": gettext("Keep"),
        },
    }
    return render(request, "lead/account.html", told)


@shell.staff(Action.LEAD_TEAM)
@require_POST
def give(request: StaffRequest, account: int) -> HttpResponse:
    """Let a company be a rep's, or nobody's."""
    row, named = _seen(request, account), request.POST.get("rep", "")
    rep = _reps().filter(username=named).first()
    if named and rep is None:
        raise Http404
    ok = gettext("It is the account of {rep} now.").format(rep=rep) if rep else gettext("It is nobody's account now.")
    shell.told(request, accounts.set_owner(row, rep, by=request.user), ok)
    return redirect("account", row.pk)


def _seen(request: StaffRequest, account: int) -> Account:
    row = visibility.accounts_of(request.user).select_related("owner").filter(pk=account).first()
    if row is None:
        raise Http404
    return row


def _reps() -> QuerySet[User]:
    return User.objects.filter(role=Role.SALES, is_active=True).order_by("username")
