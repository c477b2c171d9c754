"""``ripeline content``: the catalogue of content, its gaps, and what comes next for a lead."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Annotated

import typer

from ripeline.cli.installation import answered, ask, refusal, show, show_table, when
from ripeline.cli.shared import BadInput, Json
from ripeline.cli.usage import Command, Group
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language, ngettext
from ripeline.core.phrases import gettext
from ripeline.integrations import content_csv

app = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)

Item = Annotated[
    str, typer.Argument(metavar="ITEM", help=gettext("A path of the website, or the content_id of events."))
]
DryRun = Annotated[bool, typer.Option("--dry-run", help=gettext("Tell what would change, and change nothing."))]


@app.command("add", cls=Command, help=gettext("Say what an item is from now on."))
def add(  # noqa: PLR0913 - one option for each thing that is said of an item
    item: Item,
    content: Annotated[str, typer.Argument(metavar="CLASS", help=gettext("The class, as the playbook names it."))],
    *,
    title: Annotated[str | None, typer.Option(help=gettext("What it is called."))] = None,
    address: Annotated[str | None, typer.Option(help=gettext("Where it is, with https://."))] = None,
    spoken: Annotated[
        str | None, typer.Option("--language", help=gettext("Its language, such as de; none: for all."))
    ] = None,
    persona: Annotated[
        list[str] | None, typer.Option(help=gettext("A persona that it is for, as often as needed; none: for all."))
    ] = None,
    topic: Annotated[str | None, typer.Option(help=gettext("What it is about."))] = None,
    objection: Annotated[str | None, typer.Option(help=gettext("The objection that it answers."))] = None,
    as_json: Json = False,
) -> None:
    """Say what an item is from now on; what is not named stays as it was."""
    personas = "|".join(persona) if persona is not None else None
    values = (item, content, title, address, spoken, personas, topic, objection)
    said = {name: text for name, text in zip(content_csv.COLUMNS, values, strict=True) if text is not None}
    answer = ask("content_put", rows=[said])
    show(answer, [_("{item} belongs to {content} now.", item=item, content=content)], as_json=as_json)


@app.command("end", cls=Command, help=gettext("Take an item out of the catalogue."))
def end(item: Item, *, as_json: Json = False) -> None:
    """Take an item out of the catalogue."""
    show(ask("content_end", item=item), [_("{item} belongs to no class now.", item=item)], as_json=as_json)


@app.command("list", cls=Command, help=gettext("List all items with their classes."))
def list_(*, as_json: Json = False) -> None:
    """List all items with their classes."""
    answer = ask("content_list")
    heads = [_("Item"), _("Class"), _("Title"), _("Language"), _("Personas"), _("Topic"), _("Since")]
    rows = [
        [
            row["item"],
            row["content"] or _("proposed"),
            row["title"],
            row["language"],
            ", ".join(row["personas"]),
            row["topic"],
            when(row["since"]),
        ]
        for row in answer["items"]
    ]
    lines = [
        _("The active playbook does not know: {names}.", names=", ".join(names))
        for names in (answer["unknown"], answer["unknown_personas"])
        if names
    ]
    show_table(answer, heads, rows, lines, as_json=as_json)


@app.command("import", cls=Command, help=gettext("Take up the items of a CSV, all or none."))
def import_(
    file: Annotated[Path, typer.Argument(metavar="CSV", help=gettext("The file."))],
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take up the items of a CSV, all or none."""
    rows = _read(file)
    answer = answered("content_put", rows=[row for _line, row in rows], dry_run=dry_run)
    if "refused" in answer:
        raise BadInput(f"{file.name}:{rows[answer['row']][0]}: {refusal(answer)}")
    line = ngettext("{count} item is in the file.", "{count} items are in the file.", answer["items"])
    show(answer, [line, _changed(answer["changed"], dry_run=dry_run)], as_json=as_json)


@app.command("sitemap", cls=Command, help=gettext("Propose the pages of a sitemap that the catalogue does not hold."))
def sitemap(
    where: Annotated[str, typer.Argument(metavar="SITEMAP", help=gettext("A file, or an address with https://."))],
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Propose the pages of a sitemap that the catalogue does not hold."""
    if where.startswith(("https://", "http://")):
        answer = ask("content_sitemap", address=where, dry_run=dry_run)
    else:
        answer = ask("content_sitemap", text=b64encode(_bytes(Path(where))).decode(), dry_run=dry_run)
    count = len(answer["new"])
    lines = [ngettext("The sitemap names {count} page.", "The sitemap names {count} pages.", answer["pages"])]
    if dry_run:
        lines.append(ngettext("{count} would be proposed.", "{count} would be proposed.", count))
    else:
        lines.append(ngettext("{count} is proposed now.", "{count} are proposed now.", count))
    if answer["left"]:
        one = "{count} further sitemap was not read: take it by itself."
        lines.append(ngettext(one, "{count} further sitemaps were not read: take each by itself.", answer["left"]))
    show(answer, lines, as_json=as_json)


@app.command("next", cls=Command, help=gettext("Tell what to send to a lead next, and why."))
def next_(
    lead: Annotated[
        str, typer.Argument(metavar="LEAD", help=gettext("The person's e-mail, or the number of the lead."))
    ],
    *,
    as_json: Json = False,
) -> None:
    """Tell what to send to a lead next, and why; or why there is nothing."""
    answer = ask("content_next", lead=lead, language=language().code)
    item = answer["item"]
    head = [] if item is None else [f"{item['title'] or item['item']} ({answer['kind']})"]
    show(answer, [*head, *(reason["text"] for reason in answer["reasons"])], as_json=as_json)


@app.command("gaps", cls=Command, help=gettext("List where leads are and nothing in the catalogue fits them."))
def gaps(*, as_json: Json = False) -> None:
    """List where leads are and nothing in the catalogue fits them, most leads first."""
    answer = ask("content_gaps")
    heads = [_("Leads"), _("Persona"), _("Funnel"), _("Language")]
    rows = [
        [str(cell["leads"]), cell["persona"] or _("none"), cell["funnel"], cell["language"]] for cell in answer["gaps"]
    ]
    show_table(answer, heads, rows, as_json=as_json)


def _changed(count: int, *, dry_run: bool) -> str:
    if dry_run:
        return ngettext("{count} would be new or changed.", "{count} would be new or changed.", count)
    return ngettext("{count} is new or changed.", "{count} are new or changed.", count)


def _read(file: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows with their lines; a column that is not there says nothing of an item."""
    try:
        return content_csv.read(_bytes(file))
    except content_csv.Unreadable as problem:
        raise BadInput(f"{file.name}: {language().tell(problem.why)}") from None


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise BadInput(_("{path} is not there. Check the path.", path=file)) from None
    except OSError as error:
        raise BadInput(_("{path} cannot be read: {why}.", path=file, why=error)) from None
