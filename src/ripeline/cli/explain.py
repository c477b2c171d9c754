"""``ripeline explain``: why this score, why this stage, what is missing, what would change it."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ripeline.cli.shared import (
    At,
    BadInput,
    Events,
    ExportFolder,
    Json,
    Leads,
    Mapping,
    PlaybookPath,
    Timezone,
    progress_bar,
    read,
)
from ripeline.cli.words import gettext as _
from ripeline.core.phrases import gettext

Lead = Annotated[str, typer.Option(metavar="ID", help=gettext("The lead to explain."))]


def explain(  # noqa: PLR0913 - the options of the command
    playbook: PlaybookPath,
    *,
    lead: Lead,
    leads: Leads = None,
    events: Events = None,
    export: ExportFolder = None,
    at: At = None,
    mapping: Mapping = None,
    timezone: Timezone = None,
    as_json: Json = False,
) -> None:
    """Explain one lead."""
    book, history, instant = read(
        playbook, leads, events, export=export, at=at, mapping=mapping, timezone=timezone, lead=lead
    )
    from ripeline.core.explanation import explain as explained  # noqa: PLC0415
    from ripeline.core.scoring import Version  # noqa: PLC0415

    try:
        with progress_bar(_("Explaining")):
            explanation = explained([Version(book)], history, lead, instant)
    except KeyError:
        raise BadInput(_('There is no lead "{lead}" in the data.', lead=lead)) from None
    if as_json:
        from ripeline.core.explanation_json import as_data  # noqa: PLC0415

        typer.echo(json.dumps(as_data(explanation), ensure_ascii=False, indent=2))
    else:
        from ripeline.cli.explain_view import show  # noqa: PLC0415

        show(explanation)
