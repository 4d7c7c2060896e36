"""What replicas count of requests with and without a flag: a small file for each of their processes.

`shipway.flags.outcomes` writes them; its docstring has the lines that any program may write.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path

from shipway.adapters.replicas.job_files import Line, lines
from shipway.adapters.replicas.records import Records
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.ports.clock import Clock
from shipway.ports.exposures import HIDDEN, SHOWN

FILES_MAX = 10_000
INFINITE = "+Inf"
TRUE, FALSE = "true", "false"


class ExposedFiles:
    """`Exposures` of one service. It reads only."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records, self._clock = records, clock

    async def exposures(self, flag: str) -> Mapping[str, Sample]:
        """Both sides. Raises `PortError` where no process has counted anything, not even nothing."""
        return await asyncio.to_thread(self._exposures, flag)

    def _exposures(self, flag: str) -> Mapping[str, Sample]:
        at = self._clock.now()
        paths = islice(sorted(self._records.jobs_directory.glob("*/exposures/*.prom")), FILES_MAX)
        found = {f"{path.parent.parent.name}/{path.stem}": _of(flag, lines(path)) for path in paths}
        told = {name: mine for name, mine in found.items() if mine}
        if not told:
            raise PortError(
                f"no replica counts who is shown {flag}.",
                where=str(self._records.jobs_directory),
                why="Without counts nobody can tell whether those who see it fare worse.",
                fix="Wrap the application with `shipway.flags.outcomes`, or write the lines that its docs show.",
            )
        return {side: _sample(side, value, told, at) for side, value in ((SHOWN, TRUE), (HIDDEN, FALSE))}


def _of(flag: str, found: Iterable[Line]) -> list[Line]:
    return [line for line in found if line[1].get("flag") == flag]


def _sample(side: str, shown: str, told: Mapping[str, Sequence[Line]], at: float) -> Sample:
    counted = {
        name: _counted([line for line in mine if line[1].get("shown") == shown]) for name, mine in told.items()
    }
    bounds = max((bounds for bounds, _ in counted.values()), key=len, default=())
    series = {name: counts for name, (_, counts) in counted.items()}
    return Sample(revision=RevisionId(side), at=at, series=series, bounds_seconds=bounds)


def _counted(mine: Sequence[Line]) -> tuple[tuple[float, ...], Counts]:
    results = {
        labels.get("result"): value for name, labels, value in mine if name == "shipway_flag_requests_total"
    }
    buckets = sorted(
        (float(labels["le"]), int(value))
        for name, labels, value in mine
        if name == "shipway_flag_request_seconds_bucket" and labels.get("le") not in (None, INFINITE)
    )
    failed = int(results.get("failed", 0.0))
    return tuple(bound for bound, _ in buckets), Counts(
        requests=int(results.get("ok", 0.0)) + failed,
        errors=failed,
        latency_sum_seconds=sum(value for name, _, value in mine if name == "shipway_flag_request_seconds_sum"),
        buckets=tuple(count for _, count in buckets),
    )


def folder_of(records: Records, revision: RevisionId) -> Path:
    """Where processes of a revision count."""
    return records.jobs_of(revision) / "exposures"
