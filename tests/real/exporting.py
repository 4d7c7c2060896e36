"""Exporters to scrape: anything that gives a text, and Envoy through its administration's socket."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from shipway.adapters.metrics.envoy import EnvoyMetrics
from shipway.adapters.traffic.envoy.admin import Admin
from shipway.adapters.traffic.envoy.buckets import bound_of
from shipway.errors import PortError

TEXT = "text/plain; version=0.0.4"
USERS = r"/stats/prometheus?filter=%5Ecluster%5C.checkout%5C%7C%5B%5E%7C%5D%2B%5C.upstream_rq_"
BOUND = re.compile(r'le="([0-9.]+)"')

Exposed = Callable[[], Awaitable[tuple[str, bytes] | None]]
"""Content type and body; none: the target is down."""


@asynccontextmanager
async def exporter(exposed: Exposed) -> AsyncIterator[str]:
    """Its address, `host:port`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            found = await exposed()
            kind, body = found or ("text/plain", b"")
            head = f"HTTP/1.1 {200 if found else 503} X\r\ncontent-type: {kind}\r\n"
            writer.write(f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def of_envoy(source: EnvoyMetrics) -> Exposed:
    """What Envoy counts for users, with its bounds as they are meant, and when it started."""
    admin = Admin(source.admin.path)

    def scrape() -> tuple[str, bytes] | None:
        try:
            text = admin.get(USERS).decode()
            started = datetime.fromisoformat(source._started()).timestamp()
        except PortError:
            return None
        bounded = BOUND.sub(lambda found: f'le="{bound_of(float(found[1])):g}"', text)
        start = f"# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds {started}\n"
        return TEXT, f"{bounded}\n{start}".encode()

    async def exposed() -> tuple[str, bytes] | None:
        return await asyncio.to_thread(scrape)

    return exposed


def of_file(path: Path, kind: str = TEXT) -> Exposed:
    """What stands in a file now; no file is a target that is down."""

    async def exposed() -> tuple[str, bytes] | None:
        return (kind, path.read_bytes()) if path.exists() else None

    return exposed
