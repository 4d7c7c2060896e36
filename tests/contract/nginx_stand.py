"""A real nginx on free ports of 127.0.0.1, kept by a supervisor that is as small as can be."""

import asyncio
import functools
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contract.backends import Backends, backends
from contract.envoy_stand import SERVICE, PlainSupervisor
from shipway.adapters.clock import WallClock
from shipway.adapters.supervisor import Program
from shipway.adapters.traffic.nginx import NginxOptions, NginxTraffic
from shipway.adapters.traffic.nginx.places import Home
from tests.real.ports import free_ports

needs_nginx = pytest.mark.skipif(
    shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") is None
    and "nginx" not in os.environ.get("SHIPWAY_EXPECTED", ""),
    reason="no nginx; `make test-machine` installs Debian's",
)


class WholeSupervisor(PlainSupervisor):
    """Ends what a program left behind together with it, as the real one does."""

    def start(self, program: Program) -> None:
        with open(program.log, "ab") as log:
            self.started[program.name] = subprocess.Popen(
                shlex.split(program.command),
                cwd=program.directory,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def kill(self, name: str = "nginx") -> None:
        process = self.started[name]
        os.killpg(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.wait, 20)
        del self.started[name]


class NginxStand:
    """A `Carrier` over nginx."""

    def __init__(self, directory: Path, kept: Backends, supervisor: PlainSupervisor) -> None:
        self.directory, self.backends, self.supervisor = directory, kept, supervisor
        self.address, self.preview_address = (f"127.0.0.1:{port}" for port in free_ports(2))
        self.options = NginxOptions(listen=self.address, preview=self.preview_address, concurrency=2)
        self.traffic = self.again()

    def again(self, service: str = SERVICE, options: NginxOptions | None = None) -> NginxTraffic:
        return NginxTraffic(
            options or self.options,
            service=service,
            home=self.directory,
            supervisor=self.supervisor,
            clock=WallClock(),
        )

    @property
    def home(self) -> Home:
        return Home(self.directory)

    async def pass_time(self) -> None:
        await asyncio.sleep(0.02)


@asynccontextmanager
async def open_nginx(directory: Path) -> AsyncIterator[NginxStand]:
    """Everything that was started ends with the block."""
    supervisor = WholeSupervisor()
    async with backends() as kept:
        try:
            yield NginxStand(directory, kept, supervisor)
        finally:
            await supervisor.shut_down()


class OverNginx:
    @pytest.fixture
    def opened(self, tmp_path):
        return functools.partial(open_nginx, tmp_path / "home")
