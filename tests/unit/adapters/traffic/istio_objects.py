"""A VirtualService and a DestinationRule as users write them."""

from copy import deepcopy
from typing import Any

from msgspec.structs import replace

from contract.memory_cluster import MemoryCluster
from shipway.adapters.clock import WallClock
from shipway.adapters.platforms.kubernetes.kinds import DESTINATION_RULE, VIRTUAL_SERVICE
from shipway.adapters.traffic.istio.adapter import IstioTraffic
from shipway.adapters.traffic.istio.options import IstioOptions
from unit.adapters.traffic.test_late_controllers import deployed

OPTIONS = IstioOptions(
    virtual_service="checkout",
    destination_rule="checkout",
    url="http://127.0.0.1:9",
    preview="preview.shop.example",
)
ROUTE = {
    "name": "pages",
    "match": [{"uri": {"prefix": "/shop"}}],
    "timeout": "10s",
    "retries": {"attempts": 2},
    "rewrite": {"uri": "/"},
    "route": [{"destination": {"host": "checkout", "subset": "v1", "port": {"number": 80}}}],
}
OTHER = {"name": "static", "route": [{"destination": {"host": "files"}}]}


def virtual_service(*http: dict[str, Any], **spec: Any) -> dict[str, Any]:
    routes = deepcopy(list(http or (ROUTE,)))
    said = {"hosts": ["shop.example"], "gateways": ["web"], "http": routes, **spec}
    return {"metadata": {"name": "checkout", "labels": {"team": "shop"}, "resourceVersion": "7"}, "spec": said}


def destination_rule(**spec: Any) -> dict[str, Any]:
    subsets = [
        {"name": "v1", "labels": {"version": "v1"}, "trafficPolicy": {"loadBalancer": {"simple": "RANDOM"}}}
    ]
    said = {"host": "checkout", "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}, "subsets": subsets, **spec}
    return {"metadata": {"name": "checkout", "resourceVersion": "8"}, "spec": said}


def meshed() -> MemoryCluster:
    cluster = deployed(MemoryCluster())
    cluster.put(VIRTUAL_SERVICE, virtual_service())
    cluster.put(DESTINATION_RULE, destination_rule())
    return cluster


def behind_istio(cluster: MemoryCluster, *, route: str = "") -> IstioTraffic:
    options = replace(OPTIONS, route=route)
    return IstioTraffic(options, service="checkout", cluster=cluster, clock=WallClock())
