"""What the backend's servers counted: requests and errors by revision. There are no times of single requests.

A request counts once: with the answer of its replica, or as an error where a replica broke off or could not be
reached and no other one was. Where no server was left at all it is of the revision that had all requests then.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from shipway.adapters.traffic.haproxy import program
from shipway.adapters.traffic.haproxy.existing.backend import Backend, Counted, backends
from shipway.adapters.traffic.haproxy.existing.options import ExistingOptions
from shipway.adapters.traffic.haproxy.existing.places import Place
from shipway.adapters.traffic.haproxy.existing.state import Held, State, load, unserved
from shipway.adapters.traffic.haproxy.master import Master
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.ports.clock import Clock


class ExistingHaproxyMetrics:
    """A `MetricSource` that knows replicas. It reads only."""

    def __init__(self, options: ExistingOptions, *, service: str, home: Path, clock: Clock) -> None:
        self.options, self.clock = options, clock
        self.place, self.master = Place(home, service), Master(Path(options.socket))

    async def check(self) -> str:
        """`HAProxy 2.6.12, backend shop`. Raises `PortError` where it is not there."""
        seen = await asyncio.to_thread(self._backends)
        return f"HAProxy {await asyncio.to_thread(self._version)}, counted by its backend {seen[0].name}"

    def _backends(self) -> tuple[Backend, ...]:
        return backends(self.master, self.options.backend)

    def _version(self) -> str:
        return self.master.version() or program.version()

    async def sample(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Sample]:
        """All revisions at one instant. Raises `PortError`."""
        return await asyncio.to_thread(self._sample, tuple(revisions))

    def _sample(self, revisions: tuple[RevisionId, ...]) -> Mapping[RevisionId, Sample]:
        at, seen, state = self.clock.now(), self._backends(), load(self.place.state) or State()
        lost = {str(one.pid): one.unserved for one in seen}
        return {
            revision: Sample(
                revision=revision,
                at=at,
                series={
                    **{f"{pid}/{name}": one for pid, name, one in _counted(revision, state, seen)},
                    **{f"{pid}": _counts(n, n) for pid, n in unserved(state, revision, lost).items() if n},
                },
                in_flight=_in_flight(revision, state, seen),
                is_prompt=True,
            )
            for revision in revisions
        }

    async def by_replica(self, revision: RevisionId) -> Sample:
        """By address. Raises `PortError`."""
        at, seen = self.clock.now(), await asyncio.to_thread(self._backends)
        state = load(self.place.state) or State()
        series: dict[str, Counts] = {}
        for _, name, one in _counted(revision, state, seen):
            address = state.held[name].address
            before = series.get(address, _counts(0, 0))
            series[address] = _counts(before.requests + one.requests, before.errors + one.errors)
        return Sample(revision=revision, at=at, series=series, is_prompt=True)


def _counted(revision: RevisionId, state: State, seen: Sequence[Backend]) -> list[tuple[int, str, Counts]]:
    """By process and server, since the server was given to a replica of the revision."""
    return [
        (one.pid, name, _since(held, str(one.pid), one.servers[name].counted))
        for one in seen
        for name, held in state.held.items()
        if held.revision == revision and name in one.servers
    ]


def _since(held: Held, pid: str, now: Counted) -> Counts:
    before = held.before.get(pid, Counted())
    return _counts(now.requests - before.requests, now.errors - before.errors)


def _counts(requests: int, errors: int) -> Counts:
    return Counts(requests=requests, errors=errors, timed=0)


def _in_flight(revision: RevisionId, state: State, seen: Sequence[Backend]) -> int:
    held = {name for name, one in state.held.items() if one.revision == revision}
    return sum(server.in_flight for one in seen for name, server in one.servers.items() if name in held)
