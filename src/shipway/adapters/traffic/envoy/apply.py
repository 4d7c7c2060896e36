"""Brings the files of one service, and with them Envoy, to the state that was asked for.

The order is the safety: a cluster's replicas before the cluster, the cluster before a route names it, and
a cluster goes only after a route that does not name it is in force.
"""

import re
import time
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic.envoy import clusters, files, inotify, running
from shipway.adapters.traffic.envoy.admin import Admin, Unreachable
from shipway.adapters.traffic.envoy.certificate_files import Certificates
from shipway.adapters.traffic.envoy.delivery import Delivery, Parcel
from shipway.adapters.traffic.envoy.endpoints import assignment
from shipway.adapters.traffic.envoy.files import Json, Response, response
from shipway.adapters.traffic.envoy.listener_file import ListenerFile
from shipway.adapters.traffic.envoy.places import Home, Service, Use, revision_of, statistics_name
from shipway.adapters.traffic.envoy.route_files import RouteFiles, route_of
from shipway.adapters.traffic.envoy.state import State, save, states
from shipway.adapters.traffic.envoy.token_files import TokenFile, authorities
from shipway.adapters.traffic.envoy.tokens import keys_cluster
from shipway.errors import PortError
from shipway.model.route import Route

WARM_SECONDS = 10.0
"""A new cluster can be routed to when its replicas' first health checks are over: their timeout at most."""
LOOK_SECONDS = 0.005


class Applying:
    """One service's files. The caller holds the service's lock, and has saved the state."""

    def __init__(self, home: Home, service: Service, *, admin: Admin) -> None:
        self.home, self.service, self.admin = home, service, admin
        self.delivery = Delivery(admin, home.log)
        self._certificates = Certificates(home, self.delivery)
        self._tokens = TokenFile(service, self.delivery)
        self._routes = RouteFiles(home, service, self.delivery)
        self._listener_file = ListenerFile(home, service, self.delivery)
        durable.directory(service.endpoints_directory)

    def endpoints(self, state: State) -> None:
        """Tell every cluster its replicas."""
        self._deliver_endpoints(state, state.clusters)
        self._deliver_clusters()
        if not self._routes.are_there(state):
            self._routes.deliver(state)
        self._deliver_listeners(state)
        self._prune(state)

    def route(self, state: State) -> None:
        """Divide requests."""
        new = [name for name in state.clusters if not self.service.endpoints(name).exists()]
        self._deliver_endpoints(state, new)
        self._deliver_clusters()
        self._await_clusters(frozenset(routed_clusters(self.service, state.route)))
        self._routes.deliver(state)
        self._deliver_listeners(state)
        self._prune(state)

    def _deliver_listeners(self, state: State) -> None:
        """What a listener names is there before it, and goes after it."""
        self._certificates.require(state.options)
        self._tokens.deliver(state.options)
        self._listener_file.deliver(state)
        self._tokens.leave(state.options)
        self._routes.leave(but=state.options)
        self._certificates.forget()

    def tokens(self, state: State) -> None:
        """Take up what the file of keys holds."""
        self._tokens.deliver(state.options)

    def withdrawal(self, state: State) -> None:
        """Listen no more, then forget the clusters; connections end when their requests do."""
        self._listener_file.deliver(state)
        self._routes.leave()
        self._deliver_clusters()
        own = (self.service.route, self.service.preview, self.service.tokens)
        for path in (*self.service.endpoints_directory.iterdir(), *own):
            path.unlink(missing_ok=True)
        self._certificates.forget()

    def certificate(self, state: State, *, now: float) -> None:
        """Take up what the files of the certificate hold."""
        self._certificates.renew(state.options, now=now)

    def _deliver_endpoints(self, state: State, names: Iterable[str]) -> None:
        self.delivery.hand_over([self._endpoints_parcel(state, name) for name in sorted(names)])

    def _endpoints_parcel(self, state: State, name: str) -> Parcel:
        revision = revision_of(name)
        listed = [endpoint for endpoint in state.endpoints if endpoint.revision == revision]
        content = response([assignment(name, listed)], generation=state.endpoints_generation)
        return Parcel(self.service.endpoints(name), content, f"cluster.{statistics_name(name)}")

    def _deliver_clusters(self) -> None:
        """All services' clusters are in one file, made from their states."""
        with durable.locked(self.home.lock):
            content = response(list(_clusters(self.home)), generation=0)
            inotify.require(_added(files.read(self.home.clusters), content))
            self.delivery.hand_over([Parcel(self.home.clusters, content, "cluster_manager.cds")])

    def _await_clusters(self, names: frozenset[str]) -> None:
        deadline = time.monotonic() + WARM_SECONDS
        while missing := names - self._warm(names):
            if time.monotonic() > deadline:
                raise PortError(
                    "Envoy does not finish the first health checks of a revision",
                    where=", ".join(sorted(missing)),
                    why=f"It cannot be routed to before; that takes more than {WARM_SECONDS:.0f} s.",
                    fix="Give `health.ready` a shorter timeout, or see why the replicas answer nothing.",
                )
            time.sleep(LOOK_SECONDS)

    def _warm(self, names: frozenset[str]) -> frozenset[str]:
        """What can be routed to; everything while Envoy does not run, for it starts with all that is written."""
        if not self.delivery.is_live:
            return names
        try:
            return frozenset(running.clusters(self.admin, self.service.name))
        except Unreachable:
            self.delivery.is_live = False
            return names

    def _prune(self, state: State) -> None:
        """Forget clusters that nothing needs, once Envoy runs the route that was written last."""
        needed = needed_clusters(self.service, state)
        unneeded = set(state.clusters) - needed
        if not unneeded or not self._route_is_in_force(state):
            return
        fewer = replace(state, clusters={name: state.clusters[name] for name in sorted(needed)})
        save(self.service.state, fewer)
        self._deliver_clusters()
        for name in unneeded:
            self.service.endpoints(name).unlink(missing_ok=True)

    def _route_is_in_force(self, state: State) -> bool:
        name, path = route_of(self.home, self.service, state.options)
        written = files.read(path)
        if not self.delivery.is_live or written is None:
            return False
        seen = self.admin.stats(rf"http\.{re.escape(name)}\.rds\.{re.escape(name)}\.version_text")
        return written.is_ours and written.version_info in seen.values()


def needed_clusters(service: Service, state: State) -> frozenset[str]:
    """Those that the route names, and one for each revision that has replicas."""
    served = {service.cluster(endpoint.revision) for endpoint in state.endpoints}
    return frozenset({*routed_clusters(service, state.route), *served})


def routed_clusters(service: Service, route: Route) -> Iterator[str]:
    """One for each use of each revision that the route names."""
    for revision in {*route.shares, *(rule.revision for rule in route.users)}:
        yield service.cluster(revision)
    if route.preview:
        yield service.cluster(route.preview, Use.PREVIEW)
    if route.mirror:
        yield service.cluster(route.mirror.revision, Use.SHADOW)


def with_clusters(service: Service, state: State) -> State:
    """The state with all clusters that it needs besides those it has: none goes here."""
    new = dict.fromkeys(sorted(needed_clusters(service, state)), state.options)
    return replace(state, clusters={**new, **state.clusters})


def _clusters(home: Home) -> Iterator[Json]:
    for service, state in states(home):
        for name, options in sorted(state.clusters.items()):
            yield clusters.cluster(name, endpoints=service.endpoints(name), options=options)
        if state.is_listening and state.options.tokens:
            yield from keys_cluster(service, state.options.tokens, authorities())


def _added(before: Response | None, after: Response) -> int:
    """How many clusters are new: each watches a file of its own."""
    known = {cluster.get("name") for cluster in before.resources} if before else set()
    return sum(cluster.get("name") not in known for cluster in after.resources)
