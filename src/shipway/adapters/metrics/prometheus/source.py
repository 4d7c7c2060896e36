"""Counts of requests from Prometheus, as a `MetricSource`, and custom metrics, as `Measures`."""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from shipway.adapters.metrics._custom_queries import asked_for, queries_of, readings
from shipway.adapters.metrics._placeholders import QueryWrong, filled, nothing, shown, told_apart
from shipway.adapters.metrics._remembered import Remembered, Series, sample_of
from shipway.adapters.metrics.prometheus.api import Api, Item, Vector
from shipway.adapters.metrics.prometheus.by_instance import by_instance
from shipway.adapters.metrics.prometheus.counting import Starts, counted
from shipway.adapters.metrics.prometheus.custom import number_of, reading_of
from shipway.adapters.metrics.prometheus.options import PrometheusOptions
from shipway.adapters.metrics.prometheus.units import unit_doubt
from shipway.errors import PortError
from shipway.model.doubt import Doubt
from shipway.model.metric import Metric, Reading
from shipway.model.revision import RevisionId
from shipway.model.sample import Sample
from shipway.ports.exposures import Exposures

SUM = "latency_sum"
STARTED, SCRAPED = "started", "scraped"
BUCKET = re.compile(r"_bucket\b")


class Kept(Struct, frozen=True, kw_only=True):
    """What outlives an adapter."""

    asked: str
    series: dict[RevisionId, tuple[Series, ...]]
    starts: dict[str, float]


class Prometheus:
    """Reads only. Each series is a source of its own; one that is not seen for a while keeps its last counts."""

    def __init__(self, options: PrometheusOptions, api: Api, *, service: str) -> None:
        self.options, self.api, self.service = options, api, service
        self._remembered, self._starts = Remembered(), Starts()
        self.exposures: Exposures | None = None
        """Who counts requests with and without a flag, where queries for that are written."""

    async def check(self) -> str:
        """`Prometheus 2.42.0 at http://…`. Raises `PortError` when it does not answer, or not to queries."""
        version = await self.api.version()
        await self.api.one("vector(1)")
        return f"Prometheus {version}".rstrip() + f" at {self.api.client.url}"

    async def sample(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Sample]:
        """All revisions in one query, at one instant of the server's clock. Raises `PortError`."""
        told_apart(self.options.requests, self.service, revisions)
        vector = await self._with_native(await self._together(self._parts(revisions)), revisions)
        seen = {revision: self._seen(vector, revision) for revision in revisions}
        if not any(seen.values()) and any(self._remembered.knows(revision) for revision in revisions):
            raise self._vanished()
        self._remembered.forget_others(seen)
        return {revision: self._sample(vector, revision, series) for revision, series in seen.items()}

    def _sample(self, vector: Vector, revision: RevisionId, series: Mapping[str, Series]) -> Sample:
        """What only waits is seen too: most counters do not exist before the first answer."""
        waiting = self._in_flight(vector, revision)
        return sample_of(
            revision,
            self._remembered.with_(revision, series),
            at=self._scraped_at(vector, revision),
            in_flight=waiting,
            is_unseen=not (series or waiting),
        )

    async def by_replica(self, revision: RevisionId) -> Sample:
        """By job and instance, as Prometheus labels what it scrapes; no series where a query sums over them.

        Raises `PortError`, and `QueryWrong` as `sample` does.
        """
        vector = await self._with_native(await self._together(self._parts([revision])), [revision])
        parts = {key: vector.parts.get(_part(key, revision), ()) for key in (*self.options.queries, SUM)}
        return by_instance(revision, parts, self.options, at=vector.at)

    async def doubts(self, revision: RevisionId) -> Mapping[str, Doubt]:
        """By key of the release file: what is wrong with its query for a revision that serves."""
        found: dict[str, Doubt] = {}
        for key, query in self.options.queries.items():
            try:
                items = await self.api.one(filled(query, self.service, revision), key=f"metrics.prometheus.{key}")
                if not items and key != "errors":
                    found[key] = nothing(filled(query, self.service, revision), revision)
                else:
                    counted(self._alone(key, items), self.options, Starts())
                if key == "latency" and (doubt := unit_doubt(query, items, unit=self.options.latency_unit)):
                    found[key] = doubt
            except QueryWrong as error:
                found[key] = Doubt.of(error)
        return found

    async def probe(self, metrics: Sequence[Metric], revision: RevisionId) -> Mapping[str, Doubt]:
        """What is wrong with each metric's query, by name. Raises `PortError` when nothing answers."""
        found: dict[str, Doubt] = {}
        for metric in metrics:
            for key, query in queries_of(metric):
                asked = filled(query, self.service, revision)
                try:
                    items = await self.api.one(asked, key=f"guard.metrics.{metric.name}.{key}")
                    if number_of(metric, key, items) is None:
                        found.setdefault(metric.name, nothing(asked, revision))
                except QueryWrong as error:
                    found.setdefault(metric.name, Doubt.of(error))
        return found

    async def measure(
        self, metrics: Sequence[Metric], revisions: Sequence[RevisionId]
    ) -> Mapping[str, Mapping[RevisionId, Reading]]:
        """One number for each metric and revision, at one instant. Raises `PortError` for what is no number."""
        vector = await self._together(asked_for(metrics, revisions, self.service))
        return readings(metrics, revisions, lambda metric, revision: reading_of(metric, vector, revision))

    def memory(self) -> bytes:
        """Series that may be hidden by now: with them they come back as what they grew by."""
        kept = Kept(asked=self._asked(), series=self._remembered.kept(), starts=self._starts.kept())
        return msgspec.msgpack.encode(kept) if kept.series else b""

    def recall(self, kept: bytes) -> None:
        """Series that another adapter saw, with the same queries."""
        try:
            found = msgspec.msgpack.decode(kept, type=Kept)
        except msgspec.DecodeError:
            return
        if found.asked == self._asked():
            self._remembered.recall(found.series)
            self._starts.recall(found.starts)

    def _asked(self) -> str:
        written = msgspec.json.encode((self.service, self.options.queries, self.options.unit_seconds))
        return hashlib.sha256(written).hexdigest()

    async def close(self) -> None:
        """Let go of connections."""
        await self.api.client.close()

    async def _together(self, asked: Mapping[str, str]) -> Vector:
        """All at once; where that is refused, one by one, so that the error names the query."""
        try:
            return await self.api.together(asked)
        except QueryWrong:
            found = {part: await self.api.one(query, key=part.split()[0]) for part, query in asked.items()}
        at = max((item.at for items in found.values() for item in items), default=0.0)
        return Vector(at, found)

    async def _with_native(self, vector: Vector, revisions: Sequence[RevisionId]) -> Vector:
        """With histograms that are no classic ones: servers before 2.43 lose those in a combined query. They are
        asked for at the same instant, and may show one scrape more."""
        latency = self.options.latency
        if latency is None or BUCKET.search(latency):
            return vector
        found = {
            _part("latency", revision): await self.api.one(
                filled(latency, self.service, revision), key="metrics.prometheus.latency", at=vector.at
            )
            for revision in revisions
        }
        return Vector(vector.at, {**vector.parts, **found})

    def _parts(self, revisions: Sequence[RevisionId]) -> dict[str, str]:
        """The queries of all revisions, by revision and key."""
        parts: dict[str, str] = {}
        for revision in revisions:
            for key, query in self._combinable().items():
                parts[_part(key, revision)] = filled(query, self.service, revision)
        return parts

    def _combinable(self) -> dict[str, str]:
        """By key: what is asked of each revision in one query, with what can be had beside it."""
        queries, latency = dict(self.options.queries), self.options.latency
        if latency and BUCKET.search(latency):
            queries[SUM] = BUCKET.sub("_sum", latency)
        else:
            queries.pop("latency", None)
        queries[SCRAPED] = f"min(timestamp((\n{self.options.requests}\n)))"
        queries[STARTED] = f"process_start_time_seconds and on (job, instance) (\n{self.options.requests}\n)"
        return queries

    def _seen(self, vector: Vector, revision: RevisionId) -> dict[str, Series]:
        parts = {key: vector.parts.get(_part(key, revision), ()) for key in (*self.options.queries, SUM, STARTED)}
        return counted(parts, self.options, self._starts)

    def _scraped_at(self, vector: Vector, revision: RevisionId) -> float:
        """When that series was scraped that was so longest ago; sums do not tell, and have the query's time."""
        scraped = vector.parts.get(_part(SCRAPED, revision), ())
        return scraped[0].number if scraped else vector.at

    def _in_flight(self, vector: Vector, revision: RevisionId) -> int:
        numbers = [item.number for item in vector.parts.get(_part("in_flight", revision), ())]
        return round(math.fsum(number for number in numbers if math.isfinite(number) and number > 0.0))

    def _alone(self, key: str, items: tuple[Item, ...]) -> Mapping[str, tuple[Item, ...]]:
        return {key: () if key == "in_flight" else items}

    def _vanished(self) -> PortError:
        return self.api.client.silent(
            "Prometheus has no series of any version any more",
            why=f"It had some before, and answers; nothing came back for {shown(self.options.requests)}",
            fix="Look at Prometheus' page of targets: the service is not scraped.",
        )


def _part(key: str, revision: RevisionId) -> str:
    return f"metrics.prometheus.{key} {revision}"
