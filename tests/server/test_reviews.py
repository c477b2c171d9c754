"""The daily review: time alone moves what is shown of a lead, and nothing of what is decided."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api_client import SMALL
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.core.instants import instant
from ripeline.server import playbooks
from ripeline.server.decisions import Decision
from ripeline.server.qualification import qualify, reviews
from ripeline.server.qualification.replay import replay
from ripeline.server.qualification.reviews import Review

if TYPE_CHECKING:
    from ripeline.server.leads import Lead
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

DAY, WEEK = 86_400, 7 * 86_400
SILENCE = "  silence: {when: {silent: 10 days}, points: -1}\n"
SURGE = "  surge: {when: {surge: 4, within: 7 days}, points: 1}\n"
TEXT = SMALL.replace("rules:\n", f"rules:\n{SILENCE}{SURGE}")


def every_week(source: Source, clock: SetClock, email: str = "ada@example.com") -> None:
    """Five weeks of a regular habit."""
    for _ in range(5):
        happened(source, "paper", clock.move(WEEK), email=email)
        all_rounds(clock)


def ada() -> Lead:
    """Ada as she is shown."""
    return lead_of("ada@example.com")


def test_a_lead_that_fell_silent_shows_as_silent_the_next_morning(source: Source, clock: SetClock) -> None:
    """Nothing came, and no gate could have changed; the review alone found it, and a replay finds the same."""
    signed(TEXT, now=clock())
    every_week(source, clock)
    clock.move(9 * DAY)
    all_rounds(clock)
    assert not ada().silent
    clock.move(DAY)
    all_rounds(clock)
    decided = Decision.objects.count()
    clock.move(DAY)
    all_rounds(clock)
    assert ada().silent
    assert Decision.objects.count() == decided
    assert replay().differences == []
    happened(source, "paper", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    assert not ada().silent


def test_a_surge_is_shown_and_ends(source: Source, clock: SetClock) -> None:
    """After a week in which nothing more came."""
    signed(TEXT, now=clock())
    every_week(source, clock)
    for _ in range(8):
        happened(source, "paper", clock.move(3600), email="ada@example.com")
    all_rounds(clock)
    assert ada().surging
    for _ in range(8):
        clock.move(DAY)
        all_rounds(clock)
    assert not ada().surging
    assert replay().differences == []


def test_points_that_fade_are_shown_faded(source: Source, clock: SetClock) -> None:
    """As of the last review, though no row came and no gate was near."""
    signed(TEXT, now=clock())
    happened(source, "paper", clock(), email="ada@example.com")
    all_rounds(clock)
    first = ada().engagement
    clock.move(30 * DAY)
    all_rounds(clock)
    assert first == 10_000_000
    assert abs(ada().engagement - 5_000_000) < 10
    assert replay().differences == []


def test_without_reviews_the_same_is_decided(source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What falls below a gate is moved at the very instant, looked at daily or not."""
    signed(TEXT, now=clock())

    def lives(email: str) -> list[object]:
        begun = clock()
        for _ in range(4):
            happened(source, "paper", clock.move(60), email=email)
        all_rounds(clock)
        for _ in range(40):
            clock.move(DAY)
            all_rounds(clock)
        columns = ("at", "kind", "old", "new", "reason")
        decided = Decision.objects.filter(lead=lead_of(email)).order_by("place").values_list(*columns)
        return [(at - begun, *rest) for at, *rest in decided]

    with_reviews = lives("ada@example.com")
    monkeypatch.setattr(reviews, "begin", lambda _now: False)
    assert lives("eve@example.com") == with_reviews
    assert len(with_reviews) > 1


def test_reviews_that_were_missed_are_made_up_once(source: Source, clock: SetClock) -> None:
    """A server that stood still for ten days looks at all leads once, not ten times."""
    signed(TEXT, now=clock())
    happened(source, "paper", clock(), email="ada@example.com")
    all_rounds(clock)
    before = Review.objects.count()
    clock.move(10 * DAY)
    assert reviews.begin(clock())
    assert not reviews.begin(clock())
    assert Review.objects.count() == before + 1
    assert qualify.run(clock).units == 1


def test_what_is_new_is_decided_before_what_is_merely_reviewed(
    source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A round takes only so many leads that nothing happened to."""
    monkeypatch.setattr(qualify, "LOOKS", 2)
    signed(TEXT, now=clock())
    for number in range(5):
        happened(source, "paper", clock(), email=f"lead{number}@example.com")
    all_rounds(clock)
    clock.move(DAY)
    happened(source, "paper", clock(), email="lead4@example.com")
    assert qualify.run(clock) == (1, 3)
    assert lead_of("lead4@example.com").engagement > lead_of("lead3@example.com").engagement


def test_a_clock_change_neither_skips_nor_repeats_a_review(clock: SetClock) -> None:
    """Half past two does not exist on 29 March in Berlin, and exists twice on 25 October."""
    text = TEXT.replace("timezone: Europe/Berlin\n", 'timezone: Europe/Berlin\ndaily_review: "02:30"\n')
    playbook = playbooks.playbook_of(signed(text, now=clock()).version)
    zone = ZoneInfo("Europe/Berlin")
    for month, day in ((3, 29), (10, 25)):
        begin = instant(datetime(2026, month, day - 1, 12, tzinfo=zone))
        hours = [begin + hour * 3_600_000_000 for hour in range(48)]
        assert len({reviews.last_review(playbook, at) for at in hours}) == 3


def test_a_day_with_its_review_made_costs_two_questions(clock: SetClock) -> None:
    """It is asked at each round."""
    signed(TEXT, now=clock())
    reviews.begin(clock())
    with CaptureQueriesContext(connection) as asked:
        reviews.begin(clock())
    assert len(asked) == 2
