"""What the pages of leads share: their door, their language, and how they answer a link that opens nothing."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ripeline.core.phrases import gettext as _
from ripeline.language import Language
from ripeline.server import json_text
from ripeline.server.leadmail import lead_languages, mail_links
from ripeline.web import shell

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from ripeline.server.leadmail.mails import Mail
    from ripeline.server.leads import Lead

    View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """Open a view to whoever has its link, which is the key: it is kept by nobody, and told to no other page."""

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def shown(request: HttpRequest, *given: Any, **more: Any) -> HttpResponse:  # noqa: ANN401 - the view's own
        answer = view(request, *given, **more)
        answer["Cache-Control"] = "no-store"
        answer["Referrer-Policy"] = "no-referrer"
        return answer

    return shown


def speaking(lead: Lead, mail: Mail) -> Language:
    """The language that was chosen for the mail, else the lead's; while that is unknown, the browser's."""
    written = json_text.read(mail.said).get("language")
    if isinstance(written, str):
        return Language.of(written)
    otherwise = Language.of(get_language() or "en").code
    return Language.of(lead_languages.languages_of([lead.pk], otherwise=otherwise)[lead.pk])


def page(template: str, say: Language, status: int = 200, **shown: object) -> HttpResponse:
    """A page in a language."""
    return HttpResponse(render_to_string(template, {"language": say.code, **shown}), status=status)


def done(say: Language, mail: int, title: str, text: str) -> HttpResponse:
    """What was done by the link of a mail, and the way to all that its reader has agreed to."""
    link, link_text = mail_links.path(mail_links.PREFERENCES, mail), say(_("What you have agreed to"))
    return page("public/done.html", say, title=title, text=text, is_done=True, link=link, link_text=link_text)


def unknown() -> HttpResponse:
    """The same for every link that opens nothing: made up, outlived, or of somebody who is forgotten."""
    say = shell.language()
    text = say(_("It may be too old, or not have been copied whole. In our newest mail there is another."))
    return page("visitor.html", say, 404, title=say(_("This link opens nothing")), text=text)


def veiled(address: str) -> str:
    """An address that its owner knows again, and to whom a mail was forwarded does not learn."""
    name, _at, domain = address.partition("@")
    return f"{name[:1]}…@{domain}"


def sender_of(request: HttpRequest) -> str:
    """The address on the internet that a request came from; no header that says otherwise is believed."""
    return str(request.META.get("REMOTE_ADDR", ""))
