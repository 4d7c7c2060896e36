"""What workers count themselves: one small file for each replica, in Prometheus' text format.

`shipway.health.Worker` writes it; anything that writes these lines to the file that SHIPWAY_JOBS names will do:

    shipway_jobs_total{result="ok"} 120
    shipway_jobs_total{result="failed"} 3
    shipway_job_seconds_bucket{le="0.5"} 80        # and more, with shipway_job_seconds_sum; optional

The format: https://prometheus.io/docs/instrumenting/exposition_formats/. No server is needed to read it.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from shipway.adapters.context import Context
from shipway.adapters.platforms.process.records import Records
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.ports.clock import Clock

LINE = re.compile(r"^(shipway_job\w+)(?:\{([^}]*)\})? (\S+)$", re.MULTILINE)
LABEL = re.compile(r'(\w+)="([^"]*)"')
FILE_BYTES_MAX = 65_536
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
    """The bounds and the counts of one file. A file that is gone or empty has counted nothing."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(FILE_BYTES_MAX)
    except FileNotFoundError:
        return (), Counts()
    try:
        return _counts(list(_lines(text)))
    except ValueError as error:
        raise PortError(
            "a worker's counts cannot be read",
            where=str(path),
            why=f"{error}.",
            fix='Write lines such as `shipway_jobs_total{result="ok"} 12`.',
        ) from error


def _lines(text: str) -> Iterator[tuple[str, Mapping[str, str], float]]:
    for line in LINE.finditer(text):
        yield line[1], dict(LABEL.findall(line[2] or "")), float(line[3])


def _counts(lines: Sequence[tuple[str, Mapping[str, str], float]]) -> tuple[tuple[float, ...], Counts]:
    results = {labels.get("result"): value for name, labels, value in lines if name == "shipway_jobs_total"}
    buckets = sorted(
        (float(labels["le"]), int(value))
        for name, labels, value in lines
        if name == "shipway_job_seconds_bucket" and labels.get("le") not in (None, INFINITE)
    )
    sums = [value for name, _, value in lines if name == "shipway_job_seconds_sum"]
    failed = int(results.get("failed", 0.0))
    done = int(results.get("ok", 0.0)) + failed
    return tuple(bound for bound, _ in buckets), Counts(
        requests=done,
        errors=failed,
        latency_sum_seconds=sum(sums),
        buckets=tuple(count for _, count in buckets),
    )
