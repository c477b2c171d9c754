"""``ripeline replay``: the ledger evaluated anew, and where it differs from what was recorded."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from ripeline.cli.installation import set_up, troubles_told
from ripeline.cli.shared import Json, console, progress_bar
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language

_SHOWN = 20


def replay(*, as_json: Json = False) -> None:
    """Evaluate the whole ledger anew, change nothing, and leave with 1 if it differs from the record."""
    set_up()
    from ripeline.server.qualification.replay import replay as replayed  # noqa: PLC0415

    with troubles_told(), progress_bar(_("Replaying")) as told:
        found = replayed(told)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, default=str))
    else:
        for one in found.differences[:_SHOWN]:
            what = _("Lead {lead}, {what}: recorded {recorded}, replayed {replayed}", **_plain(asdict(one)))
            console().print(what, markup=False, soft_wrap=True)
        number = language().number
        counts = {"leads": number(found.leads), "decisions": number(found.decisions)}
        counts["different"] = number(len(found.differences))
        typer.echo(_("Leads: {leads}. Decisions: {decisions}. Differences: {different}.", **counts))
    if found.parted and not as_json:
        line = _(
            "Left out, because somebody of the same company was erased: {count}.", count=language().number(found.parted)
        )
        typer.echo(line)
    if found.differences:
        raise typer.Exit(1)


def _plain(one: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in one.items()}
