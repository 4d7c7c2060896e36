"""The whole real stack on a home of its own: store, controller, supervisord, Envoy, replicas of the example shop.

Every test has its own home and ports, and leaves nothing behind: no process and no file outside its folder.
"""

import asyncio
import copy
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
import psutil

from shipway.adapters.supervisor import Supervisor
from shipway.app import Shipway, controller_name
from shipway.demo.load import Load
from shipway.engine.controller import Controller
from shipway.engine.state import ServiceState
from shipway.engine.tick import Service
from shipway.errors import PortError
from shipway.home import Home
from shipway.model.command import Command
from shipway.model.event import CommandRead, Entry, Event
from shipway.model.past import Past
from shipway.spec.load import Loaded, load
from shipway.spec.traffic import IN_CLUSTER
from tests.real.ports import HOST, free_port, replica_ports

SERVICE = "checkout"
DEADLINE_SECONDS = 100.0
"""Generous: the machine may be busy. Nothing is asserted about how long anything takes."""
LOOK_SECONDS = 0.05
FIRST_TOLD, LAST_TOLD = 120, 80
"""Entries of a journal that a failed test tells: how it came, and how it ended."""

SHOP = f"{sys.executable} -m shipway.demo.app.checkout --port {{port}} --version {{version}}"
WISH: dict[str, object] = {
    "service": SERVICE,
    "platform": {
        "process": {"command": SHOP, "replicas": 2, "env": {}, "ports": "{}-{}".format(*replica_ports())}
    },
    "health": {
        "ready": {"path": "/health/ready", "initial_delay": "0s", "period": "500ms"},
        "alive": {"path": "/health/alive", "initial_delay": "10s", "period": "5s"},
        "steady": "500ms",
    },
    "traffic": {"envoy": {}},
    "strategy": "rolling",
    "rolling": {"batches": 2},
    "blue-green": {"bake": "1s"},
    "canary": {"stages": ["20%", "100%"], "bake": "2s", "sticky": {"cookie": "shipway"}},
    "guard": {"success_rate": ">= 99%", "no_data": "go"},
    "rollback": {"window": "1s", "within": "5m"},
    "deadline": "60s",
    "drain": "30s",
}

Story = Callable[["Stand"], Awaitable[None]]
Journal = list[Entry]


class Stand:
    """One service, and what a test does to it."""

    def __init__(self, folder: Path, wish: Mapping[str, object]) -> None:
        self.folder, self.home = folder, Home(folder / "home")
        self.host, self.port, self.preview_port = HOST, free_port(), free_port()
        way_in = wish.get("traffic", WISH["traffic"])
        self.wish = {**merged(WISH, wish), "traffic": way_in}
        if self.wish.get("kind", "http") == "http":
            places = {"listen": f"{HOST}:{self.port}", "preview": f"{HOST}:{self.preview_port}"}
            chosen = [name for name in msgspec.convert(way_in, dict) if name not in IN_CLUSTER]
            self.wish = merged(self.wish, {"traffic": dict.fromkeys(chosen, places)})
        else:
            self._without_requests()
        self.service = str(self.wish["service"])
        self.home.path.mkdir()
        self.shipway = Shipway(self.home)
        self.supervisor = Supervisor(self.home.path)
        self.seen: Service | None = None
        """The service as the controller of this process saw it last."""
        self._controllers: list[tuple[Controller, asyncio.Task[None]]] = []
        self._processes: list[asyncio.subprocess.Process] = []
        self.loads: list[Load] = []

    # The release file

    def _without_requests(self) -> None:
        """Leave out what only requests have."""
        for key in ("traffic", "drain"):
            self.wish.pop(key, None)
        if self.wish["kind"] == "cron":
            return  # whose wish is a test's own
        health, canary = self.wish["health"], self.wish["canary"]
        assert isinstance(health, dict) and isinstance(canary, dict)
        self.wish["health"] = {"steady": health["steady"]}
        canary.pop("sticky", None)

    @property
    def loaded(self) -> Loaded:
        """The release file as it is now."""
        path = self.folder / "shipway.yaml"
        path.write_text(json.dumps(self.wish, indent=1))
        return load(path)

    def change(self, **wish: object) -> None:
        """Edit the release file."""
        self.wish = merged(self.wish, wish)

    def environment(self, **variables: str) -> None:
        """Edit `platform.process.env`; the variables that were there go."""
        self.wish["platform"]["process"]["env"] = variables  # type: ignore[index]

    def command(self, script: str, **variables: str) -> None:
        """Run this Python script as the application, with the shop's arguments."""
        words = f"{sys.executable} {script} --port {{port}} --version {{version}}"
        self.change(platform={"process": {"command": words}})
        self.environment(**variables)

    # Controllers

    def control(self, *, lease_seconds: float | None = None) -> Controller:
        """A controller in this process."""
        controller = self.shipway.controller(controller_name(), on_tick=self._saw)
        if lease_seconds is not None:
            controller.lease_seconds = lease_seconds
        self._controllers.append((controller, asyncio.create_task(controller.run())))
        return controller

    async def uncontrolled(self) -> None:
        """End the controllers of this process in good order."""
        for controller, _ in self._controllers:
            controller.stop()
        await asyncio.gather(*(task for _, task in self._controllers))
        self._controllers.clear()

    def _saw(self, service: Service) -> None:
        self.seen = service

    async def serve(self, *command: str) -> asyncio.subprocess.Process:
        """A controller as a process of its own; `command` is run in the place of `shipway serve`."""
        log = (self.folder / f"controller-{len(self._processes)}.log").open("wb")
        with log:
            process = await asyncio.create_subprocess_exec(
                *(command or (sys.executable, "-m", "shipway", "serve", "--verbose")),
                env=os.environ | {"SHIPWAY_HOME": str(self.home.path)},
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        return process

    async def owner(self) -> str:
        """Whoever has the service's lease; empty while nobody does."""
        lease = await self.shipway.store.leases.holder(self.service)
        return lease.owner if lease else ""

    # Commands

    async def submit(self, version: str, *, strategy: str = "rolling", during: str = "supersede") -> CommandRead:
        """Ask for a deploy. Raises `ShipwayError` when it is refused."""
        number = await self.shipway.deploy(self.loaded, version, strategy=strategy, during=during)
        return await self.shipway.answer(self.service, number)

    async def ask(self, command: Command) -> CommandRead:
        """Give a command, and how it was taken. Raises `ShipwayError` when it is refused."""
        number = await self.shipway.ask(self.service, command)
        return await self.shipway.answer(self.service, number)

    async def deploy(self, version: str, *, strategy: str = "rolling") -> Past:
        """Deploy, and wait for the end of the run."""
        await self.submit(version, strategy=strategy)
        return await self.ended()

    async def ship_first(self, version: str) -> None:
        """The first deployment ever, and until all its replicas are ready."""
        await self.ship(version)
        await self.eventually(self.is_whole, "the first version is whole")

    async def ship(self, version: str, *, strategy: str = "rolling") -> None:
        """Deploy one that must go well."""
        past = await self.deploy(version, strategy=strategy)
        assert past.outcome == "finished", past

    # What is

    async def state(self) -> ServiceState:
        """The journal, folded."""
        return await self.shipway.state(self.service)

    async def events(self, kind: type[Event] | tuple[type[Event], ...]) -> list[Event]:
        """All events of a kind."""
        return [entry.event for entry in await self.journal() if isinstance(entry.event, kind)]

    async def journal(self) -> Journal:
        """Everything that happened."""
        return list(await self.shipway.store.journal.read(self.service))

    async def until(
        self, claim: Callable[[ServiceState], bool], what: str, *, seconds: float | None = None
    ) -> ServiceState:
        """Wait for something that the journal says."""
        seconds = DEADLINE_SECONDS if seconds is None else seconds
        deadline = time.monotonic() + seconds
        while not claim(state := await self.state()):
            self._complain()
            assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
            await asyncio.sleep(LOOK_SECONDS)
        return state

    def _complain(self) -> None:
        """A controller that died of a fault of its own fails the test at once."""
        for _, task in self._controllers:
            if task.done() and not task.cancelled():
                task.result()

    async def eventually(self, claim: Callable[[], Awaitable[bool]], what: str) -> None:
        """Wait for something that can be seen."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not await claim():
            self._complain()
            assert time.monotonic() < deadline, f"not within {DEADLINE_SECONDS:.0f} s: {what}"
            await asyncio.sleep(LOOK_SECONDS)

    async def ended(self) -> Past:
        """Wait until no run is under way."""
        state = await self.until(lambda state: state.run is None and bool(state.past), "the run ends")
        return state.past[-1]

    async def reached(self, row: int) -> ServiceState:
        """Wait until the run has settled in this row, or is past it."""

        def is_there(state: ServiceState) -> bool:
            run = state.run
            return run is not None and (run.row > row or (run.row == row and run.settled_at is not None))

        return await self.until(is_there, f"row {row} is reached")

    async def is_whole(self) -> bool:
        """Whether the replicas are those wanted, all ready, under a supervisor that cares for them."""
        ports = await self.shipway.assemble(self.service)
        fleet, state = await ports.platform.observe(), await self.state()
        return [(replica.ready, replica.stale) for replica in fleet.replicas] == [(True, False)] * state.replicas

    async def is_at_rest(self) -> bool:
        """Whether nothing is under way, asked for or not yet ended; nobody may ask for a preparation again."""
        state = await self.state()
        pending = [intent.key for intent in state.pending if not intent.key.startswith("prepare:")]
        return state.run is None and not pending and await self.is_whole()

    async def pids(self, part: str = "") -> dict[str, int]:
        """Of the supervised programs whose names contain this."""
        found = {process.name: process.pid for process in await self.supervisor.processes()}
        return {name: pid for name, pid in found.items() if part in name and pid is not None}

    def supervisor_pid(self) -> int:
        """Of this home's supervisord."""
        return int(self.supervisor.places.pid_file.read_text())

    # Users

    def users(self, *, rate: float = 60.0, connections: int = 6) -> Load:
        """Keep-alive users at a steady rate, from now on."""
        made = Load(self.host, self.port, rate=rate, connections=connections)
        made.start()
        self.loads.append(made)
        return made

    # The end

    async def close(self) -> None:
        """End everything that was started. Fails when something does not end."""
        for made in self.loads:
            await made.stop()
        for controller, _ in self._controllers:
            controller.stop()
        await asyncio.gather(*(task for _, task in self._controllers), return_exceptions=True)
        for process in self._processes:
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            await process.wait()
        with suppress(PortError):
            await (await self.shipway.assemble(self.service)).close()
        self.shipway.__exit__(None, None, None)
        await self.supervisor.shutdown(timeout_seconds=30.0)
        psutil.wait_procs(processes_of(self.home), timeout=60)  # supervisord's file goes a moment before itself
        left = kill_all(self.home)
        assert not left, f"lived on after the supervisor was shut down: {left}"

    async def tale(self) -> str:
        """The journal in a few words each, for a test that failed."""
        entries = await self.journal()
        begin = entries[0].at if entries else 0.0
        shown = (*entries[:FIRST_TOLD], *entries[max(FIRST_TOLD, len(entries) - LAST_TOLD) :])
        return "\n".join(f"{entry.at - begin:8.2f} {entry.event!s:.240}" for entry in shown)


def processes_of(home: Home) -> list[psutil.Process]:
    """Everything that was started for this home, by the tag in its environment or by its command line."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            words = [*process.cmdline(), process.environ().get("SHIPWAY_HOME", "")]
            if process.pid != os.getpid() and any(str(home.path) in word for word in words):
                found.append(process)
    return found


def kill_all(home: Home) -> list[str]:
    """Kill -9, by number, whatever lives of this home; says what that was."""
    alive = [process for process in processes_of(home) if process.status() != psutil.STATUS_ZOMBIE]
    told = [f"{process.pid} {' '.join(process.cmdline())}" for process in alive]
    for process in alive:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=10)
    return told


def merged(base: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """Mappings are merged, all else is replaced; `_` stands for a hyphen in the changes' keys."""
    result = copy.deepcopy(dict(base))
    for key, value in changes.items():
        name = "blue-green" if key == "blue_green" else key
        before = result.get(name)
        result[name] = merged(before, value) if isinstance(before, dict) and isinstance(value, Mapping) else value
    return result


def process(**options: object) -> dict[str, object]:
    """Options of `platform.process`, as `merged` takes them."""
    return {"platform": {"process": options}}


@asynccontextmanager
async def open_stand(folder: Path, **wish: object) -> AsyncIterator[Stand]:
    """A stand that is always torn down, and whose journal is printed when the block fails."""
    stand = Stand(folder, wish)
    try:
        yield stand
    except BaseException:
        print(await stand.tale())
        raise
    finally:
        await stand.close()


def on_a_stand(*, controlled: bool = True, **wish: object) -> Callable[[Story], Callable[[Path], None]]:
    """Makes a test of a story: it is told on a stand, if `controlled` with a controller in this process."""

    def made(story: Story) -> Callable[[Path], None]:
        async def played(folder: Path) -> None:
            async with open_stand(folder, **wish) as stand:
                if controlled:
                    stand.control()
                await story(stand)

        def test(tmp_path: Path) -> None:
            asyncio.run(played(tmp_path))

        test.__name__, test.__doc__, test.__module__ = story.__name__, story.__doc__, story.__module__
        return test

    return made
