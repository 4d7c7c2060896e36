"""What was last asked of one service's backend, and which of its servers is which replica."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from shipway.adapters.traffic import _asked
from shipway.adapters.traffic._asked import Asked, save
from shipway.adapters.traffic.haproxy.existing.backend import Backend, Counted
from shipway.adapters.traffic.haproxy.existing.weights import divided
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint

__all__ = ["Held", "Setting", "State", "load", "save"]

Pid = str
"""As a key of JSON."""


class Held(Struct, frozen=True, kw_only=True):
    """A server that was given to a replica. It stays so, with its counts, until another replica needs it."""

    revision: RevisionId
    address: str
    before: Mapping[Pid, Counted] = {}
    """What it had counted for others, by process."""


class Setting(Struct, frozen=True):
    """How a server should be."""

    address: str
    weight: int
    is_draining: bool


class State(Asked, frozen=True, kw_only=True):
    """`state.json`."""

    held: Mapping[str, Held] = {}
    """By server."""
    applied: tuple[int, int] = (0, 0)
    """Generations of route and endpoints that HAProxy was seen to run: what differs after that, others changed."""
    pid: int = 0
    """The process that it was brought to. Another one was made by a reload, and knows what its files say."""
    unserved: Mapping[RevisionId, Mapping[Pid, int]] = {}
    """Requests without a server, of times when all requests were this revision's."""
    unserved_before: Mapping[Pid, int] = {}
    """What was counted when the present revision got all of them."""

    @property
    def asked_for(self) -> tuple[int, int]:
        """Generations of what was asked."""
        return self.route_generation, self.endpoints_generation

    @property
    def sole(self) -> RevisionId | None:
        """The revision that all requests are for."""
        named = [name for name, share in self.route.shares.items() if share]
        return named[0] if len(named) == 1 else None

    @property
    def wanted(self) -> dict[str, Setting]:
        """By server; whoever is not here is to be out of service."""
        servers = {(one.revision, one.address): name for name, one in self.held.items()}
        working = [one for one in self.endpoints if not one.draining]
        counts: dict[RevisionId, int] = {}
        for one in working:
            counts[one.revision] = counts.get(one.revision, 0) + 1
        weights = {name: iter(listed) for name, listed in divided(self.route.shares, counts).items()}
        found = {one: next(weights[one.revision]) for one in working}
        return {
            servers[one.revision, one.address]: Setting(one.address, found.get(one, 0), one.draining)
            for one in self.endpoints
        }


def load(path: Path) -> State | None:
    """The state; none before the first intent."""
    return _asked.load(path, State, product="HAProxy")


def with_servers(state: State, seen: Sequence[Backend]) -> State:
    """With a server for each replica. Raises `PortError` when there are too few."""
    held = dict(state.held)
    known = {(one.revision, one.address) for one in held.values()}
    new = [one for one in state.endpoints if (one.revision, one.address) not in known]
    free = _free(state, seen)
    if len(new) > len(free):
        raise PortError(
            f"HAProxy's backend {seen[0].name} has too few servers",
            where=f"backend {seen[0].name}",
            why=f"Of its {len(seen[0].servers)} for Shipway none is left for {len(new) - len(free)} replicas.",
            fix="Give its `server-template` a larger number, twice the replicas or more, and reload it.",
        )
    for endpoint, name in zip(new, free, strict=False):
        before = {str(one.pid): one.servers[name].counted for one in seen if name in one.servers}
        held[name] = Held(revision=endpoint.revision, address=endpoint.address, before=before)
    return replace(state, held=held)


def _free(state: State, seen: Sequence[Backend]) -> list[str]:
    """Servers that nobody has, those first that nobody ever had; never one with a request in flight anywhere."""
    wanted = {(one.revision, one.address) for one in state.endpoints}
    taken = {name for name, one in state.held.items() if (one.revision, one.address) in wanted}
    busy = {name for one in seen for name, server in one.servers.items() if server.in_flight}
    free = [name for name in seen[0].servers if name not in taken | busy]
    return sorted(free, key=lambda name: name in state.held)


def counting_unserved(before: State, after: State, seen: Iterable[Backend]) -> State:
    """Requests that found no server are of the revision that has all; a change of that begins anew."""
    if before.sole == after.sole and before.unserved_before:
        return after
    now = {str(one.pid): one.unserved for one in seen}
    kept = dict(before.unserved)
    if before.sole:
        kept[before.sole] = unserved(before, before.sole, now)
    return replace(
        after, unserved={name: kept[name] for name in kept if name in _named(after)}, unserved_before=now
    )


def unserved(state: State, revision: RevisionId, now: Mapping[Pid, int]) -> Mapping[Pid, int]:
    """By process, until now."""
    found = dict(state.unserved.get(revision, {}))
    if revision == state.sole:
        for pid, count in now.items():
            found[pid] = found.get(pid, 0) + max(0, count - state.unserved_before.get(pid, 0))
    return found


def _named(state: State) -> frozenset[RevisionId]:
    return frozenset({*state.route.shares, *(one.revision for one in state.held.values())})


def endpoint_of(held: Held, *, draining: bool) -> Endpoint:
    """As it was published."""
    return Endpoint(revision=held.revision, address=held.address, draining=draining)
