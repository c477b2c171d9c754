"""The files of an export: written beside their place, put there whole, and told of by the manifest, which is last."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from typing import TYPE_CHECKING

import msgspec
import polars as pl
from polars.exceptions import ComputeError

from ripeline.core.export_tables import Part
from ripeline.core.exported import MANIFEST
from ripeline.server.instruments.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ripeline.core.export_tables import Manifest

FULL = 500_000
"""A file with so many rows gets no more; one with fewer is written again together with what comes next."""
_STANDING = re.compile(r"(\d{4})-(\d{16})-(\d{16})\.parquet")

Pages = Callable[[int, int], Iterator[pl.DataFrame]]
"""The rows of a table between two bounds, the first left out, in order."""


class IsBusy(Exception):
    """Another export is writing to the folder."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder, made if it is not there, and clear away files that are half written. Raises IsBusy."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IsBusy from None
        for half in folder.rglob(".*.part"):
            half.unlink()
        yield
    finally:
        os.close(descriptor)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Let the folder hold what the manifest says: from now on, and after a power cut too."""
    beside = folder / f".{MANIFEST}.part"
    beside.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    _put(beside, folder / MANIFEST)


def forget(folder: Path, *kept: Manifest) -> None:
    """Delete the files of tables that none of these manifests names, and folders that are empty then."""
    named = {part.file for manifest in kept for parts in manifest.tables.values() for part in parts}
    for file in sorted(folder.rglob("*.parquet"), reverse=True):
        if file.relative_to(folder).as_posix() not in named:
            file.unlink()
    for empty in (each for each in (folder / "snapshots").glob("*") if not any(each.iterdir())):
        empty.rmdir()


def forget_generation(folder: Path, generation: int) -> None:
    """Delete what a killed run that wrote all anew has left."""
    for file in folder.rglob(f"{generation:04d}-*.parquet"):
        file.unlink()


def write(folder: Path, name: str, table: pl.DataFrame, *, after: int = 0, upto: int = 0) -> Part:
    """A file of a table, whole and on the disk. Raises OSError."""
    target = folder / name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.part")
    try:
        beside.touch(mode=0o600)
        try:
            table.write_parquet(beside)
        except ComputeError as error:  # so it tells of a full disk
            raise OSError(str(error)) from None
        failpoint("in_file")
        _put(beside, target)
        failpoint("after_file")
    finally:
        beside.unlink(missing_ok=True)
    return _told(folder, target, table.height, after, upto)


def add(folder: Path, table: str, parts: Sequence[Part], pages: Pages, upto: int, generation: int) -> list[Part]:
    """The files that stand, and new ones with what has come since, up to an instant or a number.

    `pages(after, upto)` gives the rows in order, all of one instant in one page. A file that a killed run has finished
    is taken as it is: what lies between its bounds never changes.
    """
    standing = _with_left(folder, table, parts, upto, generation)
    first = reach = standing[-1].upto if standing else 0
    small = standing.pop() if standing and standing[-1].rows < FULL else None
    held: list[pl.DataFrame] = []
    for page in pages(reach, upto):
        if small is not None and not held:
            held, first = [pl.read_parquet(folder / small.file)], small.after
        held.append(page)
        if sum(each.height for each in held) >= FULL:
            last = int(page.to_series(0).to_physical()[-1])
            standing.append(_stand(folder, table, held, first, last, generation))
            held, small, first = [], None, last
    if held:
        standing.append(_stand(folder, table, held, first, upto, generation))
    elif small is not None:
        standing.append(small)
    return standing


def _stand(folder: Path, table: str, held: list[pl.DataFrame], after: int, upto: int, generation: int) -> Part:
    name = f"{table}/{generation:04d}-{after:016d}-{upto:016d}.parquet"
    return write(folder, name, pl.concat(held), after=after, upto=upto)


def _with_left(folder: Path, table: str, parts: Sequence[Part], upto: int, generation: int) -> list[Part]:
    """The files that stand, and those after them that a killed run has finished."""
    standing, left = list(parts), _left(folder / table, generation)
    while True:
        last = standing[-1] if standing else None
        reach = last.upto if last else 0
        begins = {reach} if last is None or last.rows >= FULL else {reach, last.after}
        further = [span for span in left if span[0] in begins and reach < span[1] <= upto]
        if not further:
            return standing
        after, end = max(further, key=itemgetter(1))
        if last is not None and after < reach:
            standing.pop()
        file = folder / table / f"{generation:04d}-{after:016d}-{end:016d}.parquet"
        rows = pl.scan_parquet(file).select(pl.len()).collect().item()
        standing.append(_told(folder, file, rows, after, end))


def _left(folder: Path, generation: int) -> list[tuple[int, int]]:
    found = [_STANDING.fullmatch(file.name) for file in folder.glob("*.parquet")]
    spans = [(int(name[1]), int(name[2]), int(name[3])) for name in found if name]
    return [(after, upto) for own, after, upto in spans if own == generation]


def _told(folder: Path, file: Path, rows: int, after: int, upto: int) -> Part:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return Part(file.relative_to(folder).as_posix(), rows, file.stat().st_size, digest, after, upto)


def _put(beside: Path, target: Path) -> None:
    """Move a file to its place, with its content on the disk."""
    _to_disk(beside)
    beside.replace(target)
    _to_disk(target.parent)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
