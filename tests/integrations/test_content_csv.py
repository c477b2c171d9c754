"""A catalogue in a CSV is read, or told by one line what is wrong, where, and what to do."""

from __future__ import annotations

import pytest

from ripeline.integrations.content_csv import MOST_BYTES, MOST_ROWS, Unreadable, read


def test_what_spreadsheets_write_is_read() -> None:
    """With a comma or a semicolon, with a mark of the encoding, with lines within a field."""
    assert read(b"item,content\n/a,guide\n\n/b,article\n") == [
        (2, {"item": "/a", "content": "guide"}),
        (4, {"item": "/b", "content": "article"}),
    ]
    assert read("\ufeffitem;title\r\n/a;Größe\r\n".encode()) == [(2, {"item": "/a", "title": "Größe"})]
    assert read(b'item,title\n"/a","x, y"\n') == [(2, {"item": "/a", "title": "x, y"})]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "Line 1: The column item is missing."),
        (b"content\nguide\n", "Line 1: The column item is missing."),
        (b"item,colour\n", "Line 1: There is no column colour. Known are item, content"),
        (b"item,item\n", "Line 1: The column item is there twice."),
        (b"item,content\n/a,b,c\n", "Line 2: 3 fields, but the first line names 2."),
        (b'item\n"a\n', "Line 2: "),
        (b"item\n\xff\n", "CSV UTF-8"),
        (b"item\n" + b"a\n" * (MOST_ROWS + 1), "10,000 rows"),
        (b"a" * (MOST_BYTES + 1), "5 MB"),
    ],
)
def test_what_is_no_catalogue_is_told(data: bytes, why: str) -> None:
    """The first thing that is wrong."""
    with pytest.raises(Unreadable) as told:
        read(data)
    assert why in str(told.value)
