"""Workers that outlive their main process, under a real supervisord."""

import asyncio
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shipway.adapters.supervisor import Program, launch

if TYPE_CHECKING:
    from conftest import Home

pytestmark = pytest.mark.real

WORKERS = ("plain", "deaf", "session", "untold", "session+deaf")


def leaving(home: "Home", *how: str, **settings: object) -> Program:
    words = [sys.executable, "-I", "-S", str(Path(__file__).with_name("leaving.py")), str(home.path.parent), *how]
    return home.program("one", "", command=shlex.join(words), stop_seconds=1.0, **settings)


def workers(home: "Home") -> list[int]:
    return [int(line) for line in (home.path.parent / "workers").read_text().split()]


def test_are_ended_before_the_program_is_started_again(home: "Home") -> None:
    async def scenario() -> None:
        async with home.running(leaving(home, "stays", *WORKERS), home.program("two", "exec sleep 1000")):
            other = await home.process("two")
            first = await home.until("one", lambda process: "all work" in home.log("one"))
            assert first.pid
            left = workers(home)
            os.kill(first.pid, signal.SIGKILL)
            await home.until("one", lambda process: process.restarts == 1 and process.is_running)
            assert len(left) == len(WORKERS) and not any(launch.born(worker) for worker in left)
            assert "its former process left processes " in home.log("one")
            after = await home.process("two")
            assert other and after and after.pid == other.pid

    asyncio.run(scenario())


@pytest.mark.parametrize("way", ["remove", "stop", "shutdown"])
def test_are_ended_with_a_program_that_does_not_run_any_more(home: "Home", way: str) -> None:
    async def scenario() -> None:
        await home.supervisor.put(leaving(home, "fails", *WORKERS))
        await home.until("one", lambda process: process.restarts >= 1 and process.state == "BACKOFF")
        supervisor = home.supervisor
        await (supervisor.shutdown() if way == "shutdown" else getattr(supervisor, way)("one"))
        left = workers(home)
        assert len(left) >= 2 * len(WORKERS) and not any(launch.born(worker) for worker in left)

    asyncio.run(scenario())


def test_that_a_command_of_one_run_left_in_a_session_of_their_own_stay(home: "Home") -> None:
    """As a server that a preparation has started."""

    async def scenario() -> None:
        await home.supervisor.put(leaving(home, "fails", "session", once=True))
        await home.until("one", lambda process: process.state == "EXITED")
        await home.supervisor.remove("one")
        [left] = workers(home)
        assert launch.born(left)
        os.kill(left, signal.SIGKILL)

    asyncio.run(scenario())
