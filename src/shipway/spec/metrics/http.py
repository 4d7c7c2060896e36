"""Anything that answers with JSON."""

from pydantic import Field

from shipway.spec.fields import DurationPositive, HttpName
from shipway.spec.metrics.points import Counted, PointQuery
from shipway.spec.metrics.words import HeaderValue, Secret, Url


class Options(Counted):
    """Where to ask, and what. A query is an address below `url`, a space, and a JMESPath expression."""

    url: Url = Field(examples=["https://metrics.example/api"])
    requests: PointQuery = Field(examples=["'/counts?v={version} points[].[start, requests]'"])
    errors: PointQuery = Field(examples=["'/counts?v={version} points[].[start, errors]'"])
    token: Secret | None = None
    headers: dict[HttpName, HeaderValue] = Field(default={})
    interval: DurationPositive = 60.0
