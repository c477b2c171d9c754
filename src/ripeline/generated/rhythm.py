"""When people are about, and when the office is open: months, weekdays, hours and holidays of one zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from holidays import country_holidays

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ripeline.generated.chance import Floats, Ints
    from ripeline.generated.habits import Habits

HOUR = 3_600
DAY = 86_400

_SUNDAY = 6
_OPEN, _CLOSE = time(9), time(17)
# How busy each hour of the day is: of a working day, and of a day off.
_OFFICE = ((1,) * 6 + (3, 8, 30, 50, 55, 50, 30, 40, 50, 45, 35, 20, 8, 7, 8, 7, 4, 2), (1,) * 8 + (3,) * 14 + (1,) * 2)
_EVENING = (
    (2,) * 6 + (6, 10, 14, 16, 18, 20, 24, 20, 18, 18, 20, 26, 34, 46, 55, 48, 28, 10),
    (3,) * 8 + (34,) * 14 + (10,) * 2,
)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The busy-ness of every hour, added up, and the opening hours, added up; all instants are seconds UTC."""

    start: int
    busy: Ints
    opens: Ints
    worked: Ints

    def between(self, share: Floats, low: Ints, high: Ints) -> Ints:
        """The instants by which so large a share of the busy-ness from low to high has passed."""
        first, last = self._passed(low), self._passed(high)
        wanted = first + np.floor(share * (last - first)).astype(np.int64)
        hour: Ints = np.clip(np.searchsorted(self.busy, wanted, side="right") - 1, 0, len(self.busy) - 2)
        weight = np.maximum(self.busy[hour + 1] - self.busy[hour], 1)
        found = self.start + hour * HOUR + (wanted - self.busy[hour]) * HOUR // weight
        return np.asarray(np.clip(found, low, np.maximum(low, high)), np.int64)

    def _passed(self, at: Ints) -> Ints:
        since = np.clip(at - self.start, 0, (len(self.busy) - 1) * HOUR - 1)
        hour = since // HOUR
        passed = (self.busy[hour + 1] - self.busy[hour]) * (since % HOUR) // HOUR
        return np.asarray(self.busy[hour] + passed, np.int64)

    def worked_after(self, at: Ints, worked: Ints) -> Ints:
        """The instants by which so many seconds of open time have passed."""
        span = self.worked[1] - self.worked[0]
        day = np.searchsorted(self.opens, at, side="right") - 1
        done = self.worked[day] + np.clip(at - self.opens[day], 0, span)
        wanted = done + worked
        on = np.minimum(wanted // span, len(self.opens) - 1)
        return np.asarray(self.opens[on] + wanted - self.worked[on], np.int64)


def rhythm_of(habits: Habits, zone: str, start: datetime, days: int) -> Rhythm:
    """The rhythm of a company from an instant on."""
    here = ZoneInfo(zone)
    closed = country_holidays(habits.holidays, years=range(start.year - 1, start.year + days // 365 + 2))
    dates = [start.date() + timedelta(days=day) for day in range(days)]
    off = {day: day.weekday() >= _SUNDAY - 1 or day in closed for day in dates}
    hours = [(start + timedelta(hours=hour)).astimezone(here) for hour in range(days * 24)]
    busy = _busy(habits, hours, off)
    opens = [datetime.combine(day, _OPEN, here).astimezone(UTC) for day in dates if not off[day]]
    seconds = (_CLOSE.hour - _OPEN.hour) * HOUR
    return Rhythm(
        int(start.timestamp()),
        busy,
        np.array([int(at.timestamp()) for at in opens], np.int64),
        np.arange(len(opens), dtype=np.int64) * seconds,
    )


def _busy(habits: Habits, hours: Sequence[datetime], off: dict[date, bool]) -> Ints:
    working, resting = _EVENING if habits.evenings else _OFFICE
    weights = [
        (resting if off.get(hour.date(), False) else working)[hour.hour] * habits.months[hour.month - 1]
        for hour in hours
    ]
    return np.cumsum(np.array([0, *weights], np.int64))
