"""A home with a real supervisord, for the process platform."""

import asyncio
import json
import os
import shlex
import signal
import sys
import urllib.request
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import psutil

from shipway.adapters.clock import WallClock
from shipway.adapters.platforms.process import ProcessOptions, ProcessPlatform
from shipway.adapters.replicas.health import HealthOptions
from shipway.adapters.supervisor import Supervisor
from shipway.model.fleet import Replica
from shipway.model.revision import Revision, RevisionId
from tests.real.ports import replica_ports

APP = Path(__file__).with_name("replica_app.py")
Result = TypeVar("Result")


class ProcessStand:
    """`close` ends everything that was started."""

    tells_output = True
    service = "checkout"

    def __init__(self, folder: Path) -> None:
        self.home, self.work = folder / "home", folder / "work"
        self.work.mkdir(exist_ok=True)
        self.supervisor = Supervisor(self.home)
        self._open: list[ProcessPlatform] = []

    def platform(self, *, service: str | None = None) -> ProcessPlatform:
        made = ProcessPlatform(
            ProcessOptions(),
            HealthOptions(),
            service=service or self.service,
            home=self.home,
            clock=WallClock(),
        )
        self._open.append(made)
        return made

    def revision(
        self, version: str, *, behaviour: str = "well", prepare: str = "none", **options: object
    ) -> Revision:
        command = shlex.join([sys.executable, "-I", "-S", str(APP), behaviour, "--port"]) + " {port}"
        mark = self.work / f"{version}.prepared"
        scripts = {
            "works": f"echo one >> {mark}; sleep 0.2; echo installed",
            "fails": f"echo one >> {mark}; echo looking; echo no-such-package >&2; exit 7",
        }
        own = {"prepare": scripts[prepare]} if prepare != "none" else {}
        common = {"command": command, "directory": str(self.work), "stop_grace": 2.0, "ports": replica_ports()}
        platform = {**common, **own, **options}
        health = {
            "ready": {"path": "/health/ready", "initial_delay": 0.0, "period": 0.2},
            "alive": {"path": "/health/alive", "initial_delay": 0.5, "period": 0.2, "failure_threshold": 2},
        }
        return Revision(
            id=RevisionId(f"{version}-7f3a91c2"),
            service=self.service,
            version=version,
            platform=platform,
            health=health,
        )

    def prepared_times(self, revision: Revision) -> int:
        mark = self.work / f"{revision.version}.prepared"
        return len(mark.read_text().splitlines()) if mark.exists() else 0

    async def pid(self, replica: str) -> int:
        found = {process.name: process.pid for process in await self.supervisor.processes()}
        number = found[replica]
        assert number is not None
        return number

    async def kill(self, replica: Replica) -> None:
        os.kill(await self.pid(replica.id), signal.SIGKILL)

    def kill_supervisor(self) -> None:
        """As the kernel does when memory is short."""
        os.kill(int((self.home / "supervisor" / "supervisord.pid").read_text()), signal.SIGKILL)

    async def let_time_pass(self) -> None:
        await asyncio.sleep(0.05)

    def run(self, scenario: Coroutine[Any, Any, Result]) -> Result:
        async def played() -> Result:
            try:
                return await scenario
            finally:
                for platform in self._open:
                    await platform.close()

        return asyncio.run(played())

    def close(self) -> None:
        asyncio.run(self.supervisor.shutdown(timeout_seconds=30))


def asked(replica: Replica, path: str = "/env") -> dict[str, Any]:
    """What the replica itself says."""
    with urllib.request.urlopen(f"http://{replica.address}{path}", timeout=5) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def works(number: int) -> bool:
    """Whether a process is more than an entry that nobody collected yet."""
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def answers(stand: ProcessStand, replica: Replica) -> None:
    """Wait until it does."""
    for _ in range(600):
        try:
            asked(replica)
            return
        except OSError:
            await stand.let_time_pass()
    raise AssertionError(f"{replica.id} does not answer")
