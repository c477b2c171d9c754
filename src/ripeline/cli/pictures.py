"""Pictures within a page: bars by month, ranges, and curves, as wide as the page is. It gives them their colors."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import ceil
from typing import TYPE_CHECKING

from ripeline.cli.shared import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HEIGHT = 220
_TOP, _BOTTOM = 12, 26
# As many months as a phone has room for.
_LABELS = 5
_TICKS = 4


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


def shown(text: str) -> str:
    """A foreign text as the page shows it: neither markup nor a sign that commands anything."""
    return escape(visible(text))


def bars(title: str, stacks: Sequence[Stack], number: Callable[[float], str]) -> str:
    """Stacked bars side by side, such as one for each month."""
    highest = max((sum(value for _, value in stack.parts) for stack in stacks), default=0)
    most = _TICKS * max(ceil(highest / _TICKS), 1)
    wide = 100 / max(len(stacks), 1)
    every = -(-len(stacks) // _LABELS)
    drawn = [_scale(most, number)]
    for place, stack in enumerate(stacks):
        left, ground = place * wide, 0.0
        for color, value in stack.parts:
            top, high = _y((ground + value) / most), value / most * (HEIGHT - _TOP - _BOTTOM)
            place_of = f'x="{left + wide * 0.1:.2f}%" y="{top:.1f}" width="{wide * 0.8:.2f}%" height="{high:.1f}"'
            drawn.append(f'<rect class="{color}" {place_of}/>')
            ground += value
        if place % every == 0:
            drawn.append(_text(f"{left + wide / 2:.2f}%", HEIGHT - 8, stack.label, "middle"))
    return _svg(title, "".join(drawn))


def ranges(rows: Sequence[Range], most: float) -> str:
    """Values as dots on their intervals, one below the other, from 0 to most."""

    def x(value: float) -> str:
        return f"{100 * min(max(value / most, 0), 1):.2f}%"

    drawn = []
    for row in rows:
        low, high = (0 if row.low is None else row.low), (most if row.high is None else row.high)
        drawn.append(
            f"<li><span>{shown(row.label)}</span>"
            '<svg aria-hidden="true"><line class="grid" x1="0" y1="7" x2="100%" y2="7"/>'
            f'<line class="limits" x1="{x(low)}" y1="7" x2="{x(high)}" y2="7"/>'
            f"{_mark(row.color, x(row.value))}</svg><span>{shown(row.text)}</span></li>"
        )
    return f'<ul class="ranges">{"".join(drawn)}</ul>'


def _mark(color: str, x: str) -> str:
    """A dot, or a square for what is compared with it: black and white tells them apart too."""
    if color == "two":
        return f'<rect class="two" x="{x}" y="2.5" width="9" height="9" transform="translate(-4.5)"/>'
    return f'<circle class="{color}" cx="{x}" cy="7" r="5"/>'


def curves(
    title: str,
    axis: str,
    lines: Sequence[Curve],
    labels: tuple[Callable[[float], str], Callable[[float], str]],
) -> str:
    """Lines over an axis that has a name; heights are shares from 0 to 1. `labels` write the axis and the heights."""
    across = [x for line in lines for x, _ in line.points]
    low, high = min(across, default=0.0), max(across, default=1.0)
    span = (high - low) or 1.0
    # Points of a line know no percent: they have a picture of 100 by 100 to themselves, which is stretched.
    size = f'y="{_TOP}" width="100%" height="{HEIGHT - _TOP - _BOTTOM}"'
    drawn = [_scale(1.0, labels[1]), f'<svg {size} viewBox="0 0 100 100" preserveAspectRatio="none">']
    for line in lines:
        path = " ".join(f"{100 * (x - low) / span:.2f},{100 * (1 - y):.2f}" for x, y in line.points)
        drawn.append(
            f'<polyline class="line {line.color}" points="{path}"><title>{shown(line.label)}</title></polyline>'
        )
    drawn.append("</svg>")
    for place in range(_TICKS + 1):
        label, anchor = labels[0](low + span * place / _TICKS), "end" if place == _TICKS else "middle"
        drawn.append(_text(f"{100 * place / _TICKS:.0f}%", HEIGHT - 8, label, anchor))
    drawn.append(_text("50%", HEIGHT + 8, axis, "middle"))
    return _svg(title, "".join(drawn), HEIGHT + 14)


def legend(parts: Sequence[tuple[str, str]], style: str = "legend") -> str:
    """What each color means; in style `legend marks` as the marks of `ranges`."""
    items = (f'<li><span class="{color}"></span>{shown(name)}</li>' for color, name in parts)
    return f'<ul class="{style}">{"".join(items)}</ul>'


def _y(share: float) -> float:
    return _TOP + (1 - share) * (HEIGHT - _TOP - _BOTTOM)


def _scale(most: float, number: Callable[[float], str]) -> str:
    drawn = []
    for place in range(_TICKS + 1):
        y = _y(place / _TICKS)
        drawn.append(f'<line class="grid" x1="0" y1="{y:.1f}" x2="100%" y2="{y:.1f}"/>')
        drawn.append(_text("-6", y + 4, number(most * place / _TICKS), "end"))
    return "".join(drawn)


def _text(x: str, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y:.1f}" text-anchor="{anchor}">{shown(text)}</text>'


def _svg(title: str, drawn: str, height: int = HEIGHT) -> str:
    name = shown(title)
    return f'<svg class="picture" role="img" aria-label="{name}" height="{height}"><title>{name}</title>{drawn}</svg>'
