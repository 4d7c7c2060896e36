"""The `Traffic` port over one HAProxy on this machine."""

import asyncio
import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from shipway.adapters.supervisor import Program, durable
from shipway.adapters.traffic._asked import published, routed
from shipway.adapters.traffic._pems import Watched
from shipway.adapters.traffic.haproxy import program, running, servers
from shipway.adapters.traffic.haproxy.addresses import require_free_addresses
from shipway.adapters.traffic.haproxy.apply import Applying
from shipway.adapters.traffic.haproxy.master import Master, Unreachable, Worker
from shipway.adapters.traffic.haproxy.options import HaproxyOptions
from shipway.adapters.traffic.haproxy.places import Home, Service
from shipway.adapters.traffic.haproxy.seen import Seen
from shipway.adapters.traffic.haproxy.servers import Server
from shipway.adapters.traffic.haproxy.state import State, listening, load, save, with_slots, withdrawn
from shipway.errors import PortError
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.ports.clock import Clock

Change = Callable[[State], State]


class Supervisor(Protocol):
    """Keeps programs alive."""

    async def put(self, *programs: Program) -> None:
        """Have these programs run; one that does already stays as it is."""
        ...

    async def remove(self, name: str) -> None:
        """Stop it and forget it; nothing happens if there is none."""
        ...


class HaproxyTraffic:
    """One service. Any number of processes may have one of these for it: the newest intent wins.

    `observe` and `in_flight` start nothing. `route` and `publish` bring HAProxy up, and return when it runs what
    they asked for; when it refuses that, it goes on with what it had and they raise `PortError`.
    """

    def __init__(
        self, options: HaproxyOptions, *, service: str, home: Path, supervisor: Supervisor, clock: Clock
    ) -> None:
        self.options, self.supervisor, self.clock = options, supervisor, clock
        self.home = Home(home)
        self.service = Service(self.home, service)
        self.master = Master(self.home.master)
        self._certificate = Watched(self.home.certificate)

    async def observe(self) -> Routing:
        """What HAProxy runs. Raises `PortError` when it should run and does not."""
        return await asyncio.to_thread(self._observe)

    def _observe(self) -> Routing:
        at = self.clock.now()
        state = load(self.service.state)
        if state is None:
            return Routing(at=at, endpoints=())
        if not state.is_listening:
            return Routing(
                at=at,
                confirmed=Route(),
                endpoints=(),
                generation=state.route_generation,
                endpoints_generation=state.endpoints_generation,
            )
        seen = Seen(self.home, self.service, self.master, state).routing(at)
        return replace(seen, certificate=self._certificate.certificate(state.options.tls))

    async def tend(self) -> None:
        """Take up a renewed certificate, and take away replicas whose last request is over."""
        await asyncio.to_thread(self._tend)

    def _tend(self) -> None:
        state = load(self.service.state)
        if state is None or not state.is_listening:
            return
        applying = Applying(self.home, self.service, master=self.master)
        renew = functools.partial(applying.certificates.renew, state.options, now=self.clock.now())
        self._certificate.renew(state.options.tls, renew)
        if any(server.is_gone for server in self._servers()):
            with durable.locked(self.service.lock):
                applying.clear()

    async def route(self, route: Route, *, generation: int) -> None:
        """Divide new requests this way. Raises `PortError` for copies, which HAProxy does not make."""
        if route.mirror:
            raise PortError(
                "HAProxy does not copy requests",
                where="traffic.haproxy",
                why="The release asks for copies to a new version.",
                fix="Write `traffic: {envoy: {mirror: …}}`, or remove `mirror`.",
            )
        await self._bring_about(functools.partial(routed, route=route, generation=generation))

    async def publish(self, endpoints: Sequence[Endpoint], *, generation: int) -> None:
        """Replace the whole list of replicas."""
        await self._bring_about(functools.partial(published, endpoints=endpoints, generation=generation))

    async def _bring_about(self, change: Change) -> None:
        """A service that serves nobody and has no replicas left needs no address either."""
        if not await asyncio.to_thread(self._apply, change):
            await self._start()
        state = load(self.service.state)
        if state is not None and state.is_over:
            await self.withdraw()

    def _apply(self, change: Change) -> bool:
        """Whether HAProxy runs, and what was asked for with it.

        The intent is kept first, so that an older one is refused even if this process ends right here.
        """
        durable.directory(self.service.directory)
        with durable.locked(self.service.lock):
            before = load(self.service.state) or State(options=self.options, is_listening=False)
            state = change(before)
            if state.is_over and not before.is_listening:
                save(self.service.state, withdrawn(state))
                return True
            self._require_free(before)
            state = self._counting_from_here(with_slots(replace(state, options=self.options, is_listening=True)))
            save(self.service.state, state)
            return Applying(self.home, self.service, master=self.master).bring(state)

    def _counting_from_here(self, state: State) -> State:
        """With what new slots counted for others."""
        new = [slot for slot in state.slots if slot not in state.unanswered_before]
        if not new:
            return state
        counted = {
            f"haproxy-{worker.pid}": running.unanswered(self.master, worker, self.service)
            for worker in self._workers()
        }
        fresh = {slot: {name: slots.get(slot, 0) for name, slots in counted.items()} for slot in new}
        kept = {slot: before for slot, before in state.unanswered_before.items() if slot in state.slots}
        return replace(state, unanswered_before={**kept, **fresh})

    def _workers(self) -> tuple[Worker, ...]:
        try:
            return self.master.workers().listed
        except Unreachable:
            return ()

    def _require_free(self, before: State) -> None:
        """What others listen on is told before HAProxy is, in words that say who."""
        others = {name: state.options for name, state in listening(self.home).items() if name != self.service.name}
        held = before.options if before.is_listening else None
        require_free_addresses(self.options, held=held, others=others)

    async def _start(self) -> None:
        """HAProxy starts with the files as they are; one that is just starting is left alone."""
        await self.supervisor.put(*program.programs(self.home))
        await asyncio.to_thread(program.wait_until_live, self.home, self.master)
        await asyncio.to_thread(self._bring_again)

    def _bring_again(self) -> None:
        with durable.locked(self.service.lock):
            if state := load(self.service.state):
                Applying(self.home, self.service, master=self.master).bring(state)

    async def withdraw(self) -> None:
        """Give up the service's addresses; HAProxy ends with the last service. The next route brings both back."""
        if await asyncio.to_thread(self._withdraw):
            for name in (program.NAME, program.COUNTING):
                await self.supervisor.remove(name)

    def _withdraw(self) -> bool:
        """Whether no service is left that listens."""
        durable.directory(self.service.directory)
        with durable.locked(self.service.lock):
            if state := load(self.service.state):
                save(self.service.state, withdrawn(state))
            is_last = not listening(self.home)
            if state:
                Applying(self.home, self.service, master=self.master).withdrawal(is_last=is_last)
            return is_last

    async def in_flight(self, addresses: Sequence[str]) -> Mapping[str, int]:
        """Requests, streams and WebSockets not yet ended, by address, of former processes too."""
        return await asyncio.to_thread(self._in_flight, frozenset(addresses))

    def _in_flight(self, addresses: frozenset[str]) -> Mapping[str, int]:
        found = servers.by_address(self._servers())
        return {address: count for address, count in found.items() if address in addresses}

    def _servers(self) -> tuple[Server, ...]:
        """In all processes; none where HAProxy does not run and need not for this service."""
        try:
            workers = self.master.workers().listed
            return tuple(
                server for worker in workers for server in running.servers(self.master, worker, self.service)
            )
        except Unreachable:
            state = load(self.service.state)
            if state is not None and state.is_listening:
                raise
            return ()
