"""Was it you? The page behind the link of a mail that confirms an address: a button, and only that confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseRedirect

from ripeline.core.phrases import gettext as _
from ripeline.server import instants
from ripeline.server.leadmail import confirmations
from ripeline.server.leadmail.service_mails import sender
from ripeline.web import shell
from ripeline.web.public.pages import done, page, public, sender_of, speaking, unknown

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ripeline.language import Language
    from ripeline.server.leadmail.confirmations import Confirmation


@public
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """What was agreed to in its words, and a button; afterwards a thank-you."""
    found = confirmations.of_token(token, now=instants.now())
    if found is None or found.identifier.lead is None:
        return unknown()
    if request.method == "POST":
        rows = {row for row in map(shell.number, request.POST.getlist("row")) if row is not None}
        confirmations.confirm(found, rows, sender=sender_of(request), now=instants.now())
        return HttpResponseRedirect(request.path, status=303)
    return _shown(found, speaking(found.identifier.lead, found.mail), token)


def _shown(found: Confirmation, say: Language, token: str) -> HttpResponse:
    asked, address = confirmations.pending(found), found.identifier.value
    if not asked and found.answered_at is None:
        return unknown()  # it was taken back since
    if not asked:
        return done(
            say, found.mail_id, say(_("Thank you")), say(_("Your yes is kept. You can change your mind at any time."))
        )
    told = _("Somebody gave the address {address} on a page of {company} and agreed to this:")
    return page(
        "public/confirm.html",
        say,
        title=say(_("Was it you?")),
        text=say(told, address=address, company=sender()),
        wordings=list(dict.fromkeys(one.wording for one in asked)),
        rows=[one.row for one in asked],
        action=f"/p/confirm/{token}/",
        button=say(_("Yes, it was me")),
        otherwise=say(_("If it was not you, close this page: nothing will be sent to you.")),
    )
