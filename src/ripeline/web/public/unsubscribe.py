"""Ending mails by their link (RFC 8058): a POST ends them without cookie, login or question; a GET changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.core.phrases import gettext as _
from ripeline.server import instants
from ripeline.server.leadmail import mail_links, unsubscribing
from ripeline.server.leadmail.service_mails import sender
from ripeline.web.public.pages import done, page, public, speaking, unknown

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@public
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The page with the button, and what it does; the body of a POST is never looked at, as the token says it all."""
    mail = mail_links.mail_of(mail_links.UNSUBSCRIBE, token)
    if mail is None:
        return unknown()
    say = speaking(mail_links.lead_of(mail), mail)
    if request.method == "POST":
        unsubscribing.end(mail, way=mail_links.UNSUBSCRIBE, now=instants.now())
        text = say(_("We will send you no more mails of this kind. You need not do anything else."))
        return done(say, mail.pk, say(_("You are unsubscribed")), text)
    return page(
        "public/unsubscribe.html",
        say,
        title=say(_("Unsubscribe from these mails")),
        text=say(_("Do you want to get no more mails of this kind from us?")),
        whose=sender(),
        button=say(_("Unsubscribe")),
    )
