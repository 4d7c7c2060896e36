"""The `Traffic` port over a backend of an HAProxy that somebody else runs."""

import asyncio
import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic._asked import published, routed
from shipway.adapters.traffic.haproxy.existing import steering
from shipway.adapters.traffic.haproxy.existing.backend import Backend, backends
from shipway.adapters.traffic.haproxy.existing.options import ExistingOptions
from shipway.adapters.traffic.haproxy.existing.places import Place
from shipway.adapters.traffic.haproxy.existing.seen import Seen
from shipway.adapters.traffic.haproxy.existing.state import State, counting_unserved, load, save, with_servers
from shipway.adapters.traffic.haproxy.master import Master, Worker
from shipway.errors import PortError
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.ports.clock import Clock

Change = Callable[[State], State]


class ExistingHaproxyTraffic:
    """One service. It starts, stops and reloads nothing, and writes no configuration."""

    def __init__(self, options: ExistingOptions, *, service: str, home: Path, clock: Clock) -> None:
        self.options, self.clock = options, clock
        self.place = Place(home, service)
        self.master = Master(Path(options.socket))

    async def observe(self) -> Routing:
        """What its processes tell. Raises `PortError` where they do not."""
        return await asyncio.to_thread(self._observe)

    def _observe(self) -> Routing:
        at, state = self.clock.now(), load(self.place.state)
        if state is None:
            return Routing(at=at, endpoints=())
        return Seen(self.place, state, self._backends()).routing(at)

    def _backends(self) -> tuple[Backend, ...]:
        return backends(self.master, self.options.backend)

    async def tend(self) -> None:
        """After a reload by its owner, set what was asked again; and keep the file that a reload reads true."""
        await asyncio.to_thread(self._tend)

    def _tend(self) -> None:
        state = load(self.place.state)
        if state is None or not state.held:
            return
        current = self._backends()[0]
        if state.pid == current.pid and durable.read(self.place.servers) == steering.text(state, current):
            return
        with durable.locked(self.place.lock):
            newest = load(self.place.state) or state
            if newest.pid == current.pid:
                _write(self.place.servers, steering.text(newest, current))
            else:
                self._bring(newest, self._backends())

    async def route(self, route: Route, *, generation: int) -> None:
        """Divide new requests this way; there is no address where a preview would be seen. Raises `PortError` for
        what weights of servers cannot say."""
        asked = {
            "copies of requests": route.mirror,
            "chosen users": route.users,
            "users who stay on their version": route.sticky,
        }
        if what := next((what for what, value in asked.items() if value), None):
            raise PortError(
                f"a backend of servers cannot do {what}",
                where="traffic.haproxy.backend",
                why="Its servers have weights, and all requests are divided by these.",
                fix="Write `traffic: {haproxy: {listen: …}}`, which runs an HAProxy of its own, or remove it.",
            )
        await self._bring_about(functools.partial(routed, route=route, generation=generation))

    async def publish(self, endpoints: Sequence[Endpoint], *, generation: int) -> None:
        """Replace the whole list of replicas. Raises `PortError` where the backend has too few servers."""
        await self._bring_about(functools.partial(published, endpoints=endpoints, generation=generation))

    async def _bring_about(self, change: Change) -> None:
        await asyncio.to_thread(self._apply, change)

    def _apply(self, change: Change) -> None:
        """The intent is kept first, so that an older one is refused even if this process ends right here."""
        durable.directory(self.place.directory)
        with durable.locked(self.place.lock):
            before = load(self.place.state) or State()
            after, seen = change(before), self._backends()
            state = counting_unserved(before, with_servers(after, seen), seen)
            save(self.place.state, state)
            self._bring(state, seen)

    def _bring(self, state: State, seen: Sequence[Backend]) -> None:
        """The file first: whenever HAProxy is reloaded, it comes back with the newest intent. A former process
        takes no commands any more."""
        current = seen[0]
        _write(self.place.servers, steering.text(state, current))
        said = self.master.tell(Worker(current.pid, is_current=True), steering.commands(state, current))
        if complaint := steering.complaint(said):
            raise PortError(
                f"HAProxy does not steer the backend {current.name} as asked",
                where=f"traffic.haproxy.backend: {current.name}, {self.master.path}",
                why=f"It said: {complaint}",
                fix="Mend that in its own configuration; it is asked again all the time.",
            )
        save(self.place.state, replace(state, applied=state.asked_for, pid=current.pid))

    async def in_flight(self, addresses: Sequence[str]) -> Mapping[str, int]:
        """Requests and upgraded connections not yet ended, by address, of former processes too."""
        return await asyncio.to_thread(self._in_flight, frozenset(addresses))

    def _in_flight(self, addresses: frozenset[str]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for one in self._backends():
            for server in one.servers.values():
                if server.address in addresses:
                    found[server.address] = found.get(server.address, 0) + server.in_flight
        return found


def _write(path: Path, content: bytes) -> None:
    """Only where it differs."""
    if durable.read(path) != content:
        durable.replace(path, content)
