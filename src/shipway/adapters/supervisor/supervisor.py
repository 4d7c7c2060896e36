"""One supervisord per home, as the rest of Shipway uses it."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

import msgspec

from shipway.adapters.supervisor import daemon, durable, launch, rpc
from shipway.adapters.supervisor.configuration import KEEPER, Places
from shipway.adapters.supervisor.environment import inherited
from shipway.adapters.supervisor.looking import Info, look
from shipway.adapters.supervisor.program import Process, Program, check, section, specification
from shipway.errors import PortError

LOOK_SECONDS = 0.05
STOP_MARGIN_SECONDS = 10.0
"""After the grace period, supervisord kills; what it does not know has one more. The end is awaited this long."""
SHUTDOWN_SECONDS = 120.0
ENDED = ("STOPPED", "EXITED", "FATAL", "UNKNOWN")


class Supervisor:
    """Everything is safe to repeat, and safe while others do the same. Raises `PortError`."""

    def __init__(self, home: Path) -> None:
        self.places = Places(home)

    @property
    def home(self) -> Path:
        """SHIPWAY_HOME, absolute."""
        return self.places.home

    async def ensure(self) -> None:
        """Start supervisord when none runs. It is a daemon: it lives on after us."""
        await asyncio.to_thread(daemon.ensure, self.places)

    async def is_running(self) -> bool:
        """Whether supervisord answers."""
        return await asyncio.to_thread(daemon.is_running, self.places)

    def was_shut_down(self) -> bool:
        """Whether supervisord ended in good order, or never ran. One that was killed leaves its pid file:
        `ensure` then brings its programs back under care."""
        return not self.places.pid_file.exists()

    async def put(self, *programs: Program) -> None:
        """Have these programs, all with one reading of the configuration. One that runs as it is stays."""
        for program in programs:
            check(program)
        await self.ensure()
        changed = await asyncio.to_thread(self._changed, programs)
        await asyncio.gather(*(self.remove(name) for name in changed))
        await asyncio.to_thread(self._write, programs)
        await asyncio.to_thread(self._add, programs)

    def _changed(self, programs: Sequence[Program]) -> tuple[str, ...]:
        """Those that run differently, or are just being removed."""
        known = {info["name"] for info in self._infos()}
        return tuple(
            program.name
            for program in programs
            if self.places.removed(program.name).exists() or (program.name in known and self._differs(program))
        )

    def _write(self, programs: Sequence[Program]) -> None:
        known = {info["name"] for info in self._infos()}
        shell = inherited(os.environ)
        for program in programs:
            durable.directory(Path(program.log).parent)
            if program.name not in known:
                wanted = specification(program, self.home, shell)
                durable.replace(self.places.program(program.name), msgspec.json.encode(wanted))
            durable.replace(self.places.section(program.name), section(program, self.places).encode())

    def _differs(self, program: Program) -> bool:
        """From what was started last, and from what would be started next."""
        digest = specification(program, self.home, {})["digest"]
        run = launch.read_run(str(self.home), program.name)
        written = durable.read(self.places.program(program.name))
        next_digest = msgspec.json.decode(written)["digest"] if written else ""
        return next_digest != digest or (run is not None and run["digest"] != digest)

    def _add(self, programs: Sequence[Program]) -> None:
        self._call("supervisor.reloadConfig")
        for program in programs:
            with _tolerating(rpc.Code.ALREADY_ADDED):
                self._call("supervisor.addProcessGroup", program.name)

    async def remove(self, name: str, *, wait: bool = True) -> None:
        """Stop it, with its grace period, and forget it. Without `wait` it only begins to stop."""
        if self.was_shut_down():
            await asyncio.to_thread(self._forget, name)
            return
        # A killed supervisord may have left it.
        await self.ensure()
        await asyncio.to_thread(self._mark_removed, name)
        await asyncio.to_thread(self._begin_stop, name)
        if wait:
            await self._until(self._has_left, name)
            await asyncio.to_thread(self._forget, name)

    def _mark_removed(self, name: str) -> None:
        """Without its section it does not come back, whatever happens to us."""
        if not self.places.removed(name).exists():
            durable.replace(self.places.removed(name), b"")
        with durable.telling(self.places.section(name)):
            self.places.section(name).unlink(missing_ok=True)

    def _forget(self, name: str) -> None:
        runs = (self.places.runs / f"{name}.{suffix}" for suffix in ("json", "lock"))
        for path in (*runs, self.places.section(name), self.places.program(name), self.places.removed(name)):
            path.unlink(missing_ok=True)

    def _has_left(self, name: str) -> bool:
        """Asked to stop each time: one that had just ended by itself may have been started again."""
        self._begin_stop(name)
        info = next((info for info in self._infos() if info["name"] == name), None)
        if info is not None and info["statename"] not in ENDED:
            return False
        # An orphan outlives its launcher where that was asked to stop before it could pass that on.
        return daemon.end_leftover(self.places, name) and self._drop(name)

    async def _until(self, is_so: Callable[[str], bool], name: str) -> None:
        deadline = time.monotonic() + 2 * daemon.grace(self.places, name) + STOP_MARGIN_SECONDS
        while not await asyncio.to_thread(is_so, name):
            if time.monotonic() > deadline:
                raise PortError(
                    f"{name} does not end",
                    where=str(self.places.log),
                    why="It was killed after its grace period, and is still there.",
                    fix="Its process may wait for a disk; see what it does with `ps`.",
                )
            await asyncio.sleep(LOOK_SECONDS)

    def _begin_stop(self, name: str) -> None:
        with _tolerating(rpc.Code.NO_SUCH_PROGRAM, rpc.Code.NOT_RUNNING):
            self._call("supervisor.stopProcess", name, False)

    def _drop(self, name: str) -> bool:
        """Whether supervisord does not list it any more; it keeps a program that has not ended."""
        try:
            self._call("supervisor.removeProcessGroup", name)
        except rpc.Fault as fault:
            if fault.number == rpc.Code.STILL_RUNNING:
                return False
            if fault.number != rpc.Code.NO_SUCH_PROGRAM:
                raise
        return True

    async def processes(self) -> tuple[Process, ...]:
        """Every program that was put, and those that still end. Raises `NotRunning`."""
        return await asyncio.to_thread(self._processes)

    async def by_name(self, *, is_needed: bool) -> Mapping[str, Process]:
        """The same by name; a supervisord that was killed is replaced first where programs are needed.

        One that was shut down is left so, and has none.
        """
        try:
            found = await self.processes()
        except rpc.NotRunning:
            if not is_needed or self.was_shut_down():
                return {}
            await self.ensure()
            found = await self.processes()
        return {process.name: process for process in found}

    def _processes(self) -> tuple[Process, ...]:
        infos = self._infos()
        gone = [info["name"] for info in infos if self._finishes(info)]
        return tuple(look(info, self.places) for info in infos if info["name"] not in gone)

    def _finishes(self, info: Info) -> bool:
        """Whether a removal that nobody waited for is over; then all traces go."""
        name = info["name"]
        if not self.places.removed(name).exists() or not self._has_left(name):
            return False
        self._forget(name)
        return True

    async def start(self, name: str) -> None:
        """Start it, unless it runs."""
        await asyncio.to_thread(self._start, name)

    def _start(self, name: str) -> None:
        with _tolerating(rpc.Code.ALREADY_STARTED):
            self._call("supervisor.startProcess", name, False)

    async def stop(self, name: str) -> None:
        """Stop it, with its grace period; it stays known, and stopped until it is started."""
        await asyncio.to_thread(self._begin_stop, name)
        await self._until(self._has_ended, name)
        for _ in chain(daemon.ending(self.places, name), daemon.ending_remains(self.places, name)):
            await asyncio.sleep(LOOK_SECONDS)

    def _has_ended(self, name: str) -> bool:
        return all(info["statename"] in ENDED for info in self._infos() if info["name"] == name)

    async def restart(self, name: str) -> None:
        """End it, with its grace period; supervisord starts it again, even if we die meanwhile."""
        did_run = False
        for _ in daemon.ending(self.places, name):
            did_run = True
            await asyncio.sleep(LOOK_SECONDS)
        if not did_run:
            await self.start(name)

    async def signal(self, name: str, signal: str) -> None:
        """Send it a signal by name, `HUP`; nothing happens when it does not run."""
        await asyncio.to_thread(self._signal, name, signal)

    def _signal(self, name: str, signal: str) -> None:
        with _tolerating(rpc.Code.NOT_RUNNING):
            self._call("supervisor.signalProcess", name, signal)

    async def shutdown(self, *, timeout_seconds: float = SHUTDOWN_SECONDS) -> None:
        """End every program and supervisord itself; the next `ensure` starts them again."""
        await asyncio.to_thread(daemon.shut_down, self.places, timeout_seconds=timeout_seconds)

    def _infos(self) -> tuple[Info, ...]:
        found = msgspec.convert(self._call("supervisor.getAllProcessInfo"), tuple[Info, ...])
        return tuple(info for info in found if info["name"] != KEEPER)

    def _call(self, method: str, *arguments: object) -> object:
        return rpc.call(self.places.socket, method, *arguments)


@contextlib.contextmanager
def _tolerating(*codes: rpc.Code) -> Iterator[None]:
    """Faults that say that it is so already."""
    try:
        yield
    except rpc.Fault as fault:
        if fault.number not in codes:
            raise
