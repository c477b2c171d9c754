"""The files that ``ripeline backtest`` writes: leads as a table, and the report as a page."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ripeline.cli.shared import BadInput, check_target
from ripeline.cli.words import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from ripeline.cli.backtested import Backtested

_SUFFIXES = (".csv", ".parquet", ".html")


def check_targets(targets: Sequence[Path], inputs: Sequence[Path | None]) -> None:
    """Refuse what could not be written before the work begins."""
    for target in targets:
        if target.suffix not in _SUFFIXES:
            raise BadInput(_("{path} is neither CSV, Parquet nor HTML. Name it .csv, .parquet or .html.", path=target))
        check_target(target, inputs)


def write(done: Backtested, targets: Sequence[Path]) -> None:
    """Write each file whole or not at all; raises BadInput for one that cannot be written."""
    from ripeline.core.tables import write_table  # noqa: PLC0415

    for target in targets:
        try:
            if target.suffix == ".html":
                from ripeline.cli.backtest_page import page  # noqa: PLC0415

                _write_text(page(done), target)
            else:
                write_table(leads_table(done), target)
        except OSError as error:
            raise BadInput(_("{path} cannot be written: {why}.", path=target, why=error.strerror or error)) from None


def leads_table(done: Backtested) -> pl.DataFrame:
    """One row for each lead; with another definition, its instants beside."""
    from ripeline.core.backtest import table_of  # noqa: PLC0415
    from ripeline.core.decisions import GATES  # noqa: PLC0415

    table = table_of(done.report, done.history, done.outcomes)
    if done.comparison is None:
        return table
    other = table_of(done.comparison.other, done.history, done.outcomes)
    columns = [f"{gate}_{what}" for gate in GATES for what in ("at", "judged")]
    return table.with_columns(other[name].alias(f"other_{name}") for name in columns)


def _write_text(text: str, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        beside = Path(folder) / target.name
        beside.write_text(text, "utf-8")
        beside.replace(target)
