"""How the verbs of people reach the installation, and how its answers are shown."""

from __future__ import annotations

import json
from contextlib import nullcontext, suppress
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import typer

from ripeline.cli import server
from ripeline.cli.shared import EPOCH, BadInput, console, visible
from ripeline.cli.words import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def ask(verb: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - plain values
    """The answer of a verb, done here or by the server that runs; raises BadInput with the reason of a refusal."""
    answer = answered(verb, **arguments)
    if "refused" in answer:
        raise BadInput(refusal(answer))
    return answer


def answered(verb: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - plain values
    """The same with refusals as answers; the tables are made, or brought up to date, unless a server does so."""
    server.set_up()
    with server.refusals():
        _prepare()
    answer: dict[str, Any] = server.ask(verb, **arguments)
    return answer


@cache
def _prepare() -> None:
    from django.db import connection  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    from ripeline.server.operation import data_folder  # noqa: PLC0415

    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    from ripeline.server.operation.serve import migrate  # noqa: PLC0415

    # If the folder is held, then by a server that brings them up to date itself.
    with suppress(data_folder.IsHeld), data_folder.held() if connection.vendor == "sqlite" else nullcontext():
        migrate()


def refusal(answer: Mapping[str, Any]) -> str:
    """The reason of a refusal in the language of the run."""
    from ripeline.server.refusals import TEXTS, Refusal  # noqa: PLC0415

    return _(TEXTS[Refusal(answer["refused"])])


def show(answer: Mapping[str, Any], lines: Iterable[str], *, as_json: bool) -> None:
    """Print an answer: as it is for programs, else as lines for people."""
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    for line in lines:
        typer.echo(visible(line))


def show_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table for people."""
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(*heads, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*map(visible, row))
    console().print(table)


def when(micros: int | None) -> str:
    """An instant for people, to the second, UTC; empty for none."""
    return "" if micros is None else f"{EPOCH + timedelta(microseconds=micros):%Y-%m-%d %H:%M:%S} UTC"
