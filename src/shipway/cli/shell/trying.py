"""Starts one replica outside of any release, asks its health endpoints, and stops it."""

import asyncio
import contextlib
import os
import shlex
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from msgspec.structs import replace

from shipway.adapters.platforms.process.options import ProcessOptions, options_of
from shipway.adapters.platforms.process.starting import directory_of
from shipway.adapters.replicas import beating
from shipway.adapters.replicas.health import HealthOptions, Probe, health_of, probes_of
from shipway.adapters.replicas.place import here
from shipway.adapters.replicas.ports import first_port, free_ports
from shipway.adapters.replicas.probing import Kind, Outcome
from shipway.adapters.replicas.records import Records
from shipway.adapters.secrets import values_of
from shipway.adapters.supervisor.account import account_of, as_account, variables
from shipway.adapters.supervisor.environment import inherited
from shipway.cli.render.findings import Finding
from shipway.cli.render.words import duration
from shipway.home import Home
from shipway.model.revision import Revision

READY_SECONDS = 60.0
"""How long a replica may take to be ready, at least; a longer initial delay counts in addition."""
ABSENT = "404 "
ABSENT_SECONDS = 5.0
"""An application that knows no such path for this long will not learn it."""
STOP_SECONDS = 5.0
LOOK_SECONDS = 0.1
OUTPUT_LINES = 8
TRIED = "check"
"""The name of a replica that is only tried."""
OUTPUT_BYTES = 8192
YES = "yes"
"""What an endpoint says that answers as it should."""


async def tried(home: Home, revision: Revision, *, where: str) -> Finding:
    """Whether it becomes ready and says that it is alive; with its last lines when it does not."""
    options = options_of(revision)
    beats = options.heartbeat
    health = health_of(beats) if beats else probes_of(revision, HealthOptions())
    taken = Records(home.path, revision.service).ports()
    after = first_port(str(home.path), options.ports)
    (port,) = free_ports(1, within=options.ports, taken=taken, after=after)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryDirectory() as folder:
        options = _alone(options, Path(folder))
        async with _started(revision, options, port=port, output=output) as process:
            began = time.monotonic()
            bad = await asked(_exit_of(process), _whom(revision, options, port), health)
            took = time.monotonic() - began
        if bad is None:
            return fine(took)
        return replace(failed(bad, beats=beats is not None, where=where), output=_last_lines(output))


async def answers(home: Home, revision: Revision, *, output: IO[bytes]) -> tuple[str, str]:
    """What one replica says to readiness and liveness, as soon as it is alive: `YES`, or what is wrong."""
    options, probes = options_of(revision), probes_of(revision, HealthOptions())
    taken = Records(home.path, revision.service).ports()
    (port,) = free_ports(1, within=options.ports, taken=taken, after=first_port(str(home.path), options.ports))
    async with _started(revision, options, port=port, output=output) as process:
        whom, deadline = _whom(revision, options, port), time.monotonic() + READY_SECONDS
        alive = await beating.answer(whom, probes.alive)
        while alive.kind is not Kind.YES and process.returncode is None and time.monotonic() < deadline:
            await asyncio.sleep(LOOK_SECONDS)
            alive = await beating.answer(whom, probes.alive)
        ready = await beating.answer(whom, probes.ready)
    return tuple(YES if one.kind is Kind.YES else one.detail for one in (ready, alive))  # type: ignore[return-value]


def fine(seconds: float) -> Finding:
    """It became ready after so long."""
    return Finding(
        name="replica", is_fine=True, said=f"ready after {duration(seconds)}, and says that it is alive"
    )


def failed(bad: Outcome, *, beats: bool, where: str) -> Finding:
    """What it lacks, and what follows."""
    return Finding(
        name="replica",
        is_fine=False,
        said=bad.detail,
        where=where,
        why="A worker counts as one that works once it has beaten; until then a release waits, and goes back."
        if beats
        else "A replica gets no users before it says that it is ready.",
        fix="Let it touch the file that $SHIPWAY_HEARTBEAT names, as `shipway.health.Worker` does."
        if beats
        else "See what it printed; correct the command or the health paths.",
    )


def _exit_of(process: asyncio.subprocess.Process) -> Callable[[], Awaitable[int | None]]:
    async def code() -> int | None:
        return process.returncode

    return code


def _alone(options: ProcessOptions, folder: Path) -> ProcessOptions:
    """With a heartbeat of its own, where it is a worker."""
    beat = options.heartbeat
    if beat is None:
        return options
    path = beat.file.replace("{replica}", TRIED) if beat.file else str(folder / "beat")
    own = {} if beat.command else {"SHIPWAY_HEARTBEAT": str(directory_of(options) / path)}
    return replace(
        options,
        command=options.command.replace("{replica}", TRIED),
        env={**options.env, **own, "SHIPWAY_JOBS": str(folder / "jobs.prom")},
        heartbeat=replace(beat, file=own.get("SHIPWAY_HEARTBEAT")),
    )


def _whom(revision: Revision, options: ProcessOptions, port: int) -> beating.Whom:
    return beating.Whom(
        place=here(port),
        heartbeat=options.heartbeat,
        directory=str(directory_of(options)),
        environment=_environment(revision, options, port),
        started_at=time.time(),
    )


@asynccontextmanager
async def _started(
    revision: Revision, options: ProcessOptions, *, port: int, output: IO[bytes]
) -> AsyncIterator[asyncio.subprocess.Process]:
    words = shlex.split(options.command.replace("{port}", str(port)))
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=directory_of(options),
        env=_environment(revision, options, port),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        umask=int(options.umask or "077", 8),
        **as_account(account_of(options.user, options.group)),
    )
    try:
        yield process
    finally:
        await _end(process)


def _environment(revision: Revision, options: ProcessOptions, port: int) -> dict[str, str]:
    """As a replica of a release gets it."""
    own = {name: value.replace("{port}", str(port)) for name, value in options.env.items()}
    identity = {"SHIPWAY_SERVICE": revision.service, "SHIPWAY_VERSION": revision.version}
    secrets = values_of(revision.platform, where="platform.process.env_from")
    account = variables(account_of(options.user, options.group))
    return {
        **inherited(os.environ),
        **account,
        **secrets,
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        **own,
        **identity,
    }


async def asked(
    exit_code: Callable[[], Awaitable[int | None]], whom: beating.Whom, health: HealthOptions
) -> Outcome | None:
    """What is wrong; none when both answers are as they should be. `exit_code` is none while it runs."""
    limit = READY_SECONDS + health.ready.initial_delay
    deadline = time.monotonic() + limit
    outcome, absent_from = await beating.answer(whom, health.ready), float("inf")
    while outcome.kind is not Kind.YES:
        absent_from = min(absent_from, time.monotonic()) if outcome.detail.startswith(ABSENT) else float("inf")
        if time.monotonic() - absent_from > ABSENT_SECONDS:
            return Outcome(Kind.NO, f"it answers, but not where it is asked: {outcome.detail}")
        if (code := await exit_code()) is not None:
            return Outcome(Kind.NO, f"it ended with exit code {code} before it was ready")
        if time.monotonic() > deadline:
            return Outcome(Kind.NO, f"not ready after {duration(limit)}: {outcome.detail}")
        await asyncio.sleep(LOOK_SECONDS)
        outcome = await beating.answer(whom, health.ready)
    return await _alive(whom, health.alive)


async def _alive(whom: beating.Whom, probe: Probe) -> Outcome | None:
    outcome = await beating.answer(whom, probe)
    if outcome.kind is Kind.YES:
        return None
    return Outcome(outcome.kind, f"ready, but it would be restarted as not alive: {outcome.detail}")


async def _end(process: asyncio.subprocess.Process) -> None:
    """With all that it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), timeout=STOP_SECONDS)
            return


def _last_lines(output: IO[bytes]) -> tuple[str, ...]:
    output.seek(max(0, output.seek(0, os.SEEK_END) - OUTPUT_BYTES))
    text = output.read().decode(errors="replace")
    return tuple(line.rstrip() for line in text.splitlines() if line.strip())[-OUTPUT_LINES:]
