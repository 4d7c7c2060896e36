"""What workers count themselves: one small file for each replica, in Prometheus' text format.

`shipway.health.Worker` writes it; anything that writes these lines to the file that SHIPWAY_JOBS names will do:

    shipway_jobs_total{result="ok"} 120
    shipway_jobs_total{result="failed"} 3
    shipway_job_seconds_bucket{le="0.5"} 80        # and more, with shipway_job_seconds_sum; optional

The format: https://prometheus.io/docs/instrumenting/exposition_formats/. No server is needed to read it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from shipway.adapters.context import Context
from shipway.adapters.replicas.job_files import lines
from shipway.adapters.replicas.records import Records
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.ports.clock import Clock

FILES_MAX = 10_000
"""Of one revision: every replica that it ever had."""
INFINITE = "+Inf"


def build(options: Mapping[str, object], context: Context) -> "JobCounts":
    """The counts of one service's workers; there is nothing to choose."""
    return JobCounts(Records(context.home.absolute(), context.service), clock=context.clock)


class JobCounts:
    """A `MetricSource`. A job that was done is a request, one that failed an error. It reads only."""

    def __init__(self, records: Records, *, clock: Clock) -> None:
        self.records, self.clock = records, clock

    async def check(self) -> str:
        """Where they are looked for."""
        return f"files in {self.records.jobs_directory}"

    async def sample(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Sample]:
        """All revisions at one instant. Raises `PortError` for a file that says something else."""
        return await asyncio.to_thread(lambda: {name: self._sample(name) for name in revisions})

    def _sample(self, revision: RevisionId) -> Sample:
        at = self.clock.now()
        paths = sorted(self.records.jobs_of(revision).glob("*.prom"))[:FILES_MAX]
        found = {path.stem: counted(path) for path in paths}
        bounds = max((bounds for bounds, _ in found.values()), key=len, default=())
        return Sample(
            revision=revision,
            at=at,
            series={name: counts for name, (_, counts) in found.items()},
            bounds_seconds=bounds,
            is_unseen=not found and self._works(revision),
            is_prompt=True,
        )

    def _works(self, revision: RevisionId) -> bool:
        """Whether one of its replicas has beaten and yet counted nothing, not even zero."""
        ready = self.records.ready_directory
        mine = (record.id for record in self.records.replicas() if record.revision == revision)
        return any((ready / f"{name}.json").exists() for name in mine)


def counted(path: Path) -> tuple[tuple[float, ...], Counts]:
    """The bounds and the counts of one file. Raises `PortError`."""
    found = lines(path)
    results = {labels.get("result"): value for name, labels, value in found if name == "shipway_jobs_total"}
    buckets = sorted(
        (float(labels["le"]), int(value))
        for name, labels, value in found
        if name == "shipway_job_seconds_bucket" and labels.get("le") not in (None, INFINITE)
    )
    failed = int(results.get("failed", 0.0))
    return tuple(bound for bound, _ in buckets), Counts(
        requests=int(results.get("ok", 0.0)) + failed,
        errors=failed,
        latency_sum_seconds=sum(value for name, _, value in found if name == "shipway_job_seconds_sum"),
        buckets=tuple(count for _, count in buckets),
    )
