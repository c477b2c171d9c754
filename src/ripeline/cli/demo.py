"""``ripeline demo``: a made-up company that lives, to look at in the browser."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from ripeline.cli.installation import set_up, show_table, troubles_told
from ripeline.cli.serve import started
from ripeline.cli.shared import BadInput, progress_bar
from ripeline.cli.words import gettext as _
from ripeline.core.phrases import gettext

if TYPE_CHECKING:
    from ripeline.server.demo.past import Founding
    from ripeline.server.demo.story import Story

FOLDER = "ripeline-demo"
_LEADS = 700


def demo(
    *,
    template: Annotated[str, typer.Option(help=gettext("The starter playbook whose company it is."))] = "consultancy",
    leads: Annotated[int, typer.Option(min=50, max=20_000, help=gettext("How many leads."))] = _LEADS,
    port: Annotated[int, typer.Option(min=1, max=65535, help=gettext("The port to listen on."))] = 8000,
    seconds: Annotated[
        float, typer.Option(min=0.1, help=gettext("So many seconds pass until something happens again."))
    ] = 10.0,
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help=gettext("Only make the company up; ripeline serve shows it later."))
    ] = False,
) -> None:
    """Make up a company in a folder of its own, the first time, and serve it while things go on to happen."""
    os.environ.setdefault("RIPELINE_DATA", FOLDER)
    os.environ.setdefault("RIPELINE_URL", f"http://127.0.0.1:{port}")
    set_up()
    with troubles_told():
        told = _company(template, leads)
    if no_serve:
        return
    started("127.0.0.1", port, beside=lambda: _begin(told, port, seconds))


def _company(template: str, leads: int) -> Story:
    """The story of the company in the folder, which is made up if the folder is empty; any other is left alone."""
    from django.db import connection  # noqa: PLC0415

    from ripeline.server import instants  # noqa: PLC0415
    from ripeline.server.demo import past, story  # noqa: PLC0415
    from ripeline.server.operation import data_folder, tables  # noqa: PLC0415
    from ripeline.server.operation.warm import warm  # noqa: PLC0415

    if connection.vendor != "sqlite":
        raise BadInput(_("The demo keeps its own small database. Take RIPELINE_DATABASE out of the environment."))
    with data_folder.held():
        tables.migrate()
        found = past.founding()
        if found is not None:
            return story.story(found.template, found.leads, found.at)
        if past.is_somebodys():
            text = _("{path} holds an installation. Name another folder with --data.", path=data_folder.folder())
            raise BadInput(text)
        found = past.Founding(template, leads, instants.now())
        told = _story(found)
        with progress_bar(_("Making up a company and its last weeks")) as progress:
            warm()
            past.live(told, found, progress)
        return told


def _story(found: Founding) -> Story:
    from ripeline.generated import UnknownTemplate, templates  # noqa: PLC0415
    from ripeline.server.demo import story  # noqa: PLC0415

    try:
        return story.story(found.template, found.leads, found.at)
    except UnknownTemplate:
        text = _('There is no made-up company for the template "{name}". There are {known}.')
        raise BadInput(text.format(name=found.template, known=", ".join(templates()))) from None


def _begin(told: Story, port: int, seconds: float) -> None:
    """Say where to look and as whom, and let things happen; each start gives a new password."""
    from ripeline.server.demo import past  # noqa: PLC0415
    from ripeline.server.demo.present import Present  # noqa: PLC0415

    address, password = f"http://127.0.0.1:{port}", past.new_password(told)
    roles = {
        "marketing": _("Marketing: the list of leads"),
        "sales": _("Sales: the own queue"),
        "admin": _("Administrator: users, routes, sources"),
    }
    rows = [[login.name, roles[login.role.value]] for login in past.logins(told)]
    lines = (
        _("All people and companies are made up."),
        _("Open {address}; the password of all of them is {password}", address=address, password=password),
    )
    show_table({}, [_("Name"), _("Sees")], rows, lines, as_json=False)
    Present(past.rest(told), address=address, write_key=past.new_key(), seconds=seconds).begin()
