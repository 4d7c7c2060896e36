"""What a hundred idle services cost one machine: memory of everything that is ours, under one SHIPWAY_HOME.

Real supervisor, controller and Envoy; each service is a tiny program with one replica, and all share one address,
told apart by `host:`. The services' own processes are not counted. A row of `one_machine_wide`.
"""

import asyncio
import http.client
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil
from msgspec import Struct

from benchmarks.report import Figure, Table, text
from shipway.adapters.supervisor import Supervisor
from shipway.app import Shipway
from shipway.home import Home
from shipway.spec.load import load
from tests.acceptance.stand import processes_of
from tests.real.ports import HOST, free_port

SERVICES = 100
MEGABYTES_MAX = 1000.0
BATCH = 10
"""Deployed at a time."""
DEPLOY_SECONDS_MAX = 900.0
LOOK_SECONDS = 0.5
REST_SECONDS = 20.0
"""Watched, once the last deploy is over."""
PREFIX = "idle"
APPLICATION = Path(__file__).parents[1] / "tests" / "contract" / "replica_app.py"
MEGA = 1e6
CLAIM = f"{SERVICES} idle services on one machine cost less than a gigabyte of memory."
HOW = (
    f"{SERVICES} services with one replica each are deployed by the real controller, {BATCH} at a time, behind "
    "one address, told apart by host. Then they rest, and what belongs to Shipway is added up: proportional set "
    f"size, so that shared pages count once, and processor time of {REST_SECONDS:.0f} s. The services' own "
    "processes do not count. In the end each is asked through Envoy. The first column is the same after the first "
    "deploy."
)
PARTS = {"controller": "controller", "envoy": "Envoy", "liveness": "liveness", "supervisord": "supervisor"}
"""Found in a command line; whatever else is ours is a helper."""


class Cost(Struct, frozen=True, kw_only=True):
    """What belongs to us of one home, by part."""

    services: int
    megabytes: Mapping[str, float]
    """Proportional set size: a page that processes share counts for each by its part."""
    cores: Mapping[str, float]
    """CPU seconds per second."""

    @property
    def total(self) -> float:
        """Megabytes of all parts."""
        return sum(self.megabytes.values())


class Idle(Struct, frozen=True, kw_only=True):
    """One service, then all of them."""

    one: Cost
    all: Cost
    answered: int
    """Services that answer through Envoy in the end."""

    @property
    def each(self) -> float:
        """Megabytes for each further service."""
        return (self.all.total - self.one.total) / (self.all.services - self.one.services)


async def idle(folder: Path, *, services: int = SERVICES) -> Idle:
    """Deploy them, let them rest, and measure."""
    home, port = Home(folder / "home"), free_port()
    home.path.mkdir()
    names = [f"{PREFIX}-{number:03}" for number in range(services)]
    try:
        with Shipway(home) as shipway:
            await _deployed(shipway, folder, names[:1], port)
            one = await _cost(home, services=1)
            for first in range(1, services, BATCH):
                await _deployed(shipway, folder, names[first : first + BATCH], port)
                print(f"{min(first + BATCH, services)} services", flush=True)
            found = await _cost(home, services=services)
            answered = await asyncio.to_thread(_answering, names, port)
    finally:
        await Supervisor(home.path).shutdown()
    return Idle(one=one, all=found, answered=answered)


async def _deployed(shipway: Shipway, folder: Path, names: Iterable[str], port: int) -> None:
    waiting = {*names}
    for name in waiting:
        path = folder / f"{name}.yaml"
        path.write_text(json.dumps(_wish(name, port)))
        await shipway.deploy(load(path), "1.0", strategy=None, during="supersede")
    await shipway.ensure_controller()
    deadline = time.monotonic() + DEPLOY_SECONDS_MAX
    while waiting:
        for name in sorted(waiting):
            state = await shipway.state(name)
            if state.past and state.run is None:
                assert state.past[-1].outcome == "finished", (name, state.past[-1])
                waiting.remove(name)
        assert time.monotonic() < deadline, f"not deployed: {sorted(waiting)}"
        await asyncio.sleep(LOOK_SECONDS)


def _wish(name: str, port: int) -> Mapping[str, object]:
    command = f"{sys.executable} -I -S {APPLICATION} well --port {{port}}"
    return {
        "service": name,
        "platform": {"process": {"command": command, "replicas": 1}},
        "traffic": {"envoy": {"listen": f"{HOST}:{port}", "host": f"{name}.example.com"}},
        "strategy": "rolling",
        "guard": {"no_data": "go"},
        "rollback": {"window": "0s"},
    }


async def _cost(home: Home, *, services: int) -> Cost:
    """After a while at rest."""
    before = {process: _seconds(process) for process in _ours(home)}
    began = time.monotonic()
    await asyncio.sleep(REST_SECONDS)
    passed = time.monotonic() - began
    megabytes, cores = dict.fromkeys(_parts(), 0.0), dict.fromkeys(_parts(), 0.0)
    for process in _ours(home):
        with suppress(psutil.Error):
            part = _part(process)
            megabytes[part] += process.memory_full_info().pss / MEGA
            cores[part] += (_seconds(process) - before.get(process, 0.0)) / passed
    return Cost(services=services, megabytes=megabytes, cores=cores)


def _parts() -> tuple[str, ...]:
    return (*PARTS.values(), "helpers")


def _ours(home: Home) -> list[psutil.Process]:
    return [process for process in processes_of(home) if not _is_a_service(process)]


def _is_a_service(process: psutil.Process) -> bool:
    try:
        return process.environ().get("SHIPWAY_PROGRAM", "").startswith(PREFIX)
    except psutil.Error:
        return False


def _part(process: psutil.Process) -> str:
    words = f"{process.environ().get('SHIPWAY_PROGRAM', '')} {' '.join(process.cmdline())}"
    return next((part for word, part in PARTS.items() if word in words), "helpers")


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _answering(names: Iterable[str], port: int) -> int:
    return sum(_status(name, port) == http.client.OK for name in names)


def _status(name: str, port: int) -> int:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", "/", headers={"Host": f"{name}.example.com"})
        return connection.getresponse().status
    finally:
        connection.close()


def figures(found: Idle) -> tuple[Figure, Figure]:
    """Memory, and that it is memory of services that work."""
    return (
        Figure(value=found.all.total, target=MEGABYTES_MAX, unit="MB", what=f"for {found.all.services} services"),
        Figure(
            value=found.all.services - found.answered, target=0, what="of them without an answer", or_equal=True
        ),
    )


def table(found: Idle) -> Table:
    """A row for each part, then one for all."""
    costs = (found.one, found.all)
    rows = [(part, *(_cell(cost.megabytes[part], cost.cores[part]) for cost in costs)) for part in _parts()]
    totals = (_cell(cost.total, sum(cost.cores.values())) for cost in costs)
    return Table(
        title="Idle services",
        columns=("what is ours", *(f"{cost.services} service{'s' * (cost.services > 1)}" for cost in costs)),
        rows=(*rows, ("all", *totals)),
        note=f"{found.each:.1f} MB for each further service. {found.answered} of {found.all.services} answer.",
    )


def _cell(megabytes: float, cores: float) -> str:
    return f"{megabytes:.0f} MB, {cores:.3f} core"


def main() -> int:
    """Only this row, for people; 1 when it is short."""
    with tempfile.TemporaryDirectory(prefix="shipway-bench-") as folder:
        found = asyncio.run(idle(Path(folder)))
    print(text(table(found)))
    return 0 if all(figure.is_met for figure in figures(found)) else 1


if __name__ == "__main__":
    sys.exit(main())
