"""Small HTTP/1.1 replicas and a client, so that a test sees every byte it needs and nothing else.

A replica answers with its revision and address in headers. Paths choose what it does:
`/slow/0.5` answers after half a second, `/held` once the replica's `answers_held` is set, `/fail` with 500,
`/cut` closes the connection without an answer, `/stream/5` sends five chunks at intervals, `/echo` becomes a
WebSocket-like echo after an upgrade.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

WEBSOCKET_KEY, WEBSOCKET_ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""Which belong together (RFC 6455, 1.3): some proxies look."""
CHUNK_SECONDS = 0.1
ANSWER_SECONDS = 20.0


@dataclass
class Backend:
    """One replica. `seen` holds the paths of requests that arrived, health checks left out."""

    revision: str
    healthy: bool = True
    checks_lost: int = 0
    """How many of the next checks are answered as if it were not, as on a machine that is busy for a moment."""
    idle_seconds: float = 60.0
    """A request on a connection that was unused for longer meets one that is just being closed."""
    seen: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    """What came with each of them: method, path and headers."""
    answers_held: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by a test that has seen the request wait."""
    address: str = ""
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> "Backend":
        self._server = await asyncio.start_server(self._accept, host, port)
        self.address = f"{host}:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def stop(self) -> None:
        """Dies at once: connections are reset, new ones are refused."""
        if self._server:
            self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Not a coroutine: the task is ours, so that `stop` can end it."""
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                since = time.monotonic()
                head = await reader.readuntil(b"\r\n\r\n")
                if time.monotonic() - since > self.idle_seconds:
                    writer.transport.abort()
                    return
                await self._request(head.decode(), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _request(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = head.split()[1]
        if path == "/health":
            is_lost, self.checks_lost = self.checks_lost > 0, max(0, self.checks_lost - 1)
            writer.write(self._answer(200 if self.healthy and not is_lost else 503, "health"))
            return
        self.seen.append(path)
        self.heads.append(head)
        _, kind, *rest = [*path.split("?")[0].split("/"), ""]
        match kind:
            case "slow":
                await asyncio.sleep(float(rest[0]))
                writer.write(self._answer(200, "slow"))
            case "held":
                await self.answers_held.wait()
                writer.write(self._answer(200, "held"))
            case "fail":
                writer.write(self._answer(500, "fail"))
            case "cut":
                writer.transport.abort()
                raise ConnectionError
            case "stream":
                await self._stream(int(rest[0]), writer)
            case "echo":
                await self._echo(reader, writer)
            case _:
                writer.write(self._answer(200, "ok"))
        await writer.drain()

    def _answer(self, status: int, body: str) -> bytes:
        head = f"HTTP/1.1 {status} X\r\nx-replica: {self.address}\r\nx-self: {self.revision}\r\n"
        return f"{head}content-length: {len(body)}\r\n\r\n{body}".encode()

    async def _stream(self, chunks: int, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 200 OK\r\nx-replica: {self.address}\r\nx-self: {self.revision}\r\n"
        writer.write(f"{head}content-length: {chunks}\r\n\r\n".encode())
        for _ in range(chunks):
            await asyncio.sleep(CHUNK_SECONDS)
            writer.write(b".")
            await writer.drain()

    async def _echo(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = "HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: websocket"
        writer.write(f"{head}\r\nsec-websocket-accept: {WEBSOCKET_ACCEPT}\r\n\r\n".encode())
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
        raise ConnectionError


@asynccontextmanager
async def backends() -> AsyncIterator["Backends"]:
    """Replicas that end with the block."""
    kept = Backends()
    try:
        yield kept
    finally:
        for backend in kept.all:
            await backend.stop()


class Backends:
    """Starts replicas."""

    def __init__(self) -> None:
        self.all: list[Backend] = []

    async def start(self, revision: str, **named: object) -> Backend:
        backend = Backend(revision, **named)  # type: ignore[arg-type]
        self.all.append(await backend.start())
        return backend


@dataclass(frozen=True)
class Answer:
    """What the client got."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def revision(self) -> str:
        """The replica's own word, not the data plane's."""
        return self.headers.get("x-self", "")

    @property
    def cookie(self) -> str:
        """`name=value` of the cookie that was set."""
        return self.headers.get("set-cookie", "").partition(";")[0]


class Client:
    """One kept connection."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str = "/", *, method: str = "GET", **headers: str) -> Answer:
        """One request; underscores in header names stand for hyphens."""
        async with asyncio.timeout(ANSWER_SECONDS):
            if self._streams is not None and self._streams[0].at_eof():
                self.close()  # a server may end a connection that is unused (RFC 9112, 9.3)
            if self._streams is None:
                host, _, port = self.address.rpartition(":")
                self._streams = await asyncio.open_connection(host, int(port))
            return await self._ask(path, method, headers, *self._streams)

    async def _ask(
        self,
        path: str,
        method: str,
        headers: Mapping[str, str],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> Answer:
        sent = {"host": "test", **headers}
        lines = [f"{method} {path} HTTP/1.1"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in sent.items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        seen = {name.lower(): value for name, value in (line.split(": ", 1) for line in rest)}
        body = await reader.readexactly(int(seen.get("content-length", "0")))
        if seen.get("connection") == "close":
            self.close()
        return Answer(int(first.split()[1]), seen, body.decode())

    async def upgrade(self, named: str = "test") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection that echoes lines, as a WebSocket is for the data plane."""
        host, _, port = self.address.rpartition(":")
        reader, writer = self._streams = await asyncio.open_connection(host, int(port))
        head = f"GET /echo HTTP/1.1\r\nhost: {named}\r\nconnection: upgrade\r\nupgrade: websocket"
        key = f"sec-websocket-version: 13\r\nsec-websocket-key: {WEBSOCKET_KEY}"
        writer.write(f"{head}\r\n{key}\r\n\r\n".encode())
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = await reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in answer, answer
        return reader, writer

    def close(self) -> None:
        """Ends the connection; the next request opens another."""
        if self._streams:
            self._streams[1].close()
        self._streams = None


async def ask_many(address: str, count: int, *, at_once: int = 8, **headers: str) -> list[Answer]:
    """That many requests over a few kept connections."""

    async def some(number: int) -> list[Answer]:
        client = Client(address)
        try:
            return [await client.ask(**headers) for _ in range(number)]
        finally:
            client.close()

    parts = [count // at_once + (index < count % at_once) for index in range(at_once)]
    return [answer for answers in await asyncio.gather(*map(some, parts)) for answer in answers]
