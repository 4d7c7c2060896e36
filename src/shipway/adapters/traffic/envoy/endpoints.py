"""The replicas of one cluster, as a `ClusterLoadAssignment` (envoyproxy.io, config.endpoint.v3)."""

from collections.abc import Sequence

from shipway.adapters.traffic._options import split_address
from shipway.adapters.traffic.envoy.files import Json
from shipway.model.route import Endpoint

TYPE = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"


def assignment(cluster: str, endpoints: Sequence[Endpoint]) -> Json:
    """A draining replica stays listed: it gets nothing new, and its requests in flight can be counted."""
    replicas = [_replica(endpoint) for endpoint in sorted(endpoints)]
    return {"@type": TYPE, "cluster_name": cluster, "endpoints": [{"lb_endpoints": replicas}]}


def _replica(endpoint: Endpoint) -> Json:
    host, port = split_address(endpoint.address)
    address = {"socket_address": {"address": host, "port_value": port}}
    return {
        "endpoint": {"address": address},
        "health_status": "DRAINING" if endpoint.draining else "HEALTHY",
    }
