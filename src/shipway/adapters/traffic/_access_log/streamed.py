"""Lines from a proxy that connects to a socket."""

import asyncio
import contextlib
import socket
from pathlib import Path

from shipway.adapters.traffic._access_log.tally import Tally

CHUNK_BYTES = 1_048_576
LINE_BYTES_MAX = 65_536
BUFFER_BYTES = 4_194_304
"""What waits in the socket while nobody reads, as far as the system grants it."""
PAUSE_SECONDS = 0.05
"""Between two reads of a connection that tells much: lines are counted by the hundred, which costs a tenth."""


class Streamed:
    """Every connection of one socket. Who asks what was counted calls `read` before."""

    def __init__(self, listener: socket.socket, tally: Tally) -> None:
        self.listener, self.tally = listener, tally
        self._rests: dict[socket.socket, bytes] = {}
        """By connection: what is no whole line yet."""
        asyncio.get_running_loop().add_reader(listener, self._accept)

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            connection, _ = self.listener.accept()
            connection.setblocking(False)
            self._rests[connection] = b""
            self._wait_for(connection)

    def _wait_for(self, connection: socket.socket) -> None:
        if connection in self._rests:
            asyncio.get_running_loop().add_reader(connection, self._read_and_pause, connection)

    def _read_and_pause(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(connection)
        self._read(connection)
        loop.call_later(PAUSE_SECONDS, self._wait_for, connection)

    def read(self) -> None:
        """Count everything that waits."""
        for connection in tuple(self._rests):
            self._read(connection)

    def _read(self, connection: socket.socket) -> None:
        parts = [self._rests[connection]]
        try:
            while data := connection.recv(CHUNK_BYTES):
                parts.append(data)
            is_over = True
        except BlockingIOError:
            is_over = False
        except ConnectionError:
            is_over = True
        *lines, rest = b"".join(parts).split(b"\n")
        self.tally.take(lines)
        self._rests[connection] = rest[:LINE_BYTES_MAX]
        if is_over:
            self._end(connection)

    def _end(self, connection: socket.socket) -> None:
        asyncio.get_running_loop().remove_reader(connection)
        del self._rests[connection]
        connection.close()


def bound(path: str) -> socket.socket:
    """A socket of this name for this user alone; whoever had it before has it no more."""
    Path(path).unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    made.bind(path)
    Path(path).chmod(0o600)
    made.listen()
    made.setblocking(False)
    return made
