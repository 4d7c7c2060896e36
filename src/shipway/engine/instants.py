"""The instants of a schedule. Pure: epoch seconds in, epoch seconds out.

Five fields mean what Debian's cron does with them, by the library cronsim, also where clocks are put forward or
back: a job at an hour that does not exist runs when the clock has moved, and one at an hour that comes twice runs
once. `*` in minutes or hours goes by elapsed time there.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice, takewhile
from math import floor
from zoneinfo import ZoneInfo

from cronsim import CronSim

from shipway.model.schedule import Schedule

COUNT_MAX = 1000
"""So many missed instants are counted; more are said to be this many."""
HOUR, DAY, MONTH = 3600.0, 86_400.0, 31 * 86_400.0


def following(schedule: Schedule, after: float) -> float | None:
    """The first instant after this one; none where there is none in fifty years."""
    return next(_instants(schedule, after), None)


def upcoming(schedule: Schedule, after: float, count: int) -> tuple[float, ...]:
    """The next ones."""
    return tuple(islice(_instants(schedule, after), count))


def newest(schedule: Schedule, after: float, until: float) -> float | None:
    """The last instant after the one and not after the other, looked for from the end."""
    for stretch in (HOUR, DAY, MONTH, until - after):
        found = list(_upto(schedule, max(after, until - stretch), until))
        if found or stretch >= until - after:
            return found[-1] if found else None
    return None


def number(schedule: Schedule, after: float, until: float) -> int:
    """How many instants lie between, at most `COUNT_MAX`."""
    return sum(1 for _ in islice(_upto(schedule, after, until), COUNT_MAX))


def name_of(instant: float) -> str:
    """What a job is called: its instant in UTC, so that no change of clocks gives a name twice."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y%m%dT%H%M%SZ")


def _upto(schedule: Schedule, after: float, until: float) -> Iterator[float]:
    return takewhile(lambda instant: instant <= until, _instants(schedule, after))


def _instants(schedule: Schedule, after: float) -> Iterator[float]:
    """Those after an instant, in order; an hour that the clocks repeat gives none of them twice."""
    if schedule.every is not None:
        yield from _steps(schedule.every, after)
        return
    last = after
    for found in CronSim(schedule.cron, datetime.fromtimestamp(floor(after), _zone(schedule.timezone))):
        if found.timestamp() > last:
            last = found.timestamp()
            yield last


def _steps(every: float, after: float) -> Iterator[float]:
    number = floor(after / every)
    while True:
        number += 1
        yield number * every


@lru_cache(maxsize=100)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
