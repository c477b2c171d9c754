"""Which clicks were made by machines: link scanners of mail servers, robots, browsers without a person."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ripeline.core.instants import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Reason = Literal["robot", "headless", "link_scanner", "too_soon", "all_links"]
"""Why a click is a machine's: by what it calls itself, or by how it clicked."""

TOO_SOON = 5 * SECOND
"""Nobody opens a mail, reads it and clicks so soon after it was delivered."""
BURST = 10 * SECOND
BURST_LINKS = 3
"""Nobody clicks so many different links of one mail in so short a time."""

_AGENTS: tuple[tuple[Reason, re.Pattern[str]], ...] = (
    (
        "link_scanner",
        re.compile(
            r"barracuda|proofpoint|mimecast|safelinks|microsoft office|ms-office|bingpreview|trend ?micro|symantec"
            r"|messagelabs|fireeye|trellix|cisco ?(ironport|secure)|ironport|sophos|forcepoint|zscaler|fortinet"
            r"|urldefense|vade|cloudmark|google-?safety|googleimageproxy|yahoomailproxy|skypeuripreview|slackbot"
            r"|whatsapp|telegrambot|linkedinbot|facebookexternalhit|twitterbot|discordbot|teams.*preview",
            re.IGNORECASE,
        ),
    ),
    (
        "headless",
        re.compile(
            r"headless|phantomjs|puppeteer|playwright|selenium|webdriver|electron.*prerender|lighthouse|pagespeed",
            re.IGNORECASE,
        ),
    ),
    (
        "robot",
        re.compile(
            r"(?<!cu)bot\b|(?<!cu)bot[/;_-]|crawl|spider|slurp|^curl/|^wget/|python-requests|python-urllib|aiohttp|httpx|okhttp"
            r"|go-http-client|java/|apache-httpclient|libwww|node-fetch|axios/|scrapy|uptime|pingdom|monitor|archiver"
            r"|gptbot|claudebot|ccbot|preview|validator|scanner|feedfetcher|mediapartners-google",
            re.IGNORECASE,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Click:
    """A click on a link of a mail, or a visit; without `delivery` it belongs to no mail of ours."""

    at: int
    link: str
    delivery: str = ""
    delivered_at: int | None = None
    user_agent: str = ""


def machine_agent(user_agent: str) -> Reason | None:
    """What kind of machine calls itself so; none for what may be a person's browser, and for what says nothing."""
    return next((reason for reason, pattern in _AGENTS if pattern.search(user_agent)), None)


def scanned(clicks: Sequence[Click]) -> Mapping[int, Reason]:
    """Which of one lead's clicks, by their places, are a machine's; the clicks may stand in any order."""
    found: dict[int, Reason] = {}
    deliveries: dict[str, list[int]] = {}
    for place, click in enumerate(clicks):
        reason = machine_agent(click.user_agent)
        if reason is None and click.delivered_at is not None and click.at - click.delivered_at < TOO_SOON:
            reason = "too_soon"
        if reason is not None:
            found[place] = reason
        if click.delivery:
            deliveries.setdefault(click.delivery, []).append(place)
    for places in deliveries.values():
        for place in _bursts(clicks, sorted(places, key=lambda place: clicks[place].at)):
            found.setdefault(place, "all_links")
    return found


def _bursts(clicks: Sequence[Click], places: Sequence[int]) -> set[int]:
    """The places, ordered by time, whose clicks stand in a window with too many different links."""
    found: set[int] = set()
    links: Counter[str] = Counter()
    first = told = 0
    for last, place in enumerate(places):
        links[clicks[place].link] += 1
        while clicks[place].at - clicks[places[first]].at > BURST:
            _drop(links, clicks[places[first]].link)
            first += 1
        if len(links) >= BURST_LINKS:
            found.update(places[max(first, told) : last + 1])
            told = last + 1
    return found


def _drop(links: Counter[str], link: str) -> None:
    links[link] -= 1
    if not links[link]:
        del links[link]
