"""``ripeline processing``: the record of processing (art. 30 GDPR), from what is set up."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads it
from typing import Annotated

import typer

from ripeline.cli.installation import ask
from ripeline.cli.shared import BadInput, check_target
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language
from ripeline.core.phrases import gettext

_PAGES, _TEXTS = {".html", ".htm"}, {".md", ".txt"}


def processing(
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help=gettext("Where it goes: .html for a page, else Markdown.")),
    ] = None,
) -> None:
    """Print the record of processing, or write it into a file."""
    kind = out.suffix.lower() if out is not None else ""
    if out is not None:
        if kind not in _PAGES | _TEXTS:
            raise BadInput(_("{path}: it is written as .html or as .md. Name a file that ends so.", path=out))
        check_target(out, ())
    answer = ask("processing_record", language=language().code, as_page=kind in _PAGES)
    if out is None:
        typer.echo(answer["text"], nl=False)
        return
    try:
        out.write_text(answer["text"], "utf-8")
    except OSError as error:
        raise BadInput(_("{path} cannot be written: {why}.", path=out, why=error.strerror)) from None
    typer.echo(str(out))
