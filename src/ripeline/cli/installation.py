"""What the commands of the live server share: how they reach the installation, and how its answers are shown."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from ripeline.cli.shared import BadInput, console, tell_line, visible
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language, ngettext
from ripeline.core.instants import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ripeline.core.columns import DataProblem


_UNFOLDED = 1000
"""How wide a table may be where no terminal shows it, so that what reads it finds each word whole."""


def set_up() -> None:
    """Make the server's tables usable in this process; loads Django, which takes a moment."""
    import django  # noqa: PLC0415 - the other commands start without it
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ripeline.server.settings")
    try:
        django.setup()
    except OSError as error:
        what = _("{path} cannot be used: {why}.", path=error.filename, why=error.strerror)
        cure = _("Name a folder of your own with --data or RIPELINE_DATA.")
        raise BadInput(f"{what} {cure}") from None
    except ImproperlyConfigured as error:
        raise BadInput(_(str(error))) from None


@contextmanager
def troubles_told() -> Iterator[None]:
    """Tell what can be wrong with an installation as bad input, in one line."""
    from django.db import DatabaseError  # noqa: PLC0415

    from ripeline.server.operation.control import Failed  # noqa: PLC0415
    from ripeline.server.operation.data_folder import IsHeld, folder  # noqa: PLC0415

    try:
        yield
    except IsHeld as held:
        what = _("The folder {folder} is in use by process {pid}: stop it first.", folder=folder(), pid=held.pid)
        raise BadInput(what) from None
    except Failed as failed:
        raise BadInput(_("The running server could not do it: {why}", why=failed)) from None
    except DatabaseError as error:
        why = " ".join(str(error).split())
        raise BadInput(_("The database cannot be used: {why}", why=why)) from None


def ask(command: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - plain values
    """The answer of the installation, from the server that runs or from here; raises BadInput for a refusal."""
    answer = answered(command, **arguments)
    if "refused" in answer:
        raise BadInput(refusal(answer))
    return answer


def answered(command: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - plain values
    """The same with refusals as answers; the tables are made, or brought up to date, unless a server does so."""
    set_up()
    from ripeline.server.operation import control  # noqa: PLC0415

    with troubles_told():
        _prepare()
        return control.call(command, arguments)


@cache
def _prepare() -> None:
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from ripeline.server.operation import data_folder, tables  # noqa: PLC0415

    if tables.missing():
        is_new = connection.vendor == "sqlite" and not connection.introspection.table_names()
        # If the folder is held, then by a server that brings them up to date itself.
        with suppress(data_folder.IsHeld), data_folder.held() if connection.vendor == "sqlite" else nullcontext():
            tables.migrate()
            if is_new:  # who has started it in another folder than usual looks for the rows in vain
                tell_line(_("A new installation is made in {folder}.", folder=settings.DATA))


def refusal(answer: Mapping[str, Any]) -> str:
    """The reason of a refusal in the language of the run, with the name of what it speaks of."""
    from ripeline.server.refusals import TEXTS, Refusal  # noqa: PLC0415

    why, which = _(TEXTS[Refusal(answer["refused"])]), answer.get("which")
    return f"{which}: {why}" if which else why


def refuse(problems: Iterable[DataProblem], count: int) -> NoReturn:
    """Tell some of so many problems of rows, one line each, and leave with exit code 2."""
    told = [problem.told(language().tell) for problem in problems]
    for line in told:
        tell_line(line)
    if count > len(told):
        tell_line(_("… and {count} more.", count=count - len(told)))
    tell_line(ngettext("Nothing is added: {count} problem.", "Nothing is added: {count} problems.", count))
    raise typer.Exit(2)


def added(new: int, known: int, *, dry_run: bool) -> Iterator[str]:
    """How many rows are new, or would be, and how many were there before, if any."""
    if dry_run:
        yield ngettext("{count} row would be added.", "{count} rows would be added.", new)
    else:
        yield ngettext("{count} row is added.", "{count} rows are added.", new)
    if known:
        yield ngettext("{count} row was there before.", "{count} rows were there before.", known)


def show(answer: Mapping[str, Any], lines: Iterable[str], *, as_json: bool) -> None:
    """Print an answer: as it is for programs, else as lines for people."""
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    for line in lines:
        typer.echo(visible(line))


def show_table(
    answer: Mapping[str, Any],
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    lines: Iterable[str] = (),
    *,
    as_json: bool,
) -> None:
    """Print an answer: as it is for programs, else as a table and lines for people."""
    if not as_json:
        from rich import box  # noqa: PLC0415
        from rich.table import Column, Table  # noqa: PLC0415

        table = Table(*(Column(head, overflow="fold") for head in heads), box=box.SIMPLE_HEAD, pad_edge=False)
        for row in rows:
            table.add_row(*map(visible, row))
        shown = console()
        if not shown.is_terminal:
            shown.width = _UNFOLDED
        shown.print(table)
    show(answer, lines, as_json=as_json)


def when(micros: int | None) -> str:
    """An instant for people, to the second, UTC; empty for none."""
    return "" if micros is None else f"{moment(micros):%Y-%m-%d %H:%M:%S} UTC"
