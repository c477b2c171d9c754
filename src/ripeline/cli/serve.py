"""``ripeline serve`` and ``ripeline worker``: the live server."""

from __future__ import annotations

from typing import Annotated

import typer

from ripeline.cli.server import refusals, set_up
from ripeline.cli.shared import BadInput
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language
from ripeline.core.phrases import gettext

Force = Annotated[
    bool, typer.Option("--force", help=gettext("Start although the database can lose what it has acknowledged."))
]


def serve(
    *,
    host: Annotated[str, typer.Option(help=gettext("The address to listen on."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help=gettext("The port to listen on."))] = 8000,
    intake_only: Annotated[
        bool, typer.Option("--intake-only", help=gettext("Only take events in; needs PostgreSQL."))
    ] = False,
    force: Force = False,
) -> None:
    """Take events in, decide, show pages, until asked to stop."""
    set_up()
    from django.db import connection  # noqa: PLC0415

    from ripeline.server.operation import serve as server  # noqa: PLC0415

    if intake_only and connection.vendor == "sqlite":
        raise BadInput(_("On SQLite one process does everything. Set RIPELINE_DATABASE to a PostgreSQL database."))
    options = server.Options(host=host, port=port, intake_only=intake_only, force=force)
    with refusals():
        try:
            server.serve(options)
        except server.Unsafe as unsafe:
            raise BadInput(_unsafe(unsafe)) from None
        except OSError as error:
            text = _("{host}:{port} cannot be listened on: {why}.", host=host, port=port, why=error.strerror or error)
            raise BadInput(text) from None


def worker(*, force: Force = False) -> None:
    """Decide and deliver, beside other workers, until asked to stop."""
    set_up()
    from django.db import connection  # noqa: PLC0415

    from ripeline.server.operation import serve as server  # noqa: PLC0415

    if connection.vendor == "sqlite":
        raise BadInput(_("On SQLite one process does everything. Set RIPELINE_DATABASE to a PostgreSQL database."))
    with refusals():
        try:
            server.work(force=force)
        except server.Unsafe as unsafe:
            raise BadInput(_unsafe(unsafe)) from None


def _unsafe(unsafe: Exception) -> str:
    from ripeline.server.operation.serve import Unsafe  # noqa: PLC0415

    findings = unsafe.findings if isinstance(unsafe, Unsafe) else []
    why = " ".join(language().tell(part) for each in findings for part in (each.what, each.cure) if part is not None)
    return _("{why} --force starts all the same.", why=why)
