"""In the place of a routing mesh, which needs IPVS in the kernel: one port that leads to all tasks of a service.

Only the forwarding is stood in for. Tasks, updates and what the Swarm says of them are real: a connection goes to
a task that runs and that the Swarm means to keep, as IPVS has it, in turn; it stays where it is.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shipway.adapters.platforms.docker.engine import engine
from shipway.adapters.platforms.swarm import together

LOOK_SECONDS, CHUNK_BYTES = 0.1, 65_536
HOST = "127.0.0.1"
"""Of the only node."""


class Relay:
    """Listens while it is open."""

    def __init__(self, address: str, service: str, port: int) -> None:
        self._address, self._service, self._port = address, service, port
        self._ports: list[int] = []
        self._turn = itertools.count()
        self._open: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def carrying(self) -> AsyncIterator[None]:
        """Afterwards nothing listens, and what was open is broken: as where the mesh is gone."""
        following = asyncio.create_task(self._follow())
        try:
            async with await asyncio.start_server(self._serve, HOST, self._port):
                try:
                    yield
                finally:
                    for writer in self._open:
                        writer.transport.abort()
        finally:
            following.cancel()

    async def _follow(self) -> None:
        while True:
            self._ports = await asyncio.to_thread(self._look)
            await asyncio.sleep(LOOK_SECONDS)

    def _look(self) -> list[int]:
        asked = {"label": f"shipway.service={self._service}", "desired-state": "running"}
        tasks = engine(self._address).tasks(filters=asked)
        return sorted(together.port_of(task) for task in tasks if task["Status"]["State"] == "running")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._ports:
            writer.transport.abort()
            return
        port = self._ports[next(self._turn) % len(self._ports)]
        try:
            beyond, back = await asyncio.open_connection(HOST, port)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, back}
        await asyncio.gather(_copied(reader, back), _copied(beyond, writer))
        self._open -= {writer, back}


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
        writer.close()
