"""What became of requests, as tests ask about it."""

import asyncio
import os
import signal
import time
from collections.abc import Iterable
from typing import NamedTuple

import psutil

from acceptance.long import LongRequests
from shipway.demo.load import Counts, Load, Loss

DYING_SECONDS = 10.0
HEARD_SECONDS = 0.05
"""Until the peers of a process hear that it is gone."""
SENT_MIN = 50
"""Fewer requests would prove nothing."""


def told(counts: Counts) -> str:
    """Everything that was lost, for people; empty when nothing was."""
    return "; ".join(f"{number} x {what}" for what, number in counts.lost.items())


async def nothing_was_lost(load: Load, long: LongRequests | None = None, *, failing: str = "") -> Counts:
    """Ends the load. `failing` is the one version that may answer with errors of its own."""
    wrong = await long.ended() if long else []
    counts = await load.stop()
    assert not counts.lost, told(counts)
    assert set(counts.failed) <= {failing}, counts.failed
    assert counts.sent > SENT_MIN
    assert wrong == []
    return counts


def when(losses: Iterable[Loss], instant: float) -> str:
    """When each began and ended, in seconds after an instant, for people."""
    return "; ".join(
        f"{loss.what} {loss.began_at - instant:.3f} to {loss.ended_at - instant:.3f}" for loss in losses
    )


class Death(NamedTuple):
    """Of a process; epoch seconds."""

    killed_at: float
    gone_at: float


async def kill(pid: int) -> Death:
    """Kill -9, and wait until it is gone."""
    process, killed_at = psutil.Process(pid), time.time()
    os.kill(pid, signal.SIGKILL)
    await asyncio.to_thread(psutil.wait_procs, [process], timeout=DYING_SECONDS)
    return Death(killed_at, time.time())


def taken_down(losses: Iterable[Loss], death: Death) -> list[Loss]:
    """Requests that were under way when something was killed: no data plane can save those."""
    last = death.gone_at + HEARD_SECONDS
    return [loss for loss in losses if loss.began_at <= last and loss.ended_at >= death.killed_at]
