"""``ripeline source``: from where events come, and with which key."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ripeline.cli.installation import ask, show, show_table, when
from ripeline.cli.shared import Json  # noqa: TC001 - Typer reads the annotations
from ripeline.cli.usage import Command, Group
from ripeline.cli.words import gettext as _
from ripeline.core.phrases import gettext

app = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


class KindName(StrEnum):
    """The kinds of source that can be added."""

    WEB = "web"
    SERVER = "server"


Name = Annotated[str, typer.Argument(metavar="NAME", help=gettext("The source's name."))]


@app.command("add", cls=Command, help=gettext("Add a source; its write key is shown this once."))
def add(
    name: Name,
    *,
    kind: Annotated[
        KindName,
        typer.Option(help=gettext("A website has a public key, a server a secret one.")),
    ] = KindName.WEB,
    origin: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help=gettext("Who may send, such as https://www.example.com; repeatable.")),
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help=gettext("Events a second at most; 0 is without limit."))] = 0,
    as_json: Json = False,
) -> None:
    """Add a source; its write key is shown this once."""
    asked = {"kind": kind.value, "origins": origin or [], "events_per_second": limit}
    _told(ask("source_add", name=name, **asked), as_json=as_json)


@app.command("list", cls=Command, help=gettext("List all sources."))
def list_(*, as_json: Json = False) -> None:
    """List all sources."""
    answer = ask("source_list")
    rows = [
        [row["name"], row["kind"], ", ".join(row["origins"].split()), when(row["created_at"]), when(row["closed_at"])]
        for row in answer["sources"]
    ]
    show_table(answer, [_("Name"), _("Kind"), _("Websites"), _("Added"), _("Closed")], rows, as_json=as_json)


@app.command("renew", cls=Command, help=gettext("Give a source a new write key; the old one opens nothing any more."))
def renew(name: Name, *, as_json: Json = False) -> None:
    """Give a source a new write key; the old one opens nothing any more."""
    _told(ask("source_renew", name=name), as_json=as_json)


@app.command("close", cls=Command, help=gettext("Take nothing more from a source; what it sent stays."))
def close(name: Name, *, as_json: Json = False) -> None:
    """Take nothing more from a source; what it sent stays."""
    show(ask("source_close", name=name), [_("{name} is closed.", name=name)], as_json=as_json)


def _told(answer: dict[str, str], *, as_json: bool) -> None:
    show(answer, [_("Write key of {name}: {key}", name=answer["name"], key=answer["write_key"])], as_json=as_json)
