"""``ripeline doctor``: how the installation is, each finding with its cure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from ripeline.cli.installation import set_up, troubles_told
from ripeline.cli.shared import Json, console
from ripeline.cli.words import language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.server.operation.doctor import Finding

_MARKS = {"ok": ("✓", None), "warning": ("!", "yellow"), "error": ("✗", "red")}


def doctor(*, as_json: Json = False) -> None:
    """Examine the installation, and leave with 1 if there is an error."""
    set_up()
    from ripeline.server import instants  # noqa: PLC0415
    from ripeline.server.operation.doctor import examine  # noqa: PLC0415

    with troubles_told():
        findings = examine(instants.now())
    if as_json:
        typer.echo(json.dumps([_plain(each) for each in findings], ensure_ascii=False))
    else:
        _show(findings)
    if any(each.level == "error" for each in findings):
        raise typer.Exit(1)


def _plain(finding: Finding) -> dict[str, str | None]:
    cure = None if finding.cure is None else str(finding.cure)
    return {"name": finding.name, "level": finding.level, "what": str(finding.what), "cure": cure}


def _show(findings: Sequence[Finding]) -> None:
    from rich.table import Table  # noqa: PLC0415

    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column()
    tell = language().tell
    for each in findings:
        mark, style = _MARKS[each.level]
        table.add_row(mark, tell(each.what), style=style)
        if each.cure is not None and each.level != "ok":
            table.add_row("", tell(each.cure))
    console().print(table)
