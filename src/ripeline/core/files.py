"""CSV and Parquet files opened strictly: their shape is checked before a value is read, and every row has its line."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, NoReturn

import polars as pl
from polars.exceptions import PolarsError

from ripeline.core.columns import DataProblem, nearest, quoted
from ripeline.core.history import row_place
from ripeline.core.phrases import gettext, phrase
from ripeline.core.phrases import phrase as _
from ripeline.core.phrases import phrases as ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ripeline.core.phrases import Phrase

_CSV_CURE = _("Save it as CSV with commas, in UTF-8.")
_ROW_CURE = _("Put texts that hold commas, semicolons or line breaks in quotes.")
_CANNOT_BE_READ = gettext("cannot be read: {why}")


@dataclass(frozen=True, slots=True)
class TableFile:
    """A CSV or Parquet file with its columns under our names; nothing of it is read yet but its shape."""

    path: Path
    columns: Mapping[str, str]
    """The file's name of each column by ours."""
    schema: Mapping[str, pl.DataType]
    is_csv: bool
    separator: str = ","
    is_multiline: bool = False
    has_blank_lines: bool = False

    @classmethod
    def opened(cls, path: Path) -> TableFile:
        """The file under its own column names; raises DataProblem if it is missing, broken or of another kind."""
        name = path.name.lower()
        is_csv = name.endswith((".csv", ".csv.gz"))
        if not is_csv and not name.endswith(".parquet"):
            cure = _("Name it .csv, .csv.gz or .parquet.")
            raise DataProblem(_("is neither CSV nor Parquet"), cure=cure, file=path.name)
        try:
            if path.stat().st_size == 0:
                raise _empty(path)
            return _opened_csv(path) if is_csv else _opened_parquet(path)
        except FileNotFoundError:
            raise DataProblem(_("is not there"), cure=_("Check the path."), file=str(path)) from None
        except OSError as error:
            why = error.strerror or str(error)
            cure = _("Check that the file is whole and that you may read it.")
            raise DataProblem(phrase(_CANNOT_BE_READ, why=why), cure=cure, file=path.name) from None

    def renamed(self, mapping: Mapping[str, str]) -> TableFile:
        """The file with foreign columns under our names; a foreign column of our name gives way."""
        theirs = {ours: name for ours, name in mapping.items() if name in self.schema}
        columns = {name: name for name in self.schema if name not in theirs.values()} | theirs
        return replace(self, columns=columns, schema={ours: self.schema[name] for ours, name in columns.items()})

    def demand(self, *required: str) -> None:
        """Raise DataProblem for the first of these columns that the file lacks."""
        for name in required:
            if name not in self.schema:
                near = nearest(name, self.schema)
                there = ", ".join(self.schema)
                cure = _("It has {there}. Pass --map {name}=COLUMN with the column meant.", there=there, name=name)
                if near:
                    cure = _('Did you mean "{near}"? Then pass --map {name}={near}.', near=near, name=name)
                raise self.problem(DataProblem(_("has no column {name}", name=name), cure=cure))

    def scan(self) -> pl.LazyFrame:
        """All rows with their `position` from 0, under our names."""
        if self.is_csv:
            rows = pl.scan_csv(
                self.path, infer_schema=False, row_index_name="\x00", glob=False, separator=self.separator
            )
            if self.has_blank_lines:
                rows = rows.filter(~pl.all_horizontal(pl.exclude("\x00").is_null()))
        else:
            rows = pl.scan_parquet(self.path, row_index_name="\x00", glob=False, hive_partitioning=False)
        read = {ours: pl.col(theirs).cast(self.schema[ours]) for ours, theirs in self.columns.items()}
        return rows.select(position="\x00", **read)

    def collected(self, query: pl.LazyFrame) -> pl.DataFrame:
        """The rows of a query of this file, in order; raises DataProblem if the file turns out to be broken."""
        return stacked(list(self.batches(query)), query)

    def batches(self, query: pl.LazyFrame, rows: int | None = None) -> Iterator[pl.DataFrame]:
        """The same one portion after the other, perhaps of about so many rows, so that never all of them are held."""
        try:
            yield from query.collect_batches(engine="streaming", chunk_size=rows)
        except PolarsError as error:
            what = phrase(_CANNOT_BE_READ, why=_first_line(error))
            raise DataProblem(
                what, cure=_CSV_CURE if self.is_csv else _("Write it anew."), file=self.path.name
            ) from None

    def problem(self, problem: DataProblem, position: int | None = None) -> DataProblem:
        """The problem with its place: the line of a CSV with the header as line 1, the row number of a Parquet file."""
        return problem.at(self.path.name, None if position is None else self.line(position))

    def line(self, position: int) -> int:
        """The line on which the row at a position from 0 begins; of a Parquet file its number from 1."""
        if not self.is_csv:
            return position + 1
        if not self.is_multiline:
            return position + 2
        with _text(self.path) as lines:
            reader = csv.reader(lines, delimiter=self.separator)
            next(islice(reader, position, None))
            return reader.line_num + 1

    def place(self, position: int) -> Phrase:
        """The row at a position as messages name it."""
        number = self.line(position)
        return _("line {number}", number=str(number)) if self.is_csv else row_place(number)


def _empty(path: Path) -> DataProblem:
    return DataProblem(_("is empty"), cure=_("The first line names the columns."), file=path.name)


def _opened_parquet(path: Path) -> TableFile:
    try:
        schema = pl.read_parquet_schema(path)
    except PolarsError:
        raise DataProblem(_("is not a Parquet file"), cure=_("Write it anew."), file=path.name) from None
    # Some programs write texts as bytes and do not say that they are texts.
    meant = {name: pl.String() if kind == pl.Binary else kind for name, kind in schema.items()}
    return TableFile(path, {name: name for name in meant}, meant, is_csv=False)


# --- the shape of a CSV -----------------------------------------------------------------------------


def _opened_csv(path: Path) -> TableFile:
    try:
        with _text(path) as lines:
            head = next(lines, "")
            # Where the comma parts cents, spreadsheets part columns by semicolons.
            separator = ";" if ";" in head and "," not in head else ","
            names = next(csv.reader(chain([head], lines), delimiter=separator), [])
        shape = _shape(path, len(names), separator)
    except UnicodeDecodeError:
        _refuse_bytes(path)
    except (PolarsError, gzip.BadGzipFile, EOFError, csv.Error) as error:
        if "utf" in str(error).lower():
            _refuse_bytes(path)
        what = phrase(_CANNOT_BE_READ, why=_first_line(error))
        raise DataProblem(what, cure=_CSV_CURE, file=path.name) from None
    if not any(map(str.strip, names)):
        raise _empty(path)
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        what = _("has two columns {name}", name=quoted(twice))
        raise DataProblem(what, cure=_("Rename one of them."), file=path.name, row=1)
    if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        raise DataProblem(_("is not separated by commas"), cure=_CSV_CURE, file=path.name, row=1)
    return TableFile(
        path,
        {name: name for name in names},
        {name: pl.String() for name in names},
        is_csv=True,
        separator=separator,
        is_multiline=shape["odd"],
        has_blank_lines=shape["blank"],
    )


def _shape(path: Path, fields: int, separator: str) -> dict[str, bool]:
    """Whether fields span lines (`odd`) and lines are empty (`blank`); raises DataProblem for a ragged row."""
    line = pl.col("line")
    bare = line.str.replace_all(r'"[^"]*"', "")
    rows = pl.scan_lines(path, name="line", row_index_name="position", glob=False).select(
        "position",
        nul=line.str.contains("\x00", literal=True),
        odd=bare.str.contains('"', literal=True),
        blank=line.str.len_bytes() == 0,
        fields=bare.str.count_matches(separator, literal=True) + 1,
    )
    ragged = (pl.col("fields") != fields) & ~pl.col("blank")
    summary = rows.select(pl.col("nul", "odd", "blank").any(), ragged=ragged.any())
    found = summary.collect(engine="streaming").row(0, named=True)
    if found["nul"]:
        place = rows.filter("nul").head(1).collect()["position"][0]
        raise DataProblem(_("holds a NUL byte, so it is not text"), cure=_CSV_CURE, file=path.name, row=place + 1)
    if found["odd"]:
        _check_records(path, fields, separator)
    elif found["ragged"]:
        place, count = rows.filter(ragged).select("position", "fields").head(1).collect().row(0)
        raise _ragged(path, place + 1, count, fields)
    return found


def _check_records(path: Path, fields: int, separator: str) -> None:
    """The same check for a file in which quoted fields span lines."""
    with _text(path) as lines:
        reader = csv.reader(lines, delimiter=separator, strict=True)
        try:
            for record in reader:
                if record and len(record) != fields:
                    raise _ragged(path, reader.line_num, len(record), fields)
        except csv.Error as error:
            what = phrase(_CANNOT_BE_READ, why=str(error))
            raise DataProblem(what, cure=_ROW_CURE, file=path.name, row=reader.line_num) from None


def _ragged(path: Path, line: int, count: int, fields: int) -> DataProblem:
    what = ngettext(
        "has {count} field, but the header has {fields}",
        "has {count} fields, but the header has {fields}",
        count=count,
        fields=fields,
    )
    return DataProblem(what, cure=_ROW_CURE, file=path.name, row=line)


def _refuse_bytes(path: Path) -> NoReturn:
    """Raise DataProblem with the first line that is not UTF-8."""
    line = 1
    with _bytes(path) as lines:
        for line, text in enumerate(lines, start=1):  # noqa: B007 - the line at which it stops is the answer
            try:
                text.decode()
            except UnicodeDecodeError:
                break
    raise DataProblem(_("is not UTF-8"), cure=_CSV_CURE, file=path.name, row=line) from None


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _text(path: Path) -> IO[str]:
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _bytes(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")  # type: ignore[return-value]


def stacked(batches: list[pl.DataFrame], query: pl.LazyFrame) -> pl.DataFrame:
    """The batches below each other, put together column by column so that never all of them stand there twice."""
    if not batches:
        return pl.DataFrame(schema=query.collect_schema())
    columns = []
    for name in batches[0].columns:
        columns.append(pl.concat([batch[name] for batch in batches], rechunk=True))
        batches[:] = [batch.drop(name) for batch in batches]
    return pl.DataFrame(columns)
