"""Counts per interval, as most monitoring services keep them, made into counters that only grow.

A point is taken once its interval is over for the source's `lateness`. One that arrives or grows later still is
added when it is seen, for `LATE_SECONDS`; each interval counts with the most that was ever told of it, so nothing
counts twice. Counting begins with the first look of this adapter.
"""

import math
from collections.abc import Mapping

from msgspec import Struct

LATE_SECONDS = 900.0
"""How long a point may still change."""
SILENT_SECONDS = 300.0
"""Beyond its lateness: a series without any point for that long is not seen."""

Points = Mapping[float, float]
"""Values by the start of their interval, epoch seconds."""


class Pace(Struct, frozen=True, kw_only=True):
    """How a source tells."""

    interval_seconds: float
    lateness_seconds: float
    """After the end of an interval, until its points are there."""

    def complete_until(self, now: float) -> float:
        """The end of the newest interval whose points should be there."""
        return math.floor((now - self.lateness_seconds) / self.interval_seconds) * self.interval_seconds


class Total:
    """One series."""

    def __init__(self) -> None:
        self._settled = 0.0
        self._points: dict[float, float] = {}
        self.newest: float | None = None
        """Where the newest interval with a value begins."""

    def take(self, points: Points, *, origin: float, until: float) -> None:
        """Points of intervals from `origin` that are over at `until`; others wait."""
        for start, value in points.items():
            if origin <= start < until and start > until - LATE_SECONDS:
                self._points[start] = max(value, self._points.get(start, 0.0))
                self.newest = start if self.newest is None else max(start, self.newest)
        for start in [start for start in self._points if start <= until - LATE_SECONDS]:
            self._settled += self._points.pop(start)

    @property
    def count(self) -> int:
        """All that was ever told, each interval once."""
        return round(self._settled + math.fsum(self._points.values()))

    def is_seen(self, until: float) -> bool:
        """Whether the source told anything lately."""
        return self.newest is not None and self.newest >= until - SILENT_SECONDS

    def level(self) -> float | None:
        """The newest value, of a gauge."""
        return None if self.newest is None else self._points.get(self.newest)
