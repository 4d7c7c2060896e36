"""Users who connect anew for each request: those whom a mesh sends to a task that nobody knows yet."""

import asyncio

from shipway.demo.answer import read

USERS = 8
"""Side by side: one whom a task that does not listen yet keeps waiting must not keep the others."""
PAUSE_SECONDS, ANSWER_SECONDS = 0.1, 30.0
REQUEST = b"GET / HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n"


class Newcomers:
    """Each one after another, from now on until they are stopped."""

    def __init__(self, host: str, port: int) -> None:
        self.answered = 0
        self.lost: list[str] = []
        self._where = host, port
        self._is_stopping = False
        self._tasks = [asyncio.create_task(self._come()) for _ in range(USERS)]

    async def stop(self) -> None:
        """Once the last ones have their answers."""
        self._is_stopping = True
        await asyncio.gather(*self._tasks)

    async def _come(self) -> None:
        while not self._is_stopping:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._one()
                self.answered += 1
            except (OSError, EOFError, TimeoutError) as error:
                self.lost.append(f"{type(error).__name__}: {error}")
            await asyncio.sleep(PAUSE_SECONDS)

    async def _one(self) -> None:
        reader, writer = await asyncio.open_connection(*self._where)
        try:
            writer.write(REQUEST)
            await read(reader)
        finally:
            writer.close()
