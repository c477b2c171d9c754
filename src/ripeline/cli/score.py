"""``ripeline score``: all leads of a history, summed up for people and written out for programs."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ripeline.cli.scored import Scored
from ripeline.cli.shared import (
    At,
    BadInput,
    Events,
    ExportFolder,
    Json,
    Leads,
    Mapping,
    PlaybookPath,
    Timezone,
    check_target,
    progress_bar,
    read,
)
from ripeline.cli.words import gettext as _
from ripeline.core.instants import iso
from ripeline.core.phrases import gettext

if TYPE_CHECKING:
    import polars as pl


_ROWS = 10_000
_SUFFIXES = (".csv", ".parquet")


def score(  # noqa: PLR0913 - the options of the command
    playbook: PlaybookPath,
    *,
    leads: Leads = None,
    events: Events = None,
    export: ExportFolder = None,
    at: At = None,
    explain: Annotated[
        bool, typer.Option("--explain", help=gettext("With --out, write the reasons beside it."))
    ] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help=gettext("Write the scores: CSV or Parquet."))] = None,
    mapping: Mapping = None,
    timezone: Timezone = None,
    as_json: Json = False,
) -> None:
    """Score all leads of a history."""
    _check_out(out, (leads, events), explain=explain)
    book, history, instant = read(playbook, leads, events, export=export, at=at, mapping=mapping, timezone=timezone)
    from ripeline.core.results import contributions_table, scores_table  # noqa: PLC0415
    from ripeline.core.scoring import Version, evaluate  # noqa: PLC0415

    rows, repeats = history.events.height + history.acts.height, history.repeats
    with progress_bar(_("Scoring")) as progress:
        evaluation = evaluate([Version(book)], history, instant, explain=explain, progress=progress)
    del history  # of millions of events, half of the memory
    scores = scores_table(evaluation)
    tables = {} if out is None else {out: scores}
    if out is not None and explain:
        tables[_beside(out)] = contributions_table(evaluation)
    _write(tables)
    handoffs = evaluation.state.leads.handoff
    scored = Scored(
        book,
        instant,
        rows,
        repeats,
        scores,
        int(((handoffs == 1) | (handoffs == 2)).sum()),  # noqa: PLR2004 - offered, accepted
        tuple(tables),
    )
    if as_json:
        _print_json(scored)
    else:
        from ripeline.cli.score_view import show  # noqa: PLC0415

        show(scored)


def _check_out(out: Path | None, inputs: tuple[Path | None, ...], *, explain: bool) -> None:
    """Refuse what could not be written before the work begins."""
    if out is None:
        if explain:
            raise BadInput(_("--explain writes the reasons beside the scores: give --out FILE too."))
        return
    if out.suffix not in _SUFFIXES:
        raise BadInput(_("{path} is neither CSV nor Parquet. Name it .csv or .parquet.", path=out))
    for target in [out, _beside(out)] if explain else [out]:
        check_target(target, inputs)


def _beside(out: Path) -> Path:
    return out.with_name(f"{out.stem}.reasons{out.suffix}")


def _write(tables: dict[Path, pl.DataFrame]) -> None:
    """Write the tables, the scores last: whoever finds them finds their reasons too."""
    from ripeline.core.tables import write_table  # noqa: PLC0415

    for path in reversed(tables):
        try:
            write_table(tables[path], path)
        except OSError as error:
            raise BadInput(_("{path} cannot be written: {why}.", path=path, why=error.strerror or error)) from None


def _print_json(scored: Scored) -> None:
    """Print the summary, and the scores themselves unless they were written to a file, some rows at a time."""
    head = json.dumps(_summary(scored), ensure_ascii=False)
    if scored.written:
        typer.echo(head)
        return
    typer.echo(f'{head[:-1]}, "scores": [', nl=False)
    for place, rows in enumerate(scored.scores.iter_slices(_ROWS)):
        typer.echo(("," if place else "") + rows.write_json()[1:-1], nl=False)
    typer.echo("]}")


def _summary(scored: Scored) -> dict[str, Any]:
    counts = {name: _counted(scored.scores, name) for name in ("stage", "cell", "excluded", "not_evaluated")}
    return {
        "playbook": scored.playbook.playbook,
        "at": iso(scored.at),
        "consent": "assumed" if scored.playbook.consent == "assumed" else "asked",
        "leads": scored.scores.height,
        "events": scored.events,
        "repeats": scored.repeats,
        "open_handoffs": scored.open_handoffs,
        **counts,
        "written": [str(path) for path in scored.written],
    }


def _counted(scores: pl.DataFrame, column: str) -> dict[str, int]:
    counts = scores[column].drop_nulls().value_counts(sort=True)
    return {str(name): count for name, count in counts.iter_rows()}
