"""Prometheus, and what speaks its query API."""

from typing import Literal

from pydantic import Field

from shipway.spec.fields import DurationPositive, HttpName, Section
from shipway.spec.metrics.words import HeaderValue, Query, RawQuery, Secret, Url


class Options(Section):
    """Where to ask, and what."""

    url: Url = Field(examples=["http://prometheus:9090"])
    requests: RawQuery = Field(examples=["""'http_requests_total{version="{version}"}'"""])
    errors: RawQuery | None = None
    latency: RawQuery | None = None
    latency_unit: Literal["s", "ms"] = "s"
    in_flight: Query | None = None
    token: Secret | None = None
    headers: dict[HttpName, HeaderValue] = Field(default={})
    timeout: DurationPositive = 5.0
