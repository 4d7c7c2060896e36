"""Whether a replica takes requests: a fold over the answers of its probe, kept up by a task."""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct
from msgspec.structs import replace

from shipway.adapters.replicas.health import Probe
from shipway.adapters.replicas.probing import Kind, Outcome
from shipway.ports.clock import Clock

EAGER_SECONDS = 0.25
"""Until the first yes, the probe asks at least this often: users wait for it, and a no costs nothing."""
COLD_SECONDS = 10.0
"""A replica whose warm-up failed takes requests after this all the same: a release was turned back by then, and
where nothing is released slow answers are better than none."""
Warm = Callable[[Callable[[str], None]], Awaitable[str]]
"""Warms the replica up, tells how it goes, and returns why it failed, or nothing."""


class Readiness(Struct, frozen=True):
    """What the answers so far mean."""

    since: float | None = None
    """Seconds since the epoch; none while it is not ready."""
    failures: int = 0
    """Noes in a row."""
    detail: str = "starting"
    cold: str = ""
    """Why its warm-up failed, if it did."""
    lost_at: float | None = None
    """When it was ready last; none while it is, and before it was."""


def after(readiness: Readiness, outcome: Outcome, *, at: float, threshold: int) -> Readiness:
    """One more answer. A refused connection needs no second one: nobody is there."""
    if outcome.kind is Kind.YES:
        since = at if readiness.since is None else readiness.since
        return replace(readiness, since=since, failures=0, detail="", lost_at=None)
    failures = readiness.failures + 1
    if readiness.since is None:
        return replace(readiness, failures=failures, detail=outcome.detail)
    is_lost = outcome.kind is Kind.REFUSED or failures >= threshold
    seen = replace(readiness, failures=failures, detail=outcome.detail)
    return replace(seen, since=None, lost_at=at) if is_lost else seen


class Prober:
    """Asks one process of one replica for as long as it lives."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[Outcome]],
        probe: Probe,
        *,
        clock: Clock,
        readiness: Readiness,
        warm: Warm | None = None,
    ) -> None:
        self.readiness = readiness
        self._warm = warm
        self._cold_since: float | None = None
        self.first = asyncio.Event()
        """Set after the first answer."""
        self._ask, self._probe, self._clock = ask, probe, clock
        self._was_ready = readiness.since is not None or readiness.lost_at is not None
        self._task: asyncio.Task[None] | None = None

    def begin(
        self, started_at: float, *, first_yes_at: float | None, changed: Callable[[Readiness], None]
    ) -> None:
        """Ask from the initial delay on; `changed` hears of each change between ready and not.

        A yes to the first question counts from `first_yes_at`, where nobody asked before.
        """
        self._task = asyncio.create_task(self._run(started_at, first_yes_at, changed))

    async def _run(
        self, started_at: float, first_yes_at: float | None, changed: Callable[[Readiness], None]
    ) -> None:
        await self._clock.sleep(max(0.0, started_at + self._probe.initial_delay - self._clock.now()))
        while True:
            before = self.readiness
            await self._ask_once(first_yes_at)
            first_yes_at = None
            if before.since != self.readiness.since:
                changed(self.readiness)
            self.first.set()
            await self._clock.sleep(self._pause())

    async def _ask_once(self, first_yes_at: float | None) -> None:
        outcome = await self._ask()
        if outcome.kind is Kind.YES and not await self._is_warm():
            return
        at = self._clock.now() if first_yes_at is None else first_yes_at
        self.readiness = after(self.readiness, outcome, at=at, threshold=self._probe.failure_threshold)
        self._was_ready = self._was_ready or self.readiness.since is not None

    async def _is_warm(self) -> bool:
        """After its only warm-up, which the first yes begins; or cold for long enough."""
        if self._warm is not None:
            self.first.set()
            warm, self._warm = self._warm, None
            if problem := await warm(self._tell):
                self._cold_since = self._clock.now()
                self.readiness = Readiness(None, 0, f"warm-up failed: {problem}", problem)
        return self._cold_since is None or self._clock.now() - self._cold_since >= COLD_SECONDS

    def _tell(self, detail: str) -> None:
        self.readiness = Readiness(None, 0, detail)

    def _pause(self) -> float:
        return self._probe.period if self._was_ready else min(EAGER_SECONDS, self._probe.period)

    def end(self) -> None:
        """Ask no more."""
        if self._task is not None:
            self._task.cancel()
