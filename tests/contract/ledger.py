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
from shipway.adapters.traffic.envoy.buckets import BOUNDS_MILLISECONDS
from shipway.analysis.windows import window
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.sample import Sample

LOOK_SECONDS = 0.1
BOUNDS_SECONDS = tuple(bound / 1000.0 for bound in BOUNDS_MILLISECONDS)

Key = tuple[str, str]
"""A revision, and `requests`, `errors`, `in_flight` or `le:0.5`."""


class Ledger:
    """Numbers by second."""

    def __init__(self) -> None:
        self._seconds: dict[Key, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        self._before: dict[RevisionId, Sample] = {}

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
        """What Envoy counted since it was looked at last."""
        for revision, after in samples.items():
            grown = window(self._before.get(revision, Sample(revision=revision, at=0.0)), after)
            self._before[revision] = after
            if grown.requests:
                self.add((revision, "requests"), grown.requests)
            if grown.errors:
                self.add((revision, "errors"), grown.errors)
            for bound, count in zip(grown.bounds_seconds, grown.buckets, strict=bool(grown.buckets)):
                if count:
                    self.add((revision, f"le:{bound:g}"), count)
            self.level((revision, "in_flight"), after.in_flight)


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
