"""Threat row 12: no text that a list is exported with is taken for a formula by a spreadsheet."""

from __future__ import annotations

import csv
import io

from hypothesis import example, given
from hypothesis import strategies as st

from ripeline.web.marketing.list_rows import line_of

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=6)


@given(TEXTS)
@example(['=HYPERLINK("http://evil.example")', " =1+1", "\0=1", "\t=1", "\r\n@SUM(A1)", "a,=1", 'x"\n=cmd|'])
def test_no_cell_begins_like_a_formula(texts: list[str]) -> None:
    """Whatever stands before or after it; and what is no formula comes back as it was."""
    (cells,) = csv.reader(io.StringIO(line_of(texts).decode(), newline=""))
    assert len(cells) == len(texts)
    for cell, text in zip(cells, texts, strict=True):
        assert not cell.lstrip().startswith(FORMULA)
        assert not cell.startswith(FORMULA)
        assert cell.removeprefix("'") in {text.replace("\0", ""), text.replace("\0", "").removeprefix("'")}
