"""A scanner that clicks every link of a mail is not a person."""

from __future__ import annotations

import pytest

from ripeline.core.instants import SECOND
from ripeline.integrations.machines import Click, machine_agent, scanned

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        (FIREFOX, None),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1",
            None,
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0", None),
        (
            "Mozilla/5.0 (Linux; Android 15; CUBOT NOTE 50) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36",
            None,
        ),
        ("", None),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "robot"),
        ("python-requests/2.32", "robot"),
        ("curl/8.5.0", "robot"),
        ("Mozilla/5.0 AppleWebKit/537.36 HeadlessChrome/140.0.0.0 Safari/537.36", "headless"),
        ("BarracudaCentral/1.0", "link_scanner"),
        ("Mozilla/5.0 (compatible; Proofpoint URL Defense)", "link_scanner"),
        ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0)", "link_scanner"),
    ],
)
def test_what_an_agent_calls_itself(agent: str, reason: str | None) -> None:
    """People's browsers, telephones with a bot in their name, and programs."""
    assert machine_agent(agent) == reason


def _clicks(*seconds: float, links: str = "abcdefgh") -> list[Click]:
    """Clicks so many seconds after delivery, each on another link unless told otherwise."""
    return [
        Click(at=round(after * SECOND), link=link, delivery="mail-1", delivered_at=0, user_agent=FIREFOX)
        for after, link in zip(seconds, links, strict=False)
    ]


def test_a_person_reads_and_clicks() -> None:
    """One link after five seconds at the soonest, another one later; and the same one twice by mistake."""
    assert scanned(_clicks(5, 75, 3600)) == {}
    assert scanned(_clicks(60, 61, 62, links="aab")) == {}
    assert scanned(_clicks(60, 65, 71)) == {}


def test_a_click_at_once_is_a_machines() -> None:
    """Within seconds of delivery; the person's own click an hour later counts."""
    assert scanned(_clicks(2, 3600)) == {0: "too_soon"}


def test_all_links_within_seconds_are_a_machines() -> None:
    """Also if the scanner takes its time before it begins, and in whatever order the rows come."""
    clicks = _clicks(600, 601, 603, 608, 5000)
    assert scanned(clicks) == dict.fromkeys(range(4), "all_links")
    assert set(scanned(clicks[::-1])) == {1, 2, 3, 4}
    assert len(scanned(_clicks(600, 605, 610))) == 3


def test_mails_are_judged_one_by_one() -> None:
    """Three mails with a click each are three clicks; a visit that belongs to no mail is none."""
    one, two, three = _clicks(100, 101, 102)
    others = [one, Click(two.at, "b", "mail-2", 0), Click(three.at, "c", "mail-3", 0), Click(three.at, "d")]
    assert scanned(others) == {}


def test_a_flood_at_one_instant_is_judged_as_any_burst() -> None:
    """In time that grows with it, and not with its square."""
    clicks = [Click(at=60 * SECOND, link=f"l{place}", delivery="mail") for place in range(50_000)]
    assert len(scanned(clicks)) == len(clicks)
