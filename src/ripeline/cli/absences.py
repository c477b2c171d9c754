"""``ripeline absence``: who is away, so that nothing is offered to them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from ripeline.cli.installation import ask, show, show_table, when
from ripeline.cli.shared import BadInput, Json
from ripeline.cli.usage import Command, Group
from ripeline.cli.words import gettext as _
from ripeline.core.phrases import gettext

app = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)

Number = Annotated[int, typer.Argument(metavar="NUMBER", help=gettext("The absence's number."))]


@app.command("add", cls=Command, help=gettext("Say that a user is away, by the days of the playbook's calendar."))
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help=gettext("The user's name."))],
    *,
    first: Annotated[str, typer.Option("--from", metavar="DAY", help=gettext("The first day, such as 2026-12-24."))],
    last: Annotated[str, typer.Option("--to", metavar="DAY", help=gettext("The last day."))],
    note: Annotated[str, typer.Option(help=gettext("A word on it, for colleagues."))] = "",
    as_json: Json = False,
) -> None:
    """Say that a user is away, by the days of the playbook's calendar."""
    answer = ask("absence_add", name=name, first=_day(first), last=_day(last), note=note)
    show(answer, [_("{name} is away until {until}.", name=name, until=when(answer["until"]))], as_json=as_json)


@app.command("list", cls=Command, help=gettext("List who is away now, or will be."))
def list_(*, as_json: Json = False) -> None:
    """List who is away now, or will be."""
    answer = ask("absence_list")
    rows = [
        [str(row["number"]), row["name"], when(row["since"]), when(row["until"]), row["note"]]
        for row in answer["absences"]
    ]
    show_table(answer, [_("Number"), _("Name"), _("Since"), _("Until"), _("Note")], rows, as_json=as_json)


@app.command("remove", cls=Command, help=gettext("Say that a user is back from now on."))
def remove(number: Number, *, as_json: Json = False) -> None:
    """Say that a user is back from now on."""
    answer = ask("absence_remove", number=number)
    show(answer, [_("{name} is back.", name=answer["name"])], as_json=as_json)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadInput(_("{text} is no day. Write it like 2026-12-24.", text=text)) from None
