"""Datadog."""

from pydantic import Field

from shipway.spec.fields import DurationPositive
from shipway.spec.metrics.points import Counted, PointQuery
from shipway.spec.metrics.words import Secret, Url

HITS = "'sum:trace.http.request.hits{version:{version}}.as_count()'"


class Options(Counted):
    """Where to ask, and what."""

    url: Url = "https://api.datadoghq.com"
    api_key: Secret = Field(examples=["file:/run/secrets/datadog-api"])
    app_key: Secret = Field(examples=["file:/run/secrets/datadog-app"])
    requests: PointQuery = Field(examples=[HITS])
    errors: PointQuery = Field(examples=[HITS.replace("hits", "errors")])
    interval: DurationPositive = 10.0
