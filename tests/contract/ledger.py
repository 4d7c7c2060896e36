"""What happened in each second, kept as a monitoring service keeps it, from Envoy's own counters."""

import asyncio
import contextlib
import math
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from contract.traffic import A, B, C
from shipway.adapters.metrics.envoy import EnvoyMetrics
from shipway.adapters.traffic._buckets import BOUNDS_MILLISECONDS
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample

LOOK_SECONDS = 0.1
BOUNDS_SECONDS = tuple(bound / 1000.0 for bound in BOUNDS_MILLISECONDS)

Key = tuple[str, str]
"""A revision, and `requests`, `errors`, `in_flight` or `le:0.5`."""


class Ledger:
    """Numbers by second."""

    def __init__(self) -> None:
        self._seconds: dict[Key, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        self._before: dict[tuple[RevisionId, str], Counts] = {}

    def add(self, key: Key, value: float) -> None:
        self._seconds[key][int(time.time())] += value

    def level(self, key: Key, value: float) -> None:
        second = int(time.time())
        self._seconds[key][second] = max(value, self._seconds[key][second])

    def points(self, key: Key, start: float, end: float, interval: int) -> dict[int, float]:
        """By the start of each interval that has any, from `start` to before `end`."""
        found: dict[int, float] = defaultdict(float)
        for second, value in self._seconds[key].items():
            if start <= second < end:
                found[math.floor(second / interval) * interval] += value
        return dict(found)

    def take(self, samples: Mapping[RevisionId, Sample]) -> None:
        """What Envoy counted since it was looked at last; its histogram may come some looks later."""
        for revision, after in samples.items():
            for source, counts in after.series.items():
                self._grown((revision, source), counts, after.bounds_seconds)
            self.level((revision, "in_flight"), after.in_flight)

    def _grown(self, counter: tuple[RevisionId, str], after: Counts, bounds: tuple[float, ...]) -> None:
        """A new Envoy is another counter, so none ever falls."""
        before, revision = self._before.get(counter, Counts()), counter[0]
        self._before[counter] = after
        old = before.buckets or (0,) * len(bounds)
        grown = {"requests": after.requests - before.requests, "errors": after.errors - before.errors}
        for bound, count, was in zip(bounds, after.buckets, old, strict=bool(after.buckets)):
            grown[f"le:{bound:g}"] = count - was
        for name, value in grown.items():
            if value:
                self.add((revision, name), value)


@asynccontextmanager
async def ledger(envoy: EnvoyMetrics) -> AsyncIterator[Ledger]:
    """It looks at Envoy until the block ends; while that is away, it waits."""
    kept = Ledger()

    async def look() -> None:
        while True:
            with contextlib.suppress(PortError):
                kept.take(await envoy.sample([A, B, C]))
            await asyncio.sleep(LOOK_SECONDS)

    looking = asyncio.create_task(look())
    try:
        yield kept
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking
