"""An HAProxy with a configuration of somebody's own, which Shipway steers and never starts."""

import asyncio
import functools
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contract.backends import Backends, backends
from contract.envoy_stand import SERVICE
from contract.traffic import until
from shipway.adapters.clock import WallClock
from shipway.adapters.traffic.haproxy import program
from shipway.adapters.traffic.haproxy.existing.adapter import ExistingHaproxyTraffic
from shipway.adapters.traffic.haproxy.existing.options import ExistingOptions
from shipway.adapters.traffic.haproxy.existing.places import Place
from shipway.adapters.traffic.haproxy.master import Master
from shipway.errors import PortError
from tests.real.ports import free_ports

CONFIGURATION = """
global
  nbthread 1
  {statistics}
defaults
  mode http
  timeout connect 1s
  timeout client 1h
  timeout server 1h
  timeout check 15s
  option redispatch 1
  option idle-close-on-response
  retry-on conn-failure
frontend users
  bind {address}
  default_backend shop
backend shop
  balance {balance}
  option httpchk GET {health}
  {kept}
  default-server check inter 200ms fall 2 rise 1 pool-purge-delay 250ms init-addr last,127.0.0.1
  server-template shipway {servers} localhost:1 disabled
  {more}
"""


class Owner:
    """Who runs HAProxy, with a configuration of their own."""

    def __init__(self, directory: Path, *, address: str, kept: Path, health: str = "/health") -> None:
        self.directory, self.address, self.kept, self.health = directory, address, kept, health
        self.socket = directory / "m.sock"
        self.configuration = directory / "haproxy.cfg"
        self.master = Master(self.socket)
        self._process: subprocess.Popen[bytes] | None = None

    def write(
        self, *, balance: str = "roundrobin", servers: int = 12, keeps: bool = True, **named: object
    ) -> None:
        """The configuration; `more` of the backend, and `statistics`, a socket of one process."""
        kept = f"load-server-state-from-file local\n  server-state-file-name {self.kept}" if keeps else ""
        words = {"address": self.address, "health": self.health, "balance": balance, "servers": servers}
        statistics = f"stats socket {self.directory / 'stats.sock'}" if named.get("statistics") else ""
        more = named.get("more", "")
        self.configuration.write_text(CONFIGURATION.format(**words, kept=kept, more=more, statistics=statistics))

    async def start(self) -> None:
        await asyncio.to_thread(self._start)
        await until(self.master.is_live)

    def _start(self) -> None:
        words = [program.binary(), "-W", "-S", f"{self.socket},mode,600", "-f", str(self.configuration)]
        with open(self.directory / "haproxy.log", "ab") as log:
            self._process = subprocess.Popen(words, cwd=self.directory, stdout=log, stderr=log)

    async def reload(self) -> None:
        """As `systemctl reload haproxy` would; until the new process takes connections."""
        before = {worker.pid for worker in self.master.workers().listed}
        self.master.ask("reload")

        def is_new() -> bool:
            current = self.master.workers().current
            return current is not None and current.pid not in before

        await until(lambda: _holds(is_new))

    async def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            await asyncio.to_thread(self._process.wait, 20)
            self._process = None


class ExistingHaproxyStand:
    """A `Carrier` over an HAProxy that is not ours."""

    def __init__(self, directory: Path, kept: Backends) -> None:
        self.directory, self.backends = directory, kept
        self.address = f"127.0.0.1:{free_ports(1)[0]}"
        self.place = Place(directory, SERVICE)
        self.owner = Owner(directory, address=self.address, kept=self.place.servers)
        self.options = ExistingOptions(socket=str(self.owner.socket), backend="shop")
        self.traffic = self.again()

    def again(self) -> ExistingHaproxyTraffic:
        return ExistingHaproxyTraffic(self.options, service=SERVICE, home=self.directory, clock=WallClock())

    def tell(self, command: str) -> str:
        """By other hands."""
        return self.owner.master.tell(self.owner.master.workers().listed[0], [command])

    async def pass_time(self) -> None:
        await asyncio.sleep(0.02)


def _holds(claim: Callable[[], bool]) -> bool:
    """The master starts itself anew at a reload, and answers nobody then."""
    try:
        return claim()
    except PortError:
        return False


@asynccontextmanager
async def open_existing(directory: Path, **named: object) -> AsyncIterator[ExistingHaproxyStand]:
    """Everything that was started ends with the block."""
    directory.mkdir(exist_ok=True)
    async with backends() as kept:
        stand = ExistingHaproxyStand(directory, kept)
        stand.owner.write(**named)  # type: ignore[arg-type]
        await stand.owner.start()
        try:
            yield stand
        finally:
            await stand.owner.stop()


class OverExistingHaproxy:
    @pytest.fixture
    def opened(self, tmp_path):
        return functools.partial(open_existing, tmp_path / "home")
