"""Sitemaps, as websites publish them: the pages that one names, and in which language each is.

A sitemap comes from anywhere, so it is read without a document type: it can declare no entities, and none is expanded.
"""

from __future__ import annotations

import re
import zlib
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from xml.parsers import expat

MOST_BYTES = 5 * 1024 * 1024
MOST_PAGES = 10_000
_GZIP = b"\x1f\x8b"
_WITH_HEADER = 31
_LONGEST = 1_000
_DEEPEST = 12
_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_][a-z]{2,4})?", re.IGNORECASE)
_BETWEEN = " "


class NotASitemap(ValueError):
    """What was read is no sitemap."""


class TooLarge(ValueError):
    """It holds more than is taken."""


class Page(NamedTuple):
    """A page that a sitemap names: its address, and its language if the sitemap or the path tells it."""

    address: str
    language: str

    @property
    def path(self) -> str:
        """The path by which events name it."""
        return unquote(urlsplit(self.address).path) or "/"


class Sitemap(NamedTuple):
    """The pages of a sitemap, and the addresses of further ones if it is an index."""

    pages: tuple[Page, ...]
    maps: tuple[str, ...]


def read(data: bytes) -> Sitemap:
    """A sitemap or an index of such, plain or gzipped; raises NotASitemap and TooLarge."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=_BETWEEN)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler, parser.EndElementHandler = reader.begin, reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(_plain(data), True)  # noqa: FBT003 - the last part of the text
    except (expat.ExpatError, ValueError) as error:
        if isinstance(error, NotASitemap | TooLarge):
            raise
        raise NotASitemap(str(error)) from None
    return Sitemap(tuple(dict.fromkeys(reader.pages)), tuple(dict.fromkeys(reader.maps)))


def _refuse(*_of: object) -> None:
    raise NotASitemap("a document type")


def _plain(data: bytes) -> bytes:
    """What is gzipped unpacked, never to more than is taken."""
    if data.startswith(_GZIP):
        unpacking = zlib.decompressobj(_WITH_HEADER)
        try:
            data = unpacking.decompress(data, MOST_BYTES + 1)
        except zlib.error as error:
            raise NotASitemap(str(error)) from None
    if len(data) > MOST_BYTES:
        raise TooLarge
    return data


class _Reader:
    """Hears what the parser finds."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self.maps: list[str] = []
        self._path: list[str] = []
        self._words: list[str] = []
        self._languages: dict[str, str] = {}  # by address, as links to translations tell
        self._address = ""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(_BETWEEN)[2]
        if not self._path and local not in ("urlset", "sitemapindex"):
            raise NotASitemap(local)
        self._path.append(local)
        if len(self._path) > _DEEPEST:
            raise NotASitemap("too deep")
        if self._path[1:] in (["url"], ["sitemap"]):
            self._address, self._languages = "", {}
        elif local == "link" and self._path[1:2] == ["url"] and (told := attributes.get("hreflang")):
            self._languages[attributes.get("href", "").strip()] = told
        self._words = []

    def text(self, words: str) -> None:
        if self._path[2:] == ["loc"]:
            self._words.append(words)

    def end(self, _name: str) -> None:
        if self._path[2:] == ["loc"]:
            self._address = "".join(self._words).strip()
        elif self._path[1:] == ["url"] and _is_page(self._address):
            self.pages.append(Page(self._address, self._language()))
        elif self._path[1:] == ["sitemap"] and _is_page(self._address):
            self.maps.append(self._address)
        if len(self.pages) > MOST_PAGES:
            raise TooLarge
        self._path.pop()

    def _language(self) -> str:
        """As a link to itself tells it, else as the path begins, such as /de/."""
        first = urlsplit(self._address).path.strip("/").partition("/")[0]
        for told in (self._languages.get(self._address, ""), first):
            if found := _LANGUAGE.fullmatch(told):
                return found[1].lower()
        return ""


def _is_page(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and len(address) <= _LONGEST
    except ValueError:
        return False
