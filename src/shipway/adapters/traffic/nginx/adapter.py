"""The `Traffic` port over one nginx on this machine."""

import asyncio
import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic._asked import published, routed
from shipway.adapters.traffic._pems import Watched
from shipway.adapters.traffic._sockets import require_free
from shipway.adapters.traffic.nginx import certificate_files, processes, program, reloading
from shipway.adapters.traffic.nginx.options import NginxOptions
from shipway.adapters.traffic.nginx.places import Home, Service
from shipway.adapters.traffic.nginx.program import Supervisor
from shipway.adapters.traffic.nginx.reloading import Refused
from shipway.adapters.traffic.nginx.seen import Seen
from shipway.adapters.traffic.nginx.state import State, load, require_alone, save, states, withdrawn
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.ports.clock import Clock

Change = Callable[[State], State]


class NginxTraffic:
    """One service. Any number of processes may have one of these for it: the newest intent wins.

    `observe` and `in_flight` start nothing. `route` and `publish` bring nginx up, and return when every worker
    that takes connections runs what they asked for; when nginx refuses that, it goes on with what it had, nothing
    has been asked for, and they raise `PortError`.
    """

    def __init__(
        self, options: NginxOptions, *, service: str, home: Path, supervisor: Supervisor, clock: Clock
    ) -> None:
        self.options, self.supervisor, self.clock = options, supervisor, clock
        self.home = Home(home)
        self.service = Service(self.home, service)
        self._certificate = Watched(self.home.certificate)

    async def observe(self) -> Routing:
        """What nginx runs. Raises `PortError` when it should run and does not."""
        return await asyncio.to_thread(self._observe)

    def _observe(self) -> Routing:
        at = self.clock.now()
        state = load(self.service.state)
        if state is None:
            return Routing(at=at, endpoints=(), has_checks=False)
        if not state.is_listening:
            return Routing(
                at=at,
                confirmed=Route(),
                endpoints=(),
                generation=state.route_generation,
                endpoints_generation=state.endpoints_generation,
                has_checks=False,
            )
        seen = Seen(self.home, self.service.name, state).routing(at)
        return replace(seen, certificate=self._certificate.certificate(state.options.tls))

    async def tend(self) -> None:
        """Take up a renewed certificate, and remove keys that are not used any more."""
        await asyncio.to_thread(self._tend)

    def _tend(self) -> None:
        state = load(self.service.state)
        if state is not None and state.is_listening:
            renew = functools.partial(certificate_files.renew, self.home, state.options, now=self.clock.now())
            self._certificate.renew(state.options.tls, renew)
            certificate_files.forget_former(self.home, now=self.clock.now())

    async def route(self, route: Route, *, generation: int) -> None:
        """Divide new requests this way."""
        await self._bring_about(lambda state: routed(state, route, generation=generation))

    async def publish(self, endpoints: Sequence[Endpoint], *, generation: int) -> None:
        """Replace the whole list of replicas."""
        await self._bring_about(lambda state: published(state, endpoints, generation=generation))

    async def _bring_about(self, change: Change) -> None:
        """A service that serves nobody and has no replicas left needs no address either."""
        is_running = await asyncio.to_thread(self._apply, change)
        while not is_running:
            await self._start()
            # It may have read the file of another service's or process's wish.
            is_running = await asyncio.to_thread(reloading.bring_about, self.home)
        if await asyncio.to_thread(self._is_over):
            await self.withdraw()

    def _is_over(self) -> bool:
        state = load(self.service.state)
        return state is not None and state.is_over and state.is_listening

    def _apply(self, change: Change) -> bool:
        """Whether nginx runs, and what was asked for with it.

        The intent is kept first, so that an older one is refused even if this process ends right here.
        """
        durable.directory(self.service.directory)
        with durable.locked(self.service.lock):
            kept = load(self.service.state)
            before = kept or State(options=self.options, is_listening=False)
            state = change(before)
            if state.is_over and not before.is_listening:
                save(self.service.state, withdrawn(state))
                return True
            self._require_addresses(before)
            with durable.locked(self.home.lock):
                certificate_files.required(self.home, self.options)
                save(self.service.state, replace(state, options=self.options, is_listening=True))
            try:
                return reloading.bring_about(self.home)
            except Refused:
                self._put_back(kept)
                raise

    def _require_addresses(self, before: State) -> None:
        """Raises `PortError` for those that others have."""
        require_alone(self.service.name, self.options, dict(states(self.home)))
        had = _addresses(before.options) if before.is_listening else ()
        for what, address in _addresses(self.options):
            if (what, address) not in had:
                require_free(address, what=f"traffic.nginx.{what}")

    def _put_back(self, kept: State | None) -> None:
        if kept is None:
            self.service.state.unlink()
        else:
            save(self.service.state, kept)

    async def _start(self) -> None:
        """nginx starts with the file as it is; one that is just starting is left alone."""
        await self.supervisor.put(program.counting(self.home), program.program(self.home))
        await asyncio.to_thread(reloading.wait_until_running, self.home)

    async def withdraw(self) -> None:
        """Give up the service's addresses; nginx ends with the last service. The next route brings both back."""
        is_last = await asyncio.to_thread(self._withdraw)
        if is_last:
            await self.supervisor.remove(program.NAME)
            await self.supervisor.remove(program.COUNTS)

    def _withdraw(self) -> bool:
        """Whether no service is left that listens."""
        durable.directory(self.service.directory)
        with durable.locked(self.service.lock):
            if state := load(self.service.state):
                save(self.service.state, withdrawn(state))
                certificate_files.forget(self.home)
            if not any(states(self.home)):
                return True
            reloading.bring_about(self.home)
        return False

    async def in_flight(self, addresses: Sequence[str]) -> Mapping[str, int]:
        """Requests, streams and WebSockets not yet ended, by address; at those that do not drain also connections
        that are kept unused, for a second."""
        return await asyncio.to_thread(processes.requests_at, self.home, addresses)


def _addresses(options: NginxOptions) -> Sequence[tuple[str, str]]:
    redirect = options.tls.redirect_from if options.tls else None
    listed = (("listen", options.listen), ("preview", options.preview), ("tls.redirect_from", redirect))
    return [(what, address) for what, address in listed if address]
