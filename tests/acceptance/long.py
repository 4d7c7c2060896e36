"""Requests that take long: a slow answer, a stream and a WebSocket, all under way at once."""

import asyncio
from collections.abc import Sequence

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from shipway.demo.answer import read

HOST = "127.0.0.1"
LONG_SECONDS = 10
PING_SECONDS = 0.2
DEADLINE_SECONDS = 60.0
WentWrong = str
"""What happened to a request in the place of its whole answer; empty when all went well."""


class LongRequests:
    """One of each kind, from now on; each on a connection of its own."""

    def __init__(
        self,
        port: int,
        *,
        seconds: float = LONG_SECONDS,
        kinds: Sequence[str] = ("slow", "stream", "websocket"),
        host: str = HOST,
    ) -> None:
        self.host, self.port, self.seconds = host, port, seconds
        self._tasks = [asyncio.create_task(getattr(self, f"_{kind}")()) for kind in kinds]

    async def _slow(self) -> WentWrong:
        return await self._whole("slow", "/slow", b'"seconds"')

    async def _stream(self) -> WentWrong:
        return await self._whole("stream", "/stream", b"data: end")

    async def ended(self) -> list[WentWrong]:
        """Wait for all; what went wrong."""
        return [wrong for wrong in await asyncio.gather(*self._tasks) if wrong]

    async def _whole(self, name: str, path: str, mark: bytes) -> WentWrong:
        """A request whose whole body must come, with its mark."""
        try:
            reader, writer = await asyncio.open_connection(self.host, self.port)
            writer.write(f"GET {path}?seconds={self.seconds} HTTP/1.1\r\nhost: shop\r\n\r\n".encode())
            answer = await asyncio.wait_for(read(reader), self.seconds + DEADLINE_SECONDS)
            writer.close()
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            return f"{name}: {type(error).__name__}"
        return "" if answer.status == 200 and mark in answer.body else f"{name}: {answer}"

    async def _websocket(self) -> WentWrong:
        """Every word is echoed until the client leaves."""
        loop = asyncio.get_running_loop()
        try:
            async with connect(f"ws://{self.host}:{self.port}/live", ping_interval=None) as socket:
                until, number = loop.time() + self.seconds, 0
                while loop.time() < until:
                    number += 1
                    await socket.send(str(number))
                    if await asyncio.wait_for(socket.recv(), DEADLINE_SECONDS) != str(number):
                        return f"websocket: word {number} was lost"
                    await asyncio.sleep(PING_SECONDS)
        except (ConnectionClosed, InvalidHandshake, OSError, TimeoutError) as error:
            return f"websocket: {type(error).__name__} {error}"
        return ""
