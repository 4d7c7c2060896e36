"""Users of any protocol: each asks again and again, and counts whose answer came whole."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import grpc
import httpx2

from tests.contract.shop_calls import STREAM, TICK_SECONDS, UNARY

ANSWER_SECONDS = 30.0
PAUSE_SECONDS = 0.03
STREAM_SECONDS = 1.5
SLOW_SECONDS = 0.3
Ask = Callable[[], Awaitable[str]]
"""The version that answered. Whatever it raises is a lost request."""
Speaker = Callable[[AsyncExitStack, int], Awaitable[Ask]]
"""From a port to a connection of its own."""


class Users:
    """From now on, until they are stopped."""

    def __init__(self, speaker: Speaker, port: int, *, count: int = 5) -> None:
        self.answered: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self._is_stopping = False
        self._tasks = [asyncio.create_task(self._user(speaker, port)) for _ in range(count)]

    async def _user(self, speaker: Speaker, port: int) -> None:
        async with AsyncExitStack() as stack:
            ask = await speaker(stack, port)
            while not self._is_stopping:
                try:
                    self.answered[await asyncio.wait_for(ask(), ANSWER_SECONDS)] += 1
                except (httpx2.HTTPError, grpc.aio.AioRpcError, OSError, TimeoutError, ValueError) as error:
                    self.lost[f"{type(error).__name__}: {error}"[:160]] += 1
                await asyncio.sleep(PAUSE_SECONDS)

    async def stop(self) -> None:
        self._is_stopping = True
        await asyncio.gather(*self._tasks)


def http(scheme: str, *, http2: bool, verify: ssl.SSLContext | bool = True) -> Speaker:
    """Short requests, and every fourth takes a while."""

    async def speak(stack: AsyncExitStack, port: int) -> Ask:
        client = await stack.enter_async_context(
            httpx2.AsyncClient(http1=not http2, http2=http2, verify=verify, timeout=ANSWER_SECONDS)
        )
        turn = 0

        async def ask() -> str:
            nonlocal turn
            turn += 1
            path = f"/slow?seconds={SLOW_SECONDS}" if turn % 4 == 0 else "/cart"
            answer = await client.get(f"{scheme}://127.0.0.1:{port}{path}")
            if answer.status_code != 200 or "x-version" not in answer.headers:
                raise ValueError(f"{answer.status_code}: {answer.text[:60]}")
            if answer.http_version != ("HTTP/2" if http2 else "HTTP/1.1"):
                raise ValueError(answer.http_version)
            return str(answer.headers["x-version"])

        return ask

    return speak


async def unary(stack: AsyncExitStack, port: int) -> Ask:
    """Calls, of which every fourth takes a while."""
    channel = await stack.enter_async_context(_channel(port))
    turn = 0

    async def ask() -> str:
        nonlocal turn
        turn += 1
        answer = await channel.unary_unary(UNARY)(f"slow {SLOW_SECONDS}".encode() if turn % 4 == 0 else b"")
        return bytes(answer).decode()

    return ask


async def streaming(stack: AsyncExitStack, port: int) -> Ask:
    """Streams that have to come to their end."""
    channel = await stack.enter_async_context(_channel(port))

    async def ask() -> str:
        stream = channel.unary_stream(STREAM)(str(STREAM_SECONDS).encode())
        messages = [bytes(message) async for message in stream]
        if len(messages) != round(STREAM_SECONDS / TICK_SECONDS) or len(set(messages)) != 1:
            raise ValueError(f"a stream of {len(messages)} messages")
        return messages[0].decode()

    return ask


def _channel(port: int) -> grpc.aio.Channel:
    """One connection for each user, and no retries that would hide a loss."""
    options = [("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)]
    return grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options)
