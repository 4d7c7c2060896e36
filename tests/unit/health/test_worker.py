"""`Worker`: counts, a heartbeat, and an end after the job in hand."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shipway.adapters.metrics.jobs import counted
from shipway.adapters.replicas.job_files import queue_age
from shipway.health.job_counts import JobCounts

SCRIPT = """
import sys, time
from shipway.health import Worker
worker = Worker()
print("ready", flush=True)
while worker.goes_on():
    with worker.job():
        print("begun", flush=True)
        time.sleep(0.5)
        print("done", flush=True)
print("ended", flush=True)
"""
DEADLINE_SECONDS = 60.0


def test_sigterm_ends_it_after_the_job_in_hand_which_is_counted(tmp_path: Path) -> None:
    beat, jobs = tmp_path / "beat", tmp_path / "jobs.prom"
    worker = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "SHIPWAY_HEARTBEAT": str(beat), "SHIPWAY_JOBS": str(jobs)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    while worker.stdout.readline() != "begun\n":
        pass
    worker.send_signal(signal.SIGTERM)
    said = worker.communicate(timeout=DEADLINE_SECONDS)[0].splitlines()
    assert said == ["done", "ended"] and worker.returncode == 0
    assert beat.exists()
    assert counted(jobs)[1].requests == 1


def test_counts_are_read_as_they_were_written_and_go_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "jobs.prom"
    counts = JobCounts(path)
    for seconds in (0.02, 0.2, 2.0):
        counts.add(is_ok=seconds < 1, seconds=seconds)
    bounds, found = counted(path)
    assert (found.requests, found.errors) == (3, 1)
    assert found.latency_sum_seconds == pytest.approx(2.22)
    assert dict(zip(bounds, found.buckets, strict=True))[0.25] == 2
    JobCounts(path).add(is_ok=True, seconds=0.1)
    assert counted(path)[1].requests == 4


def test_the_queues_age_is_told_beside_the_counts(tmp_path: Path) -> None:
    path = tmp_path / "jobs.prom"
    assert queue_age(path) is None
    JobCounts(path).tell(2.5)
    assert queue_age(path) == 2.5
    path.write_text("shipway_queue_age_seconds long\n")
    assert queue_age(path) is None


def test_a_heart_stops_when_a_job_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    from shipway.health.worker import Worker

    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        worker = Worker(job_seconds_max=5.0, idle_seconds_max=1.0, environment={})
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), handlers, strict=True):
            signal.signal(number, handler)
    now = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: now + 3.0)
    assert not worker.is_well
    with worker.job():
        assert worker.is_well
        monkeypatch.setattr("time.monotonic", lambda: now + 9.0)
        assert not worker.is_well
