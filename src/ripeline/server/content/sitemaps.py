"""Sitemaps taken up into the catalogue: each page that it does not hold yet becomes a proposal without a class.

An address is asked through the same guarded way out as receivers of messages are. An index leads to further sitemaps:
a few of them, of the same website, and none of them to another.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from ripeline.integrations import sitemap
from ripeline.integrations.sitemap import MOST_BYTES, MOST_PAGES, NotASitemap, Page, TooLarge
from ripeline.server.content import catalogue
from ripeline.server.delivery import webhooks
from ripeline.server.languages import code_of
from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.server.content.catalogue import ContentItem

MOST_MAPS = 20
"""So many sitemaps of an index are read."""
MOST_SECONDS = 30.0
"""So long the maps of an index are asked for; whoever waits is told how many are left."""

Ask = Callable[[str], bytes | Refused]


class Taken(NamedTuple):
    """What came of a sitemap: how many pages it names, which of them are new, and how many further maps were left."""

    pages: int
    new: Sequence[ContentItem]
    left: int


def take_file(data: bytes, *, now: int, dry_run: bool = False) -> Taken | Refused:
    """Take up the pages of a sitemap that somebody has; the maps of an index are told, and not asked for."""
    read = _read(data)
    if isinstance(read, Refused):
        return read
    return _taken(read.pages, len(read.maps), now=now, dry_run=dry_run)


def take(address: str, *, now: int, dry_run: bool = False, ask: Ask | None = None) -> Taken | Refused:
    """Ask for a sitemap at an address and take up its pages; those of an index from its maps, one after the other."""
    asking = ask or fetch
    data = asking(address)
    read = _read(data) if isinstance(data, bytes) else data
    if isinstance(read, Refused):
        return read
    pages, own = list(read.pages), [each for each in read.maps if _host(each) == _host(address)]
    ends, asked = time.monotonic() + MOST_SECONDS, 0
    for each in own[:MOST_MAPS]:
        if time.monotonic() > ends:
            break
        asked += 1
        data = asking(each)
        further = _read(data) if isinstance(data, bytes) else data
        if isinstance(further, Refused):
            return further
        pages += further.pages
        if len(pages) > MOST_PAGES:
            return Refused(Refusal.TOO_LARGE_THERE)
    return _taken(pages, len(read.maps) - asked, now=now, dry_run=dry_run)


def fetch(address: str) -> bytes | Refused:
    """What is at an address; nothing that is elsewhere, larger than is taken, or in a network that is not allowed."""
    got = webhooks.get(address, MOST_BYTES)
    if isinstance(got, bytes):
        return got
    if got.said == webhooks.NOT_ALLOWED:
        return Refused(Refusal.NOT_A_RECEIVER)
    return Refused(Refusal.TOO_LARGE_THERE if got.said == webhooks.TOO_MUCH else Refusal.NOT_FOUND_THERE)


def _read(data: bytes) -> sitemap.Sitemap | Refused:
    try:
        return sitemap.read(data)
    except TooLarge:
        return Refused(Refusal.TOO_LARGE_THERE)
    except NotASitemap:
        return Refused(Refusal.NOT_A_SITEMAP)


def _taken(pages: Sequence[Page], left: int, *, now: int, dry_run: bool) -> Taken:
    rows = [
        {"item": page.path, "address": page.address, "language": code_of(page.language)}
        for page in pages
        if catalogue.unfit({"item": page.path, "address": page.address}) is None
    ]
    new = catalogue.propose_all(rows, now=now, dry_run=dry_run)
    return Taken(len(pages), new, left)


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""
