"""Datadog's timeseries: https://docs.datadoghq.com/api/latest/metrics/#query-timeseries-points (v1)."""

from collections.abc import Mapping

from msgspec import Struct

from shipway.adapters.metrics._intervals import Pace, Points
from shipway.adapters.metrics._placeholders import QueryWrong, shown
from shipway.adapters.web.client import Client

QUERIES_MAX = 25
"""In one question, so that an address does not become too long."""


class Series(Struct, frozen=True):
    """One of the series of one of the queries; a point is (milliseconds, value or nothing)."""

    pointlist: tuple[tuple[float, float | None], ...] = ()
    interval: float = 0.0
    query_index: int = 0
    expression: str = ""


class Answered(Struct, frozen=True):
    """What comes back, also for a query that is wrong."""

    status: str = "ok"
    error: str = ""
    errors: tuple[str, ...] = ()
    series: tuple[Series, ...] = ()


class Valid(Struct, frozen=True):
    """Whether a key is one."""

    valid: bool = False


class Datadog:
    """One organisation."""

    name = "datadog"

    def __init__(self, client: Client, pace: Pace) -> None:
        self.client, self.pace = client, pace

    async def check(self) -> str:
        """`Datadog at https://…`. Raises `PortError` when it does not answer, or does not know the key."""
        answer = await self.client.get("/api/v1/validate", {})
        if answer.status == 200 and self.client.read(answer, Valid).valid:
            return f"Datadog at {self.client.url}"
        said = f"Datadog does not know the API key: {answer.status}"
        raise self.client.silent(said, fix="Check api_key and url.")

    async def close(self) -> None:
        """Let go of connections."""
        await self.client.close()

    async def points(self, queries: Mapping[str, str], *, start: float, end: float) -> Mapping[str, Points]:
        """Several queries in one question, told apart by their place in it."""
        found: dict[str, Points] = {}
        parts = list(queries)
        for first in range(0, len(parts), QUERIES_MAX):
            some = parts[first : first + QUERIES_MAX]
            found |= await self._points({part: queries[part] for part in some}, start=start, end=end)
        return found

    async def _points(self, queries: Mapping[str, str], *, start: float, end: float) -> dict[str, Points]:
        interval = self.pace.interval_seconds
        parts = list(queries)
        asked = ",".join(_rolled(query, interval) for query in queries.values())
        question = {"from": f"{start:.0f}", "to": f"{end - 1:.0f}", "query": asked}
        answer = await self.client.get("/api/v1/query", question)
        told = self.client.read(answer, Answered)
        if answer.status != 200 or told.status != "ok":
            return await self._apart(queries, told, answer.status, start=start, end=end)
        found: dict[str, dict[float, float]] = {part: {} for part in parts}
        for series in told.series:
            part = parts[self._place(series, len(parts))]
            self._same_interval(series, part, queries[part])
            for milliseconds, value in series.pointlist:
                if value is not None:
                    at = milliseconds / 1000.0
                    found[part][at] = found[part].get(at, 0.0) + value
        return dict(found)

    async def _apart(
        self, queries: Mapping[str, str], told: Answered, status: int, *, start: float, end: float
    ) -> dict[str, Points]:
        """One by one, so that the error names the query."""
        why = shown(told.error or "; ".join(told.errors))
        if status >= 500:
            raise self.client.silent(f"Datadog failed with {status}", why=why)
        if len(queries) > 1:
            found: dict[str, Points] = {}
            for part, query in queries.items():
                found |= await self._points({part: query}, start=start, end=end)
            return found
        part, query = next(iter(queries.items()))
        raise QueryWrong(
            "Datadog does not understand the query",
            where=f"{part.split()[0]}: {shown(query)}",
            why=why,
            fix="Try it in Datadog's metrics explorer, with a version that runs.",
        )

    def _place(self, series: Series, count: int) -> int:
        if 0 <= series.query_index < count:
            return series.query_index
        raise self.client.silent(f"Datadog answered query {series.query_index} of {count}, which nobody asked")

    def _same_interval(self, series: Series, part: str, query: str) -> None:
        """Other intervals would be counted by other rules."""
        wanted = self.pace.interval_seconds
        if series.interval in (0.0, wanted):
            return
        raise QueryWrong(
            f"the query gives points of {series.interval:g} s where {wanted:g} s are meant",
            where=f"{part.split()[0]}: {shown(query)}",
            why="Its own rollup wins over ours.",
            fix=f"Remove .rollup(…) from it, or write `interval: {series.interval:g}s`.",
        )


def _rolled(query: str, interval: float) -> str:
    """With a rollup of our interval, unless it has one: counts are added up, of levels the highest stands."""
    how = "sum" if ".as_count()" in query else "max"
    return query if ".rollup(" in query else f"{query}.rollup({how}, {interval:.0f})"
