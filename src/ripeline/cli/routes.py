"""``ripeline route``: which leads go to which reps."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ripeline.cli.installation import ask, show, show_table
from ripeline.cli.shared import Json  # noqa: TC001 - Typer reads the annotations
from ripeline.cli.usage import Command, Group
from ripeline.cli.words import gettext as _
from ripeline.core.phrases import gettext

app = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


class ByName(StrEnum):
    """By what a route knows its leads."""

    ATTRIBUTE = "attribute"
    PERSONA = "persona"
    SOURCE = "source"


Name = Annotated[str, typer.Argument(metavar="NAME", help=gettext("The route's name."))]


@app.command("add", cls=Command, help=gettext("Add a route; the first one that fits decides."))
def add(
    name: Name,
    *,
    by: Annotated[ByName, typer.Option(help=gettext("By what it knows its leads."))],
    value: Annotated[
        list[str],
        typer.Option(metavar="VALUE", help=gettext("Such as DE, or 10* for all that begin so; repeatable.")),
    ],
    rep: Annotated[list[str], typer.Option(metavar="NAME", help=gettext("Who gets them by turns; repeatable."))],
    attribute: Annotated[str, typer.Option(metavar="NAME", help=gettext("The attribute, such as postal_code."))] = "",
    place: Annotated[
        int | None, typer.Option(min=1, help=gettext("Where in the order, from 1; else it is the last."))
    ] = None,
    as_json: Json = False,
) -> None:
    """Add a route; the first one that fits decides."""
    asked = {"by": by.value, "values": value, "reps": rep, "attribute": attribute, "place": place}
    show(ask("route_add", name=name, **asked), [_("Route {name} is added.", name=name)], as_json=as_json)


@app.command("list", cls=Command, help=gettext("List all routes in their order."))
def list_(*, as_json: Json = False) -> None:
    """List all routes in their order."""
    answer = ask("route_list")
    rows = [
        [
            str(row["place"]),
            row["name"],
            row["attribute"] or row["by"],
            ", ".join(row["values"]),
            ", ".join(row["reps"]),
        ]
        for row in answer["routes"]
    ]
    show_table(answer, [_("Place"), _("Name"), _("By"), _("Values"), _("Reps")], rows, as_json=as_json)


@app.command("remove", cls=Command, help=gettext("Let a route decide nothing any more."))
def remove(name: Name, *, as_json: Json = False) -> None:
    """Let a route decide nothing any more."""
    show(ask("route_remove", name=name), [_("Route {name} is removed.", name=name)], as_json=as_json)
