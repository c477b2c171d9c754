"""The page of a company: its people as far as one sees them, its score, whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from ripeline.server import visibility
from ripeline.web import shell
from ripeline.web.lead.sections import company_told
from ripeline.web.lead.speaking import speaker

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ripeline.web.shell import StaffRequest


@shell.staff()
@require_GET
def account(request: StaffRequest, account: int) -> HttpResponse:
    """One company that the user sees."""
    row = visibility.accounts_of(request.user).select_related("owner").filter(pk=account).first()
    if row is None:
        raise Http404
    owner = row.owner.username if row.owner else gettext("nobody's account")
    told = {"company": row, "owner_told": owner, **company_told(row.pk, request, speaker())}
    return render(request, "lead/account.html", told)
