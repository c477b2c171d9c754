"""The content catalogue as a CSV: one item in each row, with the columns that the first row names."""

from __future__ import annotations

import csv
import io

from ripeline.core.phrases import Phrase
from ripeline.core.phrases import phrase as _

COLUMNS = ("item", "content", "title", "address", "language", "personas", "topic", "objection")
"""What may be said of an item; a column that is not there leaves it as it was."""
_NEEDED = "item"
MOST_BYTES, MOST_ROWS = 5 * 1024 * 1024, 10_000


class Unreadable(ValueError):
    """The file is no catalogue; says why, where, and what to do."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(str(why))
        self.why = why


def read(data: bytes) -> list[tuple[int, dict[str, str]]]:
    """The items, each with the line it ends on; raises Unreadable."""
    if len(data) > MOST_BYTES:
        raise Unreadable(_("The file is larger than 5 MB. Split it."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(_("The file is not in UTF-8. Save it as “CSV UTF-8”.")) from None
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        heads = [head.strip() for head in next(lines, [])]
        _check(heads)
        rows = [(lines.line_num, _row(heads, fields, lines.line_num)) for fields in lines if any(fields)]
    except csv.Error as error:
        raise Unreadable(_("Line {line}: {why}.", line=lines.line_num, why=str(error))) from None
    if len(rows) > MOST_ROWS:
        raise Unreadable(_("The file has more than 10,000 rows. Split it."))
    return rows


def _delimiter(text: str) -> str:
    """A comma, or the semicolon that spreadsheets of many countries write."""
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def _check(heads: list[str]) -> None:
    if _NEEDED not in heads:
        raise Unreadable(_("Line 1: The column item is missing. The first line names the columns."))
    known = ", ".join(COLUMNS)
    for head in heads:
        if head not in COLUMNS:
            raise Unreadable(_("Line 1: There is no column {name}. Known are {known}.", name=head, known=known))
        if heads.count(head) > 1:
            raise Unreadable(_("Line 1: The column {name} is there twice. Delete one.", name=head))


def _row(heads: list[str], fields: list[str], line: int) -> dict[str, str]:
    if len(fields) != len(heads):
        raise Unreadable(
            _(
                "Line {line}: {count} fields, but the first line names {wanted}. Quote texts that hold commas.",
                line=line,
                count=len(fields),
                wanted=len(heads),
            )
        )
    return dict(zip(heads, fields, strict=True))
