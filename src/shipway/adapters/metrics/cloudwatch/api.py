"""CloudWatch's GetMetricData: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shipway.adapters.metrics._intervals import Pace, Points
from shipway.adapters.metrics._placeholders import QueryWrong, shown
from shipway.adapters.metrics.cloudwatch.client import AwsClient, Refused

QUERIES_MAX = 500
"""That many GetMetricData takes at once."""
PAGES_MAX = 50
METRIC = re.compile(r"^(?P<namespace>[\w./#:-]+) (?P<metric>[\w./#:-]+)(?P<dimensions>(?: [\w./#:-]+=\S+)*)$")
PROBE = "Shipway Probe"


class CloudWatch:
    """One region."""

    name = "cloudwatch"

    def __init__(self, client: AwsClient, pace: Pace) -> None:
        self.client, self.pace = client, pace

    async def check(self) -> str:
        """`CloudWatch in eu-west-1`. Raises `PortError` when it does not answer, or not to these credentials."""
        await self.points({"check": PROBE}, start=0.0, end=self.pace.interval_seconds)
        return f"CloudWatch in {self.client.region}"

    async def close(self) -> None:
        """Let go of connections."""
        await self.client.close()

    async def points(self, queries: Mapping[str, str], *, start: float, end: float) -> Mapping[str, Points]:
        """Page by page."""
        found: dict[str, Points] = {}
        parts = list(queries)
        for first in range(0, len(parts), QUERIES_MAX):
            some = {part: queries[part] for part in parts[first : first + QUERIES_MAX]}
            try:
                found |= await self._points(some, start=start, end=end)
            except Refused as error:
                found |= await self._apart(some, error, start=start, end=end)
        return found

    async def _apart(
        self, queries: Mapping[str, str], error: Refused, *, start: float, end: float
    ) -> dict[str, Points]:
        """One by one, so that the error names the query."""
        if len(queries) > 1:
            found: dict[str, Points] = {}
            for part, query in queries.items():
                found |= await self.points({part: query}, start=start, end=end)
            return found
        part, query = next(iter(queries.items()))
        raise QueryWrong(
            "CloudWatch does not understand the query",
            where=f"{part.split()[0]}: {shown(query)}",
            why=str(error),
            fix="Write `Namespace Metric Dimension=Value`, or try the expression in CloudWatch's console.",
        ) from error

    async def _points(self, queries: Mapping[str, str], *, start: float, end: float) -> dict[str, Points]:
        ids = {f"q{number}": part for number, part in enumerate(queries)}
        found: dict[str, dict[float, float]] = {part: {} for part in queries}
        question: dict[str, object] = {
            "MetricDataQueries": [self._query(name, queries[part]) for name, part in ids.items()],
            "StartTime": datetime.fromtimestamp(start, UTC),
            "EndTime": datetime.fromtimestamp(end, UTC),
            "ScanBy": "TimestampAscending",
        }
        partial: set[str] = set()
        for _ in range(PAGES_MAX):
            page = await self.client.get_metric_data(question)
            self._whole(page)
            for result in page["MetricDataResults"]:
                self._take(result, found[ids[result["Id"]]], partial)
            if not page.get("NextToken"):
                break
            question["NextToken"] = page["NextToken"]
        if partial or page.get("NextToken"):
            raise self.client.silent(
                "CloudWatch answered in part only", why=f"{len(partial)} queries are incomplete"
            )
        return dict(found)

    def _whole(self, page: Mapping[str, Any]) -> None:
        """Raises for a page that is none, which botocore reads as an empty one, and for one with messages."""
        if "MetricDataResults" not in page:
            raise self.client.silent("CloudWatch answered with something that is not its API's JSON")
        messages = page.get("Messages", ())
        if messages:
            said = "; ".join(f"{one.get('Code')}: {one.get('Value')}" for one in messages)
            raise self.client.silent("CloudWatch answered in part only", why=shown(said))

    def _take(self, result: Mapping[str, Any], points: dict[float, float], partial: set[str]) -> None:
        status = result.get("StatusCode", "Complete")
        if status in ("InternalError", "Forbidden"):
            said = "; ".join(str(one.get("Value")) for one in result.get("Messages", ()))
            raise self.client.silent(f"CloudWatch answered {status}", why=shown(said))
        (partial.add if status == "PartialData" else partial.discard)(result["Id"])
        for at, value in zip(result.get("Timestamps", ()), result.get("Values", ()), strict=True):
            seconds = at.timestamp()
            points[seconds] = points.get(seconds, 0.0) + float(value)

    def _query(self, name: str, query: str) -> dict[str, object]:
        """A metric with its statistic, `Sum` unless ` @` and another stand behind it; or an expression."""
        written, _, statistic = query.partition(" @")
        period = round(self.pace.interval_seconds)
        found = METRIC.match(written.strip())
        if found is None:
            return {"Id": name, "Expression": written.strip(), "Period": period}
        pairs = [pair.partition("=") for pair in found["dimensions"].split()]
        metric = {
            "Namespace": found["namespace"],
            "MetricName": found["metric"],
            "Dimensions": [{"Name": key, "Value": value} for key, _, value in pairs],
        }
        return {"Id": name, "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic or "Sum"}}
