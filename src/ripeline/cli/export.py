"""``ripeline export``: a copy of the ledger and of what was decided, as Parquet."""

from __future__ import annotations

import os
import time
from pathlib import Path  # noqa: TC003 - Typer reads it
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ripeline.cli.installation import ask, refusal, show, troubles_told, when
from ripeline.cli.shared import BadInput, Json, progress_bar
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language, ngettext
from ripeline.core.phrases import gettext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ripeline.server.export.run import Written


def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help=gettext("The folder of the export."))],
    *,
    anew: Annotated[
        bool, typer.Option("--anew", help=gettext("Write all of it again, and not only what is new."))
    ] = False,
    scores: Annotated[
        bool, typer.Option("--scores/--no-scores", help=gettext("Score all leads, which takes most of the time."))
    ] = True,
    as_json: Json = False,
) -> None:
    """Copy the ledger, what was decided, and the scores with their reasons, also while it is served."""
    if folder.exists() and not folder.is_dir():
        raise BadInput(_("{path} is a file. Name a folder for the export.", path=folder))
    begun, mask = time.monotonic(), os.umask(0o077)
    try:
        installation = ask("installation")["key"]
        with troubles_told(), progress_bar(_("Exporting")) as told:
            written = _run(folder.absolute(), installation, told, anew=anew, scores=scores)
    finally:
        os.umask(mask)
    answer = {
        "folder": str(folder),
        "is_new": written.is_new,
        "new_events": written.new_events,
        "new_decisions": written.new_decisions,
        "seconds": round(time.monotonic() - begun, 1),
        **msgspec.to_builtins(written.manifest),
    }
    show(answer, _lines(written, folder), as_json=as_json)


def _run(folder: Path, installation: str, told: Callable[[int, int], None], *, anew: bool, scores: bool) -> Written:
    from polars.exceptions import PolarsError  # noqa: PLC0415 - loading takes a moment

    from ripeline.core.columns import DataProblem  # noqa: PLC0415
    from ripeline.server.export import run as exporting  # noqa: PLC0415
    from ripeline.server.export.reading import StillWriting  # noqa: PLC0415
    from ripeline.server.refusals import Refused  # noqa: PLC0415

    def progress(_step: str, done: int, total: int) -> None:
        told(done, total)

    try:
        found = exporting.run(folder, installation=installation, anew=anew, scores=scores, progress=progress)
    except DataProblem as problem:
        raise BadInput(problem.told(language().tell)) from None
    except StillWriting:
        raise BadInput(_("Decisions are being written for a minute now. Run it again.")) from None
    except (OSError, PolarsError) as error:
        raise BadInput(
            _("{path} cannot be written: {why}.", path=folder, why=getattr(error, "strerror", None) or error)
        ) from None
    if isinstance(found, Refused):
        raise BadInput(refusal({"refused": found.reason.value}))
    return found


def _lines(written: Written, folder: Path) -> Iterator[str]:
    manifest = written.manifest
    if not written.is_new:
        yield _("Nothing is new since {at}.", at=when(manifest.upto))
        return
    rows = ngettext("{count} new row", "{count} new rows", written.new_events)
    decisions = ngettext("{count} new decision", "{count} new decisions", written.new_decisions)
    yield _(
        "{folder}: {rows}, {decisions}, up to {at}.",
        folder=folder,
        rows=rows,
        decisions=decisions,
        at=when(manifest.upto),
    )
    if manifest.scored_at is None:
        yield _("There are no scores.")
    else:
        scores = sum(part.rows for part in manifest.tables["scores"])
        text = ngettext(
            "The score of {count} lead as of {at}.",
            "The scores of {count} leads as of {at}.",
            scores,
            at=when(manifest.scored_at),
        )
        yield text
