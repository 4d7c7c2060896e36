"""A real HAProxy on free ports of 127.0.0.1, kept by a supervisor that is as small as can be."""

import asyncio
import functools
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from contract.backends import Backends, backends
from contract.envoy_stand import HEALTH, SERVICE, PlainSupervisor
from shipway.adapters.clock import WallClock
from shipway.adapters.supervisor import Program
from shipway.adapters.traffic.haproxy import HaproxyOptions, HaproxyTraffic, program
from shipway.adapters.traffic.haproxy.places import Home, Service
from tests.real.ports import free_ports

needs_haproxy = pytest.mark.skipif(
    shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin") is None
    and "haproxy" not in os.environ.get("SHIPWAY_EXPECTED", ""),
    reason="no haproxy here: apt-get install haproxy",
)


class HaproxyStand:
    """A `Carrier` over HAProxy."""

    def __init__(self, directory: Path, kept: Backends, supervisor: PlainSupervisor) -> None:
        self.directory, self.backends, self.supervisor = directory, kept, supervisor
        ports = free_ports(2)
        self.address, self.preview_address = (f"127.0.0.1:{port}" for port in ports)
        # A machine at a load of 25 may keep two answers for seconds, and HAProxy has nobody else to ask.
        health = replace(HEALTH, timeout=15.0)
        self.options = HaproxyOptions(listen=self.address, preview=self.preview_address, health=health, threads=1)
        self.traffic = self.again()

    def again(self, service: str = SERVICE, options: HaproxyOptions | None = None) -> HaproxyTraffic:
        return HaproxyTraffic(
            options or self.options,
            service=service,
            home=self.directory,
            supervisor=self.supervisor,
            clock=WallClock(),
        )

    @property
    def home(self) -> Home:
        return Home(self.directory)

    @property
    def service(self) -> Service:
        return Service(self.home, SERVICE)

    @property
    def programs(self) -> tuple[Program, ...]:
        return program.programs(self.home)

    async def pass_time(self) -> None:
        await asyncio.sleep(0.02)


@asynccontextmanager
async def open_haproxy(directory: Path) -> AsyncIterator[HaproxyStand]:
    """Everything that was started ends with the block."""
    supervisor = PlainSupervisor()
    async with backends() as kept:
        try:
            yield HaproxyStand(directory, kept, supervisor)
        finally:
            await supervisor.shut_down()


class OverHaproxy:
    @pytest.fixture
    def opened(self, tmp_path):
        return functools.partial(open_haproxy, tmp_path / "home")
