"""Counts of jobs in a file that is replaced as a whole, in Prometheus' text format."""

import bisect
import re
import threading
from pathlib import Path

BOUNDS_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class JobCounts:
    """Jobs that were done, failed, and how long they took. A process that was started again counts on."""

    def __init__(self, path: Path | None) -> None:
        self.ok, self.failed, self.seconds = 0, 0, 0.0
        self.queue_age_seconds: float | None = None
        self._buckets = [0] * (len(BOUNDS_SECONDS) + 1)
        self._path, self._lock = path, threading.Lock()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._read(path)
            self._write(path)

    def add(self, *, is_ok: bool, seconds: float) -> None:
        """Count one job and replace the file."""
        with self._lock:
            self.ok, self.failed = self.ok + is_ok, self.failed + (not is_ok)
            self.seconds += seconds
            self._buckets[bisect.bisect_left(BOUNDS_SECONDS, seconds)] += 1
            if self._path is not None:
                self._write(self._path)

    def tell(self, queue_age_seconds: float) -> None:
        """How long the oldest job has waited; written with the rest."""
        with self._lock:
            self.queue_age_seconds = queue_age_seconds
            if self._path is not None:
                self._write(self._path)

    def _read(self, path: Path) -> None:
        """The results of an earlier process of this replica; its times are left."""
        text = path.read_text() if path.exists() else ""
        found = dict(re.findall(r'^shipway_jobs_total\{result="(ok|failed)"\} (\d+)$', text, re.MULTILINE))
        self.ok, self.failed = int(found.get("ok", 0)), int(found.get("failed", 0))

    def _write(self, path: Path) -> None:
        new = path.with_name(f".{path.name}.new")
        new.write_text(self.text())
        new.replace(path)

    def text(self) -> str:
        """The file's content."""
        lines = [
            "# TYPE shipway_jobs_total counter",
            f'shipway_jobs_total{{result="ok"}} {self.ok}',
            f'shipway_jobs_total{{result="failed"}} {self.failed}',
            "# TYPE shipway_job_seconds histogram",
        ]
        total = 0
        for bound, count in zip((*map(str, BOUNDS_SECONDS), "+Inf"), self._buckets, strict=True):
            total += count
            lines.append(f'shipway_job_seconds_bucket{{le="{bound}"}} {total}')
        lines += [f"shipway_job_seconds_sum {self.seconds:.6f}", f"shipway_job_seconds_count {total}"]
        if self.queue_age_seconds is not None:
            lines += ["# TYPE shipway_queue_age_seconds gauge"]
            lines += [f"shipway_queue_age_seconds {self.queue_age_seconds:.3f}"]
        return "\n".join([*lines, ""])
