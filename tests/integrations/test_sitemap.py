"""Sitemaps are read as they are published, and nothing in one does harm."""

from __future__ import annotations

import gzip

import pytest

from ripeline.integrations.sitemap import MOST_BYTES, MOST_PAGES, NotASitemap, Page, TooLarge, read

NAMES = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'


def urlset(*entries: str, before: str = "") -> bytes:
    """A sitemap of these entries."""
    return f'<?xml version="1.0" encoding="UTF-8"?>{before}<urlset {NAMES}>{"".join(entries)}</urlset>'.encode()


def page(address: str, more: str = "") -> str:
    """An entry."""
    return f"<url><loc> {address} </loc>{more}<lastmod>2026-01-01</lastmod></url>"


def test_pages_have_their_language_by_their_link_or_their_path() -> None:
    """The link to itself says it best."""
    link = '<xhtml:link rel="alternate" hreflang="nl-BE" href="https://x.example/gids"/>'
    found = read(
        urlset(page("https://x.example/gids", link), page("https://x.example/de/a%20b"), page("https://x.example"))
    )
    assert found.pages == (
        Page("https://x.example/gids", "nl"),
        Page("https://x.example/de/a%20b", "de"),
        Page("https://x.example", ""),
    )
    assert [one.path for one in found.pages] == ["/gids", "/de/a b", "/"]


def test_an_index_names_further_maps() -> None:
    """Each once, gzipped or not."""
    entry = "<sitemap><loc>https://x.example/1.xml</loc></sitemap>"
    data = f"<sitemapindex {NAMES}>{entry}{entry}</sitemapindex>".encode()
    assert read(data).maps == read(gzip.compress(data)).maps == ("https://x.example/1.xml",)


def test_what_is_no_page_is_left_out() -> None:
    """A script, a file, a broken address; and images beside a page have an address of their own."""
    image = "<image:image xmlns:image='i'><image:loc>https://x.example/a.png</image:loc></image:image>"
    entries = [
        page(each) for each in ("javascript:alert(1)", "file:///etc/passwd", "https://[", f"https://x/{'a' * 1000}")
    ]
    assert read(urlset(*entries, page("https://x.example/a", image))).pages == (Page("https://x.example/a", ""),)


BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
FILE = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"


@pytest.mark.parametrize(
    "data",
    [
        urlset(page("https://x.example/&b;"), before=BOMB),
        urlset(page("https://x.example/&a;"), before=FILE),
        urlset(before="<!DOCTYPE x SYSTEM 'https://x.example/x.dtd'>"),
        urlset(page("https://x.example/&undeclared;")),
        b"<html><body>Not here</body></html>",
        b"<urlset>",
        b"",
        b"\x1f\x8bnot gzip",
        b"<urlset>" + b"<a>" * 50 + b"</a>" * 50 + b"</urlset>",
        b'<?xml version="1.0" encoding="utf-7"?><urlset/>',
    ],
)
def test_what_is_no_plain_sitemap_is_refused(data: bytes) -> None:
    """Above all one that declares entities: none is expanded, none is fetched."""
    with pytest.raises(NotASitemap):
        read(data)


def test_no_more_is_taken_than_is_told() -> None:
    """Bytes, packed or not, and pages."""
    with pytest.raises(TooLarge):
        read(b" " * (MOST_BYTES + 1))
    with pytest.raises(TooLarge):
        read(gzip.compress(b" " * (50 * MOST_BYTES)))
    with pytest.raises(TooLarge):
        read(urlset(*(page(f"https://x.example/{number}") for number in range(MOST_PAGES + 1))))
