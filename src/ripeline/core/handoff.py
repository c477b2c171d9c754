"""The response clock: when an offer to sales is due, around the clock or in business hours (``docs/meaning.md`` 8).

Instants and durations are microseconds, instants in UTC. What is due never slides: it is told once, from its start.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import holidays
from holidays.version import __version__ as holidays_version

from ripeline.core.instants import instant, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.core.playbook import Calendar, Handoff

AROUND_THE_CLOCK = "around the clock"
"""The version of the calendar that knows no closing time."""

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CODE = 2  # letters of a country
_FURTHEST_DAYS = 3653  # ten years, as far as turns are looked for


@dataclass(frozen=True, slots=True)
class Clock:
    """By when something is due, and by which calendar; None when ten years do not hold enough open hours."""

    due_at: int | None
    calendar: str


class UnknownHolidays(ValueError):
    """A country or subdivision whose holidays nobody has written down."""


def knows_holidays(region: str) -> bool:
    """Whether the holidays of a country, or of a part of one, have been written down."""
    country, _, part = region.partition("-")
    parts = holidays.list_supported_countries().get(country)
    return parts is not None and (not part or part in parts)


def regions_of(region: str) -> list[str]:
    """The regions with holidays that may be meant by one that has none: parts of its country, or countries."""
    parts = holidays.list_supported_countries()
    country = region.partition("-")[0]
    return [f"{country}-{part}" for part in parts.get(country, ())] or sorted(
        code for code in parts if len(code) == _CODE
    )


def response_clock(handoff: Handoff, timezone: str, *, offered_at: int, conversion_at: int | None) -> Clock:
    """When our first touch is due: counted from the conversion action, or from the offer if that lies too far back."""
    span = handoff.response_time
    is_fresh = conversion_at is not None and offered_at - conversion_at <= span
    start = conversion_at if is_fresh and conversion_at is not None else offered_at
    return _clock(start, span, handoff.calendar, timezone)


def acceptance_clock(handoff: Handoff, timezone: str, *, offered_at: int) -> Clock:
    """When an answer to the offer is due."""
    return _clock(offered_at, handoff.acceptance_time, handoff.calendar, timezone)


def due_at(start: int, span: int, calendar: Calendar | None, timezone: str) -> int | None:
    """The instant at which `span` of open time has passed since `start`; None if it has not within ten years.

    `timezone` is that of the calendar's hours if it names none. Raises UnknownHolidays.
    """
    if calendar is None:
        return start + span
    left = span
    for opens, closes in _open_spans(start, calendar, timezone):
        begin = max(opens, start)
        if closes - begin >= left:
            return begin + left
        left -= max(0, closes - begin)
    return None


def version_of(calendar: Calendar | None) -> str:
    """What a due time depends on besides the playbook: the holidays and the version of their collection."""
    if calendar is None:
        return AROUND_THE_CLOCK
    if calendar.holidays is None:
        return "business hours"
    return f"business hours, {calendar.holidays} by holidays {holidays_version}"


def _clock(start: int, span: int, calendar: Calendar | None, timezone: str) -> Clock:
    return Clock(due_at(start, span, calendar, timezone), version_of(calendar))


def _open_spans(start: int, calendar: Calendar, timezone: str) -> Iterator[tuple[int, int]]:
    """The open time of each day from that of `start` on; a clock change can leave nothing of it."""
    zone = ZoneInfo(calendar.timezone or timezone)
    first = moment(start).astimezone(zone).date()
    for number in range(_FURTHEST_DAYS):
        day = first + timedelta(days=number)
        hours = calendar.hours.get(_WEEKDAYS[day.weekday()])  # type: ignore[call-overload]
        if hours is not None and not _is_holiday(day, calendar.holidays):
            opens, closes = (_instant(day, clock, zone) for clock in hours)
            yield opens, max(opens, closes)


def _instant(day: date, clock: time, zone: ZoneInfo) -> int:
    """UTC of a local time; the first of the two where the clock is set back."""
    return instant(datetime.combine(day, clock, zone))


def _is_holiday(day: date, region: str | None) -> bool:
    return region is not None and day in _holidays(region, day.year)


@lru_cache(maxsize=128)
def _holidays(region: str, year: int) -> frozenset[date]:
    if not knows_holidays(region):
        raise UnknownHolidays(region)
    country, _, part = region.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
