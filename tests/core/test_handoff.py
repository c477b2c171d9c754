"""The response clock: business hours, holidays, clock changes; what is due never slides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ripeline.core.handoff import (
    AROUND_THE_CLOCK,
    UnknownHolidays,
    acceptance_clock,
    due_at,
    response_clock,
    version_of,
)
from ripeline.core.instants import DAY, HOUR, MINUTE
from ripeline.core.playbook import Calendar, Handoff

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONE = "Europe/Berlin"
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
TEN_TO_SIX = Calendar.model_validate({"hours": dict.fromkeys(WORKDAYS, ("10:00", "18:00"))})
GERMAN = Calendar.model_validate({"hours": dict.fromkeys(WORKDAYS, ("10:00", "18:00")), "holidays": "DE-BE"})
ODD = Calendar.model_validate(
    {"hours": {"mon": ["00:00", "02:30"], "sun": ["02:30", "03:30"], "wed": ["23:00", "23:59"]}, "holidays": "DK"}
)


def local(text: str, zone: str = ZONE) -> int:
    """UTC microseconds of a local time."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return (moment - EPOCH) // timedelta(microseconds=1)


def shown(instant: int | None, zone: str = ZONE) -> str:
    """An instant as the clock on the wall shows it."""
    assert instant is not None
    return f"{(EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(zone)):%a %d %b %H:%M}"


# --- Vectors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "span", "due"),
    [
        ("2026-01-14T15:00", 10 * HOUR, "Thu 15 Jan 17:00"),
        ("2026-01-14T20:00", 10 * HOUR, "Fri 16 Jan 12:00"),
        ("2026-01-14T15:00", 18 * HOUR, "Fri 16 Jan 17:00"),  # a working day of eight hours, and ten hours
        ("2026-01-14T10:00", 8 * HOUR, "Wed 14 Jan 18:00"),
        ("2026-01-14T07:00", 1 * MINUTE, "Wed 14 Jan 10:01"),
        ("2026-01-16T17:55", 15 * MINUTE, "Mon 19 Jan 10:10"),
        ("2026-01-17T12:00", 8 * HOUR, "Mon 19 Jan 18:00"),
    ],
)
def test_leadangels_business_hours(asked: str, span: int, due: str) -> None:
    """Only open time runs, from ten to six on working days."""
    assert shown(due_at(local(asked), span, TEN_TO_SIX, ZONE)) == due


def test_around_the_clock_twenty_four_hours_are_twenty_four_hours() -> None:
    """Without a calendar nights and Sundays count; a clock change adds or takes nothing."""
    asked = local("2026-03-28T15:00")
    assert shown(due_at(asked, 24 * HOUR, None, ZONE)) == "Sun 29 Mar 16:00"


def test_a_holiday_is_closed_where_it_is_one() -> None:
    """Women's Day is a holiday in Berlin only; Easter is one everywhere in Germany."""
    plain = GERMAN.model_copy(update={"holidays": "DE"})
    asked = local("2027-03-05T17:00")
    assert shown(due_at(asked, 2 * HOUR, GERMAN, ZONE)) == "Tue 09 Mar 11:00"
    assert shown(due_at(asked, 2 * HOUR, plain, ZONE)) == "Mon 08 Mar 11:00"
    assert shown(due_at(local("2026-04-02T17:00"), 2 * HOUR, plain, ZONE)) == "Tue 07 Apr 11:00"


def test_the_hours_stay_on_the_wall_clock_when_the_clock_changes() -> None:
    """Ten o'clock is ten o'clock in winter and in summer."""
    for friday, due in [("2026-03-27T17:00", "Mon 30 Mar 11:00"), ("2026-10-23T17:00", "Mon 26 Oct 11:00")]:
        assert shown(due_at(local(friday), 2 * HOUR, TEN_TO_SIX, ZONE)) == due


def test_hours_that_the_clock_change_skips_are_not_there() -> None:
    """On the last Sunday of March half past two is half past three, so nothing lies between the two."""
    before = local("2026-03-29T00:00")
    assert shown(due_at(before, 30 * MINUTE, ODD, ZONE)) == "Mon 30 Mar 00:30"


def test_the_calendar_may_have_a_zone_of_its_own() -> None:
    """A rep in New York has New York's hours, whatever the playbook's zone."""
    there = TEN_TO_SIX.model_copy(update={"timezone": "America/New_York"})
    due = due_at(local("2026-01-14T10:00"), 1 * HOUR, there, ZONE)
    assert shown(due, "America/New_York") == "Wed 14 Jan 11:00"


def test_hours_that_never_come_are_not_due() -> None:
    """A minute a week does not hold a year in ten years."""
    seldom = Calendar.model_validate({"hours": {"mon": ["10:00", "10:01"]}})
    assert due_at(0, 365 * DAY, seldom, ZONE) is None


def test_unknown_holidays_are_refused() -> None:
    """A region that nobody has holidays of is an error, not a year without holidays."""
    with pytest.raises(UnknownHolidays, match="XX"):
        due_at(0, HOUR, TEN_TO_SIX.model_copy(update={"holidays": "XX"}), ZONE)


# --- The clocks of a hand-off -----------------------------------------------------------------------


def test_the_response_counts_from_the_conversion_action() -> None:
    """The lead has waited since it asked, not since we noticed."""
    handoff = Handoff()
    clock = response_clock(handoff, ZONE, offered_at=3 * HOUR, conversion_at=1 * HOUR)
    assert (clock.due_at, clock.calendar) == (25 * HOUR, AROUND_THE_CLOCK)


@pytest.mark.parametrize("conversion_at", [None, 0])
def test_without_a_fresh_conversion_the_response_counts_from_the_offer(conversion_at: int | None) -> None:
    """A promise that was broken before it was made helps nobody."""
    clock = response_clock(Handoff(), ZONE, offered_at=25 * HOUR, conversion_at=conversion_at)
    assert clock.due_at == 49 * HOUR


def test_acceptance_has_its_own_shorter_clock() -> None:
    """The offer itself is answered within hours."""
    assert acceptance_clock(Handoff(), ZONE, offered_at=HOUR).due_at == 5 * HOUR


def test_a_clock_names_its_calendar() -> None:
    """Holidays are moved by parliaments, so the due time names the collection it was told by."""
    assert version_of(GERMAN).startswith("business hours, DE-BE by holidays 0.")
    assert version_of(TEN_TO_SIX) == "business hours"


# --- Laws -----------------------------------------------------------------------------------------

instants = st.integers(local("2025-12-01T00:00"), local("2028-01-31T00:00"))
spans = st.integers(1, 40 * HOUR)
calendars = st.sampled_from([TEN_TO_SIX, GERMAN, ODD])


@given(instants, spans, calendars)
def test_nothing_is_due_outside_of_hours(start: int, span: int, calendar: Calendar) -> None:
    """The due time lies in the hours of an open day, its closing instant included."""
    due = due_at(start, span, calendar, ZONE)
    assert due is not None
    moment = (EPOCH + timedelta(microseconds=due)).astimezone(ZoneInfo(ZONE))
    opens, closes = calendar.hours[("mon", "tue", "wed", "thu", "fri", "sat", "sun")[moment.weekday()]]
    assert opens <= moment.time() <= closes
    assert due >= start + span


@given(instants, st.integers(0, 90 * DAY), spans, calendars)
def test_who_asks_later_is_not_due_earlier(start: int, later: int, span: int, calendar: Calendar) -> None:
    """The due time never falls as its start rises."""
    assert _due(start, span, calendar) <= _due(start + later, span, calendar)


@given(instants, spans, spans, calendars)
def test_more_time_is_never_due_earlier(start: int, span: int, more: int, calendar: Calendar) -> None:
    """Time is used up piece by piece: two pieces after each other are due when both together are."""
    first = _due(start, span, calendar)
    assert first < _due(start, span + more, calendar) == _due(first, more, calendar)


def _due(start: int, span: int, calendar: Calendar) -> int:
    due = due_at(start, span, calendar, ZONE)
    assert due is not None
    return due


# --- Hours of reps, anywhere ------------------------------------------------------------------------

ZONES = (
    "America/New_York",
    "Asia/Kolkata",  # half an hour beside the others
    "Australia/Lord_Howe",  # whose clock changes by half an hour
    "Pacific/Apia",
    "Africa/Casablanca",  # whose clock changes around Ramadan
    "UTC",
)
REGIONS = (None, "DE", "DE-BE", "US", "DK", "PT")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@st.composite
def hours_of_reps(draw: st.DrawFn) -> Calendar:
    """A calendar of anybody: some weekdays with some hours, in some zone, with some holidays."""
    hours = {}
    for day in draw(st.sets(st.sampled_from(DAYS), min_size=1)):
        opens, closes = sorted(draw(st.sets(st.integers(0, 24 * 60 - 1), min_size=2, max_size=2)))
        hours[day] = tuple(f"{minute // 60:02d}:{minute % 60:02d}" for minute in (opens, closes))
    told = {"hours": hours, "timezone": draw(st.sampled_from(ZONES)), "holidays": draw(st.sampled_from(REGIONS))}
    return Calendar.model_validate(told)


def is_open(at: int, calendar: Calendar) -> bool:
    """Whether a minute lies in the hours, as the clock on that wall shows it."""
    assert calendar.timezone is not None
    shows = (EPOCH + timedelta(microseconds=at)).astimezone(ZoneInfo(calendar.timezone))
    hours = calendar.hours.get(DAYS[shows.weekday()])  # type: ignore[call-overload]
    if hours is None or (calendar.holidays and shows.date() in public_holidays(calendar.holidays, shows.year)):
        return False
    return bool(hours[0] <= shows.time() < hours[1])


def public_holidays(region: str, year: int) -> holidays.HolidayBase:
    """What the collection says, asked anew."""
    country, _, part = region.partition("-")
    return holidays.country_holidays(country, subdiv=part or None, years=year)


@settings(deadline=None, max_examples=60)
@given(hours_of_reps(), st.integers(local("2025-12-20T00:00"), local("2027-12-31T00:00")), st.integers(1, 300))
def test_a_clock_that_is_looked_at_each_minute_says_the_same(calendar: Calendar, start: int, minutes: int) -> None:
    """Minute by minute on the wall of the rep, through holidays; days on which that clock changes aside."""
    start -= start % MINUTE
    due = due_at(start, minutes * MINUTE, calendar, ZONE)
    assert due is not None
    assume(due - start < 40 * DAY)
    assume(not changes_between(start, due, calendar))
    counted, at = 0, start
    while counted < minutes:
        counted += is_open(at, calendar)
        at += MINUTE
    assert at == due


def changes_between(start: int, end: int, calendar: Calendar) -> bool:
    """Whether the clock on that wall is changed in these days: hours that are skipped or repeated have own rules."""
    zone = ZoneInfo(calendar.timezone or ZONE)
    days = range(start - DAY, end + 2 * DAY, DAY)
    return len({(EPOCH + timedelta(microseconds=at)).astimezone(zone).utcoffset() for at in days}) > 1


@settings(deadline=None)
@given(hours_of_reps(), instants, st.integers(0, 90 * DAY), st.integers(1, 5 * HOUR), st.integers(1, 5 * HOUR))
def test_the_laws_hold_for_every_reps_hours(calendar: Calendar, start: int, later: int, span: int, more: int) -> None:
    """Across changes of the clock, too: later asked is never due earlier, and time is used up piece by piece."""
    first = due_at(start, span, calendar, ZONE)
    assert first is not None
    assert first >= start + span
    after = due_at(start + later, span, calendar, ZONE)
    assert after is not None
    assert first <= after
    assert due_at(start, span + more, calendar, ZONE) == due_at(first, more, calendar, ZONE)
