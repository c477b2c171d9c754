"""The course of a lead's scores as a picture: one panel for each axis, with the gates' levels and what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.utils.html import escape
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from ripeline.server import instants
from ripeline.server.decisions import Decision, DecisionKind
from ripeline.server.qualification import explaining
from ripeline.server.refusals import Refused
from ripeline.web import shell
from ripeline.web.lead.page import seen
from ripeline.web.lead.speaking import speaker, stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ripeline.language import Speaker
    from ripeline.server.leads import Lead
    from ripeline.server.qualification.explaining import Course
    from ripeline.web.shell import StaffRequest

_LOOKS, _MOVES = 40, 12
_KEPT_SECONDS = 3600
_LEFT, _TOP, _PANEL, _GAP = 44, 24, 112, 40
_WIDE, _NARROW = 720, 360
_MARGIN = 24
_INK, _LINE = "#6f7b74", "#9aa69f"
_COLORS = ("#2f8f5b", "#b5761a", "#4b74b8", "#a5508f")


class Frame(NamedTuple):
    """What a picture shows: from when to when, and how wide it is."""

    first: int
    last: int
    width: int

    @property
    def right(self) -> int:
        """Where the panels end."""
        return self.width - _MARGIN

    def x(self, at: int) -> float:
        """Where an instant stands."""
        return _LEFT + (self.right - _LEFT) * (at - self.first) / max(1, self.last - self.first)


@shell.staff()
@require_GET
def course(request: StaffRequest, lead: int) -> HttpResponse:
    """The picture, `narrow` for a phone; while nothing new was decided it is the same for an hour."""
    row, now, width = seen(request.user, lead), instants.now(), _NARROW if "narrow" in request.GET else _WIDE
    state = f"course {row.pk} {width} {row.decided_at} {now // (_KEPT_SECONDS * instants.SECOND)}"
    return shell.unless_known(request, state, lambda: _picture(row, now, width, state))


def _picture(lead: Lead, now: int, width: int, state: str) -> HttpResponse:
    key = f"{state} {get_language()}".replace(" ", "-")
    text = cache.get(key)
    if text is None:
        text = drawn(lead, now, width)
        cache.set(key, text, _KEPT_SECONDS)
    return HttpResponse(text, content_type="image/svg+xml")


def drawn(lead: Lead, now: int, width: int = _WIDE) -> str:
    """The picture of a lead's whole time until now; raises Http404 where there is nothing to be scored by."""
    first = min(lead.created_at, now - instants.DAY)
    looks = [first + (now - first) * place // (_LOOKS - 1) for place in range(_LOOKS)]
    told = explaining.course(lead, [at for at in looks if at >= lead.created_at])
    if isinstance(told, Refused):
        raise Http404
    moves = Decision.objects.filter(lead=lead, kind=DecisionKind.MOVE, at__gte=first).order_by("-at", "-place")
    marks = [(one.at, stage(one.new)) for one in moves[:_MOVES]]
    return "".join(_svg(told, Frame(first, now, width), marks, speaker()))


def _svg(told: Course, frame: Frame, marks: Sequence[tuple[int, str]], voice: Speaker) -> Iterator[str]:
    axes = list(told.points[-1][1]) if told.points else []
    height = _TOP + len(axes) * (_PANEL + _GAP)
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.width} {max(height, 80)}" '
    yield f'font-family="system-ui, sans-serif" font-size="12" fill="{_INK}">'
    for place, axis in enumerate(axes):
        top = _TOP + place * (_PANEL + _GAP)
        yield from _panel(told, axis, top, frame, _COLORS[place % len(_COLORS)], voice)
        yield from _marks(marks, frame, top, with_names=place == 0)
    bottom = height - _GAP + 18
    yield f'<text x="{_LEFT}" y="{bottom}">{escape(shell.day(frame.first).text)}</text>'
    yield f'<text x="{frame.right}" y="{bottom}" text-anchor="end">{escape(shell.day(frame.last).text)}</text></svg>'


def _panel(told: Course, axis: str, top: int, frame: Frame, color: str, voice: Speaker) -> Iterator[str]:
    points = [(at, scores[axis]) for at, scores in told.points if axis in scores]
    levels = [(gate, level) for gate, of, level in told.levels if of == axis]
    values = [0, *(value for _at, value in points), *(level for _gate, level in levels)]
    low, high = min(values), max(*values, min(values) + 1)

    def y(value: int) -> float:
        return top + _PANEL - _PANEL * (value - low) / (high - low)

    yield f'<text x="{_LEFT}" y="{top - 8}" font-weight="600" fill="{color}">{escape(voice.name("axis", axis))}</text>'
    for value in sorted({low, 0, high}):
        shown = escape(voice.language.number(value / 1_000_000))
        yield f'<text x="{_LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{shown}</text>'
    yield f'<path d="M{_LEFT} {y(0):.1f}H{frame.right}" stroke="{_LINE}"/>'
    for gate, level in levels:
        yield f'<path d="M{_LEFT} {y(level):.1f}H{frame.right}" stroke="{color}" stroke-dasharray="2 4" fill="none"/>'
        name = escape(voice.name("gate", gate))
        yield f'<text x="{_LEFT + 4}" y="{y(level) - 4:.1f}">{name}</text>'
    line = " ".join(f"{frame.x(at):.1f},{y(value):.1f}" for at, value in points)
    yield f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2.5" stroke-linejoin="round"/>'


def _marks(marks: Sequence[tuple[int, str]], frame: Frame, top: int, *, with_names: bool) -> Iterator[str]:
    last = float(frame.right + 100)
    for at, name in marks:  # newest first; a name for which there is no room, here or at the edge, is left out
        x = frame.x(at)
        yield f'<path d="M{x:.1f} {top}V{top + _PANEL}" stroke="{_LINE}" stroke-width="1"/>'
        wide = 8 * len(name)
        if with_names and last - x > wide and x - wide > 0:
            yield f'<text x="{x - 3:.1f}" y="{top + 10}" text-anchor="end">{escape(name)}</text>'
            last = x
