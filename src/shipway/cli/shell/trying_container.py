"""Starts one container outside of any release, asks how it is, and removes it."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from msgspec.structs import replace

from shipway.adapters.platforms.docker import handing, labels, seeing
from shipway.adapters.platforms.docker.containers import Containers
from shipway.adapters.platforms.docker.engine import engine, telling, unless_gone
from shipway.adapters.platforms.docker.images import is_here
from shipway.adapters.platforms.docker.options import options_of
from shipway.adapters.platforms.docker.recipe import DockerRecipe
from shipway.adapters.replicas import beating
from shipway.adapters.replicas.health import HealthOptions
from shipway.adapters.replicas.place import Place
from shipway.adapters.replicas.probing import Kind, Outcome
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.cli.render.findings import Finding
from shipway.cli.shell.trying import LOOK_SECONDS, OUTPUT_LINES, READY_SECONDS, asked, failed, fine
from shipway.errors import PortError
from shipway.home import Home
from shipway.model.revision import Revision

STOP_SECONDS = 5.0


async def tried(home: Home, revision: Revision, *, address: str, where: str) -> Finding:
    """Whether it becomes ready, as its own HEALTHCHECK says too; with its last lines when it does not."""
    options = options_of(revision)
    if not options.written:
        return _not_tried("name a version, `shipway check VERSION`")
    trial = _Trial(home, revision, address)
    try:
        if not await asyncio.to_thread(is_here, address, options.image):
            return _not_tried("the image is not here; a deploy pulls it")
        async with trial.started() as record:
            began = time.monotonic()
            bad = await trial.asked(record)
            if bad is None:
                return fine(time.monotonic() - began)
            output = await asyncio.to_thread(trial.said, record.id)
            return replace(failed(bad, beats=record.heartbeat is not None, where=where), output=output)
    except PortError as error:
        return Finding.of("replica", error)


def _not_tried(why: str) -> Finding:
    return Finding(name="replica", is_fine=None, said=f"not tried: {why}")


class _Trial:
    """One container of a revision."""

    def __init__(self, home: Home, revision: Revision, address: str) -> None:
        self._revision, self._address = revision, address
        self._records = Records(home.path.absolute(), revision.service)
        self._containers = Containers(address, self._records.home)
        self._recipe = DockerRecipe(self._records, HealthOptions(), address)

    @asynccontextmanager
    async def started(self) -> AsyncIterator[ReplicaRecord]:
        """What was left of an earlier one that was killed goes first."""
        await asyncio.to_thread(self._forget)
        record = self._recipe.record(
            self._revision, name=f"{self._revision.service}-check-{os.getpid()}", host="", generation=0
        )
        try:
            await asyncio.to_thread(self._recipe.make_room, self._revision)
            await asyncio.to_thread(self._containers.create, record)
            yield record
        finally:
            await asyncio.to_thread(self._forget)
            await asyncio.to_thread(self._clear, record)

    def _forget(self) -> None:
        client = engine(self._address)
        with telling(self._address):
            found = client.containers(all=True, filters={"label": f"{labels.TRIED}={self._revision.service}"})
        for one in found:
            self._containers.end(one["Id"], grace=STOP_SECONDS)

    def _clear(self, record: ReplicaRecord) -> None:
        """The files that it had."""
        folder = self._records.jobs_of(self._revision.id)
        for path in (folder / record.id, folder / f"{record.id}.prom"):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()
        handing.forget(self._records)

    def _seen(self, name: str) -> dict[str, Any]:
        with telling(self._address):
            found: dict[str, Any] | None = unless_gone(lambda: engine(self._address).inspect_container(name))
        if found is None:
            raise PortError(f"{name} was removed while it was tried", where=self._address, fix="Try again.")
        return found

    def said(self, name: str) -> tuple[str, ...]:
        """The last lines of its output."""
        with telling(self._address):
            text: bytes = engine(self._address).logs(name, tail=OUTPUT_LINES)
        return tuple(line for line in text.decode(errors="replace").splitlines() if line.strip())

    async def asked(self, record: ReplicaRecord) -> Outcome | None:
        """What is wrong with it; none where nothing is."""
        seen = await asyncio.to_thread(self._seen, record.id)
        assert record.container is not None
        host = seen["NetworkSettings"]["Networks"][record.container.network]["IPAddress"]
        whom = beating.of(record, started_at=seeing.seconds(seen["State"]["StartedAt"]))
        whom = replace(whom, place=Place(host, record.port))

        async def exit_code() -> int | None:
            state = (await asyncio.to_thread(self._seen, record.id))["State"]
            return None if state["Running"] else int(state["ExitCode"])

        return await asked(exit_code, whom, record.health) or await self._well(record)

    async def _well(self, record: ReplicaRecord) -> Outcome | None:
        """As its HEALTHCHECK says, where it has one."""
        deadline = time.monotonic() + READY_SECONDS
        while said := seeing.process(await asyncio.to_thread(self._seen, record.id)).unwell:
            if time.monotonic() > deadline:
                return Outcome(Kind.NO, said)
            await asyncio.sleep(LOOK_SECONDS)
        return None
