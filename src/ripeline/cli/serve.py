"""``ripeline serve`` and ``ripeline worker``: the live server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ripeline.cli.installation import set_up, troubles_told
from ripeline.cli.shared import BadInput
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language
from ripeline.core.phrases import gettext

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ripeline.server.operation.doctor import Finding

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
    if intake_only:
        _demand_postgresql()
    started(host, port, intake_only=intake_only, force=force)


def started(
    host: str, port: int, *, intake_only: bool = False, force: bool = False, beside: Callable[[], None] | None = None
) -> None:
    """Serve until asked to stop; what `beside` begins ends with the process. Raises BadInput for what hinders it."""
    from ripeline.server.mail.lmtp import NotListening  # noqa: PLC0415
    from ripeline.server.operation import serve as server  # noqa: PLC0415

    options = server.Options(host=host, port=port, intake_only=intake_only, force=force)
    with troubles_told():
        try:
            if beside is not None:
                beside()
            server.serve(options)
        except server.Unsafe as unsafe:
            raise BadInput(_why(unsafe.findings)) from None
        except NotListening as error:
            raise BadInput(_("{address} cannot be listened on: {why}.", address=error.address, why=error.why)) from None
        except OSError as error:
            text = _("{host}:{port} cannot be listened on: {why}.", host=host, port=port, why=error.strerror or error)
            raise BadInput(text) from None


def worker(*, force: Force = False) -> None:
    """Decide and deliver, beside other workers, until asked to stop."""
    set_up()
    from ripeline.server.operation import serve as server  # noqa: PLC0415

    _demand_postgresql()
    with troubles_told():
        try:
            server.work(force=force)
        except server.Unsafe as unsafe:
            raise BadInput(_why(unsafe.findings)) from None


def _demand_postgresql() -> None:
    from django.db import connection  # noqa: PLC0415

    if connection.vendor == "sqlite":
        raise BadInput(_("On SQLite one process does everything. Set RIPELINE_DATABASE to a PostgreSQL database."))


def _why(findings: Sequence[Finding]) -> str:
    why = " ".join(language().tell(part) for each in findings for part in (each.what, each.cure) if part is not None)
    return _("{why} --force starts all the same.", why=why)
