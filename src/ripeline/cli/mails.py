"""``ripeline mail``: what mails to leads say, and which were held back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ripeline.cli.installation import ask, show, show_table, when
from ripeline.cli.shared import BadInput, Json, bytes_of
from ripeline.cli.usage import Command, Group
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language, ngettext
from ripeline.core.phrases import gettext
from ripeline.integrations.mail import template_files
from ripeline.integrations.mail.template_files import TemplateFile

app = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
templates = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(templates, name="template", help=gettext("Say what mails to leads say."))

Name = Annotated[str, typer.Argument(metavar="NAME", help=gettext("The template's name."))]
Code = Annotated[str, typer.Argument(metavar="LANGUAGE", help=gettext("en, de, nl or da."))]
Files = Annotated[list[Path], typer.Argument(metavar="FILE", help=gettext("Files such as welcome.de.mjml."))]
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help=gettext("Where the files go."))]


@app.command("held", cls=Command, help=gettext("Tell how many mails were held back, and why."))
def held(*, as_json: Json = False) -> None:
    """Tell how many mails were held back, and why."""
    answer = ask("mail_held", language=language().code)
    rows = [[row["text"], language().number(row["count"])] for row in answer["held"]]
    lines = [ngettext("{count} mail is on its way.", "{count} mails are on their way.", answer["waiting"])]
    show_table(answer, [_("Why"), _("Mails")], rows, lines, as_json=as_json)


@templates.command("list", cls=Command, help=gettext("List all templates."))
def list_(*, as_json: Json = False) -> None:
    """List all templates."""
    answer = ask("mail_template_list")
    heads = [_("Name"), _("Language"), _("Version"), _("Subject"), _("Since")]
    rows = [
        [row["name"], row["language"], str(row["version"]), row["subject"], when(row["since"])]
        for row in answer["templates"]
    ]
    show_table(answer, heads, rows, as_json=as_json)


@templates.command("show", cls=Command, help=gettext("Print what a template says in a language."))
def show_(name: Name, code: Code, *, as_json: Json = False) -> None:
    """Print what a template says in a language, as its file has it."""
    answer = ask("mail_template_show", name=name, language=code)
    show(answer, [_file(answer)[1].rstrip("\n")], as_json=as_json)


@templates.command("import", cls=Command, help=gettext("Let templates be as these files say from now on."))
def import_(paths: Files, *, as_json: Json = False) -> None:
    """Let templates be as these files say from now on, all or none."""
    rows = [_read(path)._asdict() for path in paths]
    answer = ask("mail_template_put", rows=rows, language=language().code)
    for one in answer["wrong"]:
        for fault in one["faults"]:
            typer.echo(f"{one['which']}.mjml: {fault['place']}: {fault['what']} {fault['cure']}", err=True)
    if answer["wrong"]:
        raise typer.Exit(2)
    show(answer, [_count(len(answer["templates"]))], as_json=as_json)


@templates.command("export", cls=Command, help=gettext("Write all templates as files into a folder."))
def export(folder: Folder, *, as_json: Json = False) -> None:
    """Write all templates as files into a folder; what is there of their names is written anew."""
    answer = ask("mail_template_list")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for row in answer["templates"]:
            file, text = _file(row)
            (folder / file).write_text(text, "utf-8")
    except OSError as error:
        raise BadInput(_("{path} cannot be written: {why}.", path=folder, why=error.strerror)) from None
    show(answer, [_count(len(answer["templates"]))], as_json=as_json)


@templates.command("starters", cls=Command, help=gettext("Take over the templates that Ripeline brings."))
def starters(*, as_json: Json = False) -> None:
    """Take over the templates that Ripeline brings; what has one of their names stays as it is."""
    answer = ask("mail_template_starters")
    show(answer, [_count(len(answer["templates"]))], as_json=as_json)


def _count(count: int) -> str:
    return ngettext("{count} template.", "{count} templates.", count)


def _file(row: dict[str, str]) -> tuple[str, str]:
    return template_files.written(TemplateFile(*(row[name] for name in TemplateFile._fields)))


def _read(path: Path) -> TemplateFile:
    try:
        found = template_files.read(path.name, bytes_of(path).decode())
    except UnicodeDecodeError:
        found = None
    if found is None:
        text = _("{path} is no template. Name it like welcome.de.mjml, and begin it with Subject:", path=path)
        raise BadInput(text)
    return found
