"""Owns services by lease, ticks each when it is due, and sleeps until the earliest wake-up.

Ten thousand waiting runs cost a heap: nothing is looked at before it is due or spoken to. Whatever a
controller knows it can read again, so one that loses a lease simply forgets.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from heapq import heappop, heappush

import structlog

from shipway.engine.fold import fold
from shipway.engine.obey import refusal
from shipway.engine.ports import Ports, Store
from shipway.engine.state import ServiceState
from shipway.engine.tick import Service, tick
from shipway.errors import JournalConflict, LeaseLost, PortError, ShipwayError
from shipway.model.command import Request
from shipway.ports.leases import Lease

LEASE_SECONDS = 10.0
INBOX_SECONDS = 0.1
"""How often the inbox is looked into: what a command waits at most before its owner knows."""
CLAIM_SECONDS = 2.0
"""How often services without an owner are looked for."""
RETRY_SECONDS = 1.0
"""After an error of the store or of an assembly."""
ROUND_SECONDS = 1.0
"""How often whoever runs the controller may look after its own, whether or not the store answers."""
TICKS_AT_ONCE = 16
CLAIMS_AT_ONCE = 50
"""Services taken before leases are renewed and ticks are started again."""

Assemble = Callable[[str], Awaitable[Ports]]
"""From a service's name to its adapters, as the newest deploy asks for them."""

log = structlog.get_logger()


class Every:
    """A duty that is due again so many seconds after it was begun."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._next = float("-inf")

    def is_due(self, now: float) -> bool:
        """Whether it should be begun now; asking begins it."""
        if now < self._next:
            return False
        self._next = now + self.seconds
        return True


class Controller:
    """One process that drives releases. `on_tick` is told of a service after each of its ticks; `on_round` is
    called every second."""

    def __init__(
        self,
        name: str,
        store: Store,
        assemble: Assemble,
        *,
        on_tick: Callable[[Service], Awaitable[None]] | None = None,
        on_round: Callable[[], None] = lambda: None,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self.name, self.store, self.assemble = name, store, assemble
        self.on_tick, self.on_round = on_tick, on_round
        self.lease_seconds = lease_seconds
        self.services: dict[str, Service] = {}
        self._leases: dict[str, Lease] = {}
        self._heap: list[tuple[float, str]] = []
        self._due: dict[str, float] = {}
        self._inbox: dict[str, list[Request]] = {}
        self._late: dict[str, list[Request]] = {}
        """Commands of ticks that could not be finished; they wait for the next one."""
        self._read = 0
        self._ticking: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(TICKS_AT_ONCE)
        self._lessons = ThreadPoolExecutor(max_workers=1, thread_name_prefix="calibrate")
        self._unowned: deque[str] = deque()
        self._claims, self._listens = Every(CLAIM_SECONDS), Every(INBOX_SECONDS)
        self._renewals = Every(lease_seconds / 3)
        self._rounds = Every(ROUND_SECONDS)
        self._is_stopping = False

    def stop(self) -> None:
        """Finish the ticks under way, give the leases up, return from `run`."""
        self._is_stopping = True

    async def run(self, *, is_over: Callable[[], bool] = lambda: False) -> None:
        """Until `stop`, or until `is_over` says so. The leases are given up on the way out."""
        self._read = await self.store.journal.newest()
        try:
            while not (self._is_stopping or is_over()):
                try:
                    await self._duties(self.store.clock.now())
                except PortError as error:
                    log.warning("the store did not answer", error=error.what)
                    await self.store.clock.sleep(RETRY_SECONDS)
                self._start_due(self.store.clock.now())
                await self._sleep()
        finally:
            await self._leave()

    async def _duties(self, now: float) -> None:
        if self._rounds.is_due(now):
            self.on_round()
        if self._unowned or self._claims.is_due(now):
            await self._claim()
        if self._renewals.is_due(now):
            await self._renew()
        if self._listens.is_due(now):
            await self._listen()

    async def _claim(self) -> None:
        """Take some of the services that nobody owns; the rest at the next turn."""
        if not self._unowned:
            names = await self.store.journal.services()
            self._unowned.extend(name for name in names if name not in self.services)
        for _ in range(min(CLAIMS_AT_ONCE, len(self._unowned))):
            await self._try_to_own(self._unowned.popleft())

    async def _try_to_own(self, name: str) -> None:
        """Nothing happens while another owner's lease is live."""
        if name in self.services:
            return
        lease = await self.store.leases.acquire(name, self.name, seconds=self.lease_seconds)
        if lease is not None:
            await self._own(lease)

    async def _own(self, lease: Lease) -> None:
        try:
            ports = await self.assemble(lease.service)
        except ShipwayError as error:
            log.error("a service cannot be assembled", service=lease.service, error=str(error))
            if not isinstance(error, PortError):  # what does not answer now may answer the next time
                await self._refuse(lease, error)
            await self.store.leases.release(lease)
            return
        service = Service(lease.service, ports, self.store, lease.token, executor=self._lessons)
        await service.load()
        waiting = await self.store.journal.inbox(after=service.state.read, service=lease.service)
        self._leases[lease.service] = lease
        self.services[lease.service] = service
        self._inbox[lease.service] = list(waiting)
        self._wake(lease.service, self.store.clock.now())

    async def _refuse(self, lease: Lease, error: ShipwayError) -> None:
        """Nobody can carry out what waits: say so at once, and why."""
        entries = await self.store.journal.read(lease.service)
        state = fold(ServiceState(service=lease.service), entries)
        waiting = await self.store.journal.inbox(after=state.read, service=lease.service)
        refused = [refusal(request, error) for request in waiting]
        await self.store.journal.append(lease.service, refused, length=state.position, token=lease.token)

    async def _renew(self) -> None:
        """All leases in one write; what is not ours any more is forgotten."""
        renewed = await self.store.leases.renew_all(self.name, seconds=self.lease_seconds)
        tokens = {lease.service: lease.token for lease in renewed}
        for name, lease in tuple(self._leases.items()):
            if tokens.get(name) != lease.token:
                self._forget(name)

    async def _listen(self) -> None:
        """Sort new commands to the services that we own; others' owners read them themselves."""
        for request in await self.store.journal.inbox(after=self._read):
            self._read = max(self._read, request.id)
            await self._try_to_own(request.service)
            if request.service in self.services:
                self._inbox.setdefault(request.service, []).append(request)
                self._wake(request.service, self.store.clock.now())

    def _wake(self, name: str, when: float) -> None:
        self._due[name] = when
        heappush(self._heap, (when, name))

    def _start_due(self, now: float) -> None:
        while self._heap and self._heap[0][0] <= now:
            when, name = heappop(self._heap)
            if self._due.get(name) == when and name in self.services and name not in self._ticking:
                del self._due[name]
                self._ticking[name] = asyncio.create_task(self._tick(self.services[name]))

    async def _sleep(self) -> None:
        """Until the next look into the inbox, the next wake-up, or the end of a tick."""
        now = self.store.clock.now()
        pause = min(INBOX_SECONDS, max(0.0, self._heap[0][0] - now) if self._heap else INBOX_SECONDS)
        pause = 0.0 if self._unowned else pause
        if self._ticking:
            await asyncio.wait(self._ticking.values(), timeout=pause, return_when=asyncio.FIRST_COMPLETED)
        else:
            await self.store.clock.sleep(pause)

    async def _tick(self, service: Service) -> None:
        inbox = [*self._late.pop(service.name, ()), *self._inbox.pop(service.name, ())]
        try:
            async with self._slots:
                again = await self._ticked(service, inbox)
        finally:
            del self._ticking[service.name]
        if service.name in self.services:
            waiting = self.store.clock.now() if service.name in self._inbox else again
            self._wake(service.name, waiting)

    async def _ticked(self, service: Service, inbox: list[Request]) -> float:
        now = self.store.clock.now()
        try:
            again = await tick(service, await self._assembled(service, inbox), now=now)
        except (LeaseLost, JournalConflict) as error:
            log.warning("another controller writes for this service", service=service.name, error=error.what)
            self._forget(service.name)
            return float("inf")
        except PortError as error:
            log.warning("a tick could not be finished", service=service.name, error=error.what)
            self._late[service.name] = inbox
            return now + RETRY_SECONDS
        if self.on_tick is not None:
            await self.on_tick(service)
        return again

    async def _assembled(self, service: Service, inbox: list[Request]) -> list[Request]:
        """The commands to obey, over the adapters that they ask for; none where those cannot be had."""
        if inbox:
            try:
                service.ports = await self.assemble(service.name)
            except PortError:
                raise
            except ShipwayError as error:
                log.error("a service cannot be assembled", service=service.name, error=str(error))
                fresh = [request for request in inbox if request.id > service.state.read]
                await service.write([refusal(request, error) for request in fresh])
                return []
        return inbox

    def _forget(self, name: str) -> None:
        self.services.pop(name, None)
        self._late.pop(name, None)
        self._leases.pop(name, None)
        self._due.pop(name, None)

    async def _leave(self) -> None:
        """Let the ticks under way end, then let others have our services at once."""
        if self._ticking:
            await asyncio.wait(self._ticking.values(), timeout=self.lease_seconds)
        self._lessons.shutdown(wait=False, cancel_futures=True)
        await self.store.leases.release_all(self.name)
        self.services.clear()
        self._leases.clear()
