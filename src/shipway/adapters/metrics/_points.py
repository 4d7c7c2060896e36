"""A `MetricSource` and `Measures` over services that keep counts per interval."""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

import msgspec
from msgspec import Struct

from shipway.adapters.metrics._custom_queries import asked_for, part_of, queries_of, readings
from shipway.adapters.metrics._intervals import (
    GAP_SECONDS_MAX,
    LATE_SECONDS,
    KeptTotal,
    Pace,
    Points,
    Total,
)
from shipway.adapters.metrics._placeholders import QueryWrong, filled, nothing, shown, told_apart
from shipway.errors import PortError
from shipway.model.doubt import Doubt
from shipway.model.metric import Metric, Reading
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.ports.clock import Clock

FAILED_SECONDS = 10.0
"""Until a source that failed is asked again."""


class Asked(Protocol):
    """One service's API."""

    name: str
    """As the release file has it."""

    async def check(self) -> str:
        """One line that says what answered."""
        ...

    async def points(self, queries: Mapping[str, str], *, start: float, end: float) -> Mapping[str, Points]:
        """Of each query, the values of the intervals that begin from `start` to before `end`; several series of a
        query are added up. Keys of `queries` say where they stand in the release file. Raises `PortError`."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Wanted(Struct, frozen=True, kw_only=True):
    """Queries with `{version}`, `{revision}` and `{service}`; each gives how many there were in each interval."""

    requests: str
    errors: str
    latency: Mapping[float, str] = {}
    """By bound in seconds: how many took at most that long."""
    in_flight: str | None = None

    def queries(self) -> Iterator[tuple[str, str]]:
        """By key of the release file."""
        yield from (("requests", self.requests), ("errors", self.errors))
        yield from ((f"latency.{bound:g}s", query) for bound, query in self.latency.items())
        if self.in_flight:
            yield "in_flight", self.in_flight


NEVER_ASKED = Total("", origin=0.0)
"""The sum of a query that the release file does not have."""


class Kept(Struct, frozen=True, kw_only=True):
    """What outlives an adapter."""

    asked: str
    origin: float
    totals: dict[str, KeptTotal]


class PointSource:
    """Asks once for each new interval; looks between two get the same sample again."""

    def __init__(self, api: Asked, wanted: Wanted, pace: Pace, *, service: str, clock: Clock) -> None:
        self.api, self.wanted, self.pace, self.service, self._clock = api, wanted, pace, service, clock
        self._origin: float | None = None
        self._totals: dict[str, Total] = {}
        self._failure: tuple[float, PortError] | None = None

    async def check(self) -> str:
        """What answered. Raises `PortError`."""
        return await self.api.check()

    async def close(self) -> None:
        """Let go of connections."""
        await self.api.close()

    def memory(self) -> bytes:
        """Its sums, so that another adapter goes on from them; nobody asked for the others lately."""
        newest = max((total.until for total in self._totals.values()), default=0.0)
        self._totals = {
            part: total for part, total in self._totals.items() if total.until >= newest - LATE_SECONDS
        }
        if self._origin is None:
            return b""
        totals = {part: total.kept() for part, total in self._totals.items()}
        return msgspec.msgpack.encode(Kept(asked=self._asked(), origin=self._origin, totals=totals))

    def recall(self, kept: bytes) -> None:
        """Sums of an adapter that asked the same, if that is not too long ago."""
        try:
            found = msgspec.msgpack.decode(kept, type=Kept)
        except msgspec.DecodeError:
            return
        newest = max((total.until for total in found.totals.values()), default=0.0)
        is_recent = self._clock.now() - newest <= GAP_SECONDS_MAX
        if found.asked == self._asked() and is_recent and self._origin is None:
            self._origin = found.origin
            self._totals = {part: Total.of(total) for part, total in found.totals.items()}

    def _asked(self) -> str:
        """What the sums are sums of."""
        written = msgspec.json.encode((self.api.name, self.service, list(self.wanted.queries()), self.pace))
        return hashlib.sha256(written).hexdigest()

    async def sample(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Sample]:
        """Complete until the end of the last interval that is over for long enough. Raises `PortError`."""
        queries = {
            self._part(key, revision): query
            for key, each in self.wanted.queries()
            for revision, query in told_apart(each, self.service, revisions).items()
        }
        until = await self._taken(queries)
        seen = [self._total("requests", revision) for revision in revisions]
        if any(total.newest is not None for total in seen) and not any(total.is_seen(until) for total in seen):
            raise self._silent(until)
        return {revision: self._sample(revision, until) for revision in revisions}

    async def doubts(self, revision: RevisionId) -> Mapping[str, Doubt]:
        """By key: what is wrong with its query for a revision that serves."""
        found: dict[str, Doubt] = {}
        for key, query in self.wanted.queries():
            said = await self._doubt(self._part(key, revision), query, revision)
            if said and not (key == "errors" and said.is_empty):
                found[key] = said
        return found

    async def probe(self, metrics: Sequence[Metric], revision: RevisionId) -> Mapping[str, Doubt]:
        """By metric: what is wrong with its queries."""
        found: dict[str, Doubt] = {}
        for metric in metrics:
            for key, query in queries_of(metric):
                part = part_of(metric, key, revision)
                if said := await self._doubt(part, query, revision):
                    found.setdefault(metric.name, said)
        return found

    async def measure(
        self, metrics: Sequence[Metric], revisions: Sequence[RevisionId]
    ) -> Mapping[str, Mapping[RevisionId, Reading]]:
        """By metric and revision; a gauge is its newest value, anything else the sum since the first look."""
        until = await self._taken(asked_for(metrics, revisions, self.service))
        return readings(metrics, revisions, lambda metric, revision: self._reading(metric, revision, until))

    async def _taken(self, queries: Mapping[str, str]) -> float:
        """Have what these queries tell until now, and return until when that is complete."""
        until = self.pace.complete_until(self._clock.now())
        if self._origin is None:
            self._origin = until
        due = {part: query for part, query in queries.items() if self._begun(part, query, until).until < until}
        if due:
            for part, points in (await self._points(due, until)).items():
                self._totals[part].take(_counts(part, due[part], points), until=until)
        return until

    def _begun(self, part: str, query: str, until: float) -> Total:
        """The sum of a query; another query under the same name begins another one."""
        total = self._totals.get(part)
        if total is None or total.query != query:
            total = self._totals[part] = Total(query, origin=max(self._origin or until, until - LATE_SECONDS))
        return total

    async def _points(self, due: Mapping[str, str], until: float) -> Mapping[str, Points]:
        """A failure stands for a while: services count questions, also those that they refuse."""
        now = self._clock.now()
        if self._failure is not None and now - self._failure[0] < min(FAILED_SECONDS, self.pace.interval_seconds):
            raise self._failure[1]
        try:
            start = min(self._totals[part].asked_from(until) for part in due)
            return await self.api.points(due, start=start, end=until)
        except PortError as error:
            self._failure = (now, error)
            raise

    async def _doubt(self, part: str, written: str, revision: RevisionId) -> Doubt | None:
        until, query = self.pace.complete_until(self._clock.now()), filled(written, self.service, revision)
        try:
            found = await self.api.points({part: query}, start=until - LATE_SECONDS, end=until)
            _counts(part, query, found.get(part, {}))
        except QueryWrong as error:
            return Doubt.of(error)
        during = f"in the last {LATE_SECONDS / 60:.0f} min"
        return None if found.get(part) else nothing(query, revision, during=during)

    def _sample(self, revision: RevisionId, until: float) -> Sample:
        requests = self._total("requests", revision)
        waiting = round(self._total("in_flight", revision).level() or 0.0)
        if requests.newest is None:
            return Sample(revision=revision, at=until, in_flight=waiting, is_unseen=not waiting)
        bounds = tuple(sorted(self.wanted.latency))
        slowest = 0
        buckets: list[int] = []
        for bound in bounds:
            slowest = max(slowest, self._total(f"latency.{bound:g}s", revision).count)
            buckets.append(slowest)
        counts = Counts(
            requests=requests.count,
            errors=self._total("errors", revision).count,
            buckets=tuple(buckets),
            timed=max(requests.count, slowest) if bounds else None,
        )
        return Sample(
            revision=revision,
            at=until,
            series={f"{self.api.name}@{self._origin:.0f}": counts},
            bounds_seconds=bounds,
            in_flight=waiting,
            is_unseen=not requests.is_seen(until),
        )

    def _reading(self, metric: Metric, revision: RevisionId, until: float) -> Reading | None:
        values: dict[str, float] = {}
        for key, _ in queries_of(metric):
            total = self._totals[part_of(metric, key, revision)]
            value = total.level() if metric.is_gauge else float(total.count)
            if value is None or total.newest is None or (metric.is_gauge and not total.is_seen(until)):
                return None
            values[key] = value
        return Reading(at=until, value=values["query"], of=values.get("of"))

    def _total(self, key: str, revision: RevisionId) -> Total:
        return self._totals.get(self._part(key, revision), NEVER_ASKED)

    def _part(self, key: str, revision: RevisionId) -> str:
        return f"metrics.{self.api.name}.{key} {revision}"

    def _silent(self, until: float) -> PortError:
        return QueryWrong(
            f"{self.api.name} has told of no request for a while",
            where=shown(self.wanted.requests),
            why=f"It answers, but with no new point up to {_instant(until)}, for any version; it had some before.",
            fix="See whether the service still sends its metrics; the release holds until it does.",
        )


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S UTC")


def _counts(part: str, query: str, points: Points) -> Points:
    wrong = {start: value for start, value in points.items() if not math.isfinite(value) or value < 0.0}
    if not wrong:
        return points
    start, value = next(iter(wrong.items()))
    raise QueryWrong(
        "the query gives what is no count",
        where=f"{part.split()[0]}: {shown(query)}",
        why=f"At {start:.0f} it came back as {value}; {len(wrong)} of {len(points)} points are like that.",
        fix="Ask for how many there were in each interval, without a rate or a ratio.",
    )
