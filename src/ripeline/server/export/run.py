"""One run of an export: what rounds have read since the last one, everything else as of now, and the scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import polars as pl
from django.db.models import Sum

from ripeline.core.export_tables import GROWING, SCHEMA, TABLES, Manifest
from ripeline.core.exported import MANIFEST, Export
from ripeline.core.results import contributions_table, scores_table
from ripeline.server.export import parts, reading, tables
from ripeline.server.instruments.failpoints import failpoint
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.rights.erasures import Erasure
from ripeline.server.rounds import Round

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ripeline.core.export_tables import Part

Progress = Callable[[str, int, int], None]
"""Told of which step how much of how much is done: rows, tables, scores."""

ROWS_OF_SCORES = 1_000_000
"""A file of scores or reasons has about so many rows."""


@dataclass(frozen=True, slots=True)
class Written:
    """What an export holds now, and how much of it is new."""

    manifest: Manifest
    new_events: int
    new_decisions: int
    is_new: bool = True


def run(
    folder: Path,
    *,
    installation: str,
    anew: bool = False,
    scores: bool = True,
    progress: Progress = lambda _step, _done, _all: None,
) -> Written | Refused:
    """Bring an export up to the newest round; what was there before stands until all of it is written.

    Raises OSError, StillWriting, DataProblem for a published definition that cannot be read, and the database's errors.
    """
    if _is_foreign(folder):
        return Refused(Refusal.NO_EXPORT)
    try:
        with parts.held(folder), reading.reading_only():
            before = _before(folder, installation, anew=anew)
            return before if isinstance(before, Refused) else _Run(folder, before, progress).done(scores=scores)
    except parts.IsBusy:
        return Refused(Refusal.EXPORT_BUSY)


def _is_foreign(folder: Path) -> bool:
    """Whether there is something in the folder, and no export."""
    if not folder.exists() or (folder / MANIFEST).exists():
        return False
    return not folder.is_dir() or any(not each.name.startswith(".") for each in folder.iterdir())


def _before(folder: Path, installation: str, *, anew: bool) -> Manifest | Refused:
    """What the folder holds; refused if that is of another installation, or of a time that this one never had."""
    nothing = Manifest(SCHEMA, installation, 1, 0, 0, 0, None, {})
    if not (folder / MANIFEST).exists():
        parts.write_manifest(folder, nothing)
    told = (folder / MANIFEST).read_bytes()
    try:
        head = msgspec.json.decode(told, type=_Head)
    except msgspec.DecodeError:
        return Refused(Refusal.NO_EXPORT)
    if head.installation != installation:
        return Refused(Refusal.EXPORT_ELSEWHERE)
    if anew or _has_erased(told):
        parts.forget_generation(folder, head.generation + 1)
        return msgspec.structs.replace(nothing, generation=head.generation + 1, run=head.run)
    if head.schema != SCHEMA:
        return Refused(Refusal.EXPORT_OLD)
    before = msgspec.json.decode(told, type=Manifest)
    is_ahead = before.upto and not Round.objects.filter(at=before.upto).exists()
    return Refused(Refusal.EXPORT_AHEAD) if is_ahead else before


def _has_erased(told: bytes) -> bool:
    """Whether somebody was erased since the folder was written: then no file of it may stay."""
    before = msgspec.json.decode(told, type=_Reach)
    return bool(before.upto) and Erasure.objects.filter(at__gt=before.upto).exclude(reason="again").exists()


class _Reach(msgspec.Struct):
    """Up to which round a manifest goes."""

    upto: int = 0


class _Head(msgspec.Struct):
    """What the manifests of all releases say."""

    schema: int
    installation: str
    generation: int
    run: int


class _Run:
    def __init__(self, folder: Path, before: Manifest, progress: Progress) -> None:
        self._folder, self._before, self._progress = folder, before, progress
        # Decisions first: what they rest on is known by the newest round.
        self._decided, self._upto = reading.newest_decision(), reading.newest_round()
        self._number = before.run + 1

    def done(self, *, scores: bool) -> Written:
        before = self._before
        is_scored = not scores or before.scored_at == before.upto
        if (before.upto, before.decided) == (self._upto, self._decided) and is_scored and before.tables:
            return Written(before, 0, 0, is_new=False)
        written = {table: self._grown(table) for table in GROWING}
        for table in tables.asked():
            self._progress("tables", len(written), len(TABLES))
            written[table] = [self._write(table, tables.as_of(table, self._upto, self._decided))]
        copy = Export(self._folder, self._told(written, None))
        written["consents"] = [self._write("consents", copy.consents(self._upto))]
        scored_at = before.scored_at
        if scores:
            scored_at = self._score(copy, written)
        else:
            written |= {table: before.tables.get(table, []) for table in ("scores", "reasons")}
        after = self._told(written, scored_at)
        failpoint("before_manifest")
        parts.write_manifest(self._folder, after)
        failpoint("after_manifest")
        # Whoever has begun to read what was there before can read on until the next run.
        parts.forget(self._folder, after, *([before] if before.tables else []))
        events, decisions = (_rows(after, table) - _rows(before, table) for table in GROWING)
        return Written(after, events, decisions)

    def _told(self, written: dict[str, list[Part]], scored_at: int | None) -> Manifest:
        return msgspec.structs.replace(
            self._before,
            run=self._number,
            upto=self._upto,
            decided=self._decided,
            scored_at=scored_at,
            tables=dict(written),
        )

    def _grown(self, table: str) -> list[Part]:
        pages = self._events if table == "events" else tables.decisions
        upto = self._upto if table == "events" else self._decided
        before = self._before.tables.get(table, [])
        return parts.add(self._folder, table, before, pages, upto, self._before.generation)

    def _events(self, after: int, upto: int) -> Iterator[pl.DataFrame]:
        read = Round.objects.filter(at__gt=after, at__lte=upto).aggregate(rows=Sum("rows"))["rows"] or 0
        done = 0
        for page in tables.events(after, upto):
            yield page
            done += page.height
            self._progress("rows", min(done, read), read)

    def _write(self, table: str, rows: pl.DataFrame, number: int | None = None) -> Part:
        name = table if number is None else f"{table}-{number:03d}"
        return parts.write(self._folder, f"snapshots/{self._number:06d}/{name}.parquet", rows)

    def _score(self, copy: Export, written: dict[str, list[Part]]) -> int | None:
        """All leads as of the newest round, by the published definitions; the instant, if there are any."""
        written |= {"scores": [], "reasons": []}
        versions = copy.versions()
        if not versions:
            return None
        found: dict[str, list[pl.DataFrame]] = {"scores": [], "reasons": []}
        evaluations = copy.evaluations(versions, self._upto, progress=partial(self._progress, "scores"))
        for evaluation in evaluations:
            found["scores"].append(scores_table(evaluation))
            found["reasons"].append(contributions_table(evaluation))
            self._flush(found, written, ROWS_OF_SCORES)
        self._flush(found, written, 1)
        return self._upto

    def _flush(self, found: dict[str, list[pl.DataFrame]], written: dict[str, list[Part]], most: int) -> None:
        for table, frames in found.items():
            if sum(frame.height for frame in frames) >= most:
                written[table].append(self._write(table, pl.concat(frames), len(written[table])))
                frames.clear()


def _rows(manifest: Manifest, table: str) -> int:
    return sum(part.rows for part in manifest.tables.get(table, []))
