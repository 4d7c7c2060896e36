"""Whether a worker shows that it works: a file that it touches, or a command that says so."""

import asyncio
import os
import shlex
import time
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from shipway.adapters.replicas.health import Heartbeat, Probe
from shipway.adapters.replicas.place import Place
from shipway.adapters.replicas.probing import Kind, Outcome, ask
from shipway.adapters.replicas.records import ReplicaRecord
from shipway.adapters.supervisor import Account
from shipway.adapters.supervisor.account import as_account, variables
from shipway.adapters.supervisor.environment import inherited


class Whom(Struct, frozen=True, kw_only=True):
    """One process that is asked how it is."""

    place: Place
    heartbeat: Heartbeat | None
    directory: str
    environment: Mapping[str, str]
    started_at: float
    """Epoch seconds."""
    account: Account | None = None
    """As whom it runs, and so its heartbeat command."""


def of(record: ReplicaRecord, *, started_at: float) -> Whom:
    """A replica's process."""
    return Whom(
        place=record.place,
        heartbeat=record.heartbeat,
        directory=record.directory,
        environment=record.environment,
        started_at=started_at,
        account=record.bounds.account if record.bounds else None,
    )


async def answer(whom: Whom, probe: Probe) -> Outcome:
    """What its heartbeat shows, or what it answers over HTTP where it has none."""
    beat = whom.heartbeat
    if beat is None:
        return await ask(whom.place, probe)
    if beat.file is None and beat.command is None:
        # Its engine sees the beats, by its HEALTHCHECK, and starts again one that has none.
        return Outcome(Kind.YES)
    if beat.command is not None:
        return await _told(beat.command, whom, within=beat.within)
    return await asyncio.to_thread(_seen, beat, whom.started_at)


def _seen(beat: Heartbeat, started_at: float) -> Outcome:
    """A beat of an earlier process under the same name says nothing about this one."""
    assert beat.file is not None
    try:
        at = Path(beat.file).stat().st_mtime
    except FileNotFoundError:
        return Outcome(
            Kind.REFUSED, f"no heartbeat yet: {beat.file}, which $SHIPWAY_HEARTBEAT names, is not there"
        )
    except OSError as error:
        return Outcome(Kind.REFUSED, f"the heartbeat {beat.file} cannot be read: {error.strerror}")
    if at < int(started_at):
        return Outcome(Kind.REFUSED, f"no heartbeat in {beat.file} since it was started")
    silent = time.time() - at
    if silent <= beat.within:
        return Outcome(Kind.YES)
    return Outcome(Kind.REFUSED, f"the last heartbeat was {silent:.0f} s ago; {beat.within:g} s are allowed")


async def _told(command: str, whom: Whom, *, within: float) -> Outcome:
    try:
        process = await asyncio.create_subprocess_exec(
            *shlex.split(command),
            cwd=whom.directory,
            env={**inherited(os.environ), **variables(whom.account), **whom.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            **as_account(whom.account),
        )
    except OSError as error:
        return Outcome(Kind.NO, f"the heartbeat command cannot be run: {error.strerror}")
    try:
        code = await asyncio.wait_for(process.wait(), timeout=within)
    except TimeoutError:
        process.kill()
        await process.wait()
        return Outcome(Kind.NO, f"the heartbeat command took more than {within:g} s")
    return Outcome(Kind.YES) if code == 0 else Outcome(Kind.NO, f"the heartbeat command ended with {code}")
