"""``ripeline demo``: a made-up company that lives, to look at in the browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ripeline.cli.installation import set_up, show_table, troubles_told
from ripeline.cli.serve import started
from ripeline.cli.shared import BadInput, progress_bar
from ripeline.cli.words import gettext as _
from ripeline.core.phrases import gettext

if TYPE_CHECKING:
    from ripeline.server.demo.story import Story

FOLDER = "ripeline-demo"
_GENERATED_SIZE = 900


def demo(
    *,
    template: Annotated[str, typer.Option(help=gettext("The starter playbook whose company it is."))] = "consultancy",
    leads: Annotated[int, typer.Option(min=50, max=20_000, help=gettext("How many leads."))] = _GENERATED_SIZE,
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
    from ripeline.generated import UnknownTemplate, templates  # noqa: PLC0415
    from ripeline.server import instants  # noqa: PLC0415
    from ripeline.server.demo.story import story  # noqa: PLC0415

    try:
        told = story(template, leads, instants.now())
    except UnknownTemplate:
        known = ", ".join(templates())
        text = _(
            'There is no made-up company for the template "{name}". There are {known}.', name=template, known=known
        )
        raise BadInput(text) from None
    with troubles_told():
        _make_up(told, template)
        if not no_serve:
            _let_in(told, port)
    if not no_serve:
        started("127.0.0.1", port, beside=lambda: _go_on(told, port, seconds))


def _make_up(told: Story, template: str) -> None:
    """Let the company live up to now, if nobody has; another installation is left alone."""
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from ripeline.server import instants  # noqa: PLC0415
    from ripeline.server.demo import past  # noqa: PLC0415
    from ripeline.server.operation import data_folder, tables  # noqa: PLC0415
    from ripeline.server.operation.warm import warm  # noqa: PLC0415

    if connection.vendor != "sqlite":
        raise BadInput(_("The demo keeps its own small database. Take RIPELINE_DATABASE out of the environment."))
    folder = Path(settings.DATA)
    with data_folder.held():
        tables.migrate()
        if past.is_made_up():
            return
        if past.is_somebodys():
            raise BadInput(_("{path} holds an installation. Name another folder with --data.", path=folder))
        with progress_bar(_("Making up a company and its last weeks")) as progress:
            warm()
            past.live(told, template, instants.now(), progress)


def _let_in(told: Story, port: int) -> None:
    """Say where to look and as whom; each start gives a new password."""
    from ripeline.server.demo import past  # noqa: PLC0415

    password = past.new_password(told)
    address = f"http://127.0.0.1:{port}"
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


def _go_on(told: Story, port: int, seconds: float) -> None:
    from ripeline.server.demo import past  # noqa: PLC0415
    from ripeline.server.demo.present import Present  # noqa: PLC0415

    rows, key = past.rest(told), past.new_key()
    Present(rows, address=f"http://127.0.0.1:{port}", write_key=key, seconds=seconds).begin()
