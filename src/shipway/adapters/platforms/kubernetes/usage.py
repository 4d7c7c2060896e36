"""What pods use, where the cluster has a metrics server, and how often they were restarted.

https://kubernetes.io/docs/reference/external-api/metrics.v1beta1/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shipway.adapters.platforms.kubernetes import marks, pods
from shipway.adapters.platforms.kubernetes.cluster import Cluster, ManifestRefused
from shipway.adapters.platforms.kubernetes.kinds import POD_METRICS
from shipway.adapters.replicas.resources import Resources
from shipway.errors import PortError
from shipway.model.doubt import Doubt
from shipway.model.fleet import Usage
from shipway.model.metric import ERROR_LINES, QUEUE_AGE, Metric
from shipway.model.revision import RevisionId

Object = dict[str, Any]
LOOK_SECONDS = 5.0
"""Between two looks: a metrics server has new numbers every 15 s."""
AWAY_SECONDS = 60.0
"""Between two tries of a cluster that has none."""
SECONDS_PER_HOUR = 3600.0
UNITS = {
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
}


@dataclass
class Usages:
    """Of one service. Sums begin when this object first looks."""

    cluster: Cluster
    service: str
    at: float | None = None
    found: dict[RevisionId, Usage] = field(default_factory=dict)
    _tried_at: float | None = None
    _restarts: dict[str, int] = field(default_factory=dict)

    async def look(self, there: Sequence[Object], ids: Mapping[str, RevisionId], now: float) -> None:
        """Take what there is to know of these pods, unless the last look is young; `ids` are by label."""
        wait = LOOK_SECONDS if self.at == self._tried_at else AWAY_SECONDS
        if self._tried_at is not None and 0.0 <= now - self._tried_at < wait:
            return
        self._tried_at = now
        try:
            told = await self.cluster.list(POD_METRICS, marks.selector(self.service))
        except ManifestRefused:
            return
        except PortError:
            self._tried_at = self.at
            return
        self._take(there, {one["metadata"]["name"]: one for one in told}, ids, now)

    def _take(
        self, there: Sequence[Object], told: Mapping[str, Object], ids: Mapping[str, RevisionId], now: float
    ) -> None:
        seconds = 0.0 if self.at is None else max(0.0, now - self.at)
        for label, id in ids.items():
            mine = [pod for pod in there if (pod["metadata"].get("labels") or {}).get(marks.REVISION) == label]
            if mine or id in self.found:
                self.found[id] = self._used(self.found.get(id, Usage()), mine, told, seconds)
        self.at = now

    def _used(self, before: Usage, mine: Sequence[Object], told: Mapping[str, Object], seconds: float) -> Usage:
        measured = [told[pods.name(pod)] for pod in mine if pods.name(pod) in told]
        cores = sum(_sum(one, "cpu") for one in measured)
        return Usage(
            replicas=len(mine),
            cpu_seconds=before.cpu_seconds + cores * seconds,
            cpu_cores=cores if measured else None,
            memory_bytes=sum(_sum(one, "memory") for one in measured) / len(measured) if measured else None,
            restarts=before.restarts + sum(map(self._newly_restarted, mine)),
            replica_hours=before.replica_hours + len(mine) * seconds / SECONDS_PER_HOUR,
            error_lines=None,
        )

    def _newly_restarted(self, pod: Object) -> int:
        name, count = pods.name(pod), pods.restarts(pod)
        before = self._restarts.get(name, 0 if self.at is not None else count)
        self._restarts[name] = max(before, count)
        return max(0, count - before)


@dataclass(frozen=True)
class PodResources(Resources):
    """What a cluster tells of pods; their output is not read for it."""

    usages: Usages

    async def probe(self, metrics: Sequence[Metric], revision: RevisionId) -> Mapping[str, Doubt]:
        """What a cluster does not tell, or this one does not."""
        untold = {one.name: _untold(one.resource) for one in metrics if one.resource in (ERROR_LINES, QUEUE_AGE)}
        try:
            await self.usages.cluster.list(POD_METRICS, marks.selector(self.usages.service))
        except PortError as error:
            return {**{one.name: _away(error) for one in metrics}, **untold}
        return untold


def _untold(resource: str) -> Doubt:
    return Doubt(
        what=f"a cluster tells nothing of {resource}",
        why="The API server has pods' output and no counts of it.",
        fix="Count it in the application, and ask Prometheus: `query` instead of `resource`.",
    )


def _away(error: PortError) -> Doubt:
    return Doubt(
        what="the cluster has no metrics of pods",
        why=error.why,
        fix="Install metrics-server, or ask Prometheus: `query` instead of `resource`.",
    )


def _sum(measured: Object, resource: str) -> float:
    return sum(quantity(one["usage"][resource]) for one in measured["containers"] if resource in one["usage"])


def quantity(text: str) -> float:
    """`250m` is 0.25, `64Mi` is 67108864.

    https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    """
    number = text.rstrip("".join({*"numkMGTi"}))
    return float(number) * UNITS.get(text[len(number) :], 1.0)
