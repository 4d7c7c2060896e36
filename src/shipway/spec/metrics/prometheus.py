"""Prometheus, and what speaks its query API."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shipway.spec.fields import DurationPositive, HttpName, Section, Text
from shipway.spec.metrics.words import HeaderValue, Query, RawQuery, Secret, Url, counter
from shipway.spec.problems import Wrong


def _per_side(query: str) -> str:
    """A query of one flag that tells its users apart. Raises `Wrong` otherwise."""
    missing = next((one for one in ("{flag}", "{shown}") if one not in query), None)
    if missing is None:
        return counter(query)
    raise Wrong(
        f"the query has no {missing}",
        why="It is asked for one flag, of the requests that were shown it and of those that were not.",
        fix='Select by labels: requests_total{flag="{flag}",shown="{shown}"}.',
    )


FlagQuery = Annotated[Text, AfterValidator(_per_side)]


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
