"""Hours of the week in which something may begin: `22:00-06:00 Europe/Berlin mon-fri`."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
WRITTEN = re.compile(
    r"(\d\d):(\d\d)-(\d\d):(\d\d)(?: +([A-Za-z][\w+/-]*))??(?: +((?:mon|tue|wed|thu|fri|sat|sun)[a-z,-]*))?"
)
DAYS_AHEAD = 8
"""Within these each day of the week begins once more."""


class Hours(Struct, frozen=True, kw_only=True):
    """Minutes of the day by the clock on the wall. Where the end is not after the begin it is on the next day, and
    `days` are those on which they begin."""

    begin: int
    end: int
    timezone: str = "UTC"
    days: frozenset[int] = frozenset(range(7))
    """0 is Monday."""

    def is_within(self, at: float) -> bool:
        """Whether a moment is in them, in seconds since the epoch."""
        here = datetime.fromtimestamp(at, ZoneInfo(self.timezone))
        minute, day = here.hour * 60 + here.minute, here.weekday()
        if self.begin < self.end:
            return day in self.days and self.begin <= minute < self.end
        return (day in self.days and minute >= self.begin) or ((day - 1) % 7 in self.days and minute < self.end)

    def begins_after(self, at: float) -> datetime:
        """When they begin next."""
        zone = ZoneInfo(self.timezone)
        today = datetime.fromtimestamp(at, zone).date()
        begin = time(self.begin // 60, self.begin % 60, tzinfo=zone)
        days = (today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1))
        found = (datetime.combine(day, begin) for day in days if day.weekday() in self.days)
        return next(one for one in found if one.timestamp() > at)


def hours_of(text: str) -> Hours:
    """What is written. Raises `ValueError`, which says what is wrong; a zone that nobody knows is one of these."""
    found = WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError("it is not like 22:00-06:00 Europe/Berlin mon-fri")
    begin, end = _minute(found[1], found[2]), _minute(found[3], found[4])
    if begin in (end, DAY_MINUTES):
        raise ValueError("it has no length")
    zone = found[5] or "UTC"
    try:
        ZoneInfo(zone)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{zone} is no time zone of the IANA database") from error
    return Hours(begin=begin, end=end, timezone=zone, days=_days(found[6] or "mon-sun"))


def _minute(hour: str, minute: str) -> int:
    found = int(hour) * 60 + int(minute)
    if int(minute) > 59 or found > DAY_MINUTES:
        raise ValueError(f"{hour}:{minute} is no time of day")
    return found


def _days(text: str) -> frozenset[int]:
    """`mon-fri`, `sat,sun`, `fri-mon`."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in NAMES or (last or first) not in NAMES or part.endswith("-"):
            raise ValueError(f"{part or text} names no days: write mon, tue, wed, thu, fri, sat or sun")
        begin, count = NAMES.index(first), (NAMES.index(last or first) - NAMES.index(first)) % 7
        found.update((begin + more) % 7 for more in range(count + 1))
    return frozenset(found)
