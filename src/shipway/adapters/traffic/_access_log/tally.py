"""What was counted, cumulative since the program that counts began."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import accumulate

from msgspec import Struct

from shipway.adapters.traffic._access_log.lines import Ended, Unread, ended
from shipway.adapters.traffic._buckets import BOUNDS_MILLISECONDS

SERIES_MAX = 5000
"""Replicas that are counted apart; those that were counted first are forgotten first."""
MILLISECONDS = 1000.0


class Counted(Struct, frozen=True, kw_only=True):
    """One replica's requests."""

    requests: int
    errors: int
    timed: int
    seconds: float
    buckets: tuple[int, ...]
    """Cumulative: how many took less than each of `BOUNDS_MILLISECONDS`."""


class Told(Struct, frozen=True, kw_only=True):
    """What the program answers about one service."""

    source: str
    """Names this run of the program: another one counts from zero."""
    unread: int
    """Lines that were no requests: a proxy that drops lines says so in one."""
    counts: Mapping[str, Mapping[str, Counted]]
    """By revision and replica."""


class _Series:
    """One replica's numbers while they grow."""

    def __init__(self) -> None:
        self.requests = self.errors = self.timed = self.milliseconds = 0
        self.buckets = [0] * (len(BOUNDS_MILLISECONDS) + 1)

    def take(self, one: Ended, times: int) -> None:
        self.requests += times
        self.errors += times * one.is_error
        if one.milliseconds is not None:
            self.timed += times
            self.milliseconds += times * one.milliseconds
            # Rounded down, so it took less than the first bound above.
            self.buckets[bisect_left(BOUNDS_MILLISECONDS, one.milliseconds + 1)] += times

    def counted(self) -> Counted:
        return Counted(
            requests=self.requests,
            errors=self.errors,
            timed=self.timed,
            seconds=self.milliseconds / MILLISECONDS,
            buckets=tuple(accumulate(self.buckets[:-1])),
        )


class Tally:
    """All services' sums."""

    def __init__(self, source: str) -> None:
        self.source, self.unread = source, 0
        self._series: dict[tuple[str, str, str], _Series] = {}

    def take(self, lines: Iterable[bytes]) -> None:
        """Count these lines; equal ones are read once."""
        for line, times in Counter(lines).items():
            try:
                one = ended(line.decode(errors="replace"))
            except Unread:
                self.unread += times
            else:
                if one is not None:
                    self._of(one).take(one, times)

    def _of(self, one: Ended) -> _Series:
        key = one.service, one.revision, one.replica
        if key not in self._series:
            if len(self._series) >= SERIES_MAX:
                del self._series[next(iter(self._series))]
            self._series[key] = _Series()
        return self._series[key]

    def told(self, service: str) -> Told:
        """About one service."""
        counts: dict[str, dict[str, Counted]] = {}
        for (name, revision, replica), series in self._series.items():
            if name == service:
                counts.setdefault(revision, {})[replica] = series.counted()
        return Told(source=self.source, unread=self.unread, counts=counts)
