"""A job that leaves marks: when it began and ended, of which version. They are what users would see."""

import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

SCRIPT = """
import os, sys, time
folder, version, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
def mark(what):
    line = f"{what} {os.environ['SHIPWAY_JOB']} {version} {time.time()}\\n"
    file = os.open(os.path.join(folder, "marks"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, line.encode())
mark("begins")
time.sleep(seconds)
if version.startswith("9"):
    print("no such table: orders", flush=True)
    sys.exit(3)
mark("ends")
"""


class Began(Struct, frozen=True):
    """One job's own words."""

    job: str
    version: str
    at: float
    until: float | None


def wish(folder: Path, *, seconds: float = 0.2, **schedule: object) -> dict[str, object]:
    """A release file whose jobs leave marks in a folder. A version that begins with 9 fails."""
    script = folder / "job.py"
    script.write_text(SCRIPT)
    command = f"{sys.executable} -I -S {script} {folder} {{version}} {seconds}"
    return {
        "service": "report",
        "kind": "cron",
        "platform": {"process": {"command": command, "stop_grace": "2s"}},
        "schedule": {"every": "1s", "start_within": "20s", "time_limit": "30s", **schedule},
        "strategy": "canary",
        "canary": {"jobs": 2},
        "rollback": {"window": "1s"},
        "deadline": "60s",
    }


def began(folder: Path) -> list[Began]:
    """In the order of their beginnings."""
    path = folder / "marks"
    lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    ends = {job: float(at) for what, job, _, at in lines if what == "ends"}
    return [Began(job, version, float(at), ends.get(job)) for what, job, version, at in lines if what == "begins"]


def twice(found: list[Began]) -> list[str]:
    """Jobs that began more than once."""
    return [job for job, count in Counter(one.job for one in found).items() if count > 1]


def side_by_side(found: list[Began]) -> list[str]:
    """Jobs that began while the one before had not ended; one that never said so may have been killed."""
    return [after.job for before, after in pairwise(found) if before.until is not None and after.at < before.until]
