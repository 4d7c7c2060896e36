"""What pods print, in the order of time."""

import asyncio
import heapq
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shipway.adapters.platforms.kubernetes import marks, pods
from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.kinds import POD
from shipway.adapters.platforms.kubernetes.preparations import Preparations
from shipway.adapters.replicas.logs import is_called
from shipway.errors import PortError
from shipway.model.log import LogLine, LogQuery
from shipway.model.revision import RevisionId

Object = dict[str, Any]
LOOK_SECONDS = 0.5
BATCH_LINES = 2000
NEVER = float("-inf")


@dataclass
class Output:
    """Of one service's pods that are there; the cluster keeps no other."""

    cluster: Cluster
    preparations: Preparations
    service: str
    query: LogQuery
    _told_until: dict[str, float] = field(default_factory=dict)
    """By pod."""

    async def told(self) -> AsyncIterator[Sequence[LogLine]]:
        """In batches; a pod that comes later is followed from its beginning."""
        tail = self.query.tail
        while True:
            for batch in _batches(await self._new(tail)):
                yield batch
            if not self.query.follow:
                return
            tail = None
            await asyncio.sleep(LOOK_SECONDS)

    async def _new(self, tail: int | None) -> list[LogLine]:
        """Of all pods, what was not told yet; at most so many of each."""
        known = {marks.label_of(id): id for id in await self.preparations.all()}
        found = await self.cluster.list(POD, marks.selector(self.service))
        chosen = [(pod, known[_revision(pod)]) for pod in found if _revision(pod) in known]
        lines = await asyncio.gather(*(self._lines(pod, id) for pod, id in chosen if self._is_asked(pod, id)))
        ends = lines if tail is None else [of_one[-tail:] if tail else [] for of_one in lines]
        return list(heapq.merge(*ends, key=lambda line: line.at))

    def _is_asked(self, pod: Object, revision: RevisionId) -> bool:
        return self.query.revision in (None, revision) and is_called(pods.name(pod), self.query.replica)

    async def _lines(self, pod: Object, revision: RevisionId) -> list[LogLine]:
        name, query = pods.name(pod), self.query
        before = self._told_until.get(name, NEVER)
        since = max(before, NEVER if query.since is None else query.since)
        found = [LogLine(at, revision, name, text) async for at, text in _read(self.cluster, name, since)]
        fresh = [line for line in found if line.at > before]
        self._told_until[name] = max([before, *(line.at for line in fresh)])
        most = query.until if query.until is not None else float("inf")
        has = re.compile(query.pattern).search
        return [line for line in fresh if since <= line.at <= most and has(line.text)]


def _batches(lines: Sequence[LogLine]) -> list[Sequence[LogLine]]:
    return [lines[start : start + BATCH_LINES] for start in range(0, len(lines), BATCH_LINES)]


def _revision(pod: Object) -> str:
    return str((pod["metadata"].get("labels") or {}).get(marks.REVISION, ""))


async def _read(cluster: Cluster, pod: str, since: float) -> AsyncIterator[tuple[float, str]]:
    """Lines with their times, which never go back; none of a pod that has not begun or is gone."""
    params = {"timestamps": "true"}
    if since > 0:
        params["sinceTime"] = datetime.fromtimestamp(int(since), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    latest = 0.0
    try:
        async with cluster.log(pod, params) as answer:
            async for line in answer.aiter_lines():
                stamp, _, text = line.partition(" ")
                latest = max(latest, _instant(stamp))
                yield latest, text
    except PortError as error:
        if not error.needs_person:
            raise


def _instant(stamp: str) -> float:
    """The API server's nanoseconds, as far as a float holds them."""
    whole, _, rest = stamp.rstrip("Z").partition(".")
    return datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp() + float(f"0.{rest or '0'}")
