"""Probes for a container that has none, from those of the release file. Pure.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
"""

import math
from typing import Any

from shipway.adapters.replicas.health import HealthOptions, Probe, probes_of
from shipway.model.revision import Revision

Object = dict[str, Any]


def given(container: Object, revision: Revision, port: int) -> Object:
    """The container with a probe of each kind; its own are kept as they are."""
    health = probes_of(revision, HealthOptions())
    missing = {
        key: _probe(probe, port)
        for key, probe in (("readinessProbe", health.ready), ("livenessProbe", health.alive))
        if key not in container
    }
    return {**container, **missing}


def _probe(probe: Probe, port: int) -> Object:
    """In whole seconds, as the kubelet counts."""
    asked = {"grpc": {"port": port, "service": probe.service}} if probe.protocol == "grpc" else _http(probe, port)
    return {
        **asked,
        "initialDelaySeconds": math.ceil(probe.initial_delay),
        "periodSeconds": max(1, math.ceil(probe.period)),
        "timeoutSeconds": max(1, math.ceil(probe.timeout)),
        "failureThreshold": probe.failure_threshold,
    }


def _http(probe: Probe, port: int) -> Object:
    return {"httpGet": {"path": probe.path, "port": port}}
