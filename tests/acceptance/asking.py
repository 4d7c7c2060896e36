"""Single requests."""

import asyncio

from shipway.demo.answer import Answer, read

HOST = "127.0.0.1"
ANSWER_SECONDS = 20.0


async def answer_of(port: int, path: str = "/cart", header: str = "") -> Answer:
    """One request on a connection of its own. Raises `OSError` and `IncompleteReadError`."""
    reader, writer = await asyncio.open_connection(HOST, port)
    extra = f"{header}\r\n" if header else ""
    writer.write(f"GET {path} HTTP/1.1\r\nhost: shop\r\n{extra}connection: close\r\n\r\n".encode())
    answer = await asyncio.wait_for(read(reader), ANSWER_SECONDS)
    writer.close()
    return answer


async def version_at(port: int, header: str = "") -> str:
    """The version that answers there now."""
    return (await answer_of(port, header=header)).version
