"""A latency that is read in another unit than it is counted in is told before users are exposed."""

import pytest

from shipway.adapters.metrics.prometheus.api import Item
from shipway.adapters.metrics.prometheus.units import unit_doubt

CLIENT = ("0.005", "0.1", "1.0", "10.0", "+Inf")
"""As Prometheus' client libraries count seconds, …"""
OTEL = ("0", "5", "100", "1000", "10000", "+Inf")
"""… and OpenTelemetry milliseconds."""
ENVOY = ("1", "10", "500", "3600000", "+Inf")
BATCH = ("0.5", "60", "3600", "+Inf")


def buckets(*bounds: str) -> list[Item]:
    return [Item(metric={"le": bound}, value=(0.0, "1")) for bound in bounds]


@pytest.mark.parametrize(
    ("query", "bounds", "unit", "said"),
    [
        ("request_milliseconds_bucket{}", ENVOY, "s", "counts milliseconds by its name, and is read as seconds"),
        ("request_seconds_bucket{}", CLIENT, "ms", "counts seconds by its name, and is read as milliseconds"),
        ("took_bucket{}", ENVOY, "s", "has buckets from 1 s to 3,600,000 s, which looks like milliseconds"),
        ("took_bucket{}", CLIENT, "ms", "has buckets from 0.005 ms to 10 ms, which looks like seconds"),
        ("took_bucket{}", OTEL, "s", "has buckets from 5 s to 10,000 s, which looks like milliseconds"),
        ("took_bucket{}", ENVOY, "ms", ""),
        ("took_bucket{}", CLIENT, "s", ""),
        ("took_bucket{}", BATCH, "s", ""),
        ("took_bucket{}", OTEL, "ms", ""),
        ("took{}", (), "s", ""),
    ],
)
def test_a_unit_that_looks_wrong_is_named_with_what_came_back(
    query: str, bounds: tuple[str, ...], unit: str, said: str
) -> None:
    found = unit_doubt(query, buckets(*bounds), unit=unit)
    assert (found.what if found else "") == said
    assert found is None or (found.why and "latency_unit" in found.fix)
