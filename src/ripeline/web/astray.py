"""What whoever went astray sees: a page that is not there, one that is not theirs, and one that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext

from ripeline.language import Language
from ripeline.web.public.pages import page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_OF_LEADS = ("/p/", "/f/")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Nothing is here, or nothing that this reader may see: which of the two is not told."""
    del exception
    text = gettext("Its address may be wrong, or it is not for you to see.")
    return _page(request, 404, gettext("There is no such page"), text)


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """The page is not for this reader, or its form was open for too long."""
    del exception, reason
    text = gettext("Your role does not open it, or a form was open for too long: then load the page again.")
    return _page(request, 403, gettext("This is not open to you"), text)


def failed(request: HttpRequest) -> HttpResponse:
    """Something is wrong with us."""
    return _page(request, 500, gettext("That did not work"), gettext("Please try it again in a moment."))


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    say = Language.of(get_language() or "en")
    if request.path.startswith(_OF_LEADS):
        return page("visitor.html", say, status, title=title, text=text)
    link = {"link": "/", "link_text": gettext("To the first page")}
    return page("public/done.html", say, status, title=title, text=text, **link)
