"""The composition root: from a home and a release file to a store, adapters, commands and a controller."""

import asyncio
import getpass
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import structlog

from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.disk.pruning import Pruning
from shipway.adapters.disk.reserve import Reserve
from shipway.adapters.kept_release import readable
from shipway.adapters.recorder import Recorder
from shipway.adapters.signed import signed
from shipway.adapters.stores.sqlite import SqliteStore, open_store
from shipway.assembling import assembled
from shipway.engine.controller import Assemble, Controller
from shipway.engine.fold import fold
from shipway.engine.obey import facts
from shipway.engine.ports import Ports, Store
from shipway.engine.state import ServiceState
from shipway.engine.tick import Service
from shipway.engine.view import view
from shipway.errors import PortError, ShipwayError
from shipway.home import Home
from shipway.migrating import knowing_the_new_shape
from shipway.model.command import Command, Deploy, Rollback
from shipway.model.event import CommandRead, Entry
from shipway.model.plan import Plan
from shipway.model.release import Release
from shipway.model.revision import Revision, RevisionId
from shipway.planning.plan import plan
from shipway.ports.revisions import Kept
from shipway.spec.load import Loaded
from shipway.wishing import contents_read, wished

RELEASE = "release"
"""The checkpoint under which the newest deploy's release is kept: the adapters come from it."""
ANSWER_SECONDS = 20.0
"""How long a command waits for its service's owner to take it."""
CONTROLLER = "shipway-controller"

log = structlog.get_logger()


class Shipway:
    """One open home. Use it as a context manager."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.clock = WallClock()
        self._store: SqliteStore = open_store(home.store)
        self._recorder = Recorder(home.recordings)
        self._assembled: dict[str, tuple[bytes, Ports]] = {}
        self._reserve = Reserve(home.path)
        self._pruned: dict[str, int] = {}
        """By service: the release after which it was pruned last."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._store.close()

    @property
    def store(self) -> Store:
        """The store's ports."""
        return Store(self._store.journal, self._store.leases, self._store.revisions, self.clock)

    # Reading

    async def state(self, service: str) -> ServiceState:
        """The journal, folded."""
        return fold(ServiceState(service=service), await self._store.journal.read(service))

    async def known(self, service: str) -> dict[RevisionId, Revision]:
        """Every kept revision by id."""
        return {kept.revision.id: kept.revision for kept in await self._store.revisions.all(service)}

    async def planned(self, release: Release, revision: Revision) -> Plan:
        """The plan that a deploy of this would get now. Raises `ShipwayError` where it cannot be safe."""
        state = await self.state(release.service)
        known = {**await self.known(release.service), revision.id: revision}
        return plan(release, facts(state, known, release))

    # Asking

    async def deploy(self, loaded: Loaded, version: str, *, strategy: str | None, during: str) -> int:
        """Keep the revision, ask for its release, and return the command's number."""
        contents = contents_read(self.home, loaded, version)
        revision, release = wished(self.home, loaded, version, strategy=strategy, contents=contents)
        revision = await self._as_of_now(revision)
        release = signed(self.home, loaded, release, now=self.clock.now())
        await self.planned(release, revision)
        async with self.pruning(release.service).alone():
            await self.keep(revision, release)
            self._keep_files(revision, contents.files)
            return await self._submit(release.service, Deploy(release=release, during=during))

    async def _as_of_now(self, revision: Revision) -> Revision:
        """One that is deployed for the first time knows the shape of today."""
        before = await self._store.revisions.get(revision.service, revision.id)
        if before is not None:
            return before.revision
        return knowing_the_new_shape(revision, (await self.state(revision.service)).schema)

    async def keep(self, revision: Revision, release: Release) -> Kept:
        """Remember a revision and how it is shipped; the adapters are those of the newest release."""
        encoded = msgspec.json.encode(release)
        kept = await self._store.revisions.put(revision, encoded)
        await self._store.journal.keep(release.service, RELEASE, encoded)
        return kept

    def _keep_files(self, revision: Revision, contents: Mapping[str, bytes]) -> None:
        """`{files}` in the revision's commands is this folder: a rollback runs on the files of its own time."""
        folder = self.home.files(revision.service) / revision.id
        for name, content in contents.items():
            path = folder / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(content)

    def pruning(self, service: str) -> Pruning:
        """What of a service may go."""
        return Pruning(self.home, self.store, service)

    async def ask(self, service: str, command: Command) -> int:
        """Put a command into the inbox. Raises `ShipwayError` where the revision to return to is not kept."""
        if not isinstance(command, Rollback) or command.release is None:
            return await self._submit(service, command)
        async with self.pruning(service).alone():
            if await self._store.revisions.get(service, command.release.revision) is None:
                raise _not_kept(service, command.release.revision)
            return await self._submit(service, command)

    async def _submit(self, service: str, command: Command) -> int:
        return await self._store.journal.submit(service, command, by=who())

    async def answer(self, service: str, number: int) -> CommandRead:
        """How the owner took a command. Raises `ShipwayError` when it refused, `PortError` when nobody took it."""
        deadline = time.monotonic() + ANSWER_SECONDS
        position = 0
        while time.monotonic() < deadline:
            for entry in await self._store.journal.read(service, after=position):
                position = entry.position
                if isinstance(entry.event, CommandRead) and entry.event.id == number:
                    return _accepted(entry)
            await asyncio.sleep(0.05)
        raise PortError(
            "No controller took the command.",
            where=f"service {service}",
            why=f"Nobody answered for {ANSWER_SECONDS:.0f} s; the command waits and is carried out once one runs.",
            fix="`shipway serve` runs one here; its log is in controller.log below SHIPWAY_HOME.",
        )

    # Driving

    async def assemble(self, service: str) -> Ports:
        """The adapters that the newest release names."""
        kept = (await self._store.journal.kept(service)).get(RELEASE)
        if kept is None:
            raise PortError(f"Nothing was ever deployed as {service}.", fix="`shipway deploy VERSION` does it.")
        with readable(service):
            release = msgspec.json.decode(kept, type=Release)
        parts = (
            release.platform,
            release.traffic,
            release.metrics,
            release.flags,
            release.health,
            release.database,
        )
        chosen = msgspec.json.encode(parts)
        before = self._assembled.get(service)
        if before is not None and before[0] == chosen:
            return before[1]
        protocol = str(release.platform.options.get("protocol") or "http1")
        context = Context(
            service=service, home=self.home.path, clock=self.clock, health=release.health, protocol=protocol
        )
        with readable(service):
            ports = assembled(release, context)
        self._assembled[service] = (chosen, ports)
        if before is not None:
            await before[1].close()
        return ports

    def controller(self, name: str, *, on_tick: Callable[[Service], None] | None = None) -> Controller:
        """A controller over this store that publishes what it sees."""

        async def ticked(service: Service) -> None:
            await self.publish(service)
            await self._prune_settled(service)
            if on_tick is not None:
                on_tick(service)

        assemble: Assemble = self.assemble
        return Controller(name, self.store, assemble, on_tick=ticked, on_round=self._reserve.look)

    async def _prune_settled(self, service: Service) -> None:
        """Once after each release. What cannot be pruned now is tried again after the next one."""
        past = service.state.past
        ended = past[-1].id if past and not service.state.run else None
        if ended is None or self._pruned.get(service.name) == ended:
            return
        self._pruned[service.name] = ended
        try:
            await self.pruning(service.name).prune()
            kept = await self.store.revisions.all(service.name)
            await service.ports.platform.forget_others([one.revision for one in kept])
        except (PortError, OSError) as error:
            log.warning("a service is not pruned", service=service.name, error=str(error))

    async def publish(self, service: Service) -> None:
        """Leave the view where `shipway status` finds it without a question to anybody."""
        encoded = msgspec.json.encode(view(service, now=self.clock.now()))
        try:
            await asyncio.to_thread(_replace, self.home.status(service.name), encoded)
        except OSError as error:  # a full disk keeps nobody from what can still be done
            log.warning("the status cannot be written", service=service.name, error=str(error))
        await asyncio.to_thread(self._recorder.note, service)

    async def ensure_controller(self) -> None:
        """Have a controller under the supervisor of this home."""
        from shipway.adapters.supervisor import Program, Supervisor

        supervisor = Supervisor(self.home.path)
        await supervisor.ensure()
        await supervisor.put(
            Program(
                name=CONTROLLER,
                command=f"{sys.executable} -m shipway serve",
                directory=str(self.home.path),
                environment={"SHIPWAY_HOME": str(self.home.path)},
                log=str(self.home.path / "controller.log"),
                stop_seconds=20.0,
                priority=100,
                # No guard watches while it is away.
                pause_max=5.0,
            )
        )


def _replace(path: Path, content: bytes) -> None:
    """Whoever reads sees all of the former content or all of the new."""
    new = path.with_suffix(".new")
    try:
        new.write_bytes(content)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(content)
    new.replace(path)


def _not_kept(service: str, revision: RevisionId) -> ShipwayError:
    return ShipwayError(
        f"{revision} is not kept any more",
        where=f"service {service}",
        why="It was forgotten a moment ago: newer revisions came, and `keep` says how many stay.",
        fix="`shipway history` lists those that stay.",
    )


def _accepted(entry: Entry) -> CommandRead:
    read = entry.event
    assert isinstance(read, CommandRead)
    if read.refused:
        raise ShipwayError(read.refused, where=read.where, why=read.why, fix=read.fix)
    return read


def who() -> str:
    """Whoever gives a command, for the journal: `ana@build-7`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def controller_name() -> str:
    """Unique on this store for the life of this process."""
    return f"{socket.gethostname()}-{os.getpid()}-{time.time_ns() % 1_000_000}"
