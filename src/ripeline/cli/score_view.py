"""How ``ripeline score`` sums up all leads on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from rich.table import Table
from rich.text import Text

from ripeline.cli.shared import console, visible
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language, ngettext
from ripeline.core.lifecycle import Stage
from ripeline.core.trees import labels_of
from ripeline.core.units import MICRO
from ripeline.language import Speaker

if TYPE_CHECKING:
    from rich.console import Console

    from ripeline.cli.scored import Scored

_RIPEST = 10
_BAR = 10
_ACTIVE = ("mql", "lead")


def show(scored: Scored) -> None:
    """Print counts by stage and cell, the ripest leads, and who is left out."""
    out, speaker = console(), Speaker(language(), scored.playbook)
    _show_head(out, scored, speaker)
    _show_stages(out, scored, speaker)
    _show_cells(out, scored, speaker)
    _show_ripest(out, scored.scores, speaker)
    _show_left_out(out, scored.scores, speaker)
    for path in scored.written:
        out.print(_("{path} is written.", path=path))


def _show_head(out: Console, scored: Scored, speaker: Speaker) -> None:
    leads = ngettext("{count} lead", "{count} leads", scored.scores.height)
    events = ngettext("{count} row", "{count} rows", scored.events)
    out.print(f"{scored.playbook.playbook}: {leads}, {events}", style="bold")
    out.print(_("As of {at} ({zone}).", at=speaker.instant(scored.at), zone=scored.playbook.timezone))
    if not scored.events:
        text = _("No events were read, so only attributes count. Give their file with --events.")
        out.print(text, style="yellow")
    if scored.playbook.consent == "assumed":
        out.print(_("The playbook assumes all consents; none was asked of the data."), style="yellow")
    if scored.repeats:
        out.print(
            ngettext("{count} repeated row was left out.", "{count} repeated rows were left out.", scored.repeats)
        )


def _table(*columns: tuple[str, str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for name, justify in columns:
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="ellipsis", no_wrap=True)
    return table


def _show_stages(out: Console, scored: Scored, speaker: Speaker) -> None:
    scores = scored.scores
    counts = dict(scores["stage"].cast(pl.String).value_counts().iter_rows())
    table = _table((_("Stage"), "left"), (_("Leads"), "right"), (_("Share"), "right"))
    for stage in Stage:
        name = stage.name.lower()
        if count := counts.get(name, 0):
            share = language().percent(count / scores.height, decimals=1)
            table.add_row(speaker.name("stage", name), language().number(count), share)
    out.print()
    out.print(table)
    if scored.open_handoffs:
        text = ngettext("{count} open hand-off to sales.", "{count} open hand-offs to sales.", scored.open_handoffs)
        out.print(text)


def _show_cells(out: Console, scored: Scored, speaker: Speaker) -> None:
    """Fit by engagement, best at the top left."""
    fits, engagements = (
        [label for label in labels_of(scored.playbook, axis) if label] for axis in ("fit", "engagement")
    )
    if not fits or not engagements:
        return
    counts = dict(scored.scores["cell"].cast(pl.String).drop_nulls().value_counts().iter_rows())
    corner = f"{speaker.name('axis', 'fit')} \\ {speaker.name('axis', 'engagement')}"
    table = _table((corner, "left"), *((label, "right") for label in engagements))
    for fit in fits:
        cells = [counts.get(f"{fit}{engagement}", 0) for engagement in engagements]
        table.add_row(fit, *(language().number(count) if count else Text("·", style="dim") for count in cells))
    out.print()
    out.print(table)


def _show_ripest(out: Console, scores: pl.DataFrame, speaker: Speaker) -> None:
    """The leads that are nearest to their next gate, MQLs before leads."""
    candidates = scores.filter(pl.col("progress").is_not_null()).with_columns(pl.col("stage").cast(pl.String))
    candidates = candidates.filter(pl.col("stage").is_in(_ACTIVE))
    rank = pl.col("stage").replace_strict({stage: n for n, stage in enumerate(_ACTIVE)}, default=len(_ACTIVE))
    ripest = candidates.sort(rank, "progress", "engagement", descending=[False, True, True]).head(_RIPEST)
    if ripest.is_empty():
        return
    headings = (_("Lead"), _("Stage"), _("Cell"), _("Engagement"), _("Fit"), _("To the next gate"))
    table = _table(*zip(headings, ("left", "left", "left", "right", "right", "left"), strict=True))
    for row in ripest.iter_rows(named=True):
        numbers = (language().points(round(row[axis] * MICRO)) for axis in ("engagement", "fit"))
        stage = speaker.name("stage", row["stage"])
        table.add_row(Text(visible(row["lead_id"])), stage, row["cell"] or "–", *numbers, _bar(row["progress"]))  # noqa: RUF001
    out.print()
    out.print(_("The ripest"), style="bold")
    out.print(table)


def _bar(share: float) -> str:
    full = int(share * _BAR)
    return f"{'█' * full}{'░' * (_BAR - full)} {language().percent(share)}"


def _show_left_out(out: Console, scores: pl.DataFrame, speaker: Speaker) -> None:
    excluded = scores["excluded"].drop_nulls().value_counts(sort=True)
    unasked = scores["not_evaluated"].drop_nulls().len()
    if excluded.is_empty() and not unasked:
        return
    table = _table((_("Left out"), "left"), (_("Leads"), "right"))
    for name, count in excluded.iter_rows():
        table.add_row(speaker.name("exclusion", str(name)), language().number(count))
    if unasked:
        table.add_row(_("no consent to scoring"), language().number(unasked))
    out.print()
    out.print(table)
