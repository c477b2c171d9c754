"""``ripeline init``: a starter playbook to change."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, TextIO

import typer

from ripeline.cli.shared import BadInput
from ripeline.cli.words import gettext as _
from ripeline.core.phrases import gettext

_FOLDER = files("ripeline") / "playbooks"
_TEMPLATES = sorted(entry.name.removesuffix(".yaml") for entry in _FOLDER.iterdir() if entry.name.endswith(".yaml"))


def init(
    path: Annotated[Path, typer.Argument(help=gettext("The file to write; - for standard output."))] = Path(
        "playbook.yaml"
    ),
    *,
    template: Annotated[
        str, typer.Option(help=gettext("The starter playbook to begin with."), metavar="|".join(_TEMPLATES))
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
        _write_new(path, text)
    except FileExistsError:
        raise BadInput(
            _("{path} is there already, and nothing is overwritten. Name another file.", path=path)
        ) from None
    except OSError as error:
        raise BadInput(_("{path} cannot be written: {why}.", path=path, why=error.strerror or error)) from None
    typer.echo(_("{path} is written. Read it, change it, then run: ripeline check {path}", path=path))


def _write_new(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8") as file:
        try:
            _fill(file, text)
        except BaseException:
            path.unlink()
            raise


def _fill(file: TextIO, text: str) -> None:
    file.write(text)
    file.flush()
