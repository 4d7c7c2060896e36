"""Fetches jobs from the queue and does them, one after the other: `python worker.py --version 1.0`."""

import argparse
import os
import time
from pathlib import Path

from jobs import Queue

from shipway.health import Worker

IDLE_SECONDS = 0.2


def main() -> None:
    """Until SIGTERM; the job in hand is finished first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--version", required=True)
    parser.add_argument("--queue", type=Path, default=Path("queue.db"))
    parser.add_argument("--job-seconds", type=float, default=0.3)
    parser.add_argument("--fails-every", type=int, default=0, help="each so many-th job fails")
    given = parser.parse_args()
    worker, queue = Worker(), Queue(given.queue)
    name = os.environ.get("SHIPWAY_REPLICA", f"by hand {os.getpid()}")
    while worker.goes_on():
        worker.queue_age(queue.oldest_seconds())
        job = queue.claim(name)
        if job is None:
            worker.wait(IDLE_SECONDS)
            continue
        try:
            with worker.job():
                time.sleep(given.job_seconds)
                if given.fails_every and job % given.fails_every == 0:
                    raise ValueError(f"job {job} cannot be done")
        except ValueError as error:
            print(f"{error}: it waits again", flush=True)
            queue.give_back(job)
        else:
            queue.finish(job, worker=name, version=given.version)


if __name__ == "__main__":
    main()
