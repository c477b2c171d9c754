"""How ``ripeline backtest`` tells on a terminal what a definition would have done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from ripeline.cli import backtest_words as words
from ripeline.cli.shared import console, visible
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language
from ripeline.language import Speaker

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from ripeline.cli.backtested import Backtested, Comparison
    from ripeline.core.backtest import Report
    from ripeline.core.sweep import Sweep

_PERCENT = len("100,0 %")


def show(done: Backtested, written: Sequence[Path]) -> None:
    """Print what it would have done in plain words, then every number."""
    out = console()
    out.print(words.title(done), style="bold")
    for sentence in words.sentences(done):
        out.print(sentence)
    _show_rows(out, done.report)
    for note in words.notes(done):
        out.print(note, style="dim")
    if done.without_untimed is not None:
        _head(out, _("Without the attributes of unknown time"))
        _show_rows(out, done.without_untimed)
    if done.comparison is not None:
        _show_comparison(out, done, done.comparison)
    if done.sweep is not None:
        _show_sweep(out, done, done.sweep)
    for path in written:
        out.print(_("{path} is written.", path=path))


def _head(out: Console, text: str) -> None:
    out.print()
    out.print(text, style="bold underline")


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right", overflow="fold")
    return table


def _gates(report: Report) -> list[str]:
    speaker = Speaker(language(), report.playbook)
    return [speaker.name("gate", gate.gate) for gate in report.gates]


def _show_rows(out: Console, report: Report) -> None:
    table = _table("", *_gates(report))
    for row in words.rows(report):
        table.add_row(*row)
    out.print()
    out.print(table)
    out.print()


def _show_comparison(out: Console, done: Backtested, comparison: Comparison) -> None:
    name = comparison.other.playbook.playbook
    _head(out, _("Against {name}", name=name))
    _show_rows(out, comparison.other)
    table = _table(_("this definition less the other"), *_gates(done.report))
    for row in words.differences(comparison):
        table.add_row(*row)
    out.print(table)
    if not comparison.changed:
        return
    _head(out, words.changed_title(comparison))
    first, other = (Speaker(language(), report.playbook) for report in (done.report, comparison.other))
    for change, why in zip(comparison.changed, comparison.whys, strict=False):
        out.print(Text(f"{visible(change.lead_id)} {words.outcome(change.won)}", style="bold"))
        out.print(words.changed(change, why, first, other))


def _show_sweep(out: Console, done: Backtested, sweep: Sweep) -> None:
    name = Speaker(language(), done.report.playbook).name("gate", sweep.gate)
    _head(out, _("The threshold of {gate}", gate=name))
    table = _table(*words.sweep_headings())
    for column in table.columns:
        # Else a single word is broken before two words are put on two lines.
        longest = max(map(len, str(column.header).split()))
        column.width = max(longest, _PERCENT) if " " in str(column.header) else None
        column.no_wrap = column.width is None
    for point, row in zip(sweep.curve, words.sweep_rows(sweep), strict=True):
        table.add_row(*row, style="bold" if point.points == sweep.best else "")
    out.print(table)
    for sentence in words.of_sweep(sweep, done.report.playbook.timezone):
        out.print(sentence)
