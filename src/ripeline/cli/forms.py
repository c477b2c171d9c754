"""``ripeline form``: what websites ask people, and what that becomes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ripeline.cli.installation import ask, show, show_table, when
from ripeline.cli.shared import Json, bytes_of, tell
from ripeline.cli.usage import Command, Group
from ripeline.cli.words import gettext as _
from ripeline.core.phrases import gettext

app = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)

File = Annotated[Path, typer.Argument(metavar="FILE", help=gettext("The form, a YAML file."))]
Name = Annotated[str, typer.Argument(metavar="NAME", help=gettext("The form's name."))]


@app.command("put", cls=Command, help=gettext("Let a form be as its file says from now on."))
def put(path: File, *, as_json: Json = False) -> None:
    """Let a form be as its file says from now on."""
    from ripeline.integrations.form_definition import FormDefinition, load  # noqa: PLC0415

    text = bytes_of(path)
    form = load(text, file=str(path))
    if not isinstance(form, FormDefinition):
        tell(form)
        raise typer.Exit(2)
    answer = ask("form_put", text=text.decode().removeprefix("\ufeff"))
    lines = [_("{name} is open at {url}", name=answer["name"], url=answer["url"])]
    if answer["unknown"]:
        names = ", ".join(answer["unknown"])
        lines.append(_("The active playbook does not speak of: {names}.", names=names))
    if answer["unknown_purposes"]:
        names = ", ".join(answer["unknown_purposes"])
        lines.append(_("People agree to what the active playbook never asks for: {names}.", names=names))
    show(answer, lines, as_json=as_json)


@app.command("list", cls=Command, help=gettext("List all forms."))
def list_(*, as_json: Json = False) -> None:
    """List all forms."""
    answer = ask("form_list")
    rows = [[row["name"], row["url"], when(row["created_at"]), when(row["closed_at"])] for row in answer["forms"]]
    show_table(answer, [_("Name"), _("Address"), _("Added"), _("Closed")], rows, as_json=as_json)


@app.command("show", cls=Command, help=gettext("Print a form's text as it is now."))
def show_(name: Name, *, as_json: Json = False) -> None:
    """Print a form's text as it is now."""
    answer = ask("form_show", name=name)
    show(answer, [answer["text"].rstrip("\n")], as_json=as_json)


@app.command("html", cls=Command, help=gettext("Print a form as HTML, to be pasted into a page of the website."))
def html(name: Name, *, as_json: Json = False) -> None:
    """Print a form as HTML, to be pasted into a page of the website."""
    answer = ask("form_html", name=name)
    show(answer, [answer["html"].rstrip("\n")], as_json=as_json)


@app.command("close", cls=Command, help=gettext("Take nothing more from a form; what it brought stays."))
def close(name: Name, *, as_json: Json = False) -> None:
    """Take nothing more from a form; what it brought stays."""
    show(ask("form_close", name=name), [_("{name} is closed.", name=name)], as_json=as_json)
