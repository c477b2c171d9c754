"""What the verbs of the live server share: its start-up, and how they reach a server that runs."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ripeline.cli.shared import BadInput
from ripeline.cli.words import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator


def set_up() -> None:
    """Make the server's tables and verbs usable in this process; loads Django, which takes a moment."""
    import django  # noqa: PLC0415 - the other verbs start without it

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ripeline.server.settings")
    try:
        django.setup()
    except OSError as error:
        raise BadInput(_("{path} cannot be used: {why}.", path=error.filename, why=error.strerror)) from None


def ask(verb: str, **arguments: object) -> Any:  # noqa: ANN401 - what the verb answers
    """Have a verb of the server done, by a running server or here; raises BadInput for what keeps it from that."""
    set_up()
    from ripeline.server.operation import control  # noqa: PLC0415

    with refusals():
        return control.call(verb, arguments)


@contextmanager
def refusals() -> Iterator[None]:
    """Tell what can be wrong with an installation as bad input, in one line."""
    from django.db import DatabaseError  # noqa: PLC0415

    from ripeline.server.operation.control import Failed  # noqa: PLC0415
    from ripeline.server.operation.data_folder import IsHeld, folder  # noqa: PLC0415

    try:
        yield
    except IsHeld as held:
        what = _("The folder {folder} is in use by process {pid}: stop it first.", folder=folder(), pid=held.pid)
        raise BadInput(what) from None
    except Failed as failed:
        raise BadInput(_("The running server could not do it: {why}", why=failed)) from None
    except DatabaseError as error:
        why = " ".join(str(error).split())
        raise BadInput(_("The database cannot be used: {why}", why=why)) from None
