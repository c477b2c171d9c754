"""``ripeline person``: what a person may ask for."""

from __future__ import annotations

from typing import Annotated

import typer

from ripeline.cli.installation import ask, show_table
from ripeline.cli.shared import Json  # noqa: TC001 - Typer reads it
from ripeline.cli.usage import Command, Group
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language, ngettext
from ripeline.core.phrases import gettext

app = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)

Who = Annotated[str, typer.Argument(metavar="WHO", help=gettext("The person's e-mail, or the number of the lead."))]


@app.command("erase", cls=Command, help=gettext("Erase everything of a person, for ever."))
def erase(
    who: Who,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=gettext("Tell what would be erased, and change nothing."))
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help=gettext("Do not ask first."))] = False,
    as_json: Json = False,
) -> None:
    """Erase everything of a person, for ever."""
    if not (dry_run or yes):
        typer.confirm(_("{who} is erased for ever. Go on?", who=who), abort=True)
    answer = ask("person_erase", who=who, dry_run=dry_run)
    rows = [[table, language().number(count)] for table, count in sorted(answer["rows"].items())]
    count = sum(answer["rows"].values())
    if dry_run:
        line = ngettext("{count} row would be erased.", "{count} rows would be erased.", count)
    else:
        line = ngettext("{count} row is erased.", "{count} rows are erased.", count)
    show_table(answer, [_("Table"), _("Rows")], rows, [line], as_json=as_json)
