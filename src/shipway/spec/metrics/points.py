"""What sources have in common that keep counts per interval."""

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from shipway.spec.fields import Duration, DurationPositive, Section, Text
from shipway.spec.metrics.words import per_version

PointQuery = Annotated[Text, AfterValidator(per_version), WithJsonSchema({"type": "string", "pattern": r"\S"})]


class Counted(Section):
    """Counts of requests per interval."""

    requests: PointQuery
    errors: PointQuery
    latency: dict[DurationPositive, PointQuery] = Field(default={})
    in_flight: PointQuery | None = None
    lateness: Duration = 60.0
    timeout: DurationPositive = 10.0
