"""From SIGTERM to the end of the process, in the event loop."""

import asyncio
import logging
import os
import threading
import time

from shipway.health import servers
from shipway.health.health import Health
from shipway.health.in_flight import Kind
from shipway.health.phase import Phase
from shipway.health.servers import Server
from shipway.health.signals import Signals

logger = logging.getLogger("shipway.health")

EVERYTHING = frozenset(Kind)
CUT_SECONDS = 2.0
"""Requests that were cancelled get this long to end; what runs on, as a blocking call in a thread, is left."""


class AsgiShutdown:
    """Installed when the application has started; closes the resources when the server has ended."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._drain: asyncio.Task[None] | None = None

    def install(self) -> None:
        """Take SIGTERM over from the server; where that is not possible, say so and leave it alone."""
        if threading.current_thread() is not threading.main_thread():
            logger.info("not in the main thread, as under a test client: signals are left alone")
            return
        loop = asyncio.get_running_loop()
        server = servers.find(loop)
        if server is None:
            logger.error("no server that we know has taken SIGTERM: it will not be graceful")
            return
        server.listen(Signals(lambda: self._begin(loop, server), server.interrupt))

    async def close(self) -> None:
        """The server has ended: nothing is in flight that could need a resource."""
        if self._drain:
            self._drain.cancel()
        await self._health.resources.close()

    def _begin(self, loop: asyncio.AbstractEventLoop, server: Server) -> None:
        """May be called between any two instructions of the main thread, so it only leaves a note."""
        self._health.phase = Phase.DRAINING
        loop.call_soon_threadsafe(self._start, server)

    def _start(self, server: Server) -> None:
        self._drain = asyncio.get_running_loop().create_task(self._run(server))

    async def _run(self, server: Server) -> None:
        logger.info("told to end: not ready, still serving for %g s", self._health.drain_delay_seconds)
        await asyncio.sleep(self._health.drain_delay_seconds)
        self._health.phase = Phase.CLOSING
        until = time.monotonic() + self._health.grace_seconds
        await self._let_finish(server, until)
        if not await self._health.in_flight.finish(EVERYTHING, until=until):
            await self._cut_off()

    async def _let_finish(self, server: Server, until: float) -> None:
        in_flight = self._health.in_flight
        logger.info("closing: %d in flight may take %g s", in_flight.count(), self._health.grace_seconds)
        server.refuse()
        if not await in_flight.finish(server.waits_for, until=until):
            await in_flight.send_websockets_away()
        server.finish()

    async def _cut_off(self) -> None:
        """The grace is over. A server would wait for ever, so what does not end is left behind."""
        await self._health.in_flight.send_websockets_away()
        logger.error("the grace is over: %d requests are cut off", self._health.in_flight.cancel())
        if not await self._health.in_flight.finish(EVERYTHING, until=time.monotonic() + CUT_SECONDS):
            await self._health.resources.close()
            os._exit(1)
