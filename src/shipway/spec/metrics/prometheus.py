"""Prometheus, and what speaks its query API."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shipway.spec.fields import DurationPositive, HttpName, Section, Text
from shipway.spec.measured import per_side
from shipway.spec.metrics.words import HeaderValue, Query, RawQuery, Secret, Url, counter

FlagQuery = Annotated[Text, AfterValidator(per_side), AfterValidator(counter)]


class FlagQueries(Section):
    """What is counted of users with and without a flag."""

    requests: FlagQuery = Field(examples=["""'requests_total{flag="{flag}",shown="{shown}"}'"""])
    errors: FlagQuery | None = None
    latency: FlagQuery | None = None


class Options(Section):
    """Where to ask, and what."""

    url: Url = Field(examples=["http://prometheus:9090"])
    requests: RawQuery = Field(examples=["""'http_requests_total{version="{version}"}'"""])
    errors: RawQuery | None = None
    latency: RawQuery | None = None
    latency_unit: Literal["s", "ms"] = "s"
    in_flight: Query | None = None
    flags: FlagQueries | None = None
    token: Secret | None = None
    headers: dict[HttpName, HeaderValue] = Field(default={})
    timeout: DurationPositive = 5.0
