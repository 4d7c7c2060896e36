"""A real Envoy on free ports of 127.0.0.1, kept by a supervisor that is as small as can be."""

import asyncio
import functools
import os
import shlex
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contract.backends import Backends, Client, backends
from contract.traffic import A, B, healthy, publish, route, split
from shipway.adapters.clock import WallClock
from shipway.adapters.supervisor import Program
from shipway.adapters.traffic.envoy import EnvoyOptions, EnvoyTraffic, HealthCheck
from shipway.adapters.traffic.envoy.places import Home, Service
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route
from tests.real.ports import free_ports

SERVICE = "checkout"
HEALTH = HealthCheck(path="/health", period=0.2, timeout=2.0, failure_threshold=2)


class PlainSupervisor:
    """Starts programs, and starts none that runs."""

    def __init__(self) -> None:
        self.started: dict[str, subprocess.Popen[bytes]] = {}

    async def put(self, *programs: Program) -> None:
        for program in programs:
            if program.name not in self.started or self.started[program.name].poll() is not None:
                self.start(program)

    def start(self, program: Program) -> None:
        with open(program.log, "ab") as log:
            self.started[program.name] = subprocess.Popen(
                shlex.split(program.command), cwd=program.directory, stdout=log, stderr=log
            )

    async def remove(self, name: str) -> None:
        if name in self.started:
            await self._end(name, signal.SIGTERM)

    async def kill(self, name: str = "envoy") -> None:
        """As `kill -9` would."""
        await self._end(name, signal.SIGKILL)

    async def _end(self, name: str, number: int) -> None:
        process = self.started.pop(name)
        if process.poll() is None:
            os.kill(process.pid, number)
        await asyncio.to_thread(process.wait, 20)

    async def shut_down(self) -> None:
        for name in tuple(self.started):
            await self._end(name, signal.SIGTERM)


class EnvoyStand:
    """A `Carrier` over Envoy."""

    def __init__(self, directory: Path, kept: Backends, supervisor: PlainSupervisor) -> None:
        self.directory, self.backends, self.supervisor = directory, kept, supervisor
        ports = free_ports(2)
        self.address, self.preview_address = (f"127.0.0.1:{port}" for port in ports)
        self.options = EnvoyOptions(
            listen=self.address, preview=self.preview_address, health=HEALTH, concurrency=1
        )
        self.traffic = self.again()

    def again(self, service: str = SERVICE, options: EnvoyOptions | None = None) -> EnvoyTraffic:
        return EnvoyTraffic(
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
async def open_envoy(directory: Path) -> AsyncIterator[EnvoyStand]:
    """Everything that was started ends with the block."""
    supervisor = PlainSupervisor()
    async with backends() as kept:
        try:
            yield EnvoyStand(directory, kept, supervisor)
        finally:
            await supervisor.shut_down()


class OverEnvoy:
    @pytest.fixture
    def opened(self, tmp_path):
        return functools.partial(open_envoy, tmp_path / "home")


def service(stand: EnvoyStand) -> Service:
    return Service(stand.home, "checkout")


async def serving(stand: EnvoyStand, wanted: Route = split(0)) -> Route:  # noqa: B008 - a frozen value
    """Replicas of both revisions, and a route."""
    listed = [await stand.backends.start(revision) for revision in (A, B)]
    endpoints = [Endpoint(revision=RevisionId(one.revision), address=one.address) for one in listed]
    await publish(stand, *endpoints, generation=1)
    await healthy(stand)
    await route(stand, wanted, generation=2)
    return wanted


async def answers(stand: EnvoyStand) -> bool:
    try:
        return (await stand.traffic.observe()).confirmed is not None
    except PortError:
        return False


async def is_served_by(address: str, *revisions: str) -> bool:
    try:
        return (await Client(address).ask()).revision in revisions
    except OSError:
        return False
