"""``ripeline retention``: what is too old, and letting it go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ripeline.cli.installation import ask, show_table, when
from ripeline.cli.shared import Json  # noqa: TC001 - Typer reads it
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language
from ripeline.core.phrases import gettext

if TYPE_CHECKING:
    from collections.abc import Mapping

_KINDS: Mapping[str, tuple[str, str]] = {
    "leads": (gettext("Leads"), gettext("No contact since")),
    "visitors": (gettext("Visitors who never said who they are"), gettext("Not seen since")),
    "events": (gettext("Events: all but what scores rest on"), gettext("Older than")),
    "quarantine": (gettext("Messages in quarantine"), gettext("Older than")),
    "deliveries": (gettext("Messages that arrived or were given up"), gettext("Older than")),
}


def retention(
    *,
    apply: Annotated[bool, typer.Option("--apply", help=gettext("Let it go; else nothing is changed."))] = False,
    as_json: Json = False,
) -> None:
    """Tell what is kept longer than it may be, and why; with --apply, let it go."""
    number = language().number
    if apply:
        answer = ask("retention_apply")
        gone = [(_KINDS[kind], count) for kind, count in answer["gone"].items()]
        rows = [[_(what), number(count)] for (what, _why), count in gone]
        show_table(answer, [_("What"), _("Gone")], rows, as_json=as_json)
        return
    answer = ask("retention_due")
    told = [(_KINDS[one["kind"]], one) for one in answer["due"]]
    rows = [[_(what), number(one["count"]), f"{_(why)} {when(one['before'])}"] for (what, why), one in told]
    kept = sum(one["kept"] for one in answer["due"])
    lines = [_("Leads that stay because they are with sales: {count}.", count=number(kept))]
    lines.append(_("Nothing is changed. --apply lets it go."))
    show_table(answer, [_("What"), _("Would go"), _("Why")], rows, lines, as_json=as_json)
