"""``ripeline person``: what a person may ask for."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads it
from typing import Annotated

import typer

from ripeline.cli.installation import ask, show, show_table, when
from ripeline.cli.shared import BadInput, Json
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
    answer = ask("person_erase", who=who, dry_run=dry_run, language=language().code)
    rows = sorted([answer["called"][table], language().number(count)] for table, count in answer["rows"].items())
    count = sum(answer["rows"].values())
    if dry_run:
        line = ngettext("{count} row would be erased.", "{count} rows would be erased.", count)
    else:
        line = ngettext("{count} row is erased.", "{count} rows are erased.", count)
    lines = [line]
    if not answer.get("is_done", True):
        lines.append(_("Texts and files are still being cleared: the server goes on with it."))
    show_table(answer, [_("What goes"), _("Rows")], rows, lines, as_json=as_json)


@app.command(
    "export", cls=Command, help=gettext("Write all that is known of a person: a page, and a file for programs.")
)
def export(
    who: Who,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help=gettext("Where the files go."))],
    *,
    as_json: Json = False,
) -> None:
    """Write all that is known of a person into a folder, in the person's language; nobody else may read the files."""
    answer = ask("person_export", who=who)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in answer["files"].items():
            path = folder / name
            path.touch(mode=0o600)
            path.write_text(text, "utf-8")
    except OSError as error:
        raise BadInput(_("{path} cannot be written: {why}.", path=folder, why=error.strerror)) from None
    paths = [str(folder / name) for name in answer["files"]]
    show({"lead": answer["lead"], "files": paths}, paths, as_json=as_json)


@app.command(
    "object", cls=Command, help=gettext("Write down that a person objects: no more scores, no more advertising.")
)
def object_(
    who: Who,
    *,
    how: Annotated[str, typer.Option(metavar="TEXT", help=gettext("How it came: a letter, a call."))] = "",
    as_json: Json = False,
) -> None:
    """Write down that a person objects; only the person can lift it, by the link of a mail."""
    answer = ask("person_object", who=who, how=how)
    line = _("Lead {lead}: no more scores, no more advertising. Only the person can lift it.", lead=answer["lead"])
    show(answer, [line], as_json=as_json)


@app.command("never-call", cls=Command, help=gettext("Call nobody any more who has a number of telephone."))
def never_call(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help=gettext("With its country, such as +49 30 1234567."))],
    *,
    as_json: Json = False,
) -> None:
    """Keep a no to calls by the number alone, whether its owner is known or not."""
    answer = ask("person_never_call", number=number)
    line = _("{number}: whoever has it may not be called. Only the person can lift it.", number=answer["number"])
    show(answer, [line], as_json=as_json)


@app.command("requests", cls=Command, help=gettext("List what people asked for, and until when it is to be answered."))
def requests(*, as_json: Json = False) -> None:
    """List what people asked for and is open, the most urgent first."""
    answer = ask("person_requests_list", language=language().code)
    rows = [
        [str(row["lead"]), row["address"] or "", row["text"], when(row["asked_at"]), when(row["due_at"]),
         _("The person has the link") if row["has_link"] else row["no_link"]]
        for row in answer["requests"]
    ]  # fmt: skip
    show_table(answer, [_("Lead"), _("E-mail"), _("What it asks for"), _("Asked"), _("Due"), ""], rows, as_json=as_json)
