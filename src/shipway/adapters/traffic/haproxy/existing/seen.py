"""From what the processes tell of a backend to a `Routing`."""

from collections.abc import Iterator, Mapping

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic.haproxy.existing import steering
from shipway.adapters.traffic.haproxy.existing.backend import Backend, Server
from shipway.adapters.traffic.haproxy.existing.places import Place
from shipway.adapters.traffic.haproxy.existing.state import State, endpoint_of
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.model.share import NONE, TOTAL, Share

Shares = Mapping[RevisionId, Share]

ROUNDING = Share(TOTAL // 500)
"""By how much weights, which are whole numbers, may miss a share: a fifth of a percent, and mostly nothing."""


class Seen:
    """One look at all processes that divide requests."""

    def __init__(self, place: Place, state: State, backends: tuple[Backend, ...]) -> None:
        self.place, self.state, self.current = place, state, backends[0]
        self.backends = tuple(one for one in backends if one.may_divide)
        self._differs = {one.pid: dict(steering.differs(state, one)) for one in self.backends}

    def routing(self, at: float) -> Routing:
        """What is confirmed of it."""
        possible = [dict(shares) for one in self.backends for shares in self._possible(one)]
        names = sorted({name for shares in possible for name in shares})
        return Routing(
            at=at,
            lowest={name: min(shares.get(name, NONE) for shares in possible) for name in names},
            highest={name: max(shares.get(name, NONE) for shares in possible) for name in names},
            confirmed=self._confirmed,
            generation=self.state.route_generation if self._is_in_force else 0,
            endpoints=self._endpoints(self.current),
            endpoints_generation=self._endpoints_generation,
            unhealthy=self._unhealthy,
            has_checks=all(one.is_checked for one in self.current.servers.values()),
            problems=tuple(self._problems()),
            foreign=tuple(self._foreign()),
        )

    # Shares

    @property
    def _is_in_force(self) -> bool:
        return not any(self._differs.values())

    @property
    def _confirmed(self) -> Route | None:
        """What every process runs, a reload would bring back, and no other server takes a part of."""
        if not self.state.route_generation or not self._is_in_force:
            return None
        if self._served_others and self.state.route.shares:
            return None
        is_kept = steering.is_kept(durable.read(self.place.servers) or b"", self.state, self.current)
        return self.state.route if is_kept else None

    def _possible(self, seen: Backend) -> Iterator[Shares]:
        """As they are divided among all servers, and among those that are well."""
        served = [(name, one) for name, one in seen.servers.items() if one.is_served]
        others = [one for one in seen.others if one.is_served]
        well = [(name, one) for name, one in served if one.is_healthy]
        for listed in (served, well or served):
            for rest in {0, sum(one.weight for one in others)}:
                yield self._shares(listed, rest)

    def _shares(self, listed: list[tuple[str, Server]], rest: int) -> Shares:
        """What was asked for, where weights are its nearest whole numbers, or nobody is there to serve."""
        weights: dict[RevisionId, int] = {}
        for name, server in listed:
            if name not in self.state.held:
                rest += server.weight
                continue
            revision = self.state.held[name].revision
            weights[revision] = weights.get(revision, 0) + server.weight
        whole = sum(weights.values()) + rest
        asked = self.state.route.shares
        if not whole:
            return asked
        shares = {name: Share(TOTAL * weight // whole) for name, weight in weights.items()}
        is_near = all(abs(shares.get(name, 0) - asked.get(name, 0)) <= ROUNDING for name in {*shares, *asked})
        return asked if is_near else shares

    # Replicas

    def _endpoints(self, seen: Backend) -> tuple[Endpoint, ...]:
        """As they get requests, or are waited for."""
        held = self.state.held
        return tuple(
            sorted(
                endpoint_of(held[name], draining=server.is_draining)
                for name, server in seen.servers.items()
                if name in held and not server.is_gone and server.address == held[name].address
            )
        )

    @property
    def _endpoints_generation(self) -> int:
        is_known = all(self._endpoints(one) == self.state.endpoints for one in self.backends)
        return self.state.endpoints_generation if is_known else 0

    @property
    def _unhealthy(self) -> tuple[str, ...]:
        listed = self.current.servers.values()
        return tuple(sorted(one.address for one in listed if one.is_served and not one.is_healthy))

    # Other hands

    @property
    def _served_others(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.current.others if one.is_served)

    def _problems(self) -> Iterator[str]:
        if others := self._served_others:
            listed = ", ".join(f"{self.current.name}/{name}" for name in others)
            yield f"requests also go to servers of HAProxy's that are not Shipway's: {listed}"

    def _foreign(self) -> Iterator[str]:
        """What differs though it was brought about, in the process that it was brought to."""
        if self.state.applied == self.state.asked_for and self.state.pid == self.current.pid:
            for name, what in self._differs[self.current.pid].items():
                yield f"HAProxy's server {self.current.name}/{name} was {what} by other hands"
