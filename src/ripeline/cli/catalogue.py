"""``ripeline content``: which item belongs to which class of content."""

from __future__ import annotations

import csv
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import Annotated

import typer

from ripeline.cli.installation import answered, ask, refusal, show, show_table, when
from ripeline.cli.shared import BadInput, Json
from ripeline.cli.usage import Command, Group
from ripeline.cli.words import gettext as _
from ripeline.cli.words import ngettext
from ripeline.core.phrases import gettext

app = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)

Item = Annotated[
    str, typer.Argument(metavar="ITEM", help=gettext("A path of the website, or the content_id of events."))
]


@app.command("add", cls=Command, help=gettext("Let an item belong to a class from now on."))
def add(
    item: Item,
    content: Annotated[str, typer.Argument(metavar="CLASS", help=gettext("The class, as the playbook names it."))],
    *,
    as_json: Json = False,
) -> None:
    """Let an item belong to a class from now on."""
    answer = ask("content_put", rows=[[item, content]])
    show(answer, [_("{item} belongs to {content} now.", item=item, content=content)], as_json=as_json)


@app.command("end", cls=Command, help=gettext("Let an item belong to no class from now on."))
def end(item: Item, *, as_json: Json = False) -> None:
    """Let an item belong to no class from now on."""
    show(ask("content_end", item=item), [_("{item} belongs to no class now.", item=item)], as_json=as_json)


@app.command("list", cls=Command, help=gettext("List all items with their classes."))
def list_(*, as_json: Json = False) -> None:
    """List all items with their classes."""
    answer = ask("content_list")
    rows = [[row["item"], row["content"], when(row["since"])] for row in answer["items"]]
    names = ", ".join(answer["unknown"])
    lines = [_("The active playbook does not know: {names}.", names=names)] if names else []
    show_table(answer, [_("Item"), _("Class"), _("Since")], rows, lines, as_json=as_json)


@app.command("import", cls=Command, help=gettext("Add the items of a CSV with the columns item and content."))
def import_(
    file: Annotated[Path, typer.Argument(metavar="CSV", help=gettext("The file."))], *, as_json: Json = False
) -> None:
    """Add the items of a CSV with the columns item and content."""
    rows = _read(file)
    answer = answered("content_put", rows=rows)
    if "refused" in answer:
        raise BadInput(f"{file.name}:{answer['row'] + 2}: {refusal(answer)}")
    line = ngettext("{count} item is in the file.", "{count} items are in the file.", answer["items"])
    changed = ngettext("{count} is new or changed.", "{count} are new or changed.", answer["changed"])
    show(answer, [line, changed], as_json=as_json)


def _read(file: Path) -> list[list[str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines, strict=True))
    except FileNotFoundError:
        raise BadInput(_("{path} is not there. Check the path.", path=file)) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(_("{path} cannot be read: {why}.", path=file, why=error)) from None
    if rows and not {"item", "content"} <= set(rows[0]):
        raise BadInput(_("{path} needs the columns item and content.", path=file))
    return [[row["item"] or "", row["content"] or ""] for row in rows]
