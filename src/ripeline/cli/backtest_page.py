"""The report as one page of HTML, a table behind each picture: no script, nothing to load, light, dark and printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ripeline.cli import backtest_words as words
from ripeline.cli.pictures import Curve, Range, Stack, bars, curves, legend, ranges, shown
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language
from ripeline.language import Speaker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ripeline.cli.backtested import Backtested, Comparison
    from ripeline.core.backtest import Report
    from ripeline.core.intervals import Estimate
    from ripeline.core.sweep import Point, Sweep

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1c; --paper: #fff; --faint: #767676; --grid: #ddd;
  --one: #1b7f5c; --two: #b3541e; --three: #8a8a8a; --four: #5b4bb5; }
@media (prefers-color-scheme: dark) { :root { --ink: #eee; --paper: #161616; --faint: #a0a0a0; --grid: #3a3a3a;
  --one: #4fc79a; --two: #f0975c; --three: #9a9a9a; --four: #a89cf5; } }
@media print { :root { --ink: #000; --paper: #fff; --faint: #444; --grid: #ccc;
  --one: #1b7f5c; --two: #b3541e; --three: #8a8a8a; --four: #5b4bb5; }
  details::details-content { content-visibility: visible; } section { break-inside: avoid; }
  .wide { overflow: visible; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 46rem;
  margin: 2rem auto; padding: 0 1rem; overflow-wrap: break-word; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.wide { overflow-x: auto; margin-top: 1rem; } .limited { white-space: nowrap; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { padding: .2rem .6rem .2rem 0; vertical-align: top;
  text-align: right; border-bottom: 1px solid var(--grid); } th:first-child, td:first-child { text-align: left; }
.words td, .words th { text-align: left; } .words td { overflow-wrap: anywhere; }
.words td:first-child { min-width: 7.5rem; }
.note, summary { color: var(--faint); font-size: .9rem; }
svg { overflow: visible; font: 12px system-ui, sans-serif; } svg text { fill: var(--ink); }
.picture { box-sizing: border-box; width: 100%; padding-left: 3rem; }
.ranges { list-style: none; padding: 0; font-size: .9rem; } .ranges svg { width: 100%; height: 14px; }
.ranges li { display: grid; grid-template-columns: 21rem 1fr 9rem; gap: 0 1rem; align-items: center; }
@media (max-width: 38rem) { .ranges li { grid-template-columns: 1fr auto; margin-bottom: .5rem; }
  .ranges svg { grid-area: 2 / 1 / 3 / 3; } }
.grid { stroke: var(--grid); } .limits { stroke: var(--faint); stroke-width: 4; stroke-linecap: round; }
.line { fill: none; stroke-width: 2.5; vector-effect: non-scaling-stroke; }
rect.one, circle.one { fill: var(--one); } .line.one { stroke: var(--one); }
rect.two, circle.two { fill: var(--two); } .line.two { stroke: var(--two); }
rect.three, circle.three { fill: var(--three); } .line.three { stroke: var(--three); stroke-dasharray: 5 4; }
rect.four, circle.four { fill: var(--four); } .line.four { stroke: var(--four); stroke-dasharray: 5 4; }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 1rem; font-size: .9rem; }
.legend span { display: inline-block; width: .8em; height: .8em; margin-right: .4em; }
.legend .one { background: var(--one); } .legend .two { background: var(--two); }
.marks .one { border-radius: 50%; }
.legend .three { background: var(--three); } .legend .four { background: var(--four); }
"""
_LIMITS = re.compile(r"\([−\d][^()]{1,30}\d\)")  # noqa: RUF001 - minus


def page(done: Backtested) -> str:
    """The whole report; no foreign text in it commands anything."""
    title = words.title(done)
    body = [f"<h1>{shown(title)}</h1>", *(f"<p>{_told(text)}</p>" for text in words.sentences(done))]
    body += [*_numbers(done.report, _("All numbers"))]
    body += [f'<p class="note">{shown(note)}</p>' for note in words.notes(done)]
    body += [*_months(done.report), *_shares(done), *_warning(done.report)]
    if done.without_untimed is not None:
        body += _numbers(done.without_untimed, _("Without the attributes of unknown time"))
    if done.comparison is not None:
        body += _comparison(done, done.comparison)
    if done.sweep is not None:
        body += _sweep(done, done.sweep)
    return (
        f'<!DOCTYPE html>\n<html lang="{language().code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{shown(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _names(report: Report) -> list[str]:
    speaker = Speaker(language(), report.playbook)
    return [speaker.name("gate", gate.gate) for gate in report.gates]


def _numbers(report: Report, heading: str) -> list[str]:
    return [f"<h2>{shown(heading)}</h2>", _table(["", *_names(report)], words.rows(report))]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], style: str = "") -> str:
    first = "".join(f'<th scope="col">{shown(name)}</th>' for name in head)
    lines = ("<tr>" + "".join(f"<td>{_told(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    table = f'<table class="{style}"><thead><tr>{first}</tr></thead><tbody>{"".join(lines)}</tbody></table>'
    return f'<div class="wide">{table}</div>'


def _told(text: str) -> str:
    """A text whose limits stay on one line: broken at its dash, 42 to 62 looks like two numbers."""
    return _LIMITS.sub(r'<span class="limited">\g<0></span>', shown(text))


def _behind(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The table behind a picture."""
    summary = shown(_("The numbers"))
    return f"<details><summary>{summary}</summary>{_table(head, rows)}</details>"


# --- pictures -------------------------------------------------------------------------------------


def _months(report: Report) -> Iterator[str]:
    colors = ("one", "two", "three", "four")
    head = (_("won"), _("lost"), _("not judged"), _("too late"))
    for gate, name in zip(report.gates, _names(report), strict=True):
        heading = _("{gate}: decisions by month", gate=name)
        counts = [(each.month, (each.won, each.lost, each.not_judged, each.too_late)) for each in gate.months]
        stacks = [Stack(month, tuple(zip(colors, parts, strict=True))) for month, parts in counts]
        rows = ([month, *(language().number(part) for part in parts)] for month, parts in counts)
        picture = bars(heading, stacks, words.number)
        colored = legend(list(zip(colors, head, strict=True)))
        table = _behind([_("month"), *head], rows)
        yield f"<section><h2>{shown(heading)}</h2>{picture}{colored}{table}</section>"


def _shares(done: Backtested) -> Iterator[str]:
    heading = _("How right, and how much is found")
    names = {color: report.playbook.playbook for color, report in _reports(done)}
    rows: list[Range] = []
    for color, report in _reports(done):
        for gate, name in zip(report.gates, _names(report), strict=True):
            shares = (gate.precision, gate.won_share, gate.recall)
            told = zip((_("precision"), _("won of decided"), _("recall")), shares, strict=True)
            rows += [_range(f"{name}: {what}", of, color) for what, of in told if of is not None]
    table = _behind(["", "", _("share")], ((names[row.color], row.label, row.text) for row in rows))
    marked = legend(list(names.items()), "legend marks")
    yield f"<section><h2>{shown(heading)}</h2>{ranges(rows, 1.0)}{marked}{table}</section>"


def _reports(done: Backtested) -> Iterator[tuple[str, Report]]:
    yield "one", done.report
    if done.comparison is not None:
        yield "two", done.comparison.other


def _range(label: str, of: Estimate, color: str) -> Range:
    return Range(label, of.value, of.low, of.high, words.percent(of), color)


def _warning(report: Report) -> Iterator[str]:
    heading = _("How many days before the sale")
    rows = [
        Range(f"{name}: {part}", of.value, of.low, of.high, words.estimate(of), "one")
        for gate, name in zip(report.gates, _names(report), strict=True)
        for place, part in words.quarters()
        if (of := gate.warning[place]) is not None
    ]
    if rows:
        most = max(row.high or row.value for row in rows)
        table = _behind(["", _("days")], ((row.label, row.text) for row in rows))
        yield f"<section><h2>{shown(heading)}</h2>{ranges(rows, most)}{table}</section>"


def _sweep(done: Backtested, sweep: Sweep) -> Iterator[str]:
    name = Speaker(language(), done.report.playbook).name("gate", sweep.gate)
    heading = _("The threshold of {gate}", gate=name)
    lines = [
        Curve(_("recall"), "one", _line(sweep, lambda point: point.whole.recall)),
        Curve(_("won of decided"), "two", _line(sweep, lambda point: point.whole.won_share)),
        Curve(_("later: recall"), "three", _line(sweep, lambda point: point.later.recall)),
        Curve(_("later: won"), "four", _line(sweep, lambda point: point.later.won_share)),
    ]
    picture = curves(heading, _("points"), lines, (lambda value: words.signed(round(value)), language().percent))
    colored = legend([(line.color, line.label) for line in lines])
    told = "".join(f"<p>{_told(text)}</p>" for text in words.of_sweep(sweep, done.report.playbook.timezone))
    table = _behind(words.sweep_headings(), words.sweep_rows(sweep))
    yield f"<section><h2>{shown(heading)}</h2>{picture}{colored}{told}{table}</section>"


def _line(sweep: Sweep, share: Callable[[Point], Estimate | None]) -> tuple[tuple[float, float], ...]:
    found = ((float(point.points), share(point)) for point in sweep.curve)
    return tuple((points, of.value) for points, of in found if of is not None)


# --- the other definition -------------------------------------------------------------------------


def _comparison(done: Backtested, comparison: Comparison) -> Iterator[str]:
    name = comparison.other.playbook.playbook
    yield from _numbers(comparison.other, _("Against {name}", name=name))
    head = [_("this definition less the other"), *_names(done.report)]
    yield _table(head, words.differences(comparison))
    if not comparison.changed:
        return
    yield f"<h2>{shown(words.changed_title(comparison))}</h2>"
    first, other = (Speaker(language(), report.playbook) for report in (done.report, comparison.other))
    rows = (
        (f"{change.lead_id} {words.outcome(change.won)}", words.changed(change, why, first, other))
        for change, why in zip(comparison.changed, comparison.whys, strict=False)
    )
    yield _table([_("lead"), _("what would change")], rows, "words")
