"""What Envoy runs, as its administration tells it. Only this counts as confirmed."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

import msgspec
from msgspec import Struct

from shipway.adapters.traffic.envoy.admin import Admin, NotThere
from shipway.adapters.traffic.envoy.places import revision_of
from shipway.adapters.traffic.envoy.routes import METADATA
from shipway.model.revision import RevisionId
from shipway.model.route import Route
from shipway.model.share import NONE, TOTAL, Share

Shares = Mapping[RevisionId, Share]


class _Weight(Struct, frozen=True):
    name: str
    weight: int = 0


class _Weighted(Struct, frozen=True):
    clusters: tuple[_Weight, ...] = ()


class _Action(Struct, frozen=True):
    cluster: str = ""
    weighted_clusters: _Weighted = _Weighted()


class _Rule(Struct, frozen=True):
    match: dict[str, object] = {}
    route: _Action | None = None


class _Host(Struct, frozen=True):
    routes: tuple[_Rule, ...] = ()


class _Made(Struct, frozen=True):
    route: str = ""


class _Metadata(Struct, frozen=True):
    filter_metadata: dict[str, _Made] = {}


class _Configuration(Struct, frozen=True):
    virtual_hosts: tuple[_Host, ...] = ()
    metadata: _Metadata = _Metadata()


class RunningRoute(Struct, frozen=True):
    """A route configuration in force."""

    version_info: str = ""
    route_config: dict[str, object] = {}


class _RouteDump(Struct):
    configs: tuple[RunningRoute, ...] = ()


def routes(admin: Admin, names: Iterable[str]) -> dict[str, RunningRoute]:
    """By name: the configurations in force of these names; one that Envoy has not taken up is left out."""
    pattern = quote("^(" + "|".join(re.escape(name) for name in names) + ")$", safe="")
    try:
        answer = admin.get(f"/config_dump?resource=dynamic_route_configs&name_regex={pattern}")
    except NotThere:
        return {}  # it has just started, and taken up none at all
    dump = msgspec.json.decode(answer, type=_RouteDump)
    return {str(running.route_config.get("name", "")): running for running in dump.configs}


def shares(route_config: Mapping[str, object]) -> Shares:
    """How a route configuration divides requests that no rule chose."""
    configuration = msgspec.convert(route_config, _Configuration)
    action = _everyone(configuration)
    if action is None:
        return {}
    weights = action.weighted_clusters.clusters or (_Weight(action.cluster, TOTAL),)
    total = sum(weight.weight for weight in weights)
    found: dict[RevisionId, Share] = {}
    for weight in weights:
        revision = revision_of(weight.name)
        found[revision] = Share(found.get(revision, NONE) + weight.weight * TOTAL // (total or 1))
    return found


def _everyone(configuration: _Configuration) -> _Action | None:
    rules = [rule for host in configuration.virtual_hosts for rule in host.routes]
    return next((rule.route for rule in rules if len(rule.match) == 1), None)


def made_of(route_config: Mapping[str, object]) -> Route | None:
    """The `Route` that a route configuration says it was made of; none if it does not say."""
    made = msgspec.convert(route_config, _Configuration).metadata.filter_metadata.get(METADATA)
    return msgspec.json.decode(made.route, type=Route) if made and made.route else None


class _SocketAddress(Struct, frozen=True):
    address: str = ""
    port_value: int = 0


class _Address(Struct, frozen=True):
    socket_address: _SocketAddress = _SocketAddress()


class _Health(Struct, frozen=True):
    eds_health_status: str = ""
    failed_active_health_check: bool = False
    failed_outlier_check: bool = False
    pending_active_hc: bool = False


class _Stat(Struct, frozen=True):
    name: str = ""
    value: str = "0"


class Replica(Struct, frozen=True):
    """One host of one cluster."""

    address_: _Address = msgspec.field(name="address", default=_Address())
    health_status: _Health = _Health()
    stats: tuple[_Stat, ...] = ()

    @property
    def address(self) -> str:
        """`host:port`, as a platform writes it."""
        host, port = self.address_.socket_address.address, self.address_.socket_address.port_value
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def is_draining(self) -> bool:
        """It gets nothing new because we said so."""
        return self.health_status.eds_health_status == "DRAINING"

    @property
    def is_healthy(self) -> bool:
        """Whether Envoy's own checks would let it have requests."""
        health = self.health_status
        return not (health.failed_active_health_check or health.failed_outlier_check or health.pending_active_hc)

    @property
    def in_flight(self) -> int:
        """Requests, streams and WebSockets not yet ended, and requests that wait for a connection to it."""
        return self._sum("rq_active", "rq_pending_active")

    @property
    def requests(self) -> int:
        """Attempts that ended, since Envoy knows this replica."""
        return self._sum("rq_success", "rq_error")

    @property
    def errors(self) -> int:
        """Those that it answered with 5xx, or broke off."""
        return self._sum("rq_error")

    def _sum(self, *names: str) -> int:
        return sum(int(stat.value) for stat in self.stats if stat.name in names)


class Cluster(Struct, frozen=True):
    """One cluster in force."""

    name: str
    host_statuses: tuple[Replica, ...] = ()


class _ClusterDump(Struct):
    cluster_statuses: tuple[Cluster, ...] = ()


def clusters(admin: Admin, service: str) -> dict[str, Cluster]:
    """By name: the service's clusters that can be routed to."""
    pattern = quote(rf"^{re.escape(service)}\|", safe="")
    answer = admin.get(f"/clusters?format=json&filter={pattern}")
    dump = msgspec.json.decode(answer, type=_ClusterDump)
    # Should the filter be for other names than ours one day, nothing foreign may slip in.
    return {cluster.name: cluster for cluster in dump.cluster_statuses if cluster.name.startswith(f"{service}|")}
