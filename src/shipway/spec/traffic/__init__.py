"""What carries requests to replicas. One file per product, named by its word in the file."""

from shipway.spec.choice import Choice
from shipway.spec.traffic.envoy import Options as Envoy
from shipway.spec.traffic.gateway_api import Options as GatewayApi
from shipway.spec.traffic.haproxy import Options as Haproxy
from shipway.spec.traffic.istio import Options as Istio
from shipway.spec.traffic.nginx import Options as Nginx
from shipway.spec.traffic.routing_mesh import Options as RoutingMesh
from shipway.spec.traffic.service import Options as Service

IN_CLUSTER = ("service", "gateway_api", "istio")
"""Those that are part of a Kubernetes cluster."""


class Traffic(Choice):
    """Exactly one way in. A new one is a file here and a line below."""

    envoy: Envoy | None = None
    haproxy: Haproxy | None = None
    nginx: Nginx | None = None
    routing_mesh: RoutingMesh | None = None
    service: Service | None = None
    gateway_api: GatewayApi | None = None
    istio: Istio | None = None
