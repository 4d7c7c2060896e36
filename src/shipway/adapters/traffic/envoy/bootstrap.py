"""What Envoy reads once, when it starts (envoyproxy.io, config.bootstrap.v3)."""

from pathlib import Path

from shipway.adapters.traffic._buckets import BOUNDS_MILLISECONDS
from shipway.adapters.traffic.envoy.buckets import bucket_of
from shipway.adapters.traffic.envoy.files import Json
from shipway.adapters.traffic.envoy.places import Home

FLUSH_SECONDS = 1.0
"""Latencies appear in the statistics this late."""


def bootstrap(home: Home) -> Json:
    """Only where things are; all that changes is in the files that it names."""
    return {
        "node": {"id": "shipway", "cluster": "shipway"},
        "admin": {"address": {"pipe": {"path": str(home.socket), "mode": 0o600}}},
        "stats_flush_interval": seconds(FLUSH_SECONDS),
        "stats_config": {
            "histogram_bucket_settings": [
                {
                    "match": {"suffix": "upstream_rq_time"},
                    "buckets": [bucket_of(bound) for bound in BOUNDS_MILLISECONDS],
                }
            ]
        },
        "dynamic_resources": {"lds_config": watched(home.listeners), "cds_config": watched(home.clusters)},
    }


def watched(path: Path) -> Json:
    """A source of configuration that is a file."""
    return {"resource_api_version": "V3", "path_config_source": {"path": str(path)}}


def seconds(value: float) -> str:
    """A duration as protobuf's JSON writes it: with 0, 3 or 6 digits after the point."""
    whole, micros = divmod(round(value * 1_000_000), 1_000_000)
    if not micros:
        return f"{whole}s"
    return f"{whole}.{micros // 1000:03d}s" if micros % 1000 == 0 else f"{whole}.{micros:06d}s"
