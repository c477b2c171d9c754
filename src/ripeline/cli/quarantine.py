"""``ripeline quarantine``: messages that could not become events."""

from __future__ import annotations

from typing import Annotated

import typer

from ripeline.cli.installation import ask, show, show_table, when
from ripeline.cli.shared import BadInput, Json
from ripeline.cli.usage import Command, Group
from ripeline.cli.words import gettext as _
from ripeline.cli.words import ngettext
from ripeline.core.phrases import gettext

app = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)

Ids = Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help=gettext("The numbers of the messages."))]
Reason = Annotated[str, typer.Option(metavar="REASON", help=gettext("All messages that are here for this reason."))]


@app.command("list", cls=Command, help=gettext("List the messages that could not become events, newest first."))
def list_(
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help=gettext("So many at most."))] = 50,
    as_json: Json = False,
) -> None:
    """List the messages that could not become events, newest first."""
    answer = ask("quarantine_list", limit=limit)
    from ripeline.integrations.rejections import TEXTS  # noqa: PLC0415

    texts = {str(reason): text for reason, text in TEXTS.items()}
    rows = [
        [str(row["id"]), when(row["received_at"]), row["source"], row["reason"], row["detail"]]
        for row in answer["messages"]
    ]
    heads = [_("Number"), _("Received"), _("Source"), _("Reason"), _("Detail")]
    meanings = [f"{reason}: {_(texts[reason])}" for reason in sorted({row["reason"] for row in answer["messages"]})]
    line = ngettext("{count} message is waiting.", "{count} messages are waiting.", sum(answer["counts"].values()))
    show_table(answer, heads, rows, [*meanings, line], as_json=as_json)


@app.command("run-again", cls=Command, help=gettext("Read messages anew, once their cause is gone."))
def run_again(ids: Ids = None, *, reason: Reason = "", as_json: Json = False) -> None:
    """Read messages anew, once their cause is gone."""
    answer = ask("quarantine_run_again", ids=_chosen(ids, reason), reason=reason)
    lines = [ngettext("{count} message is an event now.", "{count} messages are events now.", answer["stored"])]
    still = sum(answer["still"].values())
    if still:
        lines.append(ngettext("{count} message stays.", "{count} messages stay.", still))
    show(answer, lines, as_json=as_json)


@app.command("discard", cls=Command, help=gettext("Give messages up: their text is deleted, that they came is kept."))
def discard(ids: Ids = None, *, reason: Reason = "", as_json: Json = False) -> None:
    """Give messages up: their text is deleted, that they came is kept."""
    answer = ask("quarantine_discard", ids=_chosen(ids, reason), reason=reason)
    line = ngettext("{count} message is discarded.", "{count} messages are discarded.", answer["discarded"])
    show(answer, [line], as_json=as_json)


def _chosen(ids: list[int] | None, reason: str) -> list[int]:
    if bool(ids) == bool(reason):
        raise BadInput(_("Say which messages: either their numbers or --reason."))
    return ids or []
