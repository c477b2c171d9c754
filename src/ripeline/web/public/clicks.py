"""Links in mails: each leads on to the page that stands with us, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import Error
from django.http import HttpResponseRedirect
from django.views.decorators.http import require_safe

from ripeline.server import instants
from ripeline.server.instruments import logs
from ripeline.server.leadmail import clicks
from ripeline.web.public.pages import unknown

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_AHEAD = ("prefetch", "prerender", "preview")


@require_safe
def click(request: HttpRequest, link: str, token: str) -> HttpResponse:
    """Lead on, and write the click down; what only looks at the link is none."""
    followed = clicks.followed(link, token)
    if followed is None:
        return unknown()
    if request.method == "GET" and not _is_ahead(request):
        try:
            clicks.write_down(followed, agent=request.headers.get("User-Agent", ""), now=instants.now())
        except Error:  # whoever clicks wants to read the page
            logs.logger().exception("click_not_stored")
    answer = HttpResponseRedirect(followed.link.address)
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _is_ahead(request: HttpRequest) -> bool:
    said = " ".join(request.headers.get(name, "") for name in ("Purpose", "Sec-Purpose", "X-Moz", "X-Purpose")).lower()
    return any(word in said for word in _AHEAD)
