"""How somebody came to us, told by one row: by the marks of a campaign, by the click's id, or by the page before.

There is no maintained list of search engines and social networks to be had as a package, so the well-known stand here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from ripeline.integrations.enrichment import host_of
from ripeline.integrations.mail_domains import registrable

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANNELS = ("ads", "content", "email", "fair", "referral", "search", "social")
"""How people come, as the starter playbooks name it in the attribute `source`."""

MARKS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
"""What an address says of the campaign that led to it."""
LONGEST_MARK = 100

_BY_MEDIUM: Mapping[str, str] = {
    name: channel
    for channel, names in {
        "ads": "ad ads adwords affiliate-ads banner cpa cpc cpl cpm cpv display ppc paid programmatic "
        "remarketing retargeting sea sem",
        "email": "e-mail edm email email-campaign mail mailing newsletter nl",
        "social": "organic-social sm smm social social-media social-network social-organic",
        "search": "organic organic-search search seo",
        "content": "article audio blog brochure content ebook guide pdf podcast pr press qr video webinar whitepaper",
        "referral": "affiliate link partner referral",
        "fair": "conference event exhibition fair messe beurs trade-fair",
    }.items()
    for name in names.split()
}
_BY_SITE: Mapping[str, str] = {
    name: channel
    for channel, names in {
        "search": "aol ask baidu bing brave dogpile duckduckgo ecosia fireball google kagi metager mojeek naver "
        "presearch qwant seznam sogou startpage swisscows yahoo yandex you",
        "social": "bsky discord facebook instagram linkedin lnkd mastodon medium nextdoor pinterest quora reddit "
        "snapchat t telegram threads tiktok tumblr twitter viadeo vimeo vk whatsapp x xing youtu youtube",
    }.items()
    for name in names.split()
}
_ONLY_AT = {"t": "t.co", "x": "x.com", "you": "you.com", "medium": "medium.com", "threads": "threads.net"}
"""Short names that others own elsewhere."""
_WEBMAIL = frozenset(
    {
        "com.google.android.gm",
        "mail.google.com",
        "outlook.live.com",
        "outlook.office.com",
        "outlook.office365.com",
        "navigator.gmx.net",
    }
)
_MAIL_HOSTS = ("mail.", "webmail.", "email.")
_ON_THE_WAY = ("account.", "accounts.", "auth.", "checkout.", "idp.", "login.", "pay.", "signin.", "sso.")
"""Where people are sent to say who they are, or to pay: they come back from there, and did not come from there."""
_SEARCHES_AT = ("google", "images", "m", "news", "www")
"""Google's hosts for searching; from the others people follow a link that somebody set."""
_BY_CLICK: Mapping[str, str] = {
    **dict.fromkeys(("gclid", "gbraid", "wbraid", "dclid", "msclkid", "yclid", "ttclid", "twclid", "li_fat_id"), "ads"),
    **dict.fromkeys(("fbclid", "igshid"), "social"),  # Facebook marks every link so, paid or not
    **dict.fromkeys(("mc_cid", "mc_eid", "mkt_tok", "_hsenc", "dm_i", "vero_id"), "email"),
}
_SAYING = re.compile("|".join(map(re.escape, (*MARKS, *_BY_CLICK)))).search
_BY_EVENT: Mapping[str, str] = {"ad_clicked": "ads", "fair_conversation": "fair", "fair_visited": "fair"}


class Arrival(NamedTuple):
    """By which channel somebody came, and the campaign's marks as they were sent, those that were."""

    source: str
    marks: Mapping[str, str]


def arrival(name: str, said: Mapping[str, Any]) -> Arrival | None:
    """How somebody came, as far as one row says so; none if it says nothing of it, like a visit without a page before.

    What a campaign says of itself goes before the id of a click, and that before the page they came from.
    """
    asked = _asked(said)
    marks = {mark: text for mark in MARKS if (text := _text(said.get(mark)) or asked.get(mark))}
    source = (
        _of_marks(marks.get("utm_medium", ""), marks.get("utm_source", ""))
        or next((_BY_CLICK[key] for key in _BY_CLICK if key in asked or _text(said.get(key))), None)
        or _BY_EVENT.get(name)
        or _of_page_before(_text(said.get("referrer")), _text(said.get("url")))
        or ("referral" if marks else None)
    )
    return None if source is None else Arrival(source, marks)


@lru_cache(maxsize=10_000)
def _of_marks(medium: str, source: str) -> str | None:
    words = medium.casefold().replace("_", "-").replace(" ", "-")
    if words.startswith("paid") or words.endswith(("-cpc", "-ppc", "-ads", "-paid")):
        return "ads"
    if words in _BY_MEDIUM:
        return _BY_MEDIUM[words]
    named = source.casefold()
    if named in ("newsletter", "email", "e-mail", "mailing"):
        return "email"
    return _of_site(named) or _of_site(f"{named}.com")


@lru_cache(maxsize=10_000)
def _of_page_before(before: str, here: str) -> str | None:
    """The channel of the page somebody came from; none for a page of our own."""
    theirs, ours = host_of(before) if before else None, host_of(here) if here else None
    if theirs is None or "." not in theirs:
        return None
    if ours is not None and registrable(theirs) == registrable(ours):
        return None
    if theirs.startswith(_ON_THE_WAY):
        return None
    if theirs in _WEBMAIL or theirs.startswith(_MAIL_HOSTS):
        return "email"
    return _of_site(theirs) or "referral"


def _of_site(host: str) -> str | None:
    domain = registrable(host) or ""
    label = domain.partition(".")[0]
    if label in _ONLY_AT and domain != _ONLY_AT[label]:
        return None
    if label == "google" and host.partition(".")[0] not in _SEARCHES_AT:
        return "referral"
    return _BY_SITE.get(label) if "." in domain else None


def _asked(said: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of the page's address, by name, of those that say something here."""
    search = _text(said.get("search"), longest=8_000)
    url = _text(said.get("url"), longest=8_000)
    return _parameters(search or _search_of(url))


@lru_cache(maxsize=10_000)
def _parameters(search: str) -> dict[str, str]:
    if not _SAYING(search):
        return {}
    try:
        pairs = parse_qsl(search.removeprefix("?"), max_num_fields=200)
    except ValueError:
        return {}
    return {key: value[:LONGEST_MARK] for key, value in pairs if key in MARKS or key in _BY_CLICK}


def _search_of(url: str) -> str:
    try:
        return urlsplit(url).query
    except ValueError:
        return ""


def _text(given: object, *, longest: int = 2_000) -> str:
    return given.strip() if isinstance(given, str) and len(given) <= longest else ""
