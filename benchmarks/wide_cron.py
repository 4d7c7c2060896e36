"""A row of `one_machine_wide`: jobs of a schedule, while new versions of it are deployed."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from benchmarks.wide import Row
from shipway.model.event import JobDue, JobsSkipped
from tests.acceptance import scheduled
from tests.acceptance.stand import Stand, open_stand

DEPLOYS = 20
STRATEGIES = ("canary", "rolling")
EVERY_SECONDS, JOB_SECONDS = 3, 1.8
"""A job mostly runs when a version comes. On a busy machine a look may take a second; of instants that are over at
the same look the newest has a job, so they are further apart."""
BETWEEN_SECONDS = 3.0
"""Between two deploys of the control."""
SCHEDULER = """
import os, subprocess, sys, time
while True:
    instant = (int(time.time()) // EVERY + 1) * EVERY
    time.sleep(max(0.0, instant - time.time()))
    subprocess.Popen(sys.argv[1:], env=os.environ | {"SHIPWAY_JOB": str(instant)})
"""
"""The control: a job at each instant, started by a program that is of the version itself."""

HOW = (
    f"A job is due every {EVERY_SECONDS} s and runs for {JOB_SECONDS:g} s. Deploys are by canary, which two jobs "
    "of the new version try, and by rolling, in turn. An instant is lost when its job did not "
    "begin or never ended; jobs that begin twice count too. The control is a loop that starts "
    "the same job as often; a deploy ends it with its jobs and starts it again, as a restart of "
    "its service does."
)


async def cron(folder: Path) -> Row:
    """Jobs that are due every few seconds."""
    (folder / "control").mkdir()
    async with open_stand(folder, kind="cron", service="report") as stand:
        lost, of = await _deployed(stand)
    control_lost, control_of = await _restarted(folder / "control")
    return Row(
        name="cron",
        claim=f"{DEPLOYS} deploys of a schedule lose no job and run none twice.",
        what=f"jobs lost or run twice in {DEPLOYS} deploys of a schedule",
        lost=lost,
        of=of,
        control=f"{DEPLOYS} restarts of a scheduler",
        control_lost=control_lost,
        control_of=control_of,
        how=HOW,
    )


async def _deployed(stand: Stand) -> tuple[int, int]:
    stand.wish = scheduled.wish(stand.folder, seconds=JOB_SECONDS, every=f"{EVERY_SECONDS}s", overlap="allow")
    stand.control()
    await stand.ship("1.0", strategy="canary")
    for number in range(DEPLOYS):
        strategy = STRATEGIES[number % len(STRATEGIES)]
        await stand.ship(f"2.{number}", strategy=strategy)
        print(f"deploy {number + 1} of {DEPLOYS} of a schedule: {strategy}", flush=True)
    due = {event.job for event in await stand.events(JobDue) if isinstance(event, JobDue)}
    skipped = sum(event.count for event in await stand.events(JobsSkipped) if isinstance(event, JobsSkipped))
    await _over(stand, due)
    lost, twice = _unended(stand.folder, due), _twice(stand.folder, due)
    return lost + twice + skipped, len(due) + skipped


async def _over(stand: Stand, due: set[str]) -> None:
    """Wait for those that are due; what has not ended by then is lost."""

    async def are_over() -> bool:
        return not _unended(stand.folder, due)

    with suppress(AssertionError):
        await stand.eventually(are_over, "every job that was due has ended")


def _unended(folder: Path, due: set[str]) -> int:
    return len(due - {one.job for one in scheduled.began(folder) if one.until is not None})


def _twice(folder: Path, due: set[str]) -> int:
    return len(due.intersection(scheduled.twice(scheduled.began(folder))))


async def _restarted(folder: Path) -> tuple[int, int]:
    wish = scheduled.wish(folder, seconds=JOB_SECONDS)
    first = int(time.time()) + 2 * EVERY_SECONDS
    running = _started(wish, "1.0")
    await asyncio.sleep(BETWEEN_SECONDS)
    for number in range(DEPLOYS):
        _end(running)
        running = _started(wish, f"2.{number}")
        await asyncio.sleep(BETWEEN_SECONDS)
    last = int(time.time()) - EVERY_SECONDS
    await asyncio.sleep(2 * JOB_SECONDS)
    _end(running)
    due = {str(instant) for instant in range(first, last + 1) if instant % EVERY_SECONDS == 0}
    return _unended(folder, due) + _twice(folder, due), len(due)


def _started(wish: Mapping[str, object], version: str) -> "subprocess.Popen[bytes]":
    command = str(wish["platform"]["process"]["command"]).replace("{version}", version)  # type: ignore[index]
    words = [sys.executable, "-I", "-S", "-c", f"EVERY = {EVERY_SECONDS}\n{SCHEDULER}", *command.split()]
    return subprocess.Popen(words, start_new_session=True)


def _end(running: "subprocess.Popen[bytes]") -> None:
    """With the jobs that it started."""
    os.killpg(running.pid, signal.SIGTERM)
    running.wait(10)
