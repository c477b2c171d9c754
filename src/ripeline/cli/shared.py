"""What several verbs need: the playbook, the history, the instant, the console."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import unicodedata
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ripeline.cli.words import gettext as _
from ripeline.cli.words import language
from ripeline.core.instants import instant
from ripeline.core.phrases import gettext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.console import Console
    from rich.text import Text

    from ripeline.core.exported import Export
    from ripeline.core.history import History
    from ripeline.core.playbook import Playbook
    from ripeline.core.problems import Problem

_MAX_PROBLEMS_SHOWN = 50
_COMMANDS = ("Cc", "Cf", "Cs")
"""The categories of Unicode that hold escapes, changes of direction and halves of signs."""

PlaybookPath = Annotated[Path, typer.Argument(metavar="PLAYBOOK", help=gettext("The playbook, a YAML file."))]
Leads = Annotated[Path | None, typer.Option(metavar="FILE", help=gettext("The leads: CSV or Parquet."))]
Events = Annotated[Path | None, typer.Option(metavar="FILE", help=gettext("The events: CSV or Parquet."))]
ExportFolder = Annotated[
    Path | None,
    typer.Option("--export", metavar="FOLDER", help=gettext("An export of the live server, in place of files.")),
]
At = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help=gettext("The instant to look at, else that of the last row. 2026-01-31 is its end.")
    ),
]
Mapping = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="OURS=THEIRS", help=gettext("A column's name in the files; repeatable.")),
]
Timezone = Annotated[str | None, typer.Option(metavar="ZONE", help=gettext("The zone of times without an offset."))]
Json = Annotated[bool, typer.Option("--json", help=gettext("Print JSON for programs."))]


class LanguageName(StrEnum):
    """The languages of pages and notices, as the command line writes them."""

    EN = "en"
    DE = "de"
    NL = "nl"
    DA = "da"


class BadInput(Exception):
    """What is wrong with the input, in one line for people; the run ends with exit code 2."""


def check_target(target: Path, inputs: Iterable[Path | None]) -> None:
    """Refuse a file that could not be written, before the work begins."""
    try:
        if not target.parent.is_dir():
            raise BadInput(_("The folder of {path} is not there. Make it first.", path=target))
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if target.resolve() in [path.resolve() for path in inputs if path is not None]:
            raise BadInput(_("{path} is read as an input. Name another file with --out.", path=target))
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}."):
            pass  # as it will be written
    except OSError as error:
        raise BadInput(_("{path} cannot be written: {why}.", path=target, why=error.strerror or error)) from None


def console() -> Console:
    """Where results for people are printed, as wide as the terminal."""
    from rich.console import Console  # noqa: PLC0415

    class Safe(Console):
        def render_str(self, text: str, **options: Any) -> Text:  # noqa: ANN401 - those of rich
            return super().render_str(visible(text), **options)

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Safe(highlight=False, markup=False, emoji=False)


def visible(text: str) -> str:
    """The text with a sign in place of all that would command the terminal; line breaks stay."""
    return "".join(sign if sign == "\n" or unicodedata.category(sign) not in _COMMANDS else "\ufffd" for sign in text)


def tell_line(text: str) -> None:
    """Print one line on standard error, whatever the text holds."""
    typer.echo(visible(" ".join(text.splitlines())), err=True)


def playbook_of(path: Path) -> Playbook:
    """The playbook of a file; tells all its problems and leaves with exit code 2 if it has any."""
    found = playbook_or_problems(path)
    if isinstance(found, tuple):
        tell(found)
        raise typer.Exit(2)
    return found


def playbook_or_problems(path: Path) -> Playbook | tuple[Problem, ...]:
    """The playbook of a file, or its problems; raises BadInput if it cannot be read."""
    from ripeline.core import playbook_yaml  # noqa: PLC0415

    return playbook_yaml.load(bytes_of(path), file=str(path))


def bytes_of(path: Path) -> bytes:
    """What is in a file; raises BadInput if it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise BadInput(_("{path} is not there. Check the path.", path=path)) from None
    except OSError as error:
        raise BadInput(_("{path} cannot be read: {why}.", path=path, why=error.strerror or error)) from None


def tell(problems: Sequence[Problem]) -> None:
    """Print problems on standard error, one line each."""
    for problem in problems[:_MAX_PROBLEMS_SHOWN]:
        what, hint = problem.told(language().tell)
        place = f"{problem.file}:{problem.line}: " + (f"{problem.path}: " if problem.path else "")
        tell_line(f"{place}{what} ({problem.code})." + (f" {hint}" if hint else ""))
    if len(problems) > _MAX_PROBLEMS_SHOWN:
        typer.echo(_("… and {count} more.", count=len(problems) - _MAX_PROBLEMS_SHOWN), err=True)


def history_of(
    playbook: Playbook, leads: Path | None, events: Path | None, mapping: Sequence[str] | None, timezone: str | None
) -> History:
    """The history in the files; raises BadInput for what is wrong with them."""
    from ripeline.core.tables import DataProblem, read_history  # noqa: PLC0415

    names = pairs(mapping)
    try:
        return read_history([playbook], leads=leads, events=events, mapping=names, timezone=timezone)
    except DataProblem as problem:
        raise BadInput(problem.told(language().tell)) from None


def read(
    playbook: Path,
    leads: Path | None,
    events: Path | None,
    *,
    export: Path | None,
    at: str | None,
    mapping: Sequence[str] | None,
    timezone: str | None,
    lead: str | None = None,
) -> tuple[Playbook, History, int]:
    """The playbook, the history and the instant asked for; tells what is wrong with them as the parts do.

    With `lead`, of an export only that lead and those of its account are read.
    """
    book = playbook_of(playbook)
    if export is not None:
        from ripeline.core.needs import needs_of  # noqa: PLC0415

        copy = export_of(export, leads, events, mapping, timezone)
        instant = copy.manifest.upto if at is None else read_instant(at, book.timezone)
        with progress_bar(_("Reading")):
            return book, copy.history(needs_of([book]), instant, of=lead), instant
    with progress_bar(_("Reading")):
        history = history_of(book, leads, events, mapping, timezone)
    return book, history, last_of(history) if at is None else read_instant(at, book.timezone)


def export_of(folder: Path, *files: object) -> Export:
    """The export in a folder; raises BadInput if there is none, and for options that speak of files."""
    from ripeline.core.columns import DataProblem  # noqa: PLC0415
    from ripeline.core.exported import Export  # noqa: PLC0415

    if any(files):
        raise BadInput(_("--export goes without files: leave out --leads, --events, --outcomes, --map and --timezone."))
    try:
        return Export.opened(folder)
    except DataProblem as problem:
        raise BadInput(problem.told(language().tell)) from None


def pairs(mapping: Sequence[str] | None) -> dict[str, str]:
    """The files' names of our columns; raises BadInput for what is no pair."""
    return dict(_pair(text) for text in mapping or ())


def _pair(text: str) -> tuple[str, str]:
    ours, equals, theirs = text.partition("=")
    if not (ours and equals and theirs):
        raise BadInput(_('--map "{text}" is not OURS=THEIRS, such as lead_id=case_id.', text=text))
    return ours, theirs


def last_of(history: History) -> int:
    """The instant of the last row known; raises BadInput if none has one."""
    frames = [(frame, name) for frame in (history.events, history.acts, history.changes) for name in ("known_at", "at")]
    columns = [frame[name] for frame, name in frames if name in frame.columns]
    latest = [column.max() for column in [*columns, history.leads["created_at"]]]
    known = [value for value in latest if isinstance(value, int)]
    if not known:
        raise BadInput(_("The data holds no instant to look at. Give one with --at."))
    return max(known)


def read_instant(text: str, zone: str) -> int:
    """The instant that a text names, in a zone if it names none; raises BadInput."""
    from ripeline.core.columns import LATEST  # noqa: PLC0415

    try:
        moment = datetime.fromisoformat(text)
        if len(text) == len("2026-01-31"):
            moment += timedelta(days=1, microseconds=-1)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
        at = instant(moment)
    except (ValueError, OverflowError):
        at = -1
    if not 0 <= at <= LATEST:
        raise BadInput(_('--at "{text}" is not a time. Write one such as 2026-01-31T09:00+01:00.', text=text))
    return at


@contextmanager
def progress_bar(text: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while something long runs, if that is a terminal."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    shown = Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    with shown:
        task = shown.add_task(text, total=None)
        yield partial(_advance, shown, task)


def _advance(progress: Any, task: Any, done: int, total: int) -> None:  # noqa: ANN401 - types of rich
    progress.update(task, completed=done, total=total)
