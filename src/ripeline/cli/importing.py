"""``ripeline import``: files in the project's format into the ledger of the live server."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ripeline.cli.installation import added, ask, refuse, show
from ripeline.cli.shared import BadInput, Events, Json, Leads, Mapping, Timezone, pairs, progress_bar
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language, ngettext
from ripeline.core.phrases import gettext

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ripeline.integrations.own_files import OwnFiles, Row

_SHOWN = 10


def import_(
    *,
    leads: Leads = None,
    events: Events = None,
    source: Annotated[str, typer.Option(metavar="NAME", help=gettext("The name of the import as a source."))] = "",
    history: Annotated[
        bool, typer.Option("--history", help=gettext("It is the past: backtests take it as known when it happened."))
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=gettext("Tell what would be added; add nothing."))] = False,
    mapping: Mapping = None,
    timezone: Timezone = None,
    as_json: Json = False,
) -> None:
    """Add leads and events of files to the ledger; what it holds already is left as it is."""
    files = _opened(leads, events, mapping, timezone, is_history=history)
    with progress_bar(_("Checking")):
        checked = files.check()
    if checked.problem_count:
        refuse(checked.problems[:_SHOWN], checked.problem_count)
    asked = {"source": source or ("history" if history else "import"), "is_history": history, "dry_run": dry_run}
    told = {part: Counter[str]() for part in ("counts", "unknown", "unfit")}
    with progress_bar(_("Importing")) as advance:
        done = 0
        for portion in _portions(files.rows()):
            for part, found in ask("import_rows", rows=portion, **asked).items():
                told[part].update(found)
            done += len(portion)
            advance(done, checked.rows)
    answer = {"leads": checked.leads, "events": dict(checked.events.most_common()), "dry_run": dry_run}
    answer |= {**told["counts"], "unknown": dict(told["unknown"]), "unfit": dict(told["unfit"])}
    show(answer, _lines(answer), as_json=as_json)


def _opened(
    leads: Path | None, events: Path | None, mapping: Sequence[str] | None, timezone: str | None, *, is_history: bool
) -> OwnFiles:
    from ripeline.core.columns import DataProblem  # noqa: PLC0415
    from ripeline.integrations.own_files import OwnFiles  # noqa: PLC0415

    try:
        return OwnFiles(leads=leads, events=events, mapping=pairs(mapping), timezone=timezone, is_history=is_history)
    except DataProblem as problem:
        raise BadInput(problem.told(language().tell)) from None


def _portions(rows: Iterator[Row]) -> Iterator[list[Row]]:
    from ripeline.integrations.own_files import ROWS_AT_A_TIME  # noqa: PLC0415

    while portion := list(islice(rows, ROWS_AT_A_TIME)):
        yield portion


def _lines(answer: dict[str, Any]) -> Iterator[str]:
    events = sum(answer["events"].values())
    yield _("The files hold {leads} and {events}.", leads=_leads(answer["leads"]), events=_events(events))
    for name, count in list(answer["events"].items())[:_SHOWN]:
        yield f"  {language().number(count):>12}  {name}"
    new, known = answer.get("stored", 0), answer.get("repeated", 0)
    yield from added(new, known, dry_run=answer["dry_run"])
    if answer.get("conflicts"):
        text = ngettext(
            "{count} of them says something else under the same id; the first one stays.",
            "{count} of them say something else under the same id; the first ones stay.",
            answer["conflicts"],
        )
        yield text
    if answer.get("erased"):
        yield ngettext(
            "{count} row tells of people who were erased, and is left out.",
            "{count} rows tell of people who were erased, and are left out.",
            answer["erased"],
        )

    if answer["unknown"]:
        names = ", ".join(sorted(answer["unknown"]))
        yield _("The active playbook does not speak of: {names}.", names=names)
    if answer["unfit"]:
        names = ", ".join(f"{name} ({language().number(count)})" for name, count in sorted(answer["unfit"].items()))
        yield _("The active playbook cannot read these values, and takes them for unknown: {names}.", names=names)


def _leads(count: int) -> str:
    return ngettext("{count} lead", "{count} leads", count)


def _events(count: int) -> str:
    return ngettext("{count} event", "{count} events", count)
