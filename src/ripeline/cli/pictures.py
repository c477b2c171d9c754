"""Pictures as SVG within a page: bars by month, ranges, and curves. They take their colors from the page."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH, HEIGHT = 640, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 12, 26
_LABELS = 8
_LABEL = 36
_TICKS = 4
_ROW = 30
_NAMES, _NUMBERS = 260, 160


@dataclass(frozen=True, slots=True)
class Stack:
    """A bar made of parts, from the ground up, each with the class by which it is colored."""

    label: str
    parts: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Range:
    """A value with its limits; None: no limit can be told."""

    label: str
    value: float
    low: float | None
    high: float | None
    text: str
    color: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through points, and the class by which it is colored."""

    label: str
    color: str
    points: tuple[tuple[float, float], ...]


def bars(title: str, stacks: Sequence[Stack], number: Callable[[float], str]) -> str:
    """Stacked bars side by side, such as one for each month."""
    highest = max((sum(value for _, value in stack.parts) for stack in stacks), default=0)
    most = _TICKS * max(ceil(highest / _TICKS), 1)
    wide = (WIDTH - _LEFT - _RIGHT) / max(len(stacks), 1)
    every = -(-len(stacks) // _LABELS)
    drawn = [_scale(most, number)]
    for place, stack in enumerate(stacks):
        left, ground = _LEFT + place * wide, 0.0
        for color, value in stack.parts:
            top, high = _y((ground + value) / most), value / most * (HEIGHT - _TOP - _BOTTOM)
            place_of = f'x="{left + wide * 0.1:.1f}" y="{top:.1f}" width="{wide * 0.8:.1f}" height="{high:.1f}"'
            drawn.append(f'<rect class="{color}" {place_of}/>')
            ground += value
        if place % every == 0 and left + _LABEL < WIDTH:
            drawn.append(_text(left + wide / 2, HEIGHT - 8, stack.label, "middle"))
    return _svg(title, "".join(drawn), HEIGHT)


def ranges(title: str, rows: Sequence[Range], most: float) -> str:
    """Values as dots on their intervals, one below the other, from 0 to most."""
    drawn, height = [], _ROW * len(rows) + 8

    def x(value: float) -> float:
        return _NAMES + min(max(value / most, 0), 1) * (WIDTH - _NAMES - _NUMBERS)

    for place, row in enumerate(rows):
        y = _ROW * place + _ROW / 2 + 4
        low, high = (0 if row.low is None else row.low), (most if row.high is None else row.high)
        drawn.append(_text(_NAMES - 8, y + 4, row.label, "end"))
        drawn.append(f'<line class="grid" x1="{_NAMES}" y1="{y:.1f}" x2="{WIDTH - _NUMBERS}" y2="{y:.1f}"/>')
        drawn.append(f'<line class="limits" x1="{x(low):.1f}" y1="{y:.1f}" x2="{x(high):.1f}" y2="{y:.1f}"/>')
        drawn.append(f'<circle class="{row.color}" cx="{x(row.value):.1f}" cy="{y:.1f}" r="5"/>')
        drawn.append(_text(WIDTH - _NUMBERS + 8, y + 4, row.text, "start"))
    return _svg(title, "".join(drawn), height)


def curves(title: str, lines: Sequence[Curve], labels: tuple[Callable[[float], str], Callable[[float], str]]) -> str:
    """Lines over a common axis; heights are shares from 0 to 1. `labels` write the axis and the heights."""
    across = [x for line in lines for x, _ in line.points]
    low, high = min(across, default=0.0), max(across, default=1.0)
    span = (high - low) or 1.0
    drawn = [_scale(1.0, labels[1])]

    def at(point: tuple[float, float]) -> str:
        return f"{_LEFT + (point[0] - low) / span * (WIDTH - _LEFT - _RIGHT):.1f},{_y(point[1]):.1f}"

    for line in lines:
        path = " ".join(at(point) for point in line.points)
        drawn.append(
            f'<polyline class="line {line.color}" points="{path}"><title>{escape(line.label)}</title></polyline>'
        )
    for place in range(_TICKS + 1):
        value = low + span * place / _TICKS
        x = _LEFT + (WIDTH - _LEFT - _RIGHT) * place / _TICKS
        drawn.append(
            _text(x, HEIGHT - 8, labels[0](value), "middle" if 0 < place < _TICKS else "end" if place else "start")
        )
    return _svg(title, "".join(drawn), HEIGHT)


def legend(parts: Sequence[tuple[str, str]]) -> str:
    """What each color means."""
    items = (f'<li><span class="{color}"></span>{escape(name)}</li>' for color, name in parts)
    return f'<ul class="legend">{"".join(items)}</ul>'


def _y(share: float) -> float:
    return _TOP + (1 - share) * (HEIGHT - _TOP - _BOTTOM)


def _scale(most: float, number: Callable[[float], str]) -> str:
    drawn = []
    for place in range(_TICKS + 1):
        y = _y(place / _TICKS)
        drawn.append(f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}"/>')
        drawn.append(_text(_LEFT - 6, y + 4, number(most * place / _TICKS), "end"))
    return "".join(drawn)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(title: str, drawn: str, height: float) -> str:
    name = escape(title)
    return f'<svg role="img" aria-label="{name}" viewBox="0 0 {WIDTH} {height:.0f}"><title>{name}</title>{drawn}</svg>'
