"""From what HAProxy tells of itself, and what lies in its files, to a `Routing`."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic.haproxy import maps, running
from shipway.adapters.traffic.haproxy.maps import Map
from shipway.adapters.traffic.haproxy.master import Master, Unreachable
from shipway.adapters.traffic.haproxy.places import Home, Service
from shipway.adapters.traffic.haproxy.servers import Server
from shipway.adapters.traffic.haproxy.state import State
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.model.share import NONE, Share

Shares = Mapping[RevisionId, Share]


class Look(Struct, frozen=True):
    """What one process was seen to run."""

    is_current: bool
    shares: Map
    choices: Map
    servers: tuple[Server, ...]

    @property
    def generation(self) -> int:
        """Of the older map."""
        return min(self.shares.generation, self.choices.generation)

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """As they get requests, or are waited for."""
        return tuple(sorted(server.endpoint for server in self.servers if not server.is_gone))


class Seen:
    """One look at everything that divides requests. Raises `Unreachable` when no process takes connections."""

    def __init__(self, home: Home, service: Service, master: Master, state: State) -> None:
        self.home, self.service, self.state = home, service, state
        self.looks = tuple(
            look for look in _looks(service, master) if look.is_current or not look.shares.is_onward
        )
        if not any(look.is_current for look in self.looks):
            raise Unreachable(
                "HAProxy does not serve the service yet",
                where=str(home.log),
                why="It is just starting, or has not taken up its configuration.",
                fix="Nothing is to be done unless this stays.",
            )
        self._written = {
            "shares": maps.parsed("shares", durable.read(service.shares) or b""),
            "choices": maps.parsed("choices", durable.read(service.choices) or b""),
        }
        self._wanted = {"shares": maps.shares(state), "choices": maps.choices(state)}

    def routing(self, at: float) -> Routing:
        """What is confirmed of it."""
        lowest, highest = _spans(list(self._possible_shares))
        return Routing(
            at=at,
            lowest=lowest,
            highest=highest,
            confirmed=self._confirmed,
            generation=min(look.generation for look in self.looks),
            endpoints=self._current.endpoints,
            endpoints_generation=self._endpoints_generation,
            unhealthy=self._unhealthy,
            foreign=tuple(self._foreign()),
        )

    @property
    def _current(self) -> Look:
        return next(look for look in self.looks if look.is_current)

    @property
    def _possible_shares(self) -> Iterator[Shares]:
        """What runs, and what lies in the file: HAProxy would start with that."""
        yield from (look.shares.shares for look in self.looks)
        yield self._written["shares"].shares

    @property
    def _confirmed(self) -> Route | None:
        """What every process runs, and would come back with."""
        if not self.state.route_generation:
            return None
        possible = [(look.shares.entries, look.choices.entries) for look in self.looks]
        possible.append((self._written["shares"].entries, self._written["choices"].entries))
        wanted = self._wanted["shares"].entries, self._wanted["choices"].entries
        return self.state.route if all(one == wanted for one in possible) else None

    @property
    def _endpoints_generation(self) -> int:
        return self.state.endpoints_generation if self._has_all_endpoints else 0

    @property
    def _has_all_endpoints(self) -> bool:
        return all(look.endpoints == self.state.endpoints for look in self.looks)

    @property
    def _unhealthy(self) -> tuple[str, ...]:
        """Of those that may get requests; a former process checks nobody any more."""
        listed = (server for server in self._current.servers if not (server.is_gone or server.is_draining))
        return tuple(sorted({server.address for server in listed if not server.is_healthy}))

    # Other hands

    def _foreign(self) -> Iterator[str]:
        """What differs though it was brought about."""
        for kind, path in (("shares", self.service.shares), ("choices", self.service.choices)):
            content = self._written[kind]
            if not content.is_ours:
                yield f"{path.relative_to(self.home.root)} was changed by other hands"
            if any(
                not one.is_ours for look in self.looks for one in (look.shares, look.choices) if one.kind == kind
            ):
                yield f"HAProxy's map of {kind} was changed by other hands"
        if self.state.applied == self.state.asked_for and not self._has_all_endpoints:
            yield from self._foreign_servers()

    def _foreign_servers(self) -> Iterator[str]:
        wanted = {one.address: one for one in self.state.endpoints}
        seen = {one.address: one for one in self._current.endpoints}
        for address in sorted(wanted.keys() | seen.keys()):
            if address not in seen:
                yield f"HAProxy's server {address} was taken away by other hands"
            elif address not in wanted:
                yield f"HAProxy's server {address} was added by other hands"
            elif seen[address].draining != wanted[address].draining:
                way = "drained" if seen[address].draining else "made ready"
                yield f"HAProxy's server {address} was {way} by other hands"


def _looks(service: Service, master: Master) -> Iterator[Look]:
    for worker in master.workers().listed:
        shares, choices = running.shares(master, worker, service), running.choices(master, worker, service)
        if shares is not None and choices is not None:
            yield Look(worker.is_current, shares, choices, running.servers(master, worker, service))


def _spans(possible: list[Shares]) -> tuple[dict[RevisionId, Share], dict[RevisionId, Share]]:
    names = sorted({name for shares in possible for name in shares})
    lowest = {name: min(shares.get(name, NONE) for shares in possible) for name in names}
    return lowest, {name: max(shares.get(name, NONE) for shares in possible) for name in names}
