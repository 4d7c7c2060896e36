"""The `Traffic` port over one Envoy on this machine."""

import asyncio
import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic._asked import published, routed
from shipway.adapters.traffic._sockets import AddressTaken
from shipway.adapters.traffic.envoy import program, running
from shipway.adapters.traffic.envoy.admin import Admin, Unreachable
from shipway.adapters.traffic.envoy.apply import Applying, with_clusters
from shipway.adapters.traffic.envoy.certificate_files import Watched
from shipway.adapters.traffic.envoy.options import EnvoyOptions
from shipway.adapters.traffic.envoy.places import Home, Service
from shipway.adapters.traffic.envoy.program import Supervisor
from shipway.adapters.traffic.envoy.seen import Seen
from shipway.adapters.traffic.envoy.sharing import require_no_conflict
from shipway.adapters.traffic.envoy.state import (
    State,
    listening_options,
    load,
    save,
    states,
    withdrawn,
)
from shipway.adapters.traffic.envoy.token_files import WatchedKeys
from shipway.errors import PortError
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.ports.clock import Clock

Change = Callable[[State], State]


class EnvoyTraffic:
    """One service. Any number of processes may have one of these for it: the newest intent wins.

    `observe` and `in_flight` start nothing. `route` and `publish` bring Envoy up, and return when it runs what
    they asked for; when it refuses that, it goes on with what it had and they raise `PortError`.
    """

    def __init__(
        self, options: EnvoyOptions, *, service: str, home: Path, supervisor: Supervisor, clock: Clock
    ) -> None:
        self.options, self.supervisor, self.clock = options, supervisor, clock
        self.home = Home(home)
        self.service = Service(self.home, service)
        self.admin = Admin(self.home.socket)
        self._certificate = Watched(self.home)
        self._keys = WatchedKeys()

    async def observe(self) -> Routing:
        """What Envoy runs. Raises `PortError` when it should run and does not."""
        return await asyncio.to_thread(self._observe)

    def _observe(self) -> Routing:
        at = self.clock.now()
        state = load(self.service.state)
        if state is None:
            return Routing(at=at, endpoints=())
        if not state.is_listening:
            generations = state.route_generation, state.endpoints_generation
            return Routing(
                at=at,
                confirmed=Route(),
                endpoints=(),
                generation=generations[0],
                endpoints_generation=generations[1],
            )
        seen = Seen(self.home, self.service, self.admin, state).routing(at)
        problems = (self._keys.problem,) if self._keys.problem else ()
        return replace(seen, certificate=self._certificate.certificate(state.options), problems=problems)

    async def tend(self) -> None:
        """Take up a certificate that was renewed; one that cannot be served is told of by `observe`."""
        await asyncio.to_thread(self._tend)

    def _tend(self) -> None:
        state = load(self.service.state)
        if state is not None and state.is_listening:
            self._certificate.renew(state.options, functools.partial(self._renew, state))
            if self._keys.is_changed(state.options):
                self._keys.note(self._renew_keys(state))

    def _renew_keys(self, state: State) -> PortError | None:
        try:
            with durable.locked(self.service.lock):
                Applying(self.home, self.service, admin=self.admin).tokens(state)
        except PortError as error:
            return error
        return None

    def _renew(self, state: State) -> None:
        with durable.locked(self.service.lock):
            Applying(self.home, self.service, admin=self.admin).certificate(state, now=self.clock.now())

    async def route(self, route: Route, *, generation: int) -> None:
        """Divide new requests this way."""
        change: Change = functools.partial(routed, route=route, generation=generation)
        await self._bring_about(change, Applying.route)

    async def publish(self, endpoints: Sequence[Endpoint], *, generation: int) -> None:
        """Replace the whole list of replicas."""
        change: Change = functools.partial(published, endpoints=endpoints, generation=generation)
        await self._bring_about(change, Applying.endpoints)

    async def _bring_about(self, change: Change, apply: Callable[[Applying, State], None]) -> None:
        """A service that serves nobody and has no replicas left needs no address either."""
        is_live = await asyncio.to_thread(self._apply, change, apply)
        if not is_live:
            await self._start()
        if await asyncio.to_thread(self._is_over):
            await self.withdraw()

    def _is_over(self) -> bool:
        state = load(self.service.state)
        return state is not None and state.is_over

    def _apply(self, change: Change, apply: Callable[[Applying, State], None]) -> bool:
        """Whether Envoy runs, and what was asked for with it.

        The intent is kept first, so that an older one is refused even if this process ends right here.
        """
        durable.directory(self.service.directory)
        with durable.locked(self.service.lock):
            before = load(self.service.state) or State(options=self.options, is_listening=False)
            state = change(before)
            if state.is_over and not before.is_listening:
                save(self.service.state, withdrawn(state))
                return True
            require_no_conflict(self.service.name, self.options, listening_options(self.home))
            state = with_clusters(self.service, replace(state, options=self.options, is_listening=True))
            save(self.service.state, state)
            applying = Applying(self.home, self.service, admin=self.admin)
            try:
                apply(applying, state)
            except AddressTaken:
                if not before.is_listening:  # nothing is in force then: it can be asked for again, or given up
                    save(self.service.state, before)
                raise
            return applying.delivery.is_live and self.admin.is_live()

    async def _start(self) -> None:
        """Envoy starts with the files as they are; one that is just starting is left alone."""
        await asyncio.to_thread(program.write_bootstrap, self.home)
        await self.supervisor.put(program.program(self.home, self.options))
        await asyncio.to_thread(program.wait_until_live, self.home, self.admin)

    async def withdraw(self) -> None:
        """Give up the service's addresses; Envoy ends with the last service. The next route brings both back."""
        is_last = await asyncio.to_thread(self._withdraw)
        if is_last:
            await self.supervisor.remove(program.NAME)

    def _withdraw(self) -> bool:
        """Whether no service is left that listens."""
        durable.directory(self.service.directory)
        with durable.locked(self.service.lock):
            if state := load(self.service.state):
                save(self.service.state, withdrawn(state))
                Applying(self.home, self.service, admin=self.admin).withdrawal(withdrawn(state))
            return not any(other.is_listening for _, other in states(self.home))

    async def in_flight(self, addresses: Sequence[str]) -> Mapping[str, int]:
        """Requests, streams and WebSockets not yet ended, by address."""
        return await asyncio.to_thread(self._in_flight, frozenset(addresses))

    def _in_flight(self, addresses: frozenset[str]) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for cluster in self._running().values():
            for replica in cluster.host_statuses:
                if replica.address in addresses:
                    counts[replica.address] = counts.get(replica.address, 0) + replica.in_flight
        return counts

    def _running(self) -> Mapping[str, running.Cluster]:
        """What can be routed to; nothing where Envoy does not run and need not for this service."""
        state = load(self.service.state)
        try:
            return running.clusters(self.admin, self.service.name)
        except Unreachable:
            if state is not None and state.is_listening:
                raise
            return {}
