"""Kinds of objects, as the API server's addresses name them."""

from typing import NamedTuple


class Kind(NamedTuple):
    """Where objects of a kind are."""

    version: str
    plural: str
    is_namespaced: bool = True


DEPLOYMENT = Kind("apps/v1", "deployments")
STATEFUL_SET = Kind("apps/v1", "statefulsets")
DAEMON_SET = Kind("apps/v1", "daemonsets")
POD = Kind("v1", "pods")
POD_METRICS = Kind("metrics.k8s.io/v1beta1", "pods")
CONFIG_MAP = Kind("v1", "configmaps")
SECRET = Kind("v1", "secrets")
AUTOSCALER = Kind("autoscaling/v2", "horizontalpodautoscalers")
SERVICE = Kind("v1", "services")
EVENT = Kind("v1", "events")
ENDPOINT_SLICE = Kind("discovery.k8s.io/v1", "endpointslices")
HTTP_ROUTE = Kind("gateway.networking.k8s.io/v1", "httproutes")
GATEWAY = Kind("gateway.networking.k8s.io/v1", "gateways")
GATEWAY_CLASS = Kind("gateway.networking.k8s.io/v1", "gatewayclasses", is_namespaced=False)
VIRTUAL_SERVICE = Kind("networking.istio.io/v1", "virtualservices")
DESTINATION_RULE = Kind("networking.istio.io/v1", "destinationrules")
