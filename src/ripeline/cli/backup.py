"""``ripeline backup`` and ``ripeline restore``: everything in the database, as one file."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads it
from typing import Annotated

import typer

from ripeline.cli.installation import set_up, troubles_told
from ripeline.cli.shared import BadInput
from ripeline.cli.words import gettext as _
from ripeline.core.phrases import gettext


def backup(file: Annotated[Path, typer.Argument(metavar="FILE", help=gettext("The file to write."))]) -> None:
    """Write a backup of everything in the database, also while it is served."""
    path = file.absolute()
    if path.exists():
        raise BadInput(_("{path} is there already, and nothing is overwritten. Name another file.", path=file))
    if not path.parent.is_dir():
        raise BadInput(_("{path} is not there. Check the path.", path=file.parent))
    set_up()
    from ripeline.server.operation import control  # noqa: PLC0415
    from ripeline.server.operation.backup import NoProgram  # noqa: PLC0415

    with troubles_told():
        try:
            size = control.call("backup", {"path": str(path)})["size"]
        except NoProgram as missing:
            raise BadInput(_("{program} is not installed: it comes with PostgreSQL.", program=missing)) from None
        except OSError as error:
            raise BadInput(_("{path} cannot be written: {why}.", path=file, why=error.strerror or error)) from None
    typer.echo(_("{path} is written: {size} bytes.", path=file, size=size))


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=gettext("The backup."))],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help=gettext("Put the backup in place of a database that holds rows."))
    ] = False,
) -> None:
    """Put a backup in place of the database; no server may be running."""
    set_up()
    from ripeline.server import instants  # noqa: PLC0415
    from ripeline.server.operation import backup as backups  # noqa: PLC0415

    with troubles_told():
        try:
            kept = backups.restore(file.absolute(), replace=replace, now=instants.now())
        except backups.NotABackup:
            raise BadInput(_("{path} is no sound backup of such a database.", path=file)) from None
        except backups.IsUsed:
            raise BadInput(_("The database holds rows. --replace puts the backup in their place.")) from None
        except backups.NoProgram as missing:
            raise BadInput(_("{program} is not installed: it comes with PostgreSQL.", program=missing)) from None
        except FileNotFoundError:
            raise BadInput(_("{path} is not there. Check the path.", path=file)) from None
        except OSError as error:
            raise BadInput(_("{path} cannot be read: {why}.", path=file, why=error.strerror or error)) from None
    typer.echo(_("{path} is restored.", path=file))
    if kept is not None:
        typer.echo(_("What was there before is kept as {path}.", path=kept))
