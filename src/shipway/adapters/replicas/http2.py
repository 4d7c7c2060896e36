"""One request over HTTP/2 without TLS, by prior knowledge (RFC 9113, section 3.3): h2c, and gRPC on top of it.

Frames are the library `h2`'s; it is loaded for replicas that speak HTTP/2, and only then.
"""

import asyncio
from collections.abc import Sequence

import h2.config
import h2.connection
import h2.events
import h2.exceptions
from msgspec import Struct

from shipway.adapters.replicas.place import Place

READ_BYTES = 16_384
ANSWER_BYTES_MAX = 65_536
Headers = Sequence[tuple[str, str]]


class Reply(Struct, frozen=True):
    """A whole answer; trailers are among its headers."""

    headers: dict[str, str]
    body: bytes


async def request(
    place: Place, headers: Headers, body: bytes = b"", *, bytes_max: int = ANSWER_BYTES_MAX
) -> Reply:
    """Ask a replica of this machine, on a connection of its own. The caller limits the time.

    Raises `OSError`, and `ValueError` for what is not HTTP/2.
    """
    reader, writer = await asyncio.open_connection(*place)
    try:
        return await _Exchange(reader, writer, bytes_max).ask([(":authority", str(place)), *headers], body)
    except h2.exceptions.ProtocolError as error:
        raise ValueError("not HTTP/2") from error
    finally:
        writer.close()


class _Exchange:
    """One stream on one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, bytes_max: int) -> None:
        self.reader, self.writer, self.bytes_max = reader, writer, bytes_max
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.headers: dict[str, str] = {}
        self.body = b""
        self.is_over = False

    async def ask(self, headers: Headers, body: bytes) -> Reply:
        self.connection.initiate_connection()
        self.connection.send_headers(1, list(headers), end_stream=not body)
        if body:
            self.connection.send_data(1, body, end_stream=True)
        while not self.is_over:
            self.writer.write(self.connection.data_to_send())
            received = await self.reader.read(READ_BYTES)
            if not received:
                raise ValueError("the connection ended before the answer did")
            for event in self.connection.receive_data(received):
                self._take(event)
        return Reply(self.headers, self.body)

    def _take(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.ResponseReceived(headers=headers) | h2.events.TrailersReceived(headers=headers):
                self.headers |= {str(name): str(value) for name, value in headers or ()}
            case h2.events.DataReceived(data=data):
                self.body += data or b""
                self.connection.acknowledge_received_data(event.flow_controlled_length or 0, 1)
                if len(self.body) > self.bytes_max:
                    raise ValueError("an answer without end")
            case h2.events.StreamEnded():
                self.is_over = True
            case h2.events.StreamReset() | h2.events.ConnectionTerminated():
                raise ValueError("the stream was refused")
