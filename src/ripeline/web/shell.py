"""What the pages of staff share: who may open them, how they say what was done, and how they tell the time."""

from __future__ import annotations

from datetime import timedelta
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from babel.dates import format_skeleton, format_time, format_timedelta
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.html import format_html
from django.utils.translation import get_language, gettext

from ripeline.language import Language
from ripeline.server import instants, playbooks
from ripeline.server.demo.past import founding
from ripeline.server.digests import digest_of
from ripeline.server.refusals import TEXTS, Refusal, Refused
from ripeline.server.staff.users import Action, User, may

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from zoneinfo import ZoneInfo


class StaffRequest(HttpRequest):
    """A request of somebody who is logged in."""

    user: User


_DIGITS = 18

T = TypeVar("T")
View = TypeVar("View", bound="Callable[..., HttpResponse]")


def staff(action: Action = Action.READ) -> Callable[[View], View]:
    """Open a view to those whose role allows the action; it is shown to them alone, and kept by no cache."""

    def opened(view: View) -> View:
        @login_required
        @wraps(view)
        def shown(request: HttpRequest, *given: Any, **more: Any) -> HttpResponse:  # noqa: ANN401 - the view's own
            if not isinstance(request.user, User) or not may(request.user, action):
                raise PermissionDenied
            if any(
                "\0" in value for said in (request.GET, request.POST) for _name, all_ in said.lists() for value in all_
            ):
                raise BadRequest  # no database takes it, and nobody types it
            with playbooks.asked_once():
                answer = view(request, *given, **more)
            patch_cache_control(answer, private=True, no_cache=True)
            patch_vary_headers(answer, ["Cookie"])
            return answer

        return shown  # type: ignore[return-value]  # the view itself, with a door before it

    return opened


def told(request: HttpRequest, done: T | Refused, ok: str) -> T | None:
    """Say on the next page what was done, or why it was not; gives what was done, None if it was refused."""
    if isinstance(done, Refused):
        messages.error(request, why(done.reason))
        return None
    messages.success(request, ok)
    return done


def why(refusal: Refusal) -> str:
    """Why something is not done, as people read it; a made-up company has no mail server to be told of."""
    if refusal == Refusal.NO_MAIL_SERVER and is_made_up():
        return gettext("The demo sends nothing: nobody in it is real.")
    return gettext(TEXTS[refusal])


@cache
def is_made_up() -> bool:
    """Whether everybody on the pages is made up."""
    return founding() is not None


def unless_known(request: HttpRequest, state: str, page: Callable[[], HttpResponse]) -> HttpResponse:
    """A part that is asked for again and again: nothing but "not modified" while its state is what the asker has."""
    tag = tag_of(state)
    answer = HttpResponse(status=304) if request.headers.get("If-None-Match") == tag else page()
    answer["ETag"] = tag
    return answer


def tag_of(state: str) -> str:
    """The tag of a part in this state, for a page that shows it already."""
    return f'"{digest_of(f"{get_language()} {state}")[:32]}"'


def language() -> Language:
    """The language of the page."""
    return Language.of(get_language() or "en")


def locale() -> str:
    """The same as Babel calls it."""
    return (get_language() or "en").replace("-", "_")


def number(text: str) -> int | None:
    """The number of a row, as people and pages name it; None for any other text, and for more than a column holds."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None


# --- time -----------------------------------------------------------------------------------------

_DAYS_ALONE = 3 * instants.DAY
"""From here on nobody asks for the hours."""
_ANY = 1_000_000
"""So that no larger unit than days is taken, however many there are."""


class When(NamedTuple):
    """An instant as people read it, and as machines do."""

    text: str
    iso: str

    def __str__(self) -> str:
        return self.text

    @property
    def html(self) -> str:
        """Both in one."""
        return format_html('<time datetime="{}">{}</time>', self.iso, self.text)


def here(at: int, now: int, zone: ZoneInfo | None = None) -> When:
    """An instant by the clocks where the playbook is at home: today's by its time, others with their day.

    Whoever tells many instants gives the zone, so that it is looked up once.
    """
    zone = zone or playbooks.timezone()
    local, today = (instants.moment(one).astimezone(zone) for one in (at, now))
    return When(_said(local, today), local.isoformat(timespec="minutes"))


def day(at: int, zone: ZoneInfo | None = None) -> When:
    """The day of an instant, where the playbook is at home."""
    local = instants.moment(at).astimezone(zone or playbooks.timezone())
    return When(format_skeleton("yMMMd", local, locale=locale()), local.date().isoformat())


def left(due_at: int, now: int) -> str:
    """How long is left until something is due, or for how long it has been."""
    if due_at >= now:
        return gettext("{time} left").format(time=span(due_at - now))
    return gettext("{time} overdue").format(time=span(now - due_at))


def ago(at: int, now: int) -> str:
    """How long ago something was."""
    if now - at < instants.MINUTE:
        return gettext("just now")
    if now - at >= _DAYS_ALONE:
        return _days(at - now, add_direction=True)
    return gettext("{time} ago").format(time=span(now - at))


def span(micros: int) -> str:
    """A time in its two largest units, 3 h 20 min, 2 d 4 h; from three days on in days alone."""
    if micros >= _DAYS_ALONE:
        return _days(micros)
    hours, minutes = divmod(max(micros, 0) // instants.MINUTE, 60)
    days, hours = divmod(hours, 24)
    if days:
        return _units((days, gettext("{count} d")), (hours, gettext("{count} h")))
    return _units((hours, gettext("{count} h")), (minutes, gettext("{count} min")))


def _days(micros: int, *, add_direction: bool = False) -> str:
    """So many whole days, or as long ago."""
    whole = timedelta(days=abs(micros) // instants.DAY)
    told = whole if micros > 0 else -whole
    return format_timedelta(told, "day", threshold=_ANY, add_direction=add_direction, locale=locale())


def _units(larger: tuple[int, str], smaller: tuple[int, str]) -> str:
    shown = [text.format(count=count) for count, text in (larger, smaller) if count]
    return " ".join(shown) or smaller[1].format(count=0)


def _said(local: datetime, today: datetime) -> str:
    clock = format_time(local, "short", locale=locale())
    near = {-1: gettext("yesterday, {time}"), 0: gettext("today, {time}"), 1: gettext("tomorrow, {time}")}
    days = (local.date() - today.date()).days
    if days in near:
        return near[days].format(time=clock)
    return f"{format_skeleton('MMMEd' if local.year == today.year else 'yMMMd', local, locale=locale())}, {clock}"
