"""Amazon CloudWatch."""

from typing import Annotated

from pydantic import Field, WithJsonSchema

from shipway.spec.fields import Duration, DurationPositive, Section, Text
from shipway.spec.metrics.points import PointQuery
from shipway.spec.metrics.words import Url


class Options(Section):
    """Where to ask, and what."""

    region: Annotated[Text, WithJsonSchema({"type": "string", "pattern": r"\S"})] = Field(examples=["eu-west-1"])
    requests: PointQuery = Field(examples=["Shop Requests Version={version}"])
    errors: PointQuery = Field(examples=["Shop Errors Version={version}"])
    latency: PointQuery | None = None
    bounds: tuple[DurationPositive, ...] = (0.1, 0.25, 0.5, 1.0, 2.5)
    in_flight: PointQuery | None = None
    profile: Text | None = None
    url: Url | None = None
    interval: DurationPositive = 60.0
    lateness: Duration = 180.0
    timeout: DurationPositive = 10.0
