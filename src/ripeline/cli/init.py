"""``ripeline init``: a starter playbook to change."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from ripeline.cli.shared import BadInput
from ripeline.cli.words import gettext as _

_FOLDER = files("ripeline") / "playbooks"
_TEMPLATES = sorted(entry.name.removesuffix(".yaml") for entry in _FOLDER.iterdir() if entry.name.endswith(".yaml"))


def init(
    path: Annotated[Path, typer.Argument(help=_("The file to write; - for standard output."))] = Path("playbook.yaml"),
    *,
    template: Annotated[
        str, typer.Option(help=_("The starter playbook to begin with."), metavar="|".join(_TEMPLATES))
    ] = "consultancy",
) -> None:
    """Write a starter playbook."""
    if template not in _TEMPLATES:
        raise BadInput(
            _('There is no template "{name}". There are {known}.', name=template, known=", ".join(_TEMPLATES))
        )
    text = (_FOLDER / f"{template}.yaml").read_text("utf-8")
    if path == Path("-"):
        typer.echo(text, nl=False)
        return
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise BadInput(
            _("{path} is there already, and nothing is overwritten. Name another file.", path=path)
        ) from None
    except OSError as error:
        raise BadInput(_("{path} cannot be written: {why}.", path=path, why=error.strerror or error)) from None
    typer.echo(_("{path} is written. Read it, change it, then run: ripeline check {path}", path=path))
