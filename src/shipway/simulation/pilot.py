"""A controller in virtual time: it leases, ticks, sleeps; it may die or freeze wherever the scenario says."""

from collections.abc import Callable

from shipway.engine.guard import Evidence, look
from shipway.engine.ports import Ports, Store
from shipway.engine.state import Run
from shipway.engine.tick import Service, tick
from shipway.errors import JournalConflict, LeaseLost
from shipway.ports.metric_source import MetricSource
from shipway.simulation.scenario import Scripted
from shipway.simulation.timeline import Timeline

LEASE_SECONDS = 10.0
INBOX_SECONDS = 1.0
"""A sleeping controller looks at its inbox this often."""


class ControllerDied(BaseException):
    """The process is gone at this very point. Not an `Exception`: no code of ours may catch it."""


class Pilot:
    """One controller of one service."""

    def __init__(self, name: str, service: str, *, ports: Ports, store: Store, timeline: Timeline) -> None:
        self.name, self.service_name = name, service
        self.ports, self.store, self.timeline = ports, store, timeline
        self.service: Service | None = None
        self.script: tuple[Scripted, ...] = ()
        self.lease_seconds = LEASE_SECONDS
        self.on_death: Callable[[Pilot], None] = lambda _: None
        self.on_look: Callable[[], None] = lambda: None
        self.ticks = 0
        self._is_dead = False
        self._due = 0.0
        self._turns = 0
        self._is_busy = False

    def wake(self) -> None:
        """Take one turn now, unless one is under way; what was planned before is void."""
        if not (self._is_dead or self._is_busy):
            self._turns += 1
            self.timeline.start(self._turn(), on_error=self._failed)

    def _wake_at(self, when: float) -> None:
        turn = self._turns
        self.timeline.at(when, lambda: self.wake() if turn == self._turns else None)

    def kill(self) -> None:
        """End it without another word."""
        self._is_dead = True

    async def _turn(self) -> None:
        self._is_busy = True
        again = await self._work()
        self._is_busy = False
        if not self._is_dead:
            self._wake_at(again)

    async def _work(self) -> float:
        """Tick if the service is ours and it is time; when to look again."""
        now = self.timeline.now()
        lease = await self.store.leases.acquire(self.service_name, self.name, seconds=self.lease_seconds)
        if lease is None:
            self.service = None
            return now + self.lease_seconds / 3
        service = self._owned(lease.token)
        inbox = await self.store.journal.inbox(after=service.state.read)
        if inbox or now >= self._due:
            self.ticks += 1
            self._due = await tick(service, inbox, now=now)
        return min(self._due, self.timeline.now() + self._longest())

    def _longest(self) -> float:
        return min(self.lease_seconds / 2, INBOX_SECONDS) if self.lease_seconds < 1e9 else float("inf")

    def _owned(self, token: int) -> Service:
        if self.service is None or self.service.token != token:
            self.service = Service(self.service_name, self.ports, self.store, token)
            self._due = 0.0
            self.service.look = self._look
        return self.service

    async def _look(self, evidence: Evidence, run: Run, source: MetricSource, *, now: float) -> Evidence:
        """What the script says now, in place of a judge."""
        self.on_look()
        if not self.script:
            return await look(evidence, run, source, now=now)
        verdict = Evidence().verdict
        for line in self.script:
            if line.at <= now and line.candidate in (None, run.plan.candidate):
                verdict = line.verdict
        return Evidence(run=run.id, row=run.row, at=now, verdict=verdict)

    def _failed(self, error: BaseException) -> None:
        self._is_busy = False
        if isinstance(error, ControllerDied):
            self._is_dead = True
            self.on_death(self)
            return
        if isinstance(error, LeaseLost | JournalConflict):
            self.service = None
            self._wake_at(self.timeline.now() + 1.0)
            return
        raise error
