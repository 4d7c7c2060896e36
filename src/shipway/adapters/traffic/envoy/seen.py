"""From what Envoy tells of itself, and what lies in its files, to a `Routing`."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from shipway.adapters.traffic.envoy import files, running
from shipway.adapters.traffic.envoy.admin import LIVE, STATE, Admin, Unreachable
from shipway.adapters.traffic.envoy.files import Response, generation_of
from shipway.adapters.traffic.envoy.places import Home, Service, revision_of, statistics_name
from shipway.adapters.traffic.envoy.route_files import route_of
from shipway.adapters.traffic.envoy.running import Cluster, RunningRoute, Shares
from shipway.adapters.traffic.envoy.sharing import running_part, written_part
from shipway.adapters.traffic.envoy.state import State
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.model.share import NONE, Share


class Seen:
    """One look. Everything is asked once, the versions before what they are versions of."""

    def __init__(self, home: Home, service: Service, admin: Admin, state: State) -> None:
        self.home, self.service, self.admin, self.state = home, service, admin, state

    def routing(self, at: float) -> Routing:
        """Raises `PortError`."""
        self._require_live()
        lowest, highest = _spans(self._possible_shares)
        return Routing(
            at=at,
            lowest=lowest,
            highest=highest,
            confirmed=self._confirmed,
            generation=self._generation,
            endpoints=self._endpoints,
            endpoints_generation=self._endpoints_generation,
            unhealthy=self._unhealthy,
            foreign=tuple(self._foreign()),
        )

    # Asked once

    @cached_property
    def _stats(self) -> Mapping[str, object]:
        service = re.escape(statistics_name(self.service.name))
        return self.admin.stats(STATE, rf"cluster\.{service}\|.*\.version_text")

    @cached_property
    def _clusters(self) -> Mapping[str, Cluster]:
        _ = self._stats
        return running.clusters(self.admin, self.service.name)

    @cached_property
    def _routes(self) -> Mapping[str, RunningRoute]:
        name, _ = self._own
        found = running.routes(self.admin, (name, *self._names[1:]))
        if name == self.service.name:
            return found
        own = running_part(found.pop(name, None), self.service.name)
        return {**found, self.service.name: own} if own else found

    @property
    def _own(self) -> tuple[str, Path]:
        return route_of(self.home, self.service, self.state.options)

    @property
    def _names(self) -> tuple[str, ...]:
        has_preview = self.state.options.preview is not None
        return (self.service.name, self.service.preview_name) if has_preview else (self.service.name,)

    @cached_property
    def _written(self) -> Mapping[str, Response]:
        name, path = self._own
        written = files.read(path)
        own = (written or Response()) if name == self.service.name else written_part(written, self.service.name)
        previews = {name: files.read(self.service.preview) or Response() for name in self._names[1:]}
        return {self.service.name: own, **previews}

    def _require_live(self) -> None:
        if self._stats.get("server.state") != LIVE:
            raise Unreachable(
                "Envoy is just starting",
                where=str(self.home.log),
                why="It waits for the replicas' first health checks.",
                fix="Nothing is to be done unless this stays.",
            )

    # The route

    @cached_property
    def _running_shares(self) -> Shares:
        route = self._routes.get(self.service.name)
        return running.shares(route.route_config) if route else {}

    @property
    def _possible_shares(self) -> Iterator[Shares]:
        """What runs, and what lies in the file: Envoy may take that up at any moment."""
        yield self._running_shares
        written = self._written[self.service.name]
        if self._is_pending(self.service.name) and written.resources:
            yield running.shares(written.resources[0])

    def _is_pending(self, name: str) -> bool:
        route = self._routes.get(name, RunningRoute())
        return route.version_info != self._written[name].version_info

    def _is_as_written(self, name: str) -> bool:
        """Envoy runs our file: its version and, field by field, its content."""
        written, route = self._written[name], self._routes.get(name)
        return route is not None and written.is_ours and written.resources == (route.route_config,)

    @property
    def _confirmed(self) -> Route | None:
        if (
            not self._generation
            or not all(map(self._is_as_written, self._names))
            or any(map(self._is_pending, self._names))
        ):
            return None
        return running.made_of(self._routes[self.service.name].route_config)

    @property
    def _generation(self) -> int:
        """Of the file that Envoy took last; none of ours if anybody else wrote it. The preview's came before."""
        route = self._routes.get(self.service.name)
        if route is None or self._is_altered(self.service.name):
            return 0
        return generation_of(route.version_info)

    def _is_altered(self, name: str) -> bool:
        """It has the version of the file, and is not what the file says."""
        route = self._routes.get(name)
        return route is not None and not self._is_pending(name) and not self._is_as_written(name)

    # The replicas

    @property
    def _endpoints(self) -> tuple[Endpoint, ...]:
        """As Envoy lists them for users' requests."""
        return tuple(
            sorted(
                Endpoint(revision=revision, address=replica.address, draining=replica.is_draining)
                for revision, cluster in self._user_clusters
                for replica in cluster.host_statuses
            )
        )

    @property
    def _user_clusters(self) -> Iterator[tuple[RevisionId, Cluster]]:
        for name, cluster in self._clusters.items():
            revision = revision_of(name)
            if name == self.service.cluster(revision):
                yield revision, cluster

    @property
    def _unhealthy(self) -> tuple[str, ...]:
        """Also on the preview address: a smoke test that asks too early would blame the version."""
        replicas = [replica for cluster in self._clusters.values() for replica in cluster.host_statuses]
        return tuple(sorted({replica.address for replica in replicas if not replica.is_healthy}))

    @property
    def _endpoints_generation(self) -> int:
        """The oldest list that some cluster still goes by; 0 while one cannot be routed to yet."""
        versions = [self._version_of(name) for name in self.state.clusters]
        return min(map(generation_of, versions), default=self.state.endpoints_generation)

    def _version_of(self, cluster: str) -> str:
        if cluster not in self._clusters:
            return ""
        return str(self._stats.get(f"cluster.{statistics_name(cluster)}.version_text", ""))

    # Other hands

    def _foreign(self) -> Iterator[str]:
        for path in self._paths():
            written = files.read(path)
            if written is None:
                yield f"{self._short(path)} was removed by other hands"
            elif not written.is_ours:
                yield f"{self._short(path)} was changed by other hands"
        for name in self._names:
            if self._is_altered(name) and self._written[name].is_ours:
                yield f"Envoy runs another route than {self._short(self._own[1])} says"

    def _paths(self) -> Iterator[Path]:
        yield self._own[1]
        if self.state.options.preview:
            yield self.service.preview
        yield from (self.service.endpoints(name) for name in self.state.clusters)
        yield from (self.home.clusters, self.home.listeners)

    def _short(self, path: Path) -> str:
        return str(path.relative_to(self.home.root))


def _spans(possible: Iterator[Shares]) -> tuple[dict[RevisionId, Share], dict[RevisionId, Share]]:
    all_shares = list(possible)
    names = sorted({name for shares in all_shares for name in shares})
    lowest = {name: min(shares.get(name, NONE) for shares in all_shares) for name in names}
    return lowest, {name: max(shares.get(name, NONE) for shares in all_shares) for name in names}
