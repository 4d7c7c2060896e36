"""What Envoy counts, per revision. Its counters are cumulative and start anew when it does.

A request counts once, with the answer that the user got: an attempt that was repeated elsewhere does not.
Where no replica could be reached or none was healthy, or one broke off before it answered, Envoy itself
answers 503, and that is an error of the revision. A request that its client gave up is not counted.
Over gRPC the answer is its `grpc-status` at the end of a call; a stream is one request, and counts then.
Requests on the preview address and mirrored ones have clusters of their own, and are not counted here.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import msgspec
from msgspec import Struct

from shipway.adapters.context import Context
from shipway.adapters.traffic.envoy import running
from shipway.adapters.traffic.envoy.admin import Admin
from shipway.adapters.traffic.envoy.buckets import bound_of
from shipway.adapters.traffic.envoy.places import Home, Service, Use, statistics_name
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Mirrored, Sample
from shipway.ports.clock import Clock

METRICS = r"(upstream_rq_(completed|5xx|active|time)|grpc\.\d+)"
LINE = re.compile(r"^envoy_cluster_(?:upstream_rq_)?(\w+)\{(.*)\} (\S+)$", re.MULTILINE)
LABEL = re.compile(r'(\w+)="([^"]*)"')
GRPC_ERRORS = frozenset(f"grpc_{code}" for code in (2, 4, 12, 13, 14, 15))
"""UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE and DATA_LOSS: what OpenTelemetry's conventions
for RPC call errors of a server. The others are for the client to mend, as 4xx are."""
MILLISECONDS = 1000.0


def build(options: Mapping[str, object], context: Context) -> "EnvoyMetrics":
    """The metrics of one service; `options` are those of its data plane, and none is needed."""
    return EnvoyMetrics(service=context.service, home=context.home, clock=context.clock)


class _Started(Struct):
    last_updated: str = ""


class _Starts(Struct):
    configs: tuple[_Started, ...] = ()


class _Version(Struct):
    version: str = ""


class EnvoyMetrics:
    """A `MetricSource`. It reads only, and starts nothing."""

    def __init__(self, *, service: str, home: Path, clock: Clock) -> None:
        self.clock = clock
        self.service = Service(Home(home), service)
        self.admin = Admin(Home(home).socket)

    async def check(self) -> str:
        """`Envoy 1.40.0 at …/admin.sock`. Raises `PortError` when it does not answer."""
        return await asyncio.to_thread(self._check)

    def _check(self) -> str:
        info = msgspec.json.decode(self.admin.get("/server_info"), type=_Version)
        parts = info.version.split("/")
        return f"Envoy {parts[1] if len(parts) > 1 else info.version} at {self.admin.path}"

    async def sample(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Sample]:
        """All revisions at one instant; latencies are those up to the last second. Raises `PortError`."""
        return await asyncio.to_thread(self._sample, tuple(revisions))

    def _sample(self, revisions: tuple[RevisionId, ...]) -> Mapping[RevisionId, Sample]:
        at = self.clock.now()
        source = f"envoy@{self._started()}"
        names = {revision: statistics_name(self.service.cluster(revision)) for revision in revisions}
        found = _clusters(self._scrape(names.values()).decode())
        return {revision: _sample(revision, at, source, found.get(name)) for revision, name in names.items()}

    async def mirrored(self, revision: RevisionId) -> Mirrored:
        """Without latencies. A request that may be copied counts for users once it has its answer; a copy that
        reaches no replica is an error of the revision, as it is not sent again. Raises `PortError`."""
        return await asyncio.to_thread(self._mirrored, revision)

    def _mirrored(self, revision: RevisionId) -> Mirrored:
        at, source = self.clock.now(), f"envoy@{self._started()}"
        shadow = statistics_name(self.service.cluster(revision, Use.SHADOW))
        copied = re.escape(self.service.copied_name)
        users, copies = rf"vhost\..+\.route\.{copied}\.", rf"cluster\.{re.escape(shadow)}\."
        stats = self.admin.stats(rf"({users}|{copies})upstream_rq_(completed|5xx)")
        of_users = {name: value for name, value in stats.items() if name.startswith("vhost.")}
        of_copies = {name: value for name, value in stats.items() if name.startswith("cluster.")}
        return Mirrored(
            users=_counted(revision, at, source, of_users), copies=_counted(revision, at, source, of_copies)
        )

    async def by_replica(self, revision: RevisionId) -> Sample:
        """By address: each attempt that a replica answered or broke off. What Envoy answers by itself is in no
        replica's count, and an attempt that was repeated elsewhere is in two. Envoy times a version as a whole, so
        there are no latencies. Raises `PortError`."""
        return await asyncio.to_thread(self._by_replica, revision)

    def _by_replica(self, revision: RevisionId) -> Sample:
        cluster = running.clusters(self.admin, self.service.name).get(self.service.cluster(revision))
        hosts = cluster.host_statuses if cluster else ()
        series = {one.address: Counts(requests=one.requests, errors=one.errors) for one in hosts}
        return Sample(revision=revision, at=self.clock.now(), series=series, is_prompt=True)

    def _started(self) -> str:
        """When this Envoy read its bootstrap: another one counts from zero."""
        starts = msgspec.json.decode(self.admin.get("/config_dump?mask=last_updated"), type=_Starts).configs
        if not starts or not starts[0].last_updated:
            raise PortError("Envoy does not say when it started", where=str(self.admin.path))
        return starts[0].last_updated

    def _scrape(self, names: Iterable[str]) -> bytes:
        clusters = "|".join(re.escape(name) for name in names)
        pattern = quote(rf"^cluster\.({clusters})\.{METRICS}$", safe="")
        return self.admin.get(f"/stats/prometheus?filter={pattern}")


class _Cluster:
    """One cluster's numbers while its lines are read. What is not there was never counted: it is zero."""

    def __init__(self) -> None:
        self.completed = self.failed = self.failed_grpc = self.active = self.timed = 0
        self.seconds = 0.0
        self.bounds: list[float] = []
        self.buckets: list[int] = []

    def take(self, name: str, labels: Mapping[str, str], value: str) -> None:
        """One line of the exposition."""
        match name:
            case "completed":
                self.completed = int(value)
            case "xx" if labels.get("envoy_response_code_class") == "5":
                self.failed = int(value)
            case code if code in GRPC_ERRORS:
                self.failed_grpc += int(value)
            case "active":
                self.active = int(value)
            case "time_sum":
                self.seconds = float(value) / MILLISECONDS
            case "time_count":
                self.timed = int(value)
            case "time_bucket" if labels["le"] != "+Inf":
                self.bounds.append(bound_of(float(labels["le"])) / MILLISECONDS)
                self.buckets.append(int(value))

    @property
    def errors(self) -> int:
        """What Envoy answers itself has class 5xx and a `grpc-status` too, and is counted once."""
        return max(self.failed, self.failed_grpc)


def _clusters(text: str) -> Mapping[str, _Cluster]:
    """By statistics name, from Prometheus' text format."""
    found: dict[str, _Cluster] = {}
    for name, labels, value in _lines(text):
        found.setdefault(labels["envoy_cluster_name"], _Cluster()).take(name, labels, value)
    return found


def _lines(text: str) -> Iterator[tuple[str, Mapping[str, str], str]]:
    for line in LINE.finditer(text):
        yield line[1], dict(LABEL.findall(line[2])), line[3]


def _counted(revision: RevisionId, at: float, source: str, stats: Mapping[str, object]) -> Sample:
    """Plain counters, summed: a service may have several hosts."""

    def total(name: str) -> int:
        return sum(int(str(value)) for stat, value in stats.items() if stat.endswith(name))

    counts = Counts(requests=total(".upstream_rq_completed"), errors=total(".upstream_rq_5xx"))
    return Sample(revision=revision, at=at, series={source: counts}, is_prompt=True)


def _sample(revision: RevisionId, at: float, source: str, cluster: _Cluster | None) -> Sample:
    if cluster is None:
        return Sample(revision=revision, at=at, is_prompt=True)
    counts = Counts(
        requests=cluster.completed,
        errors=cluster.errors,
        latency_sum_seconds=cluster.seconds,
        buckets=tuple(cluster.buckets),
        timed=cluster.timed,
    )
    return Sample(
        revision=revision,
        at=at,
        series={source: counts},
        bounds_seconds=tuple(cluster.bounds),
        in_flight=cluster.active,
        is_prompt=True,
    )
