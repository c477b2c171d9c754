"""``ripeline generate``: a made-up company, to try things on."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ripeline.cli.shared import BadInput, Json, progress_bar
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language
from ripeline.core.phrases import gettext

if TYPE_CHECKING:
    from ripeline.generated import Company


def generate(
    folder: Annotated[Path, typer.Argument(help=gettext("The folder to write into: a new or an empty one."))],
    *,
    template: Annotated[str, typer.Option(help=gettext("The starter playbook whose company it is."))] = "consultancy",
    leads: Annotated[int, typer.Option(min=1, max=1_000_000, help=gettext("How many leads."))] = 2000,
    seed: Annotated[int, typer.Option(min=0, help=gettext("Another number makes another company."))] = 7,
    years: Annotated[
        int, typer.Option(min=1, max=20, help=gettext("How many years, up to the beginning of 2026."))
    ] = 3,
    file_format: Annotated[
        Literal["csv", "parquet"], typer.Option("--format", help=gettext("How leads, events and outcomes are written."))
    ] = "csv",
    as_json: Json = False,
) -> None:
    """Make up a company: its leads, what happened, what became of them, and beside it the truth."""
    from ripeline.generated import UnknownTemplate, company, templates, write  # noqa: PLC0415

    try:
        _check(folder)
        with progress_bar(_("Making up")) as progress:
            made = company(template, leads=leads, seed=seed, years=years, progress=progress)
            written = write(made, folder, file_format)
    except UnknownTemplate:
        known = ", ".join(templates())
        raise BadInput(
            _('There is no made-up company for the template "{name}". There are {known}.', name=template, known=known)
        ) from None
    except OSError as error:
        raise BadInput(_("{path} cannot be written: {why}.", path=folder, why=error.strerror or error)) from None
    if as_json:
        typer.echo(json.dumps(_as_json(made, written), ensure_ascii=False))
        return
    counts = {"leads": made.leads.height, "events": made.events.height, "won": _won(made)}
    numbers = {name: language().number(count) for name, count in counts.items()}
    typer.echo(_("{leads} leads, {events} events, {won} won: all made up, in {folder}.", folder=folder, **numbers))
    typer.echo(_("Score them: ripeline init --template {template}, then ripeline score.", template=template))


def _check(folder: Path) -> None:
    """Refuse before the work begins what could not be written after it."""
    if folder.is_dir() and any(folder.iterdir()):
        raise BadInput(_("{path} is not empty, and nothing is overwritten. Name another folder.", path=folder))
    if folder.exists() and not folder.is_dir():
        raise BadInput(_("{path} is no folder. Name another.", path=folder))


def _won(made: Company) -> int:
    return int((made.outcomes["outcome"] == "won").sum())


def _as_json(made: Company, written: tuple[Path, ...]) -> dict[str, object]:
    return {
        "template": made.stated["template"],
        "seed": made.stated["seed"],
        "leads": made.leads.height,
        "events": made.events.height,
        "outcomes": made.outcomes.height,
        "won": _won(made),
        "written": [str(path) for path in written],
    }
