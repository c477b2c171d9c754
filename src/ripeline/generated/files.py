"""A made-up company as a folder of files, all of them or none."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

    from ripeline.generated.company import Company

Format = Literal["csv", "parquet"]

_BIG = ("leads", "events", "outcomes")
_SMALL = ("campaigns", "content", "reps", "feedback")
_ISO = "%Y-%m-%dT%H:%M:%SZ"


def write(made: Company, folder: Path, file_format: Format = "csv") -> tuple[Path, ...]:
    """Write a company into an empty folder, which is made if it is not there, and return the files' paths.

    Leads, events and outcomes are written in the format asked for, the truth as Parquet and JSON, the rest as CSV.
    Raises FileExistsError for a folder that holds something, OSError for one that cannot be written.
    """
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(str(folder))
    beside = Path(tempfile.mkdtemp(dir=folder, prefix=".writing-"))
    there: tuple[Path, ...] = ()
    try:
        _write_all(made, beside, file_format)
        there = tuple(folder / path.name for path in sorted(beside.iterdir()))
        for path in there:
            (beside / path.name).rename(path)
    except BaseException:
        for path in there:
            path.unlink(missing_ok=True)
        raise
    else:
        return there
    finally:
        shutil.rmtree(beside)
        if new and not any(folder.iterdir()):
            folder.rmdir()


def _write_all(made: Company, folder: Path, file_format: Format) -> None:
    for name in (*_BIG, *_SMALL):
        table: pl.DataFrame = getattr(made, name)
        if name in _BIG and file_format == "parquet":
            table.write_parquet(folder / f"{name}.parquet")
        else:
            table.write_csv(folder / f"{name}.csv", datetime_format=_ISO)
    made.truth.write_parquet(folder / "truth.parquet")
    text = json.dumps(made.stated, indent=2, ensure_ascii=False)
    (folder / "truth.json").write_text(f"{text}\n", "utf-8")
