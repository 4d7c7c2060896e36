"""Whether a replica takes requests: a fold over the answers of its probe, kept up by a task."""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct

from shipway.adapters.platforms.process.options import Probe
from shipway.adapters.platforms.process.probing import Kind, Outcome
from shipway.ports.clock import Clock

EAGER_SECONDS = 0.25
"""Until the first yes, the probe asks at least this often: users wait for it, and a no costs nothing."""


class Readiness(Struct, frozen=True):
    """What the answers so far mean."""

    since: float | None = None
    """Seconds since the epoch; none while it is not ready."""
    failures: int = 0
    """Noes in a row."""
    detail: str = "starting"


def after(readiness: Readiness, outcome: Outcome, *, at: float, threshold: int) -> Readiness:
    """One more answer. A refused connection needs no second one: nobody is there."""
    if outcome.kind is Kind.YES:
        return Readiness(at if readiness.since is None else readiness.since, 0, "")
    failures = readiness.failures + 1
    is_lost = outcome.kind is Kind.REFUSED or failures >= threshold or readiness.since is None
    return Readiness(None if is_lost else readiness.since, failures, outcome.detail)


class Prober:
    """Asks one process of one replica for as long as it lives."""

    def __init__(
        self, ask: Callable[[], Awaitable[Outcome]], probe: Probe, *, clock: Clock, readiness: Readiness
    ) -> None:
        self.readiness = readiness
        self.first = asyncio.Event()
        """Set after the first answer."""
        self._ask, self._probe, self._clock = ask, probe, clock
        self._was_ready = readiness.since is not None
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
        at = self._clock.now() if first_yes_at is None else first_yes_at
        self.readiness = after(self.readiness, outcome, at=at, threshold=self._probe.failure_threshold)
        self._was_ready = self._was_ready or self.readiness.since is not None

    def _pause(self) -> float:
        return self._probe.period if self._was_ready else min(EAGER_SECONDS, self._probe.period)

    def end(self) -> None:
        """Ask no more."""
        if self._task is not None:
            self._task.cancel()
