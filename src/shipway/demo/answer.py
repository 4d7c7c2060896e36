"""Reads one HTTP/1.1 answer from a stream: as little as a load generator needs."""

import asyncio
from collections.abc import AsyncIterator

from msgspec import Struct

LINE_END = b"\r\n"


class Answer(Struct, frozen=True):
    """Status, headers in small letters, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def version(self) -> str:
        """Which version of the shop answered; empty when it was not the shop."""
        return self.headers.get("x-version", "")


async def read(stream: asyncio.StreamReader) -> Answer:
    """Raises `IncompleteReadError` and `OSError` for an answer that breaks off."""
    head = (await stream.readuntil(LINE_END * 2)).decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    return Answer(int(head[0].split(" ")[1]), headers, await _body(stream, headers))


async def _body(stream: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "content-length" in headers:
        return await stream.readexactly(int(headers["content-length"]))
    if headers.get("transfer-encoding") == "chunked":
        return b"".join([chunk async for chunk in chunks(stream)])
    return b""


async def chunks(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The parts of a chunked body as they come."""
    while size := int((await stream.readline()).strip() or b"0", 16):
        yield (await stream.readexactly(size + 2))[:-2]
    await stream.readline()
