"""The clusters: how the replicas of one revision are reached (envoyproxy.io, config.cluster.v3)."""

from pathlib import Path

from shipway.adapters.traffic._options import HealthCheck
from shipway.adapters.traffic.envoy.bootstrap import seconds, watched
from shipway.adapters.traffic.envoy.files import Json
from shipway.adapters.traffic.envoy.options import EnvoyOptions
from shipway.adapters.traffic.envoy.places import statistics_name

TYPE = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
PROTOCOL = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
UNLIMITED = 1_000_000
"""Envoy's own limits of 1024 connections and requests, and of 3 retries at once, would refuse users' requests."""
LOOK_AGAIN_SECONDS = 1.0
"""Between checks of a replica that failed one, at most: it comes back as soon as it can."""
EJECTION_SECONDS = 1.0
EJECTION_SECONDS_MAX = 5.0
REFUSALS_IN_A_ROW = 3
AUTHORITY = "localhost"
"""Else it is the cluster's name, whose `|` is in no host: strict servers, Go's and all of HTTP/2, refuse it."""


def cluster(name: str, *, endpoints: Path, options: EnvoyOptions) -> Json:
    """Named in routes; its replicas come from a file of their own."""
    return {
        "@type": TYPE,
        "name": name,
        "alt_stat_name": statistics_name(name),
        "type": "EDS",
        "eds_cluster_config": {"eds_config": watched(endpoints)},
        "connect_timeout": seconds(options.connect_timeout_seconds),
        "lb_policy": "LEAST_REQUEST",
        **_slow_start(options),
        # A replica that is taken out of the list goes at once, whatever its checks say.
        "ignore_health_on_host_removal": True,
        # Envoy's panic mode, at less than half healthy, sends requests to draining and dead replicas. Its workers
        # would learn up to a second late that a replica is healthy, and answer 503 for one that is called so.
        "common_lb_config": {"healthy_panic_threshold": {}, "update_merge_window": "0s"},
        "health_checks": [_health_check(options)],
        "outlier_detection": _outlier_detection(),
        "circuit_breakers": {"thresholds": [_limits()]},
        "typed_extension_protocol_options": {PROTOCOL: _protocol(options)},
    }


def _slow_start(options: EnvoyOptions) -> Json:
    """From a tenth of an equal part, which is Envoy's own least, as long as the replica has been healthy."""
    if not options.slow_start:
        return {}
    return {"least_request_lb_config": {"slow_start_config": {"slow_start_window": seconds(options.slow_start)}}}


def _health_check(options: EnvoyOptions) -> Json:
    health = options.health
    again = seconds(min(health.period, LOOK_AGAIN_SECONDS))
    return {
        "timeout": seconds(health.timeout),
        "interval": seconds(health.period),
        "no_traffic_interval": seconds(health.period),
        "unhealthy_interval": again,
        "unhealthy_edge_interval": again,
        "unhealthy_threshold": health.failure_threshold,
        "healthy_threshold": 1,
        **_question(health, options.protocol),
    }


def _question(health: HealthCheck, protocol: str) -> Json:
    if protocol == "grpc":
        named = {"service_name": health.service} if health.service else {}
        return {"grpc_health_check": {**named, "authority": AUTHORITY}}
    question: dict[str, object] = {
        "path": health.path,
        "host": AUTHORITY,
        "expected_statuses": [{"start": 200, "end": 400}],
        # Else one bad answer is enough, whatever the threshold.
        "retriable_statuses": [{"start": 100, "end": 200}, {"start": 400, "end": 600}],
    }
    if protocol == "h2c":
        question = {**question, "codec_client_type": "HTTP2"}
    return {"http_health_check": question}


def _outlier_detection() -> Json:
    """Only what happens on the connection: answers of class 5xx are the guard's to judge, per revision."""
    return {
        "split_external_local_origin_errors": True,
        "consecutive_local_origin_failure": REFUSALS_IN_A_ROW,
        "enforcing_consecutive_local_origin_failure": 100,
        "enforcing_consecutive_5xx": 0,
        "enforcing_consecutive_gateway_failure": 0,
        "enforcing_success_rate": 0,
        "enforcing_local_origin_success_rate": 0,
        "interval": "1s",
        "base_ejection_time": seconds(EJECTION_SECONDS),
        "max_ejection_time": seconds(EJECTION_SECONDS_MAX),
        "max_ejection_percent": 50,
    }


def _limits() -> Json:
    names = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
    return dict.fromkeys(names, UNLIMITED)


def _protocol(options: EnvoyOptions) -> Json:
    name = "http_protocol_options" if options.protocol == "http1" else "http2_protocol_options"
    return {
        "@type": f"type.googleapis.com/{PROTOCOL}",
        "explicit_http_config": {name: {}},
        "common_http_protocol_options": {"idle_timeout": seconds(options.upstream_idle_seconds)},
    }
