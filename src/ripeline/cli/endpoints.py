"""``ripeline endpoint``: to whom decisions are told by signed webhook."""

from __future__ import annotations

from typing import Annotated

import typer

from ripeline.cli.installation import ask, show, show_table, when
from ripeline.cli.shared import Json  # noqa: TC001 - Typer reads the annotations
from ripeline.cli.usage import Command, Group
from ripeline.cli.words import gettext as _
from ripeline.cli.words import ngettext
from ripeline.core.phrases import gettext

app = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)

Url = Annotated[str, typer.Argument(metavar="URL", help=gettext("The receiver's address."))]


@app.command("add", cls=Command, help=gettext("Tell a receiver all decisions; its secret is shown this once."))
def add(url: Url, *, as_json: Json = False) -> None:
    """Tell a receiver all decisions; its secret is shown this once."""
    answer = ask("endpoint_add", url=url)
    show(answer, [_("Secret of {url}: {secret}", url=url, secret=answer["secret"])], as_json=as_json)


@app.command("list", cls=Command, help=gettext("List all receivers, and what waits, arrived and was given up."))
def list_(*, as_json: Json = False) -> None:
    """List all receivers, and what waits, arrived and was given up."""
    answer = ask("endpoint_list")
    counts = ("waiting", "delivered", "given_up")
    rows = [
        [row["url"], *(str(row[name]) for name in counts), when(row["created_at"]), when(row["closed_at"])]
        for row in answer["endpoints"]
    ]
    heads = [_("Address"), _("Waiting"), _("Delivered"), _("Given up"), _("Added"), _("Closed")]
    show_table(answer, heads, rows, as_json=as_json)


@app.command("close", cls=Command, help=gettext("Tell a receiver nothing more; what was on its way is given up."))
def close(url: Url, *, as_json: Json = False) -> None:
    """Tell a receiver nothing more; what was on its way is given up."""
    show(ask("endpoint_close", url=url), [_("{name} is closed.", name=url)], as_json=as_json)


@app.command("retry", cls=Command, help=gettext("Send again what was given up for a receiver."))
def retry(url: Url, *, as_json: Json = False) -> None:
    """Send again what was given up for a receiver."""
    answer = ask("endpoint_retry", url=url)
    count = answer["messages"]
    show(
        answer, [ngettext("{count} message is sent again.", "{count} messages are sent again.", count)], as_json=as_json
    )
