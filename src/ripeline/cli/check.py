"""``ripeline check``: all problems of a playbook, then its scenarios."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from ripeline.cli.shared import Json, PlaybookPath, console, playbook_or_problems, tell
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language, ngettext
from ripeline.core.units import MICRO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from ripeline.core.problems import Problem
    from ripeline.core.scenario_run import Difference, Played


def check(playbook: PlaybookPath, *, as_json: Json = False) -> None:
    """Tell all problems of a playbook, and run its scenarios."""
    found = playbook_or_problems(playbook)
    if isinstance(found, tuple):
        if as_json:
            typer.echo(json.dumps({"problems": [_problem(each) for each in found]}, ensure_ascii=False))
        else:
            tell(found)
            typer.echo(ngettext("{count} problem.", "{count} problems.", len(found)), err=True)
        raise typer.Exit(2)
    from ripeline.core.scenario_run import run_scenarios  # noqa: PLC0415

    played = run_scenarios(found)
    if as_json:
        scenarios = [{"name": each.name, "differences": [_difference(d) for d in each.differences]} for each in played]
        typer.echo(json.dumps({"problems": [], "scenarios": scenarios}, ensure_ascii=False))
    else:
        _show(console(), found.playbook, played)
    if any(each.differences for each in played):
        raise typer.Exit(1)


def _show(out: Console, name: str, played: Sequence[Played]) -> None:
    from rich.table import Table  # noqa: PLC0415

    out.print(_("{name}: no problems.", name=name), style="bold")
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column()
    for each in played:
        table.add_row("✗" if each.differences else "✓", each.name, style="red" if each.differences else None)
        for difference in each.differences:
            table.add_row("", _told(difference))
    out.print(table)
    failed = sum(bool(each.differences) for each in played)
    if failed:
        text = ngettext(
            "{count} of {all} scenarios fails.", "{count} of {all} scenarios fail.", failed, all=len(played)
        )
        out.print(text, style="bold red")
    elif played:
        text = ngettext(
            "The one scenario comes out as it says.", "All {count} scenarios come out as they say.", len(played)
        )
        out.print(text, style="bold")
    else:
        out.print(_("It holds no scenarios. Add some: they are its tests."))


def _told(difference: Difference) -> str:
    expected, got = (_shown(difference.field, value) for value in (difference.expected, difference.got))
    return _("{field}: expected {expected}, got {got}", field=difference.field, expected=expected, got=got)


def _shown(field: str, value: Any) -> str:  # noqa: ANN401 - any value of an expectation
    if value is None:
        return _("nothing")
    if field.startswith(("scores.", "reasons.")):
        return language().number(value / MICRO, decimals=6)
    return " → ".join(value) or _("nothing") if isinstance(value, tuple) else str(value)


def _problem(problem: Problem) -> dict[str, Any]:
    what, hint = problem.told(language().tell)
    own = {"file": problem.file, "line": problem.line, "path": problem.path, "code": problem.code}
    return own | {"what": what, "hint": hint}


def _difference(difference: Difference) -> dict[str, Any]:
    in_points = difference.field.startswith(("scores.", "reasons."))
    expected, got = (
        value / MICRO if in_points and value is not None else value for value in (difference.expected, difference.got)
    )
    return {"field": difference.field, "expected": expected, "got": got}
