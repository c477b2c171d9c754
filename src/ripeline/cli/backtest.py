"""``ripeline backtest``: a definition tried on one's own past, before anyone lives by it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ripeline.cli.backtest_files import check_targets, write
from ripeline.cli.backtested import Backtested, Comparison
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
    export_of,
    last_of,
    pairs,
    playbook_of,
    progress_bar,
    read_instant,
)
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language
from ripeline.core.phrases import gettext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.core.backtest import Past, Report
    from ripeline.core.exported import Export
    from ripeline.core.history import History
    from ripeline.core.needs import Needs
    from ripeline.core.outcomes import Outcomes
    from ripeline.core.playbook import Playbook

_EXPLAINED = 10
_OF_OUTCOMES = "outcomes."


def backtest(  # noqa: PLR0913 - the options of the command
    playbook: PlaybookPath,
    *,
    outcomes: Annotated[
        Path | None, typer.Option(metavar="FILE", help=gettext("What became of leads: CSV or Parquet."))
    ] = None,
    leads: Leads = None,
    events: Events = None,
    export: ExportFolder = None,
    against: Annotated[
        Path | None, typer.Option(metavar="PLAYBOOK", help=gettext("Another playbook, to compare with."))
    ] = None,
    sweep: Annotated[
        Literal["mql", "sales_ready"] | None, typer.Option(help=gettext("Draw the curve of this gate's threshold."))
    ] = None,
    with_people: Annotated[
        bool, typer.Option("--with-people", help=gettext("Replay what people wrote too: verdicts, overrides, touches."))
    ] = False,
    at: At = None,
    reps: Annotated[
        int | None,
        typer.Option(min=1, max=1_000_000, help=gettext("How many reps there are, else those named in the events.")),
    ] = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help=gettext("Write leads as CSV or Parquet, or a page as HTML; repeatable.")),
    ] = None,
    mapping: Mapping = None,
    timezone: Timezone = None,
    as_json: Json = False,
) -> None:
    """Try a definition on the past, as of each instant."""
    check_targets(out or (), (playbook, against, leads, events, outcomes))
    books = [playbook_of(path) for path in (playbook, against) if path is not None]
    if sweep is not None:
        _check_sweep(books[0], sweep)
    needs = _needs(books, with_people=with_people)
    with progress_bar(_("Reading")):
        if export is None:
            history, found, last = _read(needs, (leads, events, outcomes), mapping, timezone)
        else:
            copy = export_of(export, leads, events, outcomes, mapping, timezone)
            history, found, last = _read_export(needs, copy)
    past = _past(history, found, last if at is None else read_instant(at, books[0].timezone))
    done = _judge(books, history, found, past, reps=reps, sweep=sweep, with_people=with_people)
    if out:
        write(done, out)
    if as_json:
        from ripeline.cli.backtest_json import as_data  # noqa: PLC0415

        typer.echo(json.dumps(as_data(done, out or ()), ensure_ascii=False, indent=2))
    else:
        from ripeline.cli.backtest_view import show  # noqa: PLC0415

        show(done, out or ())


def _check_sweep(book: Playbook, gate: str) -> None:
    from ripeline.core.sweep import has_levels  # noqa: PLC0415

    if not has_levels(book, gate):
        raise BadInput(_("The gate {gate} asks for no score and no cell: it has no threshold to sweep.", gate=gate))


def _needs(books: Sequence[Playbook], *, with_people: bool) -> Needs:
    from ripeline.core.decisions import PEOPLES_ACTS  # noqa: PLC0415
    from ripeline.core.needs import needs_of  # noqa: PLC0415

    try:
        return replace(needs_of(books), left_out=() if with_people else PEOPLES_ACTS)
    except ValueError as error:
        raise BadInput(str(error)) from None


def _read(
    needs: Needs, files: tuple[Path | None, Path | None, Path | None], mapping: Sequence[str] | None, zone: str | None
) -> tuple[History, Outcomes, int]:
    """What the files hold, and the instant of the last row or outcome; raises BadInput."""
    from ripeline.core.outcomes import read_outcomes  # noqa: PLC0415
    from ripeline.core.tables import DataProblem, read_history  # noqa: PLC0415

    leads, events, outcomes = files
    if outcomes is None:
        raise BadInput(_("{what} is missing. See --help.", what="--outcomes"))
    if events is None:
        raise BadInput(_("A backtest needs events: give their file with --events."))
    names = pairs(mapping)
    own = {name.removeprefix(_OF_OUTCOMES): to for name, to in names.items() if name.startswith(_OF_OUTCOMES)}
    common = {name: to for name, to in names.items() if not name.startswith(_OF_OUTCOMES)}
    try:
        history = read_history(needs, leads=leads, events=events, mapping=common, timezone=zone)
        ids = history.leads["lead_id"]
        found = read_outcomes(outcomes, ids, mapping=own, common=common, timezone=zone)
    except DataProblem as problem:
        raise BadInput(problem.told(language().tell)) from None
    ended = found.table["at"].max()
    return history, found, max(last_of(history), ended if isinstance(ended, int) else 0)


def _read_export(needs: Needs, copy: Export) -> tuple[History, Outcomes, int]:
    """What the live server knew, what people said became of the leads, and up to when."""
    upto = copy.manifest.upto
    history = copy.history(needs, upto, is_past=True)
    return history, copy.outcomes(history.leads["lead_id"], upto), upto


def _past(history: History, outcomes: Outcomes, instant: int) -> Past:
    """What became of the leads up to an instant; raises BadInput if none was won by then."""
    from ripeline.core.backtest import past_of  # noqa: PLC0415

    past = past_of(history, outcomes, instant)
    if not (past.won == 1).any():
        raise BadInput(_("No lead is won by then, so there is nothing to judge a definition by."))
    return past


def _judge(
    books: Sequence[Playbook],
    whole: History,
    outcomes: Outcomes,
    past: Past,
    *,
    reps: int | None,
    sweep: str | None,
    with_people: bool,
) -> Backtested:
    from ripeline.core.backtest import backtest as tried  # noqa: PLC0415
    from ripeline.core.decisions import (  # noqa: PLC0415
        reps_named,
        untimed_attributes,
        without_people,
        without_untimed,
    )
    from ripeline.core.sweep import sweep as swept  # noqa: PLC0415

    reps = reps or reps_named(whole)
    history, left_out = (whole, None) if with_people else without_people(whole)
    book = books[0]
    with progress_bar(_("Replaying")) as progress:
        report = tried(book, history, past, reps=reps, progress=progress)
    untimed = untimed_attributes(book, history)
    without = None
    if untimed:
        with progress_bar(_("Replaying")) as progress:
            without = tried(book, without_untimed(history, untimed), past, reps=reps, progress=progress)
    comparison = _compare(report, books[1], history, reps) if len(books) > 1 else None
    curve = None
    if sweep is not None:
        with progress_bar(_("Sweeping")) as progress:
            curve = swept(book, sweep, history, past, progress=progress)
    return Backtested(history, outcomes, report, left_out, untimed, without, comparison, curve)


def _compare(report: Report, other_book: Playbook, history: History, reps: int | None) -> Comparison:
    from ripeline.core.backtest import backtest as tried  # noqa: PLC0415
    from ripeline.core.comparison import changed_leads, differences, units_of, why  # noqa: PLC0415

    with progress_bar(_("Replaying")) as progress:
        other = tried(other_book, history, report.past, reps=reps, progress=progress)
    changed = changed_leads(report, other, history)
    first = changed[:_EXPLAINED]
    few = units_of(history, [change.lead_id for change in first])
    with progress_bar(_("Explaining")):
        whys = [why(report.playbook, other_book, few, change) for change in first]
    return Comparison(other, differences(report, other), changed, whys)
