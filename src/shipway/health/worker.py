"""What a worker embeds: a heartbeat, counts of its jobs, and an end that finishes the job in hand.

    worker = Worker()
    while worker.goes_on():
        job = queue.claim()
        if job is None:
            worker.wait(0.5)
            continue
        with worker.job():
            work(job)

Standard library only. Where SHIPWAY_HEARTBEAT and SHIPWAY_JOBS are not set, nothing is written.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from shipway.health.job_counts import JobCounts

BEAT_SECONDS = 1.0


class Worker:
    """One per process, made in the main thread: it takes SIGTERM and SIGINT over.

    `job_seconds_max`: a job in hand for longer than this is a worker that hangs, and its heart stops. Between two
    calls of `goes_on` without a job no more than `idle_seconds_max` may pass.
    """

    def __init__(
        self,
        *,
        job_seconds_max: float = 600.0,
        idle_seconds_max: float = 60.0,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self.job_seconds_max, self.idle_seconds_max = job_seconds_max, idle_seconds_max
        beat, jobs = environment.get("SHIPWAY_HEARTBEAT"), environment.get("SHIPWAY_JOBS")
        self._beat = Path(beat) if beat else None
        self.counts = JobCounts(Path(jobs) if jobs else None)
        self._stop = threading.Event()
        self._since, self._has_job = time.monotonic(), False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        threading.Thread(target=self._beating, name="shipway-heartbeat", daemon=True).start()

    def goes_on(self) -> bool:
        """Whether another job may be fetched; no more after SIGTERM, SIGINT or `stop`."""
        self._since, self._has_job = time.monotonic(), False
        return not self._stop.is_set()

    def wait(self, seconds: float) -> None:
        """Sleep while the queue is empty; cut short by the end."""
        self._stop.wait(seconds)

    def stop(self) -> None:
        """Fetch no further job. The one in hand is finished, within the platform's `stop_grace`."""
        self._stop.set()

    @contextmanager
    def job(self) -> Iterator[None]:
        """Count one job: failed if the block raises, ok otherwise. What it raises goes on."""
        began = time.monotonic()
        self._since, self._has_job = began, True
        is_ok = False
        try:
            yield
            is_ok = True
        finally:
            self.counts.add(is_ok=is_ok, seconds=time.monotonic() - began)
            self._since, self._has_job = time.monotonic(), False

    def queue_age(self, seconds: float) -> None:
        """Tell how long the oldest waiting job has waited, for `guard.metrics` with `resource: queue-age`."""
        self.counts.tell(seconds)

    @property
    def is_well(self) -> bool:
        """Whether it beats: neither a job nor the time between two jobs is too long."""
        allowed = self.job_seconds_max if self._has_job else self.idle_seconds_max
        return time.monotonic() - self._since <= allowed

    def _beating(self) -> None:
        """A thread of its own, so that a long job beats too; it ends with the process."""
        while self._beat is not None:
            if self.is_well:
                self._beat.parent.mkdir(parents=True, exist_ok=True)
                self._beat.touch()
            time.sleep(BEAT_SECONDS)
