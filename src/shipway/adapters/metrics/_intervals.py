"""Counts per interval, as most monitoring services keep them, made into counters that only grow.

A point is taken once its interval is over for the source's `lateness`. One that arrives or grows later still is
added when it is seen, for `LATE_SECONDS`; each interval counts with the most that was ever told of it, so nothing
counts twice. Counting begins with the first look, and goes on in another adapter that gets what is kept.
"""

import math
from collections.abc import Mapping

from msgspec import Struct

LATE_SECONDS = 900.0
"""How long a point may still change."""
GAP_SECONDS_MAX = 3600.0
"""What happened while nobody looked is asked for afterwards, so far back at most."""
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


class KeptTotal(Struct, frozen=True, kw_only=True):
    """A series as it outlives its adapter."""

    query: str
    settled: float
    settled_until: float
    until: float
    points: dict[float, float]
    newest: float | None = None


class Total:
    """One series. Nothing that began before `origin` is in it."""

    def __init__(self, query: str, *, origin: float) -> None:
        self.query = query
        self.until = origin
        """Until when it was asked."""
        self._settled, self._settled_until = 0.0, origin
        self._points: dict[float, float] = {}
        self.newest: float | None = None
        """Where the newest interval with a value begins."""

    @classmethod
    def of(cls, kept: KeptTotal) -> "Total":
        """As it was."""
        total = cls(kept.query, origin=kept.settled_until)
        total._settled, total._points = kept.settled, dict(kept.points)
        total.newest, total.until = kept.newest, kept.until
        return total

    def kept(self) -> KeptTotal:
        """For another adapter to go on from."""
        return KeptTotal(
            query=self.query,
            settled=self._settled,
            settled_until=self._settled_until,
            until=self.until,
            points=dict(self._points),
            newest=self.newest,
        )

    def asked_from(self, until: float) -> float:
        """From where its points may be new, a while ago at most."""
        return max(self._settled_until, until - GAP_SECONDS_MAX)

    def take(self, points: Points, *, until: float) -> None:
        """Points of intervals that are over at `until`; others wait, and what is settled does not change."""
        for start, value in points.items():
            if self._settled_until <= start < until:
                self._points[start] = max(value, self._points.get(start, 0.0))
                self.newest = start if self.newest is None else max(start, self.newest)
        self.until = max(self.until, until)
        self._settled_until = max(self._settled_until, until - LATE_SECONDS)
        for start in [start for start in self._points if start < self._settled_until]:
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
